{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="encours-actions" role="group" aria-label="{l s='Limit' mod='encours'}">
  <details><summary class="btn btn-sm btn-outline-secondary">{l s='Change the limit' mod='encours'}</summary>
    <form data-encours-form>
      <input type="hidden" name="do" value="limit"><input type="hidden" name="currency" value="{$line.currency|escape:'htmlall':'UTF-8'}">{include file='./once.tpl'}
      <div class="form-row">
        <div class="form-group col-md-6"><label for="encours-kind-{$n|intval}">{l s='Limit' mod='encours'}</label>
          <select class="form-control custom-select" name="kind" id="encours-kind-{$n|intval}">
            <option value="amount"{if $line.own_kind == 'amount'} selected{/if}>{l s='an amount' mod='encours'}</option>
            <option value="none"{if $line.own_kind == 'none'} selected{/if}>{l s='no credit' mod='encours'}</option>
            <option value="unlimited"{if $line.own_kind == 'unlimited'} selected{/if}>{l s='unlimited' mod='encours'}</option>
            <option value="inherit"{if $line.own_kind == 'inherit'} selected{/if}>{l s='none of its own: as the group or the shop' mod='encours'}</option>
          </select></div>
        <div class="form-group col-md-6"><label for="encours-amount-{$n|intval}">{l s='Amount' mod='encours'} ({$line.currency|escape:'htmlall':'UTF-8'})</label><input class="form-control" type="text" inputmode="decimal" name="amount" id="encours-amount-{$n|intval}" value="{$line.own_amount|escape:'htmlall':'UTF-8'}"></div>
      </div>
      <div class="form-group"><label for="encours-limit-reason-{$n|intval}">{l s='Reason' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-limit-reason-{$n|intval}" maxlength="900" required></div>
      <button type="submit" class="btn btn-primary">{l s='Change the limit' mod='encours'}</button>
    </form>
  </details>
  {if $line.temporary}
    <details><summary class="btn btn-sm btn-outline-secondary">{l s='End the temporary limit' mod='encours'}</summary>
      <form data-encours-form>
        <input type="hidden" name="do" value="end_temporary_limit"><input type="hidden" name="currency" value="{$line.currency|escape:'htmlall':'UTF-8'}">{include file='./once.tpl'}
        <div class="form-group"><label for="encours-endtemp-reason-{$n|intval}">{l s='Reason' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-endtemp-reason-{$n|intval}" maxlength="900" required></div>
        <button type="submit" class="btn btn-primary">{l s='End the temporary limit' mod='encours'}</button>
      </form>
    </details>
  {else}
    <details><summary class="btn btn-sm btn-outline-secondary">{l s='Temporary limit' mod='encours'}</summary>
      <form data-encours-form>
        <input type="hidden" name="do" value="temporary_limit"><input type="hidden" name="currency" value="{$line.currency|escape:'htmlall':'UTF-8'}">{include file='./once.tpl'}
        <div class="form-row">
          <div class="form-group col-md-6"><label for="encours-temp-amount-{$n|intval}">{l s='Amount' mod='encours'} ({$line.currency|escape:'htmlall':'UTF-8'})</label><input class="form-control" type="text" inputmode="decimal" name="amount" id="encours-temp-amount-{$n|intval}" required></div>
          <div class="form-group col-md-6"><label for="encours-temp-until-{$n|intval}">{l s='Last day' mod='encours'}</label><input class="form-control" type="date" name="until" id="encours-temp-until-{$n|intval}" min="{$tomorrow|escape:'htmlall':'UTF-8'}" required></div>
        </div>
        <div class="form-group"><label for="encours-temp-reason-{$n|intval}">{l s='Reason' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-temp-reason-{$n|intval}" maxlength="900" required></div>
        <button type="submit" class="btn btn-primary">{l s='Set the temporary limit' mod='encours'}</button>
      </form>
    </details>
  {/if}
  <details><summary class="btn btn-sm btn-outline-{if $line.status == 'frozen'}secondary{else}danger{/if}">{if $line.status == 'frozen'}{l s='Unfreeze' mod='encours'}{else}{l s='Freeze' mod='encours'}{/if}</summary>
    <form data-encours-form>
      <input type="hidden" name="do" value="{if $line.status == 'frozen'}unfreeze{else}freeze{/if}"><input type="hidden" name="currency" value="{$line.currency|escape:'htmlall':'UTF-8'}">{include file='./once.tpl'}
      <p>{if $line.status == 'frozen'}{l s='New orders on terms are possible again within the limit.' mod='encours'}{else}{l s='No new order on terms, whatever room there is. What was accepted stays owed.' mod='encours'}{/if}</p>
      <div class="form-group"><label for="encours-freeze-reason-{$n|intval}">{l s='Reason' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-freeze-reason-{$n|intval}" maxlength="900" required></div>
      <button type="submit" class="btn btn-primary">{if $line.status == 'frozen'}{l s='Unfreeze' mod='encours'}{else}{l s='Freeze' mod='encours'}{/if}</button>
    </form>
  </details>
</div>
