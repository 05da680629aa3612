{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="form-group">
  <label class="control-label col-lg-3" id="{$name|escape:'htmlall':'UTF-8'}_label">{$label|escape:'htmlall':'UTF-8'}</label>
  <div class="col-lg-9">
    <span class="switch prestashop-switch fixed-width-lg" role="radiogroup" aria-labelledby="{$name|escape:'htmlall':'UTF-8'}_label">
      <input type="radio" name="{$name|escape:'htmlall':'UTF-8'}" id="{$name|escape:'htmlall':'UTF-8'}_on" value="1"{if $is_on} checked="checked"{/if}>
      <label for="{$name|escape:'htmlall':'UTF-8'}_on">{l s='Yes' mod='encours'}</label>
      <input type="radio" name="{$name|escape:'htmlall':'UTF-8'}" id="{$name|escape:'htmlall':'UTF-8'}_off" value="0"{if !$is_on} checked="checked"{/if}>
      <label for="{$name|escape:'htmlall':'UTF-8'}_off">{l s='No' mod='encours'}</label>
      <a class="slide-button btn"></a>
    </span>
    {if isset($help) && $help}<p class="help-block">{$help|escape:'htmlall':'UTF-8'}</p>{/if}
  </div>
</div>
