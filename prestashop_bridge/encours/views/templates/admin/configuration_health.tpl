{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<form method="post" action="{$action|escape:'htmlall':'UTF-8'}">
  <input type="hidden" name="encours_save" value="save">
  <div class="panel">
    <div class="panel-heading"><i class="icon-stethoscope"></i> {l s='Health check' mod='encours'}</div>
    <div class="table-responsive">
    <table class="table encours-findings">
      <tbody>
        {foreach $findings as $finding}
          <tr>
            <td class="fixed-width-xs">
              {if $finding.level == 'good'}<span class="label label-success">{l s='good' mod='encours'}</span>
              {elseif $finding.level == 'warning'}<span class="label label-warning">{l s='look' mod='encours'}</span>
              {else}<span class="label label-danger">{l s='broken' mod='encours'}</span>{/if}
            </td>
            <td>{$finding.text|escape:'htmlall':'UTF-8'}</td>
            <td class="text-right">
              {if $finding.repair}<button type="submit" name="repair" value="{$finding.repair|escape:'htmlall':'UTF-8'}" class="btn btn-default btn-sm"><i class="icon-wrench"></i> {l s='Repair' mod='encours'}</button>{/if}
            </td>
          </tr>
        {/foreach}
      </tbody>
    </table>
    </div>
    <div class="panel-footer"><a class="btn btn-default pull-right" href="{$action|escape:'htmlall':'UTF-8'}"><i class="process-icon-refresh"></i> {l s='Check again' mod='encours'}</a></div>
  </div>
  {if $queue}
    <div class="panel">
      <div class="panel-heading"><i class="icon-upload"></i> {l s='Not reported to the service yet' mod='encours'} <span class="badge">{$queue|count}{if $queue|count >= $most_rows}+{/if}</span></div>
      <div class="table-responsive">
        <table class="table">
          <thead><tr><th>{l s='Since' mod='encours'}</th><th>{l s='About' mod='encours'}</th><th>{l s='What' mod='encours'}</th><th>{l s='State' mod='encours'}</th><th>{l s='Attempts' mod='encours'}</th><th>{l s='Last error' mod='encours'}</th><th></th></tr></thead>
          <tbody>
            {foreach $queue as $row}
              <tr>
                <td>{$row.date_add|escape:'htmlall':'UTF-8'}</td>
                <td>{$row.subject|escape:'htmlall':'UTF-8'}</td>
                <td>{$row.kind|escape:'htmlall':'UTF-8'}</td>
                <td>{if $row.status == 'refused'}<span class="label label-danger">{l s='refused' mod='encours'}</span>{else}<span class="label label-warning">{l s='waiting' mod='encours'}</span>{/if}</td>
                <td>{$row.attempts|intval}</td>
                <td class="encours-wrap">{$row.last_error|escape:'htmlall':'UTF-8'}</td>
                <td class="text-right"><button type="submit" name="retry" value="{$row.subject|escape:'htmlall':'UTF-8'}" class="btn btn-default btn-sm"><i class="icon-refresh"></i> {l s='Retry' mod='encours'}</button></td>
              </tr>
            {/foreach}
          </tbody>
        </table>
      </div>
      <div class="panel-footer"><button type="submit" name="retry" value="all" class="btn btn-default pull-right"><i class="process-icon-refresh"></i> {l s='Retry all' mod='encours'}</button></div>
    </div>
  {/if}
</form>
<div class="panel">
  <div class="panel-heading"><i class="icon-time"></i> {l s='Cron address' mod='encours'}</div>
  <p>{l s='Let your server call this address every five minutes. It delivers what waits and repairs what was interrupted. Whoever knows it can trigger that and nothing else; keep it to yourself all the same.' mod='encours'}</p>
  <div class="input-group">
    <input type="text" readonly="readonly" id="encours_cron_url" value="{$cron_url|escape:'htmlall':'UTF-8'}" aria-label="{l s='Cron address' mod='encours'}" onfocus="this.select()">
    <span class="input-group-btn"><button type="button" class="btn btn-default" data-encours-copy="#encours_cron_url"><i class="icon-copy"></i> {l s='Copy' mod='encours'}</button></span>
  </div>
  <p class="help-block"><code>*/5 * * * * curl -fsS -o /dev/null "{$cron_url|escape:'htmlall':'UTF-8'}"</code></p>
</div>
