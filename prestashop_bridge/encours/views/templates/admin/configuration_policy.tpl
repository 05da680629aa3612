{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{if !$essentials}
  <div class="panel">
    <div class="panel-heading"><i class="icon-check-square-o"></i> {l s='Who may pay later' mod='encours'}</div>
    <div class="alert alert-warning">{$failure|escape:'htmlall':'UTF-8'}</div>
    <a class="btn btn-default" href="{$action|escape:'htmlall':'UTF-8'}"><i class="icon-refresh"></i> {l s='Try again' mod='encours'}</a>
  </div>
{else}
<form method="post" action="{$action|escape:'htmlall':'UTF-8'}" class="form-horizontal encours-policy">
  <div class="panel">
    <div class="panel-heading"><i class="icon-check-square-o"></i> {l s='Who is let in' mod='encours'}</div>
    {if $essentials.is_custom}
      <div class="alert alert-info">
        <p>{l s='Rules of your own are in force that say more than this page can show. They stay unless you replace them here.' mod='encours'}</p>
        <div class="checkbox"><label><input type="checkbox" name="replace_custom" value="1"> {l s='Replace the rules of our own by what this page says' mod='encours'}</label></div>
      </div>
    {elseif $essentials.is_inherited}
      <div class="alert alert-info">{l s='This shop follows the policy of all your shops. Saving gives it one of its own.' mod='encours'}</div>
    {/if}
    <div class="form-wrapper">
      <fieldset class="form-group">
        <legend class="control-label col-lg-3">{l s='Customers may pay later' mod='encours'}</legend>
        <div class="col-lg-9">
          <div class="radio"><label><input type="radio" name="admission" value="by_hand"{if $essentials.admission == 'by_hand'} checked="checked"{/if}> {l s='only when their group or one of your staff allows it' mod='encours'}</label></div>
          <div class="radio"><label><input type="radio" name="admission" value="requirements"{if $essentials.admission == 'requirements'} checked="checked"{/if}> {l s='when they meet the requirements below' mod='encours'}</label></div>
          <div class="radio"><label><input type="radio" name="admission" value="everyone"{if $essentials.admission == 'everyone'} checked="checked"{/if}> {l s='all customers with an account' mod='encours'}</label></div>
          <p class="help-block">{l s='Groups and decisions on single customers come first in any case, and everybody needs credit left.' mod='encours'}</p>
        </div>
      </fieldset>
      <div class="encours-requirements">
        {include file='./switch.tpl' name='valid_vat_number' is_on=$essentials.requirements.valid_vat_number label={l s='Valid VAT number' mod='encours'}}
        <div class="form-group">
          <label class="control-label col-lg-3" for="encours_vat_unknown">{l s='While the VAT registry does not answer' mod='encours'}</label>
          <div class="col-lg-6">
            <select name="vat_unknown" id="encours_vat_unknown">
              <option value="refer"{if $essentials.requirements.vat_unknown == 'refer'} selected="selected"{/if}>{l s='ask a person: not offered, but listed' mod='encours'}</option>
              <option value="fail"{if $essentials.requirements.vat_unknown == 'fail'} selected="selected"{/if}>{l s='count the number as not valid' mod='encours'}</option>
              <option value="pass"{if $essentials.requirements.vat_unknown == 'pass'} selected="selected"{/if}>{l s='count the number as valid' mod='encours'}</option>
            </select>
          </div>
        </div>
        <div class="form-group">
          <label class="control-label col-lg-3" for="encours_completed">{l s='Completed orders at least' mod='encours'}</label>
          <div class="col-lg-3">
            <input type="number" class="form-control" min="0" max="10000" step="1" name="completed_orders" id="encours_completed" value="{$essentials.requirements.completed_orders|escape:'htmlall':'UTF-8'}">
            <p class="help-block">{l s='Delivered and paid; empty: not asked' mod='encours'}</p>
          </div>
        </div>
        <div class="form-group">
          <label class="control-label col-lg-3" for="encours_spend">{l s='Spent in 12 months at least' mod='encours'}</label>
          <div class="col-lg-3">
            <div class="input-group"><input type="text" inputmode="decimal" name="net_spend_12m" id="encours_spend" value="{$essentials.requirements.net_spend_12m|escape:'htmlall':'UTF-8'}"><span class="input-group-addon">{$currency|escape:'htmlall':'UTF-8'}</span></div>
            <p class="help-block">{l s='Without tax and shipping, refunds deducted; empty: not asked' mod='encours'}</p>
          </div>
        </div>
      </div>
      <fieldset class="form-group">
        <legend class="control-label col-lg-3">{l s='Customer groups' mod='encours'}</legend>
        <div class="col-lg-6">
          <table class="table">
            <thead><tr><th>{l s='Group' mod='encours'}</th><th>{l s='Its customers' mod='encours'}</th></tr></thead>
            <tbody>
              {foreach $essentials.groups as $group}
                <tr>
                  <td><label for="encours_group_{$group.id|intval}">{$group.name|escape:'htmlall':'UTF-8'}</label></td>
                  <td>
                    <select name="group_position[{$group.id|intval}]" id="encours_group_{$group.id|intval}">
                      <option value="rules"{if $group.position == 'rules'} selected="selected"{/if}>{l s='as said above' mod='encours'}</option>
                      <option value="allow"{if $group.position == 'allow'} selected="selected"{/if}>{l s='are let in' mod='encours'}</option>
                      <option value="deny"{if $group.position == 'deny'} selected="selected"{/if}>{l s='are kept out' mod='encours'}</option>
                    </select>
                  </td>
                </tr>
              {/foreach}
            </tbody>
          </table>
          <p class="help-block">{l s='Joining a group takes effect at once. A group that keeps out beats one that lets in.' mod='encours'}</p>
        </div>
      </fieldset>
    </div>
  </div>

  <div class="panel">
    <div class="panel-heading"><i class="icon-money"></i> {l s='How much, and for how long' mod='encours'}</div>
    <div class="form-wrapper">
      <div class="form-group">
        <label class="control-label col-lg-3" for="encours_limit_kind">{l s='Default credit limit' mod='encours'}</label>
        <div class="col-lg-3">
          <select name="limit_kind" id="encours_limit_kind">
            <option value="none"{if $essentials.limit.kind == 'none'} selected="selected"{/if}>{l s='none: no credit' mod='encours'}</option>
            <option value="amount"{if $essentials.limit.kind == 'amount'} selected="selected"{/if}>{l s='an amount' mod='encours'}</option>
            <option value="unlimited"{if $essentials.limit.kind == 'unlimited'} selected="selected"{/if}>{l s='unlimited' mod='encours'}</option>
          </select>
          <p class="help-block">{l s='For customers without a limit of their own or of their group' mod='encours'}</p>
        </div>
        <div class="col-lg-3">
          <div class="input-group"><input type="text" inputmode="decimal" name="limit_amount" aria-label="{l s='Amount of the default credit limit' mod='encours'}" value="{if isset($essentials.limit.amount)}{$essentials.limit.amount|escape:'htmlall':'UTF-8'}{/if}"><span class="input-group-addon">{if isset($essentials.limit.currency) && $essentials.limit.currency}{$essentials.limit.currency|escape:'htmlall':'UTF-8'}{else}{$currency|escape:'htmlall':'UTF-8'}{/if}</span></div>
        </div>
      </div>
      <div class="form-group">
        <label class="control-label col-lg-3" for="encours_default_terms">{l s='Default term' mod='encours'}</label>
        <div class="col-lg-6">
          <select name="default_terms" id="encours_default_terms">
            {foreach $essentials.terms as $term}
              <option value="{$term.code|escape:'htmlall':'UTF-8'}"{if $term.code == $essentials.default_terms} selected="selected"{/if}>{$term.label|escape:'htmlall':'UTF-8'}</option>
            {/foreach}
          </select>
        </div>
      </div>
      {include file='./switch.tpl' name='terms_agreed' is_on=$essentials.is_agreed label={l s='Agreed in a contract' mod='encours'} help={l s='Longer terms than the law gives by itself are agreed with your customers, for instance in your general terms of sale. The warnings below depend on it.' mod='encours'}}
      <fieldset class="form-group">
        <legend class="control-label col-lg-3">{l s='Buyers may choose' mod='encours'}</legend>
        <div class="col-lg-9">
          <div class="encours-columns">
            {foreach $essentials.terms as $term}
              <div class="checkbox">
                <label><input type="checkbox" name="allowed_terms[]" value="{$term.code|escape:'htmlall':'UTF-8'}"{if $term.is_allowed} checked="checked"{/if}> {$term.label|escape:'htmlall':'UTF-8'}</label>
                {foreach $term.warnings as $warning}<p class="help-block text-warning"><i class="icon-warning-sign"></i> {$warning|escape:'htmlall':'UTF-8'}</p>{/foreach}
              </div>
            {/foreach}
          </div>
          <p class="help-block">{l s='The default term can always be chosen. Warnings name the law a term may break; orders are accepted all the same.' mod='encours'}</p>
        </div>
      </fieldset>
    </div>
  </div>

  <div class="panel">
    <div class="panel-heading"><i class="icon-ban"></i> {l s='When the next order is refused' mod='encours'}</div>
    <div class="form-wrapper">
      <div class="form-group">
        <label class="control-label col-lg-3" for="encours_unpaid">{l s='Unpaid orders allowed' mod='encours'}</label>
        <div class="col-lg-3">
          <input type="number" class="form-control" min="0" max="10000" step="1" name="unpaid_orders_allowed" id="encours_unpaid" value="{$essentials.blocks.unpaid_orders_allowed|escape:'htmlall':'UTF-8'}">
          <p class="help-block">{l s='0: no second order before the first is paid, due or not; empty: not checked' mod='encours'}</p>
        </div>
      </div>
      <div class="form-group">
        <label class="control-label col-lg-3" for="encours_overdue">{l s='Days overdue allowed' mod='encours'}</label>
        <div class="col-lg-3">
          <input type="number" class="form-control" min="0" max="10000" step="1" name="overdue_margin_days" id="encours_overdue" value="{$essentials.blocks.overdue_margin_days|escape:'htmlall':'UTF-8'}">
          <p class="help-block">{l s='0: refused the day after a due date passed unpaid; empty: not checked' mod='encours'}</p>
        </div>
      </div>
      <div class="form-group">
        <label class="control-label col-lg-3" for="encours_minimum">{l s='Order amount from' mod='encours'}</label>
        <div class="col-lg-3"><div class="input-group"><input type="text" inputmode="decimal" name="minimum_order" id="encours_minimum" value="{$essentials.blocks.minimum_order|escape:'htmlall':'UTF-8'}"><span class="input-group-addon">{$currency|escape:'htmlall':'UTF-8'}</span></div></div>
        <label class="control-label col-lg-1" for="encours_maximum">{l s='to' mod='encours'}</label>
        <div class="col-lg-3"><div class="input-group"><input type="text" inputmode="decimal" name="maximum_order" id="encours_maximum" value="{$essentials.blocks.maximum_order|escape:'htmlall':'UTF-8'}"><span class="input-group-addon">{$currency|escape:'htmlall':'UTF-8'}</span></div></div>
      </div>
      <div class="form-group">
        <label class="control-label col-lg-3" for="encours_over_limit">{l s='An order above the credit left is' mod='encours'}</label>
        <div class="col-lg-6">
          <select name="over_limit" id="encours_over_limit">
            <option value="decline"{if $essentials.blocks.over_limit == 'decline'} selected="selected"{/if}>{l s='refused' mod='encours'}</option>
            <option value="refer"{if $essentials.blocks.over_limit == 'refer'} selected="selected"{/if}>{l s='refused, and listed for a person to decide' mod='encours'}</option>
          </select>
        </div>
      </div>
      <div class="form-group">
        <label class="control-label col-lg-3" for="encours_refusal">{l s='Buyers whose credit left is too small' mod='encours'}</label>
        <div class="col-lg-6">
          <select name="refusal" id="encours_refusal">
            <option value="hide"{if !$is_refusal_shown} selected="selected"{/if}>{l s='do not see the option' mod='encours'}</option>
            <option value="show"{if $is_refusal_shown} selected="selected"{/if}>{l s='read one polite sentence without the reason' mod='encours'}</option>
          </select>
        </div>
      </div>
    </div>
  </div>

  <div class="panel">
    <div class="panel-heading"><i class="icon-envelope"></i> {l s='Reminders' mod='encours'}</div>
    <div class="form-wrapper">
      <div class="form-group">
        <label class="control-label col-lg-3" for="encours_reminders">{l s='Customers are reminded' mod='encours'}</label>
        <div class="col-lg-6">
          {if $essentials.own_reminder_policy}<input type="hidden" name="own_reminder_policy[]" value="{$essentials.own_reminder_policy|escape:'htmlall':'UTF-8'}">{/if}
          <select name="reminder_policy" id="encours_reminders">
            <option value="none"{if $essentials.reminder_policy == 'none'} selected="selected"{/if}>{l s='not at all' mod='encours'}</option>
            <option value="gentle"{if $essentials.reminder_policy == 'gentle'} selected="selected"{/if}>{l s='gently' mod='encours'}</option>
            <option value="standard"{if $essentials.reminder_policy == 'standard'} selected="selected"{/if}>{l s='in the usual way' mod='encours'}</option>
            <option value="firm"{if $essentials.reminder_policy == 'firm'} selected="selected"{/if}>{l s='firmly' mod='encours'}</option>
            {if $essentials.own_reminder_policy}<option value="{$essentials.own_reminder_policy|escape:'htmlall':'UTF-8'}" selected="selected">{l s='your own:' mod='encours'} {$essentials.own_reminder_policy|escape:'htmlall':'UTF-8'}</option>{/if}
          </select>
        </div>
      </div>
    </div>
    <div class="panel-footer">
      <button type="submit" name="encours_save" value="save" class="btn btn-default pull-right"><i class="process-icon-save"></i> {l s='Save' mod='encours'}</button>
    </div>
  </div>
</form>
{/if}
