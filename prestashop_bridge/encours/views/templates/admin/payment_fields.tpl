{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="form-row">
  <div class="form-group col-md-4"><label for="encours-{$prefix|escape:'htmlall':'UTF-8'}-day">{l s='Received on' mod='encours'}</label><input class="form-control" type="date" name="received_on" id="encours-{$prefix|escape:'htmlall':'UTF-8'}-day" value="{$today|escape:'htmlall':'UTF-8'}" max="{$today|escape:'htmlall':'UTF-8'}" required></div>
  <div class="form-group col-md-4"><label for="encours-{$prefix|escape:'htmlall':'UTF-8'}-method">{l s='By' mod='encours'}</label>
    <select class="form-control custom-select" name="method" id="encours-{$prefix|escape:'htmlall':'UTF-8'}-method">
      {foreach $methods as $code => $label}<option value="{$code|escape:'htmlall':'UTF-8'}">{$label|escape:'htmlall':'UTF-8'}</option>{/foreach}
    </select></div>
  <div class="form-group col-md-4"><label for="encours-{$prefix|escape:'htmlall':'UTF-8'}-reference">{l s='Reference' mod='encours'}</label><input class="form-control" type="text" name="reference" id="encours-{$prefix|escape:'htmlall':'UTF-8'}-reference" maxlength="140"></div>
</div>
