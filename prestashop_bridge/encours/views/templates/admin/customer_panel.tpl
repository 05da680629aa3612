{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="col-12">
<div class="card encours-panel" data-encours-panel data-encours-url="{$url|escape:'htmlall':'UTF-8'}"{if $is_loading} data-encours-load{/if} data-encours-failed="{l s='The back office did not answer. Reload the page to see how things stand.' mod='encours'}">
  <h3 class="card-header">
    <i class="material-icons">account_balance</i> {l s='Credit' mod='encours'}
    {if $live && $live.company.override}<span class="badge badge-{if $live.company.override.position == 'allow'}success{else}danger{/if}">{if $live.company.override.position == 'allow'}{l s='allowed by hand' mod='encours'}{else}{l s='denied by hand' mod='encours'}{/if}</span>{/if}
  </h3>
  <div class="card-body">
    {include file='./notices.tpl'}
    {if $failure}<div class="alert alert-warning" role="alert"><p class="alert-text">{$failure|escape:'htmlall':'UTF-8'}</p></div>{/if}
    {if $sync_error}<div class="alert alert-danger" role="alert"><p class="alert-text">{l s='Changes of this customer could not be reported to the service:' mod='encours'} {$sync_error|escape:'htmlall':'UTF-8'}</p></div>{/if}
    {if $is_loading}<p class="text-muted" data-encours-loading>{l s='Asking the service…' mod='encours'}</p>{/if}
    {if $is_unknown}
      <p>{l s='The service does not know this customer yet. Customers are reported when they change or order, and by the first synchronisation.' mod='encours'}</p>
    {/if}
    {if ($is_unknown || $sync_error) && $may_record}
      <form data-encours-form class="mb-3"><input type="hidden" name="do" value="report">{include file='./once.tpl'}<button type="submit" class="btn btn-sm btn-primary">{l s='Report now' mod='encours'}</button></form>
    {/if}
    {if $failure && !$is_loading}<button type="button" class="btn btn-sm btn-outline-secondary mb-3" data-encours-reload>{l s='Ask again' mod='encours'}</button>{/if}

    {if $live}
      {include file='./customer_rights.tpl'}
      {foreach $live.lines as $line}
        {assign var=n value=$line@index}
        <div class="row encours-figures">
          <div class="col-6 col-lg-3"><span class="text-muted">{l s='Limit' mod='encours'}</span><strong>{$line.limit|escape:'htmlall':'UTF-8'}</strong><small>{$line.limit_source|escape:'htmlall':'UTF-8'}{if $line.temporary}, {l s='until' mod='encours'} {$line.temporary.until|escape:'htmlall':'UTF-8'}{/if}{if $line.allow_exceed}, {l s='may be exceeded' mod='encours'}{/if}</small></div>
          <div class="col-6 col-lg-3"><span class="text-muted">{l s='Used' mod='encours'}</span><strong>{$line.exposure|escape:'htmlall':'UTF-8'}</strong>{if $line.over_limit}<small class="text-danger">{$line.over_limit|escape:'htmlall':'UTF-8'} {l s='above the limit' mod='encours'}</small>{elseif $line.used_percent !== null}<small>{$line.used_percent|intval} %</small>{/if}</div>
          <div class="col-6 col-lg-3"><span class="text-muted">{l s='Left' mod='encours'}</span><strong>{if $line.status == 'active'}{$line.available|escape:'htmlall':'UTF-8'}{else}<span class="text-danger">{$line.status_text|escape:'htmlall':'UTF-8'}</span>{/if}</strong>{if $line.status_reason}<small>{$line.status_reason|escape:'htmlall':'UTF-8'}</small>{/if}</div>
          <div class="col-6 col-lg-3"><span class="text-muted">{l s='Overdue' mod='encours'}</span><strong{if $line.is_overdue} class="text-danger"{/if}>{$line.overdue|escape:'htmlall':'UTF-8'}</strong>{if $line.unpaid_documents}<small>{$line.unpaid_documents|intval} {l s='unpaid, oldest due' mod='encours'} {$line.oldest_due_on|escape:'htmlall':'UTF-8'}</small>{/if}</div>
        </div>
        {if $line.buckets}
          <table class="table table-sm encours-buckets"><tbody>
            {foreach $line.buckets as $bucket}<tr{if $bucket.is_late} class="text-danger"{/if}><td>{$bucket.name|escape:'htmlall':'UTF-8'}{if $bucket.count} <small class="text-muted">({$bucket.count|intval})</small>{/if}</td><td class="text-right">{$bucket.amount|escape:'htmlall':'UTF-8'}</td></tr>{/foreach}
          </tbody></table>
        {/if}
        {if $may_decide && $line.status != 'closed'}{include file='./customer_limits.tpl'}{/if}
      {/foreach}
      <dl class="row mt-3 mb-0">
        <dt class="col-sm-3">{l s='Terms' mod='encours'}</dt>
        <dd class="col-sm-9">{if $live.terms.default}{$live.terms.default|escape:'htmlall':'UTF-8'}{else}{l s='the buyer chooses' mod='encours'}{/if}{if $live.terms.allowed|count > 1} <span class="text-muted">({l s='may choose:' mod='encours'} {', '|implode:$live.terms.allowed|escape:'htmlall':'UTF-8'})</span>{/if}{if $live.terms.by} <span class="text-muted">{$live.terms.by|escape:'htmlall':'UTF-8'}</span>{/if}{if $live.terms.dropped} <span class="text-danger">{l s='not in use any more:' mod='encours'} {', '|implode:$live.terms.dropped|escape:'htmlall':'UTF-8'}</span>{/if}</dd>
        <dt class="col-sm-3">{l s='This account' mod='encours'}</dt>
        <dd class="col-sm-9">{if $live.rights.may_use}{l s='may use the credit' mod='encours'}{else}<span class="text-danger">{l s='may not use the credit' mod='encours'}</span>{/if}, {if $live.rights.may_see}{l s='sees the credit' mod='encours'}{else}<span class="text-danger">{l s='does not see the credit' mod='encours'}</span>{/if}</dd>
        <dt class="col-sm-3">{l s='VAT number' mod='encours'}</dt>
        <dd class="col-sm-9">{$live.company.vat_number|escape:'htmlall':'UTF-8'} <span class="badge badge-{if $live.company.vat_status == 'valid'}success{elseif $live.company.vat_status == 'invalid'}danger{else}secondary{/if}">{$live.company.vat_status_text|escape:'htmlall':'UTF-8'}</span>{if $live.company.vat_checked_on} <span class="text-muted">{$live.company.vat_checked_on|escape:'htmlall':'UTF-8'}</span>{/if}{if $live.company.vat_reason} <small class="text-muted">{$live.company.vat_reason|escape:'htmlall':'UTF-8'}</small>{/if}
          {if $may_record && $live.company.vat_number}<form data-encours-form class="d-inline"><input type="hidden" name="do" value="vat_check">{include file='./once.tpl'}<button type="submit" class="btn btn-sm btn-link">{l s='Ask the registry now' mod='encours'}</button></form>{/if}</dd>
        {foreach $live.totals as $total}
          <dt class="col-sm-3">{l s='In all' mod='encours'}</dt>
          <dd class="col-sm-9">{l s='paid' mod='encours'} {$total.paid|escape:'htmlall':'UTF-8'}, {l s='still to come' mod='encours'} {$total.expected|escape:'htmlall':'UTF-8'}{if $total.max_days_late}, {l s='at most' mod='encours'} {$total.max_days_late|intval} {l s='days late' mod='encours'}{/if}</dd>
        {/foreach}
        {if $live.company.accounts > 1}<dt class="col-sm-3">{l s='One company' mod='encours'}</dt><dd class="col-sm-9">{$live.company.name|escape:'htmlall':'UTF-8'}: {$live.company.accounts|intval} {l s='accounts share this credit' mod='encours'}</dd>{/if}
        {if $live.company.override}<dt class="col-sm-3">{if $live.company.override.position == 'allow'}{l s='Allowed by hand' mod='encours'}{else}{l s='Denied by hand' mod='encours'}{/if}</dt><dd class="col-sm-9">{$live.company.override.reason|escape:'htmlall':'UTF-8'}{if $live.company.override.until} <span class="text-muted">{l s='until' mod='encours'} {$live.company.override.until|escape:'htmlall':'UTF-8'}</span>{/if}</dd>{/if}
      </dl>
      {if $may_decide}{include file='./customer_override.tpl'}{/if}
      {include file='./customer_reminders.tpl'}
    {/if}

    {if $orders}
      <details class="mt-3"{if !$live && !$is_loading} open{/if}><summary>{l s='Orders on terms' mod='encours'} ({$orders|count}{if $orders|count >= $most_orders}+{/if})</summary>
        <table class="table table-sm mt-2"><thead><tr><th>{l s='Order' mod='encours'}</th><th>{l s='Terms' mod='encours'}</th><th>{l s='Due' mod='encours'}</th><th></th></tr></thead><tbody>
          {foreach $orders as $order}
            <tr><td><a href="{$order.url|escape:'htmlall':'UTF-8'}">{$order.ref|escape:'htmlall':'UTF-8'}</a></td><td>{$order.terms|escape:'htmlall':'UTF-8'}</td><td>{$order.due_on|escape:'htmlall':'UTF-8'}{if $order.is_estimate} <small class="text-muted">{l s='estimated' mod='encours'}</small>{/if}</td><td>{if $order.settled_on}<span class="badge badge-success">{l s='settled' mod='encours'}</span>{elseif $order.is_late}<span class="badge badge-danger">{l s='overdue' mod='encours'}</span>{else}<span class="badge badge-info">{l s='open' mod='encours'}</span>{/if}</td></tr>
          {/foreach}
        </tbody></table>
      </details>
    {/if}
  </div>
</div>
</div>
