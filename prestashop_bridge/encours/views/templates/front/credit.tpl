{*
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{extends file='customer/page.tpl'}

{block name='page_title'}
  {l s='My credit' mod='encours'}
{/block}

{block name='page_content'}
  <div class="encours">
    {if $credit.state == 'none'}
      <p class="alert alert-info" role="status">{l s='Your account has no payment on terms yet. Please contact us if you would like to order now and pay the invoice later.' mod='encours'}</p>
    {elseif $credit.state == 'unavailable'}
      <p class="alert alert-warning" role="status">{l s='Your figures cannot be shown at the moment. Please try again in a few minutes. Your orders and your payments are not affected.' mod='encours'}</p>
    {/if}

    {if $credit.state == 'shown'}
      {foreach from=$credit.lines item=line}
        <section class="encours-credit" aria-labelledby="encours-credit-{$line.currency|escape:'html':'UTF-8'}">
          <h2 class="h4" id="encours-credit-{$line.currency|escape:'html':'UTF-8'}">{if $credit.lines|count > 1}{l s='Credit in %s' sprintf=[$line.currency] mod='encours'}{else}{l s='Your credit' mod='encours'}{/if}</h2>

          {if $line.is_frozen}
            <p class="alert alert-warning">{l s='Your credit is on hold at the moment, so new orders on terms are not possible. What you have ordered already stays as agreed. Please contact us.' mod='encours'}</p>
          {elseif $line.is_closed}
            <p class="alert alert-info">{l s='Your credit has ended. What you have ordered already stays payable as agreed.' mod='encours'}</p>
          {/if}

          <dl class="encours-figures">
            <div class="encours-figure encours-figure--main">
              <dt>{l s='Left to order on terms' mod='encours'}</dt>
              <dd>{if $line.is_unlimited}{l s='No limit' mod='encours'}{else}{$line.available|escape:'html':'UTF-8'}{/if}</dd>
            </div>
            <div class="encours-figure">
              <dt>{l s='Credit limit' mod='encours'}</dt>
              <dd>{if $line.is_unlimited}{l s='No limit' mod='encours'}{else}{$line.limit|escape:'html':'UTF-8'}{/if}</dd>
            </div>
            <div class="encours-figure">
              <dt>{l s='Used' mod='encours'}</dt>
              <dd>{$line.used|escape:'html':'UTF-8'}</dd>
            </div>
            {if $line.due_soon !== null}
              <div class="encours-figure">
                <dt>{l s='Due within 7 days' mod='encours'}</dt>
                <dd>{$line.due_soon|escape:'html':'UTF-8'}</dd>
              </div>
            {/if}
            <div class="encours-figure{if $line.has_overdue} encours-figure--alert{/if}">
              <dt>{l s='Overdue' mod='encours'}</dt>
              <dd>{$line.overdue|escape:'html':'UTF-8'}</dd>
            </div>
          </dl>

          {if !$line.is_unlimited}
            <progress class="encours-meter" max="100" value="{$line.used_percent|intval}" aria-label="{l s='Share of your credit that is used' mod='encours'}">{$line.used_percent|intval} %</progress>
          {/if}
          {if $line.next_due}
            <p class="encours-note">{l s='Your next payment is due on %s.' sprintf=[$line.next_due] mod='encours'}</p>
          {/if}
          {if $line.has_over_limit}
            <p class="encours-note">{l s='You are %s above your limit. New orders on terms are possible again when that much has been paid.' sprintf=[$line.over_limit] mod='encours'}</p>
          {/if}

          {if $line.buckets}
            <table class="table table-striped table-bordered encours-table">
              <caption>{l s='What makes up the amount used' mod='encours'}</caption>
              <thead class="thead-default">
                <tr>
                  <th scope="col">{l s='Kind' mod='encours'}</th>
                  <th scope="col" class="encours-number">{l s='Documents' mod='encours'}</th>
                  <th scope="col" class="encours-number">{l s='Amount' mod='encours'}</th>
                </tr>
              </thead>
              <tbody>
                {foreach from=$line.buckets item=bucket}
                  <tr>
                    <th scope="row">{$bucket.label|escape:'html':'UTF-8'}</th>
                    <td class="encours-number">{if $bucket.count !== null}{$bucket.count|intval}{else}–{/if}</td>
                    <td class="encours-number">{$bucket.amount|escape:'html':'UTF-8'}</td>
                  </tr>
                {/foreach}
              </tbody>
              <tfoot>
                <tr>
                  <th scope="row">{l s='Used' mod='encours'}</th>
                  <td></td>
                  <td class="encours-number"><strong>{$line.used|escape:'html':'UTF-8'}</strong></td>
                </tr>
              </tfoot>
            </table>
          {/if}
        </section>
      {/foreach}

      {if $credit.terms}
        <section aria-labelledby="encours-terms">
          <h2 class="h4" id="encours-terms">{l s='Your payment terms' mod='encours'}</h2>
          <ul class="encours-terms">
            {foreach from=$credit.terms item=terms}
              <li>{$terms.label|escape:'html':'UTF-8'}{if $terms.is_default && $credit.terms|count > 1} <span class="encours-note">{l s='(unless you choose others at checkout)' mod='encours'}</span>{/if}</li>
            {/foreach}
          </ul>
          <p class="encours-note">{l s='The figures are those of your whole company. Your own orders are listed under My orders on terms.' mod='encours'}</p>
        </section>
      {/if}
    {/if}

    {if $credit.state != 'none' && ($credit.unpaid || $credit.bank)}
      <section aria-labelledby="encours-pay">
        <h2 class="h4" id="encours-pay">{l s='How to pay' mod='encours'}</h2>
        {if $credit.bank}
          <p>{l s='Please transfer to this account, and quote the payment reference of the order.' mod='encours'}</p>
          {include file='module:encours/views/templates/front/how-to-pay.tpl' bank=$credit.bank}
        {/if}
        {if $credit.unpaid}
          <table class="table table-striped table-bordered encours-table encours-table--stacked" role="table">
            <caption>{l s='Your unpaid orders, the first due first' mod='encours'}</caption>
            <thead class="thead-default" role="rowgroup">
              <tr role="row">
                <th scope="col" role="columnheader">{l s='Order' mod='encours'}</th>
                <th scope="col" role="columnheader">{l s='Due date' mod='encours'}</th>
                <th scope="col" role="columnheader" class="encours-number">{l s='Left to pay' mod='encours'}</th>
                <th scope="col" role="columnheader">{l s='Payment reference' mod='encours'}</th>
              </tr>
            </thead>
            <tbody role="rowgroup">
              {foreach from=$credit.unpaid item=unpaid}
                <tr role="row">
                  <th scope="row" role="rowheader" data-label="{l s='Order' mod='encours'}"><a href="{$unpaid.url|escape:'html':'UTF-8'}">{$unpaid.reference|escape:'html':'UTF-8'}</a></th>
                  <td role="cell" data-label="{l s='Due date' mod='encours'}">
                    <div>
                      {if $unpaid.due}<time datetime="{$unpaid.due_on|escape:'html':'UTF-8'}">{$unpaid.due|escape:'html':'UTF-8'}</time>{if $unpaid.due_is_estimate} <span class="encours-note">{l s='(estimated)' mod='encours'}</span>{/if}{else}{l s='once it is on its way' mod='encours'}{/if}
                      {if $unpaid.is_overdue}<span class="encours-status encours-status--overdue">{$unpaid.status_text|escape:'html':'UTF-8'}</span>{/if}
                    </div>
                  </td>
                  <td role="cell" class="encours-number" data-label="{l s='Left to pay' mod='encours'}">{$unpaid.open|escape:'html':'UTF-8'}</td>
                  <td role="cell" class="encours-code" data-label="{l s='Payment reference' mod='encours'}">{if $unpaid.payment_reference}{$unpaid.payment_reference|escape:'html':'UTF-8'}{else}–{/if}</td>
                </tr>
              {/foreach}
            </tbody>
          </table>
        {/if}
      </section>
    {/if}

    {if $credit.state == 'shown' || ($credit.state == 'unavailable' && $credit.unpaid)}
      <p><a class="encours-more" href="{$credit.orders_url|escape:'html':'UTF-8'}">{l s='All my orders on terms' mod='encours'}</a></p>
    {/if}
  </div>
{/block}
