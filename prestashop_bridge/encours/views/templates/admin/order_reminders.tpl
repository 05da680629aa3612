{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="encours-reminders mt-3">
  <h4 class="h5">{l s='Reminders' mod='encours'}{if $live.reminders && $live.reminders.level > 0} <span class="badge badge-{if $live.reminders.is_open}warning{else}secondary{/if}">{l s='level' mod='encours'} {$live.reminders.level|intval}</span>{/if}</h4>
  {if !$live.reminders}
    <p class="text-muted mb-0">{l s='The service does not say now how reminders stand.' mod='encours'}</p>
  {else}
    {assign var=reminders value=$live.reminders}
    {foreach $reminders.pauses as $pause}{include file='./pause.tpl' may_resume=false n=$pause@index}{/foreach}
    <dl class="row mb-2">
      <dt class="col-sm-3">{l s='Last' mod='encours'}</dt>
      <dd class="col-sm-9">{if $reminders.last}{$reminders.last.on|escape:'htmlall':'UTF-8'}, {$reminders.last.step|escape:'htmlall':'UTF-8'}, {$reminders.last.outcome|escape:'htmlall':'UTF-8'}{if $reminders.last.reason} <span class="text-muted">({$reminders.last.reason|escape:'htmlall':'UTF-8'})</span>{/if}{else}{l s='none yet' mod='encours'}{/if}</dd>
      <dt class="col-sm-3">{l s='Next' mod='encours'}</dt>
      <dd class="col-sm-9">{include file='./next_reminder.tpl' of=$reminders}</dd>
    </dl>
    {if $may_decide && $reminders.is_open}
      <div class="encours-actions" role="group" aria-label="{l s='Reminders' mod='encours'}">
        {if $reminders.can_send_now}
          <details><summary class="btn btn-sm btn-outline-secondary">{l s='Send now' mod='encours'}</summary>
            <form data-encours-form>
              <input type="hidden" name="do" value="send_reminder">{include file='./once.tpl'}
              {if $reminders.next_code}<input type="hidden" name="step" value="{$reminders.next_code|escape:'htmlall':'UTF-8'}"><input type="hidden" name="occurrence" value="{$reminders.next_occurrence|intval}">{/if}
              <p>{l s='The next reminder goes out now, whatever its day:' mod='encours'} {$reminders.next_step|escape:'htmlall':'UTF-8'}</p>
              <div class="form-group"><label for="encours-send-reason">{l s='Reason, if you like' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-send-reason" maxlength="900"></div>
              <button type="submit" class="btn btn-primary">{l s='Send now' mod='encours'}</button>
            </form>
          </details>
        {/if}
        {if $reminders.can_skip}
          <details><summary class="btn btn-sm btn-outline-secondary">{l s='Skip the next one' mod='encours'}</summary>
            <form data-encours-form>
              <input type="hidden" name="do" value="skip_reminder">{include file='./once.tpl'}
              {if $reminders.next_code}<input type="hidden" name="step" value="{$reminders.next_code|escape:'htmlall':'UTF-8'}"><input type="hidden" name="occurrence" value="{$reminders.next_occurrence|intval}">{/if}
              <p>{l s='It counts as done and is never sent:' mod='encours'} {$reminders.next_step|escape:'htmlall':'UTF-8'}</p>
              <div class="form-group"><label for="encours-skip-reason">{l s='Reason' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-skip-reason" maxlength="900" required></div>
              <button type="submit" class="btn btn-primary">{l s='Skip the next one' mod='encours'}</button>
            </form>
          </details>
        {/if}
        {if $reminders.is_paused_here}
          <details><summary class="btn btn-sm btn-outline-secondary">{l s='Resume' mod='encours'}</summary>
            <form data-encours-form>
              <input type="hidden" name="do" value="resume_reminders">{include file='./once.tpl'}
              <p>{l s='All pauses of this order end now. Those of the customer go on.' mod='encours'}</p>
              <div class="form-group"><label for="encours-resume-reason">{l s='Reason, if you like' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-resume-reason" maxlength="900"></div>
              <button type="submit" class="btn btn-primary">{l s='Resume' mod='encours'}</button>
            </form>
          </details>
        {else}
          <details><summary class="btn btn-sm btn-outline-secondary">{l s='Pause' mod='encours'}</summary>
            <form data-encours-form>
              <input type="hidden" name="do" value="pause_reminders">{include file='./once.tpl'}
              {include file='./pause_fields.tpl'}
              <button type="submit" class="btn btn-primary">{l s='Pause reminders' mod='encours'}</button>
            </form>
          </details>
        {/if}
      </div>
    {/if}
    {if $reminders.latest|count > 1}{include file='./reminder_history.tpl' latest=$reminders.latest with_orders=false}{/if}
  {/if}
</div>
