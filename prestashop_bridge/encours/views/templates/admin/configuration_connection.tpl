{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<form method="post" action="{$action|escape:'htmlall':'UTF-8'}" class="form-horizontal" autocomplete="off">
  <div class="panel">
    <div class="panel-heading"><i class="icon-link"></i> {l s='Connection to the service' mod='encours'}</div>
    <div class="form-wrapper">
      {if $shop_code}
        <div class="form-group">
          <label class="control-label col-lg-3">{l s='This shop in the service' mod='encours'}</label>
          <div class="col-lg-9"><p class="form-control-static"><code>{$shop_code|escape:'htmlall':'UTF-8'}</code></p></div>
        </div>
      {/if}
      <div class="form-group">
        <label class="control-label col-lg-3 required" for="encours_url">{l s='Address' mod='encours'}</label>
        <div class="col-lg-6">
          <input type="url" class="form-control" name="url" id="encours_url" value="{$url|escape:'htmlall':'UTF-8'}" placeholder="https://encours.example.com" required>
          <p class="help-block">{l s='Where your Encours service runs, with https://' mod='encours'}</p>
        </div>
      </div>
      <div class="form-group">
        <label class="control-label col-lg-3{if !$has_key} required{/if}" for="encours_key">{l s='Key' mod='encours'}</label>
        <div class="col-lg-6">
          <input type="password" class="form-control" name="key" id="encours_key" value="" autocomplete="new-password" spellcheck="false" placeholder="{if $has_key}{l s='A key is stored. Leave empty to keep it.' mod='encours'}{else}enc_shop_…{/if}"{if !$has_key} required{/if}>
          <p class="help-block">{l s='The key of this shop, as printed by “encours key create”. It is stored encrypted and never shown again.' mod='encours'}</p>
        </div>
      </div>
      {include file='./switch.tpl' name='keep_on_uninstall' is_on=$keep_on_uninstall label={l s='Keep data on uninstall' mod='encours'} help={l s='Orders on terms and what was not reported yet stay in the database when the module is uninstalled, and are found again by a later installation. This holds for all shops.' mod='encours'}}
    </div>
    <div class="panel-footer">
      <button type="submit" name="encours_save" value="save" class="btn btn-default pull-right"><i class="process-icon-save"></i> {l s='Save' mod='encours'}</button>
      <button type="submit" name="encours_save" value="test" class="btn btn-default pull-right"><i class="process-icon-refresh"></i> {l s='Test' mod='encours'}</button>
    </div>
  </div>
</form>
<div class="panel">
  <div class="panel-heading"><i class="icon-lock"></i> {l s='Who may do what' mod='encours'}</div>
  <p>{l s='Under Advanced parameters, Team, Permissions, the line “Encours” decides for each profile, provided that it may view the module (there, tab Modules):' mod='encours'}</p>
  <ul>
    <li><strong>{l s='View' mod='encours'}</strong>: {l s='see terms, credit and decisions on orders and customers' mod='encours'}</li>
    <li><strong>{l s='Add' mod='encours'}</strong>: {l s='write down what happened: payments, disputes, promises; retry what could not be reported' mod='encours'}</li>
    <li><strong>{l s='Edit' mod='encours'}</strong>: {l s='decide: limits, freezing, allowing and denying customers, more time, and orders against the rules, always with a reason' mod='encours'}</li>
  </ul>
  <p>{l s='The merchant’s guide is part of Encours: docs/prestashop.md.' mod='encours'}</p>
</div>
