{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{if !$live.rights.may_use && !$live.rights.may_see}
  <div class="alert alert-warning" role="alert">
    <p class="alert-text"><strong>{l s='This account may neither use nor see the credit of the company.' mod='encours'}</strong> {l s='It gave the number of a company that is known already, or it was barred. It sees and uses nothing until somebody who knows the person allows it.' mod='encours'}</p>
  </div>
{/if}
{if $may_decide && (!$live.rights.may_use || !$live.rights.may_see || $live.company.accounts > 1)}
  <div class="encours-actions mb-3" role="group" aria-label="{l s='This account' mod='encours'}">
    {if !$live.rights.may_use || !$live.rights.may_see}
      <details><summary class="btn btn-sm btn-outline-secondary">{l s='Allow this account' mod='encours'}</summary>
        <form data-encours-form>
          <input type="hidden" name="do" value="allow_buyer">{include file='./once.tpl'}
          <p>{$live.company.name|escape:'htmlall':'UTF-8'}: {l s='allow only whom you know to order for this company. The number alone proves nothing, anybody can type it.' mod='encours'}</p>
          <button type="submit" class="btn btn-primary">{l s='Allow this account' mod='encours'}</button>
        </form>
      </details>
    {/if}
    {if $live.company.accounts > 1 && ($live.rights.may_use || $live.rights.may_see)}
      <details><summary class="btn btn-sm btn-outline-danger">{l s='Bar this account' mod='encours'}</summary>
        <form data-encours-form>
          <input type="hidden" name="do" value="bar_buyer">{include file='./once.tpl'}
          <p>{l s='This account will neither use nor see the credit. The other accounts of the company keep it; what was ordered stays owed.' mod='encours'}</p>
          <button type="submit" class="btn btn-primary">{l s='Bar this account' mod='encours'}</button>
        </form>
      </details>
    {/if}
  </div>
{/if}
