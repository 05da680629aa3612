{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="card mt-2 d-print-none encours-panel{if $sync.is_failing} encours-failing{/if}" id="encours-order-panel" data-encours-panel data-encours-url="{$url|escape:'htmlall':'UTF-8'}"{if $is_loading} data-encours-load{/if} data-encours-failed="{l s='The back office did not answer. Reload the page to see how things stand.' mod='encours'}">
  <div class="card-header">
    <h3 class="card-header-title">
      {l s='On terms' mod='encours'}
      {if $sync.is_failing}<span class="badge badge-danger">{l s='not synchronised' mod='encours'}</span>
      {elseif $sync.is_waiting}<span class="badge badge-warning">{l s='being reported' mod='encours'}</span>{/if}
      {if $live}
        <span class="badge badge-{if $live.order.status == 'settled'}success{elseif $live.item && $live.item.is_overdue}danger{else}info{/if}">{if $live.item && $live.item.is_overdue && $live.item.is_open}{l s='Overdue' mod='encours'}{else}{$live.order.status_text|escape:'htmlall':'UTF-8'}{/if}</span>
      {/if}
    </h3>
  </div>
  <div class="card-body">
    {include file='./notices.tpl'}
    {if $sync.is_waiting}
      <div class="alert alert-{if $sync.is_failing}danger{else}warning{/if}" role="alert">
        <p class="alert-text mb-1">{if $sync.is_failing}{l s='This could not be reported to the service yet. It is tried again by itself; until then its books do not show it.' mod='encours'}{else}{l s='This is being reported to the service.' mod='encours'}{/if}</p>
        <ul class="mb-2">
          {foreach $sync.rows as $row}
            <li>{$row.kind|escape:'htmlall':'UTF-8'}, {$row.since|escape:'htmlall':'UTF-8'}{if $row.attempts}, {l s='attempts:' mod='encours'} {$row.attempts|intval}{/if}{if $row.is_refused}, <strong>{l s='refused' mod='encours'}</strong>{/if}{if $row.error}: <span class="encours-wrap">{$row.error|escape:'htmlall':'UTF-8'}</span>{/if}</li>
          {/foreach}
        </ul>
        {if $may_record}
          <form data-encours-form><input type="hidden" name="do" value="retry"><button type="submit" class="btn btn-sm btn-outline-danger">{l s='Retry now' mod='encours'}</button></form>
        {/if}
      </div>
    {/if}
    {if $failure}<div class="alert alert-warning" role="alert"><p class="alert-text">{$failure|escape:'htmlall':'UTF-8'}</p></div>{/if}

    {if $live}
      <div class="row encours-figures">
        <div class="col-6 col-xl-3"><span class="text-muted">{if $live.order.is_estimate}{l s='Due, estimated' mod='encours'}{else}{l s='Due' mod='encours'}{/if}</span>
          <strong{if $live.item && $live.item.is_overdue && $live.item.is_open} class="text-danger"{/if}>{$live.order.due_on|escape:'htmlall':'UTF-8'}</strong>
          {if $live.item && $live.item.is_overdue && $live.item.is_open}<small class="text-danger">{$live.item.days_past_due|intval} {l s='days late' mod='encours'}</small>{/if}
          {if $live.item && $live.item.original_due_on}<small>{l s='originally' mod='encours'} {$live.item.original_due_on|escape:'htmlall':'UTF-8'}</small>{/if}
        </div>
        <div class="col-6 col-xl-3"><span class="text-muted">{l s='Open' mod='encours'}</span><strong>{$live.order.open|escape:'htmlall':'UTF-8'}</strong>{if $live.order.is_changed}<small>{l s='of' mod='encours'} {$live.order.owed|escape:'htmlall':'UTF-8'}</small>{else}<small>{l s='of' mod='encours'} {$live.order.amount|escape:'htmlall':'UTF-8'}</small>{/if}</div>
        <div class="col-6 col-xl-3"><span class="text-muted">{l s='Paid' mod='encours'}</span><strong>{if $live.order.paid !== null}{$live.order.paid|escape:'htmlall':'UTF-8'}{elseif $live.item}{$live.item.paid|escape:'htmlall':'UTF-8'}{else}–{/if}</strong>{if $live.item && $live.item.settled_on}<small>{l s='settled on' mod='encours'} {$live.item.settled_on|escape:'htmlall':'UTF-8'}</small>{/if}{if $live.item && $live.item.written_off}<small>{l s='written off' mod='encours'} {$live.item.written_off|escape:'htmlall':'UTF-8'}</small>{/if}</div>
        <div class="col-6 col-xl-3"><span class="text-muted">{l s='Terms' mod='encours'}</span><strong>{$live.order.terms|escape:'htmlall':'UTF-8'}</strong>{if !$live.order.is_estimate}<small>{l s='from' mod='encours'} {$live.order.base_on|escape:'htmlall':'UTF-8'}</small>{/if}</div>
      </div>
      <p class="mt-2 mb-2">
        <span class="text-muted">{l s='Payment reference' mod='encours'}</span> <code>{$live.order.payment_reference|escape:'htmlall':'UTF-8'}</code>
        {if $live.order.purchase_order_number}<span class="text-muted ml-3">{l s='Purchase order' mod='encours'}</span> {$live.order.purchase_order_number|escape:'htmlall':'UTF-8'}{/if}
        {if $live.order.unsecured}<span class="text-danger ml-3">{l s='Above the credit left, not accepted yet:' mod='encours'} {$live.order.unsecured|escape:'htmlall':'UTF-8'}</span>{/if}
      </p>
      {if $live.item && $live.item.is_open && $live.item.dispute}<div class="alert alert-warning" role="alert"><p class="alert-text">{l s='Disputed since' mod='encours'} {$live.item.dispute.since|escape:'htmlall':'UTF-8'}: {$live.item.dispute.reason|escape:'htmlall':'UTF-8'}</p></div>{/if}
      {if $live.item && $live.item.is_open && $live.item.promise}<div class="alert alert-info" role="alert"><p class="alert-text">{l s='Promised for' mod='encours'} {$live.item.promise.on|escape:'htmlall':'UTF-8'}: {$live.item.promise.amount|escape:'htmlall':'UTF-8'}</p></div>{/if}

      {foreach $live.flagged as $event}
        <div class="alert alert-warning" role="alert">
          <p class="alert-text">{$event.reason|escape:'htmlall':'UTF-8'} ({$event.occurred_on|escape:'htmlall':'UTF-8'}{if $event.amount}, {$event.amount|escape:'htmlall':'UTF-8'} {$live.order.currency|escape:'htmlall':'UTF-8'}{/if})</p>
          {if $event.is_confirmable && $may_decide}
            <form data-encours-form class="form-inline mt-2">
              <input type="hidden" name="do" value="confirm"><input type="hidden" name="event_id" value="{$event.event_id|escape:'htmlall':'UTF-8'}">{include file='./once.tpl'}
              <label class="sr-only" for="encours-confirm-{$event@index|intval}">{l s='Reason' mod='encours'}</label>
              <input class="form-control form-control-sm mr-2 encours-grow" type="text" name="reason" id="encours-confirm-{$event@index|intval}" required maxlength="900" placeholder="{l s='Reason' mod='encours'}">
              <button type="submit" class="btn btn-sm btn-primary">{l s='Accept all the same' mod='encours'}</button>
            </form>
          {/if}
        </div>
      {/foreach}

      {include file='./order_actions.tpl'}
      {if $live.item}{include file='./order_reminders.tpl'}{/if}

      {if $live.decision}
        <details class="mt-3"><summary>{l s='Why this order was accepted' mod='encours'}</summary>{include file='./decision.tpl' decision=$live.decision}</details>
      {/if}
    {elseif $known}
      <div class="row encours-figures">
        <div class="col-6 col-xl-3"><span class="text-muted">{if $known.is_estimate}{l s='Due, estimated' mod='encours'}{else}{l s='Due' mod='encours'}{/if}</span><strong>{$known.due_on|escape:'htmlall':'UTF-8'}</strong></div>
        <div class="col-6 col-xl-3"><span class="text-muted">{l s='Terms' mod='encours'}</span><strong>{$known.terms|escape:'htmlall':'UTF-8'}</strong></div>
        <div class="col-12 col-xl-6"><span class="text-muted">{l s='Payment reference' mod='encours'}</span><strong>{if $known.payment_reference}{$known.payment_reference|escape:'htmlall':'UTF-8'}{else}–{/if}</strong>{if $known.settled_on}<small>{l s='settled on' mod='encours'} {$known.settled_on|escape:'htmlall':'UTF-8'}</small>{/if}</div>
      </div>
      {if $is_loading}<p class="text-muted mt-2 mb-0" data-encours-loading>{l s='Asking the service…' mod='encours'}</p>
      {else}<button type="button" class="btn btn-sm btn-outline-secondary mt-2" data-encours-reload>{l s='Ask again' mod='encours'}</button>{/if}
    {else}
      <p class="mb-0">{l s='This order is on terms, but the service was not told of it yet. The module does that by itself within minutes; the health check of its configuration shows what holds it up.' mod='encours'}</p>
    {/if}
  </div>
</div>
