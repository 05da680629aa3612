{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="encours-reminders mt-3">
  <h4 class="h5">{l s='Reminders' mod='encours'}{if $live.reminders && $live.reminders.level > 0} <span class="badge badge-warning">{l s='up to level' mod='encours'} {$live.reminders.level|intval}</span>{/if}</h4>
  {if !$live.reminders}
    <p class="text-muted mb-0">{l s='The service does not say now how reminders stand.' mod='encours'}</p>
  {else}
    {assign var=reminders value=$live.reminders}
    {foreach $reminders.pauses as $pause}{include file='./pause.tpl' may_resume=$may_decide n=$pause@index}{/foreach}
    <dl class="row mb-2">
      <dt class="col-sm-3">{l s='The customer is reminded' mod='encours'}</dt>
      <dd class="col-sm-9">{if $reminders.policy}{$reminders.policy|escape:'htmlall':'UTF-8'} <span class="text-muted">({$reminders.chosen_by|escape:'htmlall':'UTF-8'})</span>{else}{l s='The settings of the shop cannot be read in the service.' mod='encours'}{/if}</dd>
      <dt class="col-sm-3">{l s='Next' mod='encours'}</dt>
      <dd class="col-sm-9">{if $reminders.next}{$reminders.next.document|escape:'htmlall':'UTF-8'}: {include file='./next_reminder.tpl' of=$reminders.next}{else}{l s='nothing is open' mod='encours'}{/if}</dd>
    </dl>
    {if $may_decide}
      <div class="encours-actions" role="group" aria-label="{l s='Reminders' mod='encours'}">
        <details><summary class="btn btn-sm btn-outline-secondary">{l s='Choose how to remind' mod='encours'}</summary>
          <form data-encours-form>
            <input type="hidden" name="do" value="reminder_policy">{include file='./once.tpl'}
            <div class="form-row">
              <div class="form-group col-md-5"><label for="encours-reminder-policy">{l s='The customer is reminded' mod='encours'}</label>
                <select class="form-control custom-select" name="policy" id="encours-reminder-policy">
                  <option value="-">{l s='as the group or the shop' mod='encours'}</option>
                  {foreach $reminders.choices as $choice}<option value="{$choice.code|escape:'htmlall':'UTF-8'}"{if $choice.is_chosen} selected{/if}>{$choice.name|escape:'htmlall':'UTF-8'}</option>{/foreach}
                </select></div>
              <div class="form-group col-md-7"><label for="encours-reminder-reason">{l s='Reason, if you like' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-reminder-reason" maxlength="900"></div>
            </div>
            <button type="submit" class="btn btn-primary">{l s='Choose how to remind' mod='encours'}</button>
          </form>
        </details>
        <details><summary class="btn btn-sm btn-outline-secondary">{l s='Pause for the whole customer' mod='encours'}</summary>
          <form data-encours-form>
            <input type="hidden" name="do" value="pause_reminders">{include file='./once.tpl'}
            {include file='./pause_fields.tpl'}
            <button type="submit" class="btn btn-primary">{l s='Pause reminders' mod='encours'}</button>
          </form>
        </details>
      </div>
    {/if}
    {if $reminders.latest}{include file='./reminder_history.tpl' latest=$reminders.latest with_orders=true}{/if}
  {/if}
</div>
