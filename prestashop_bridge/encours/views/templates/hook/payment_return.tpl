{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<section class="encours-return">
  <h3 class="h3 card-title">{l s='Pay later' mod='encours'}</h3>
  <p>{l s='Your order is accepted. Nothing has been charged: please transfer the amount when it is due.' mod='encours'}</p>
  {foreach from=$encours.orders item=order}
    <dl class="encours-facts">
      {if $encours.orders|count > 1}
        <div><dt>{l s='Order' mod='encours'}</dt><dd>{$order.reference|escape:'htmlall':'UTF-8'}</dd></div>
      {/if}
      <div><dt>{l s='Amount' mod='encours'}</dt><dd>{$order.amount|escape:'htmlall':'UTF-8'}</dd></div>
      {if $order.terms !== null}
        <div><dt>{l s='Terms' mod='encours'}</dt><dd>{$order.terms|escape:'htmlall':'UTF-8'}</dd></div>
      {/if}
      {if $order.due_on !== null}
        <div>
          <dt>{l s='Due' mod='encours'}</dt>
          <dd>{$order.due_on|escape:'htmlall':'UTF-8'}{if $order.is_estimate} ({l s='estimated; fixed when your order has been shipped' mod='encours'}){/if}</dd>
        </div>
      {/if}
      {if $order.payment_reference !== null}
        <div><dt>{l s='Payment reference' mod='encours'}</dt><dd>{$order.payment_reference|escape:'htmlall':'UTF-8'}</dd></div>
      {/if}
      {if $encours.bank !== null}
        <div><dt>{l s='Account holder' mod='encours'}</dt><dd>{$encours.bank.holder|escape:'htmlall':'UTF-8'}</dd></div>
        <div><dt>{l s='IBAN' mod='encours'}</dt><dd>{$encours.bank.iban|escape:'htmlall':'UTF-8'}</dd></div>
        {if $encours.bank.bic != ''}
          <div><dt>{l s='BIC' mod='encours'}</dt><dd>{$encours.bank.bic|escape:'htmlall':'UTF-8'}</dd></div>
        {/if}
      {/if}
    </dl>
  {/foreach}
  <p><a href="{$encours.history_url|escape:'htmlall':'UTF-8'}">{l s='My orders on terms' mod='encours'}</a></p>
</section>
