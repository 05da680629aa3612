{*
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{if $encours_order.is_shown}
  {assign var=order_on_terms value=$encours_order.order}
  <section class="encours-order box" aria-labelledby="encours-order-title">
    <h3 class="h3" id="encours-order-title">{l s='Payment on terms' mod='encours'}</h3>
    <dl class="encours-facts">
      {if $order_on_terms.due}
        <div>
          <dt>{l s='Due date' mod='encours'}</dt>
          <dd>
            <time datetime="{$order_on_terms.due_on|escape:'html':'UTF-8'}">{$order_on_terms.due|escape:'html':'UTF-8'}</time>
            {if $order_on_terms.due_is_estimate && !$order_on_terms.is_finished}<span class="encours-note">{l s='(estimated)' mod='encours'}</span>{/if}
          </dd>
        </div>
      {/if}
      {if $order_on_terms.terms}
        <div><dt>{l s='Payment terms' mod='encours'}</dt><dd>{$order_on_terms.terms|escape:'html':'UTF-8'}</dd></div>
      {/if}
      {if $order_on_terms.has_figures}
        <div><dt>{l s='Paid' mod='encours'}</dt><dd>{$order_on_terms.paid|escape:'html':'UTF-8'}</dd></div>
        <div><dt>{l s='Left to pay' mod='encours'}</dt><dd><strong>{$order_on_terms.open|escape:'html':'UTF-8'}</strong></dd></div>
      {/if}
      {if $order_on_terms.status_text}
        <div><dt>{l s='Status of the payment' mod='encours'}</dt><dd><span class="encours-status encours-status--{$order_on_terms.status|escape:'html':'UTF-8'}">{$order_on_terms.status_text|escape:'html':'UTF-8'}</span></dd></div>
      {/if}
    </dl>
    {if $order_on_terms.due_is_estimate && !$order_on_terms.is_finished}
      <p class="encours-note">{l s='The due date is fixed when your order is on its way.' mod='encours'}</p>
    {/if}
    {if !$order_on_terms.is_finished && ($encours_order.bank || $order_on_terms.payment_reference)}
      <h4 class="h5">{l s='How to pay' mod='encours'}</h4>
      {include file='module:encours/views/templates/front/how-to-pay.tpl' bank=$encours_order.bank reference=$order_on_terms.payment_reference}
    {/if}
    {if !$order_on_terms.has_figures}
      <p class="encours-note" role="status">{l s='What is paid and what is left cannot be shown at the moment. Please try again in a few minutes.' mod='encours'}</p>
    {/if}
  </section>
{/if}
