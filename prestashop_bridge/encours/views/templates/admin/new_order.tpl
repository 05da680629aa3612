{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{if $failure}
  <div class="alert alert-warning" role="alert"><p class="alert-text">{$failure|escape:'htmlall':'UTF-8'}</p></div>
{else}
  <h4>{l s='On terms' mod='encours'}{if $available !== null} <small class="text-muted">{l s='credit left:' mod='encours'} {$available|escape:'htmlall':'UTF-8'}</small>{/if}</h4>
  {if $decision.outcome == 'approved'}
    <div class="form-row">
      {if $terms|count > 1}
        <div class="form-group col-md-6"><label for="encours-new-terms">{l s='Terms' mod='encours'}</label>
          <select class="form-control custom-select" name="encours_terms" id="encours-new-terms">
            {foreach $terms as $term}<option value="{$term.code|escape:'htmlall':'UTF-8'}"{if $term.is_default} selected{/if}>{$term.label|escape:'htmlall':'UTF-8'}, {l s='due about' mod='encours'} {$term.due_on|escape:'htmlall':'UTF-8'}</option>{/foreach}
          </select></div>
      {elseif $terms}
        <div class="form-group col-md-6"><span class="form-control-label">{l s='Terms' mod='encours'}</span><p class="mb-0">{$terms[0].label|escape:'htmlall':'UTF-8'}, {l s='due about' mod='encours'} {$terms[0].due_on|escape:'htmlall':'UTF-8'}</p></div>
      {/if}
      {if $asks_purchase_order}
        <div class="form-group col-md-6"><label for="encours-new-po">{l s='Purchase-order number' mod='encours'}</label><input class="form-control" type="text" name="encours_purchase_order" id="encours-new-po" maxlength="128"></div>
      {/if}
    </div>
  {elseif $may_decide}
    {include file='./decision.tpl'}
    <div class="form-group mb-0">
      <label for="encours-new-reason">{l s='Order all the same, because' mod='encours'}</label>
      <input class="form-control" type="text" name="encours_override_reason" id="encours-new-reason" maxlength="900" required>
      <small class="form-text text-muted">{l s='Without a reason nothing is created. The reason is kept with the order and with your name.' mod='encours'}</small>
    </div>
  {else}
    {include file='./decision.tpl'}
    <p class="mb-0">{l s='With this payment nothing is created. Somebody whose profile may decide can order all the same, with a reason.' mod='encours'}</p>
  {/if}
  {if $decision.outcome == 'approved'}
    <details><summary>{l s='Why' mod='encours'}</summary>{include file='./decision.tpl'}</details>
  {/if}
{/if}
