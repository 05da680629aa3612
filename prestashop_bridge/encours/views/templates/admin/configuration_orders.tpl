{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<form method="post" action="{$action|escape:'htmlall':'UTF-8'}" class="form-horizontal">
  <div class="panel">
    <div class="panel-heading"><i class="icon-shopping-cart"></i> {l s='Orders on terms' mod='encours'}</div>
    <div class="form-wrapper">
      <fieldset class="form-group">
        <legend class="control-label col-lg-3">{l s='Booked as' mod='encours'}</legend>
        <div class="col-lg-9">
          <div class="radio">
            <label><input type="radio" name="paid_mode" value="paid"{if $paid_mode !== 'bookkeeping'} checked="checked"{/if}> {l s='Paid at once' mod='encours'}</label>
            <p class="help-block">{l s='The order counts as paid in PrestaShop, so that picking, connectors and invoices start at once. The payment PrestaShop books is labelled “on terms” with its due date; what is really open is known to Encours alone.' mod='encours'}</p>
          </div>
          <div class="radio">
            <label><input type="radio" name="paid_mode" value="bookkeeping"{if $paid_mode === 'bookkeeping'} checked="checked"{/if}> {l s='Paid when the money is there' mod='encours'}</label>
            <p class="help-block">{l s='The order is valid and invoiced but not paid. A payment is booked in PrestaShop when the money has come.' mod='encours'}</p>
          </div>
        </div>
      </fieldset>
      <div class="form-group">
        <label class="control-label col-lg-3">{l s='State of new orders' mod='encours'}</label>
        <div class="col-lg-9"><p class="form-control-static">{if $accepted_state}{$accepted_state|escape:'htmlall':'UTF-8'}{else}<span class="text-danger">{l s='missing: see the health check' mod='encours'}</span>{/if}</p></div>
      </div>
      <fieldset class="form-group">
        <legend class="control-label col-lg-3 required">{l s='The term starts at' mod='encours'}</legend>
        <div class="col-lg-9">
          <div class="encours-columns">
            {foreach $states as $state}
              <div class="checkbox"><label><input type="checkbox" name="start_states[]" value="{$state.id|intval}"{if in_array($state.id, $start_states)} checked="checked"{/if}> {$state.name|escape:'htmlall':'UTF-8'}</label></div>
            {/foreach}
          </div>
          <p class="help-block">{l s='The first of these states an order reaches fixes its due date. Until then the date is an estimate and nobody is reminded.' mod='encours'}</p>
        </div>
      </fieldset>
      <fieldset class="form-group">
        <legend class="control-label col-lg-3">{l s='Cancelled by' mod='encours'}</legend>
        <div class="col-lg-9">
          <div class="encours-columns">
            {foreach $states as $state}
              <div class="checkbox"><label><input type="checkbox" name="cancel_states[]" value="{$state.id|intval}"{if in_array($state.id, $cancel_states)} checked="checked"{/if}> {$state.name|escape:'htmlall':'UTF-8'}</label></div>
            {/foreach}
          </div>
          <p class="help-block">{l s='These states free the credit that is still open. Money that was paid becomes credit of the customer.' mod='encours'}</p>
        </div>
      </fieldset>
      <div class="form-group">
        <label class="control-label col-lg-3 required" for="encours_settled">{l s='State of paid orders' mod='encours'}</label>
        <div class="col-lg-6">
          <select name="settled_state" id="encours_settled">
            {foreach $states as $state}
              {if $state.paid}<option value="{$state.id|intval}"{if $state.id == $settled_state} selected="selected"{/if}>{$state.name|escape:'htmlall':'UTF-8'}</option>{/if}
            {/foreach}
          </select>
          <p class="help-block">{l s='When nothing is left to pay, the order moves to this state.' mod='encours'}</p>
        </div>
      </div>
    </div>
    <div class="panel-footer">
      <button type="submit" name="encours_save" value="save" class="btn btn-default pull-right"><i class="process-icon-save"></i> {l s='Save' mod='encours'}</button>
    </div>
  </div>
</form>
