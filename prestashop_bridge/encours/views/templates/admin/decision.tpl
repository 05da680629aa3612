{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="encours-decision">
  <p class="mb-2">
    {if $decision.outcome == 'approved'}<span class="badge badge-success">{$decision.outcome_text|escape:'htmlall':'UTF-8'}</span>
    {elseif $decision.outcome == 'referred'}<span class="badge badge-warning">{$decision.outcome_text|escape:'htmlall':'UTF-8'}</span>
    {else}<span class="badge badge-danger">{$decision.outcome_text|escape:'htmlall':'UTF-8'}</span>{/if}
    {l s='by' mod='encours'} {$decision.decided_by|escape:'htmlall':'UTF-8'}{if isset($decision.decided_on)}, {$decision.decided_on|escape:'htmlall':'UTF-8'}{if $decision.policy_version}, {l s='policy version' mod='encours'} {$decision.policy_version|intval}{/if}{/if}
  </p>
  {if $decision.override}
    <p class="mb-2">{l s='Accepted against the decision' mod='encours'}{if $decision.override.overruled} ({$decision.override.overruled|escape:'htmlall':'UTF-8'}){/if}: “{$decision.override.reason|escape:'htmlall':'UTF-8'}”</p>
  {/if}
  {if $decision.reasons}
    <ul class="mb-2">{foreach $decision.reasons as $reason}<li>{$reason|escape:'htmlall':'UTF-8'}</li>{/foreach}</ul>
  {/if}
  {if $decision.rules || $decision.checks}
    <div class="table-responsive">
      <table class="table table-sm encours-trace">
        <thead><tr><th>{l s='Rule' mod='encours'}</th><th>{l s='Measured' mod='encours'}</th><th>{l s='Required' mod='encours'}</th><th></th><th>{l s='Source' mod='encours'}</th><th>{l s='As of' mod='encours'}</th></tr></thead>
        <tbody>
          {foreach [$decision.rules, $decision.checks] as $rows}
            {foreach $rows as $row}
              <tr>
                <td>{$row.name|escape:'htmlall':'UTF-8'}{if $row.code} <small class="text-muted">{$row.code|escape:'htmlall':'UTF-8'}</small>{/if}</td>
                <td>{$row.measured|escape:'htmlall':'UTF-8'}</td>
                <td>{$row.required|escape:'htmlall':'UTF-8'}</td>
                <td><span class="badge badge-{if $row.answer == 'pass'}success{elseif $row.answer == 'unknown'}warning{else}danger{/if}">{$row.answer_text|escape:'htmlall':'UTF-8'}</span></td>
                <td>{$row.source|escape:'htmlall':'UTF-8'}</td>
                <td>{$row.as_of|escape:'htmlall':'UTF-8'}</td>
              </tr>
            {/foreach}
          {/foreach}
        </tbody>
      </table>
    </div>
  {/if}
</div>
