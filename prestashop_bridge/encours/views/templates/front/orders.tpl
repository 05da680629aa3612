{*
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{extends file='customer/page.tpl'}

{block name='page_title'}
  {l s='My orders on terms' mod='encours'}
{/block}

{block name='page_content'}
  <div class="encours">
    {if $terms_orders.state == 'none'}
      <p class="alert alert-info" role="status">{l s='Your account has no payment on terms yet. Please contact us if you would like to order now and pay the invoice later.' mod='encours'}</p>
    {elseif $terms_orders.state == 'unavailable'}
      <p class="alert alert-warning" role="status">{l s='Your figures cannot be shown at the moment. Please try again in a few minutes. Your orders and your payments are not affected.' mod='encours'}</p>
    {else}
      {if !$terms_orders.figures_known}
        <p class="alert alert-warning" role="status">{l s='What is paid and what is left cannot be shown at the moment. Please try again in a few minutes. Your orders and your payments are not affected.' mod='encours'}</p>
      {/if}
      {if !$terms_orders.orders}
        <p class="alert alert-info" role="status">{l s='You have no orders on terms yet.' mod='encours'}</p>
      {else}
        <table class="table table-striped table-bordered encours-table encours-table--stacked" role="table">
          <caption>{l s='Your own orders on terms, the newest first' mod='encours'}</caption>
          <thead class="thead-default" role="rowgroup">
            <tr role="row">
              <th scope="col" role="columnheader">{l s='Order' mod='encours'}</th>
              <th scope="col" role="columnheader">{l s='Placed' mod='encours'}</th>
              <th scope="col" role="columnheader">{l s='Status' mod='encours'}</th>
              <th scope="col" role="columnheader">{l s='Due date' mod='encours'}</th>
              <th scope="col" role="columnheader" class="encours-number">{l s='Total' mod='encours'}</th>
              <th scope="col" role="columnheader" class="encours-number">{l s='Paid' mod='encours'}</th>
              <th scope="col" role="columnheader" class="encours-number">{l s='Left to pay' mod='encours'}</th>
              <th scope="col" role="columnheader">{l s='Payment' mod='encours'}</th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {foreach from=$terms_orders.orders item=order_on_terms}
              <tr role="row">
                <th scope="row" role="rowheader" data-label="{l s='Order' mod='encours'}"><a href="{$order_on_terms.url|escape:'html':'UTF-8'}">{$order_on_terms.reference|escape:'html':'UTF-8'}</a></th>
                <td role="cell" data-label="{l s='Placed' mod='encours'}"><time datetime="{$order_on_terms.placed_on|escape:'html':'UTF-8'}">{$order_on_terms.placed|escape:'html':'UTF-8'}</time></td>
                <td role="cell" data-label="{l s='Status' mod='encours'}">{$order_on_terms.state_name|escape:'html':'UTF-8'}</td>
                <td role="cell" data-label="{l s='Due date' mod='encours'}">
                  <div>
                    {if $order_on_terms.due}<time datetime="{$order_on_terms.due_on|escape:'html':'UTF-8'}">{$order_on_terms.due|escape:'html':'UTF-8'}</time>{if $order_on_terms.due_is_estimate && !$order_on_terms.is_finished} <span class="encours-note">{l s='(estimated)' mod='encours'}</span>{/if}{else}{l s='once it is on its way' mod='encours'}{/if}
                    {if $order_on_terms.terms}<span class="encours-note encours-note--line">{$order_on_terms.terms|escape:'html':'UTF-8'}</span>{/if}
                  </div>
                </td>
                <td role="cell" class="encours-number" data-label="{l s='Total' mod='encours'}">{$order_on_terms.total|escape:'html':'UTF-8'}</td>
                <td role="cell" class="encours-number" data-label="{l s='Paid' mod='encours'}">{$order_on_terms.paid|escape:'html':'UTF-8'}</td>
                <td role="cell" class="encours-number" data-label="{l s='Left to pay' mod='encours'}">{$order_on_terms.open|escape:'html':'UTF-8'}</td>
                <td role="cell" data-label="{l s='Payment' mod='encours'}">{if $order_on_terms.status_text}<span class="encours-status encours-status--{$order_on_terms.status|escape:'html':'UTF-8'}">{$order_on_terms.status_text|escape:'html':'UTF-8'}</span>{else}–{/if}</td>
              </tr>
            {/foreach}
          </tbody>
        </table>
        {if $terms_orders.pagination.pages > 1}
          <nav class="encours-pages" aria-label="{l s='Pages of my orders on terms' mod='encours'}">
            <ul>
              {if $terms_orders.pagination.previous}
                <li><a rel="prev" href="{$terms_orders.pagination.previous|escape:'html':'UTF-8'}">{l s='Previous' mod='encours'}</a></li>
              {/if}
              {foreach from=$terms_orders.pagination.numbers item=number}
                {if $number.follows_gap}<li aria-hidden="true">…</li>{/if}
                <li>
                  {if $number.is_current}
                    <span aria-current="page">{$number.number|intval}</span>
                  {else}
                    <a href="{$number.url|escape:'html':'UTF-8'}" aria-label="{l s='Page %d' sprintf=[$number.number] mod='encours'}">{$number.number|intval}</a>
                  {/if}
                </li>
              {/foreach}
              {if $terms_orders.pagination.next}
                <li><a rel="next" href="{$terms_orders.pagination.next|escape:'html':'UTF-8'}">{l s='Next' mod='encours'}</a></li>
              {/if}
            </ul>
          </nav>
        {/if}
        <p class="encours-note">{l s='Orders %1$d to %2$d of %3$d' sprintf=[$terms_orders.pagination.from, $terms_orders.pagination.to, $terms_orders.total] mod='encours'}</p>
      {/if}
      <p><a class="encours-more" href="{$terms_orders.credit_url|escape:'html':'UTF-8'}">{l s='My credit and how to pay' mod='encours'}</a></p>
    {/if}
  </div>
{/block}
