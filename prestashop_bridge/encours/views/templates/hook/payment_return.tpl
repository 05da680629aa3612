{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<section class="encours-return">
  <h3 class="h3 card-title">{l s='Pay later' mod='encours'}</h3>
  <p>{l s='Your order is accepted. Nothing has been charged: please transfer the amount when it is due.' mod='encours'}</p>
  {foreach from=$encours.orders item=order}
    <ul class="encours-return__facts">
      {if $encours.orders|count > 1}
        <li>{l s='Order' mod='encours'}: <strong>{$order.reference|escape:'htmlall':'UTF-8'}</strong></li>
      {/if}
      <li>{l s='Amount' mod='encours'}: <strong>{$order.amount|escape:'htmlall':'UTF-8'}</strong></li>
      {if $order.terms !== null}
        <li>{l s='Terms' mod='encours'}: <strong>{$order.terms|escape:'htmlall':'UTF-8'}</strong></li>
      {/if}
      {if $order.due_on !== null}
        <li>
          {l s='Due' mod='encours'}: <strong>{$order.due_on|escape:'htmlall':'UTF-8'}</strong>{if $order.is_estimate} ({l s='estimated; fixed when your order has been shipped' mod='encours'}){/if}
        </li>
      {/if}
      {if $order.payment_reference !== null}
        <li>{l s='Payment reference' mod='encours'}: <strong>{$order.payment_reference|escape:'htmlall':'UTF-8'}</strong></li>
      {/if}
      {if $encours.bank !== null}
        <li>{l s='Account holder' mod='encours'}: <strong>{$encours.bank.holder|escape:'htmlall':'UTF-8'}</strong></li>
        <li>{l s='IBAN' mod='encours'}: <strong>{$encours.bank.iban|escape:'htmlall':'UTF-8'}</strong></li>
        {if $encours.bank.bic != ''}
          <li>{l s='BIC' mod='encours'}: <strong>{$encours.bank.bic|escape:'htmlall':'UTF-8'}</strong></li>
        {/if}
      {/if}
    </ul>
  {/foreach}
  <p><a href="{$encours.history_url|escape:'htmlall':'UTF-8'}">{l s='My orders on terms' mod='encours'}</a></p>
</section>
