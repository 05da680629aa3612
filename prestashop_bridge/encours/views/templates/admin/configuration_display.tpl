{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{if $failure}<div class="alert alert-warning">{$failure|escape:'htmlall':'UTF-8'}</div>{/if}
<form method="post" action="{$action|escape:'htmlall':'UTF-8'}" class="form-horizontal">
  <div class="panel">
    <div class="panel-heading"><i class="icon-font"></i> {l s='What buyers read' mod='encours'}</div>
    <div class="form-wrapper">
      {foreach $languages as $language}
        <div class="translatable-field lang-{$language.id|intval}"{if $language.id != $default_language} style="display:none"{/if}>
          <div class="form-group">
            <label class="control-label col-lg-3" for="option_label_{$language.id|intval}">{l s='Name of the payment option' mod='encours'}</label>
            <div class="col-lg-6">
              <input type="text" maxlength="120" name="option_label_{$language.id|intval}" id="option_label_{$language.id|intval}" value="{$language.option_label|escape:'htmlall':'UTF-8'}" placeholder="{l s='Empty: the module\'s own words' mod='encours'}">
            </div>
            {include file='./languages.tpl'}
          </div>
          <div class="form-group">
            <label class="control-label col-lg-3" for="terms_of_use_{$language.id|intval}">{l s='Terms of use' mod='encours'}</label>
            <div class="col-lg-6">
              <textarea rows="5" maxlength="10000" name="terms_of_use_{$language.id|intval}" id="terms_of_use_{$language.id|intval}" class="textarea-autosize">{$language.terms_of_use|escape:'htmlall':'UTF-8'}</textarea>
              <p class="help-block">{l s='Plain text that buyers agree to with the order; empty: nothing to agree to.' mod='encours'}</p>
            </div>
            {include file='./languages.tpl'}
          </div>
        </div>
      {/foreach}
      {include file='./switch.tpl' name='ask_purchase_order' is_on=$ask_purchase_order label={l s='Ask for a purchase-order number' mod='encours'} help={l s='Optional for the buyer; shown on the order.' mod='encours'}}
      {include file='./switch.tpl' name='show_navigation' is_on=$show_navigation label={l s='Credit left in the navigation bar' mod='encours'} help={l s='For customers with credit only, on phones too.' mod='encours'}}
      {include file='./switch.tpl' name='show_invoice_block' is_on=$show_invoice_block label={l s='Payment block on PDF invoices' mod='encours'} help={l s='Due date, bank account and payment reference.' mod='encours'}}
    </div>
  </div>
  <div class="panel">
    <div class="panel-heading"><i class="icon-building"></i> {l s='Bank account for transfers' mod='encours'}</div>
    <div class="form-wrapper">
      <div class="form-group">
        <label class="control-label col-lg-3" for="bank_holder">{l s='Account holder' mod='encours'}</label>
        <div class="col-lg-6"><input type="text" maxlength="70" name="bank_holder" id="bank_holder" value="{$account.holder|escape:'htmlall':'UTF-8'}" autocomplete="off"></div>
      </div>
      <div class="form-group">
        <label class="control-label col-lg-3" for="bank_iban">{l s='IBAN' mod='encours'}</label>
        <div class="col-lg-6"><input type="text" maxlength="64" name="bank_iban" id="bank_iban" value="{$account.iban|escape:'htmlall':'UTF-8'}" autocomplete="off" spellcheck="false"></div>
      </div>
      <div class="form-group">
        <label class="control-label col-lg-3" for="bank_bic">{l s='BIC' mod='encours'}</label>
        <div class="col-lg-3"><input type="text" maxlength="16" name="bank_bic" id="bank_bic" value="{$account.bic|escape:'htmlall':'UTF-8'}" autocomplete="off" spellcheck="false">
          <p class="help-block">{l s='Needed for transfers from outside the EEA' mod='encours'}</p></div>
      </div>
    </div>
    <div class="panel-footer">
      <button type="submit" name="encours_save" value="save" class="btn btn-default pull-right"><i class="process-icon-save"></i> {l s='Save' mod='encours'}</button>
    </div>
  </div>
</form>
