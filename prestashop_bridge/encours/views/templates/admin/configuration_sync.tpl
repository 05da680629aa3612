{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="panel" data-encours-sync data-url="{$step_url|escape:'htmlall':'UTF-8'}">
  <div class="panel-heading"><i class="icon-exchange"></i> {l s='First synchronisation' mod='encours'}</div>
  {if !$is_connected}
    <div class="alert alert-warning">{l s='Connect the shop to the service first.' mod='encours'}</div>
  {else}
    <p>{l s='Reports your groups and customers to the service: company, numbers, addresses, order history, and the limits and payment days of PrestaShop\'s own B2B fields as a start. It goes in batches, may be stopped, and may be repeated: nothing is doubled, and limits that were changed in the service since are kept.' mod='encours'}</p>
    <p>{l s='To report:' mod='encours'} <strong>{$total|intval}</strong></p>
    <div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="0" aria-label="{l s='Progress' mod='encours'}"><div class="progress-bar" style="width:0%"></div></div>
    <p class="encours-sync-state" aria-live="polite"
       data-running="{l s='Reporting: %1$s of %2$s' mod='encours'}"
       data-done="{l s='Done: %1$s of %2$s reported.' mod='encours'}"
       data-refused="{l s='Could not be reported: %1$s. See the health check.' mod='encours'}"
       data-stopped="{l s='Stopped. Start again to go on.' mod='encours'}"
       data-failed="{l s='Interrupted: the service or the shop did not answer. Start again to go on where it stopped.' mod='encours'}"></p>
    <div class="panel-footer">
      <button type="button" class="btn btn-default pull-right" data-encours-sync-start><i class="process-icon-play icon-play"></i> {l s='Start' mod='encours'}</button>
      <button type="button" class="btn btn-default pull-right" data-encours-sync-stop disabled="disabled"><i class="process-icon-stop icon-stop"></i> {l s='Stop' mod='encours'}</button>
    </div>
  {/if}
</div>
