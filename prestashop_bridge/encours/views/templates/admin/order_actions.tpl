{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{if ($may_record || $may_decide) && $live.order.is_open}
  <div class="encours-actions" role="group" aria-label="{l s='What happened to this order' mod='encours'}">
    {if $may_record}
      <details><summary class="btn btn-sm btn-primary">{l s='Mark as paid' mod='encours'}</summary>
        <form data-encours-form>
          <input type="hidden" name="do" value="mark_paid">{include file='./once.tpl'}
          <p>{l s='All that is open was paid:' mod='encours'} <strong>{$live.order.open|escape:'htmlall':'UTF-8'}</strong></p>
          {include file='./payment_fields.tpl' prefix='paid'}
          <button type="submit" class="btn btn-primary">{l s='Mark as paid' mod='encours'}</button>
        </form>
      </details>
      <details><summary class="btn btn-sm btn-outline-secondary">{l s='Record a part payment' mod='encours'}</summary>
        <form data-encours-form>
          <input type="hidden" name="do" value="part_payment">{include file='./once.tpl'}
          <div class="form-group"><label for="encours-part-amount">{l s='Amount' mod='encours'} ({$live.order.currency|escape:'htmlall':'UTF-8'})</label><input class="form-control" type="text" inputmode="decimal" name="amount" id="encours-part-amount" required></div>
          {include file='./payment_fields.tpl' prefix='part'}
          <button type="submit" class="btn btn-primary">{l s='Record' mod='encours'}</button>
        </form>
      </details>
    {/if}
    {if $live.item && $live.item.is_open}
      {if $may_decide}
        <details><summary class="btn btn-sm btn-outline-secondary">{l s='Give more time' mod='encours'}</summary>
          <form data-encours-form>
            <input type="hidden" name="do" value="extend">{include file='./once.tpl'}
            <div class="form-group"><label for="encours-extend-day">{l s='New due date' mod='encours'}</label><input class="form-control" type="date" name="due_on" id="encours-extend-day" min="{$live.item.due_on|escape:'htmlall':'UTF-8'}" required></div>
            <div class="form-group"><label for="encours-extend-reason">{l s='Reason' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-extend-reason" maxlength="900" required></div>
            <p class="text-muted">{l s='A date that breaks a limit of the law is taken all the same; the article is named.' mod='encours'}</p>
            <button type="submit" class="btn btn-primary">{l s='Give more time' mod='encours'}</button>
          </form>
        </details>
      {/if}
      {if $may_record}
        {if $live.item.promise}
          <form data-encours-form><input type="hidden" name="do" value="end_promise">{include file='./once.tpl'}<button type="submit" class="btn btn-sm btn-outline-secondary">{l s='Withdraw the promise' mod='encours'}</button></form>
        {else}
          <details><summary class="btn btn-sm btn-outline-secondary">{l s='Promised to pay' mod='encours'}</summary>
            <form data-encours-form>
              <input type="hidden" name="do" value="promise">{include file='./once.tpl'}
              <div class="form-group"><label for="encours-promise-day">{l s='Promised for' mod='encours'}</label><input class="form-control" type="date" name="promised_on" id="encours-promise-day" min="{$today|escape:'htmlall':'UTF-8'}" required></div>
              <div class="form-group"><label for="encours-promise-amount">{l s='Amount; empty: all that is open' mod='encours'} ({$live.order.currency|escape:'htmlall':'UTF-8'})</label><input class="form-control" type="text" inputmode="decimal" name="promised_amount" id="encours-promise-amount"></div>
              <button type="submit" class="btn btn-primary">{l s='Note the promise' mod='encours'}</button>
            </form>
          </details>
        {/if}
        {if $live.item.dispute}
          <form data-encours-form><input type="hidden" name="do" value="end_dispute">{include file='./once.tpl'}<button type="submit" class="btn btn-sm btn-outline-secondary">{l s='End the dispute' mod='encours'}</button></form>
        {else}
          <details><summary class="btn btn-sm btn-outline-secondary">{l s='Disputed' mod='encours'}</summary>
            <form data-encours-form>
              <input type="hidden" name="do" value="dispute">{include file='./once.tpl'}
              <div class="form-group"><label for="encours-dispute-reason">{l s='What the customer contests' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-dispute-reason" maxlength="900" required></div>
              <button type="submit" class="btn btn-primary">{l s='Note the dispute' mod='encours'}</button>
            </form>
          </details>
        {/if}
      {/if}
    {/if}
  </div>
{/if}
