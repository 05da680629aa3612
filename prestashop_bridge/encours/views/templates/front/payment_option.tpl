{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<form class="encours-option js-encours-option" action="{$encours.action|escape:'htmlall':'UTF-8'}" method="post">
  <input type="hidden" name="token" value="{$encours.token|escape:'htmlall':'UTF-8'}">
  <input type="hidden" name="id_cart" value="{$encours.id_cart|intval}">
  <input type="hidden" name="cart_hash" value="{$encours.cart_hash|escape:'htmlall':'UTF-8'}">

  {if $encours.is_choice}
    <fieldset class="encours-option__terms">
      <legend>{l s='When do you want to pay?' mod='encours'}</legend>
      {foreach from=$encours.terms item=offered}
        <div class="form-check encours-option__choice">
          <input class="form-check-input" type="radio" required name="terms" id="encours-terms-{$offered.code|escape:'htmlall':'UTF-8'}"
            value="{$offered.code|escape:'htmlall':'UTF-8'}"{if $offered.is_default} checked{/if}>
          <label class="form-check-label" for="encours-terms-{$offered.code|escape:'htmlall':'UTF-8'}">
            <span class="encours-option__label">{$offered.label|escape:'htmlall':'UTF-8'}</span>
            {if $offered.due_on}
              <span class="encours-option__due">
                {l s='due %s' mod='encours' sprintf=[$offered.due_on]}{if $encours.is_estimate} <em>({l s='estimated' mod='encours'})</em>{/if}
              </span>
            {/if}
          </label>
        </div>
      {/foreach}
    </fieldset>
  {else}
    {foreach from=$encours.terms item=offered}
      <input type="hidden" name="terms" value="{$offered.code|escape:'htmlall':'UTF-8'}">
      <p class="encours-option__only">
        <span class="encours-option__label">{$offered.label|escape:'htmlall':'UTF-8'}</span>
        {if $offered.due_on}
          <span class="encours-option__due">
            {l s='due %s' mod='encours' sprintf=[$offered.due_on]}{if $encours.is_estimate} <em>({l s='estimated' mod='encours'})</em>{/if}
          </span>
        {/if}
      </p>
    {/foreach}
  {/if}

  {if $encours.is_estimate}
    <p class="encours-option__note">{l s='The day is fixed when your order has been shipped.' mod='encours'}</p>
  {/if}
  {if $encours.credit_left !== null}
    <p class="encours-option__credit">{l s='Your credit left:' mod='encours'} <strong>{$encours.credit_left|escape:'htmlall':'UTF-8'}</strong></p>
  {/if}

  {if $encours.asks_purchase_order_number}
    <div class="form-group encours-option__number">
      <label class="form-label" for="encours-purchase-order-number">{l s='Your purchase order number (optional)' mod='encours'}</label>
      <input class="form-control" type="text" name="purchase_order_number" id="encours-purchase-order-number" maxlength="128" autocomplete="off">
    </div>
  {/if}

  {if $encours.terms_of_use != ''}
    <div class="encours-option__use" tabindex="0" role="region" aria-label="{l s='Terms of use of paying later' mod='encours'}">{$encours.terms_of_use|escape:'htmlall':'UTF-8'}</div>
    <div class="form-check encours-option__agree">
      <input class="form-check-input" type="checkbox" required name="agreed" value="1" id="encours-agreed">
      <label class="form-check-label" for="encours-agreed">{l s='I agree to the terms of use of paying later.' mod='encours'}</label>
    </div>
  {/if}
</form>
