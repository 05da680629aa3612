{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="encours-actions mt-2" role="group" aria-label="{l s='Decide by hand' mod='encours'}">
  {if $live.company.override}
    <details><summary class="btn btn-sm btn-outline-secondary">{l s='Let groups and rules decide again' mod='encours'}</summary>
      <form data-encours-form>
        <input type="hidden" name="do" value="end_override">{include file='./once.tpl'}
        <div class="form-group"><label for="encours-endover-reason">{l s='Reason' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-endover-reason" maxlength="900" required></div>
        <button type="submit" class="btn btn-primary">{l s='Let groups and rules decide again' mod='encours'}</button>
      </form>
    </details>
  {else}
    <details><summary class="btn btn-sm btn-outline-secondary">{l s='Allow or deny by hand' mod='encours'}</summary>
      <form data-encours-form>
        <input type="hidden" name="do" value="override">{include file='./once.tpl'}
        <fieldset class="form-group"><legend class="sr-only">{l s='Decision' mod='encours'}</legend>
          <div class="form-check"><label class="form-check-label"><input class="form-check-input" type="radio" name="position" value="allow" required> {l s='Allow, whatever groups and rules say (limit and freezing still count)' mod='encours'}</label></div>
          <div class="form-check"><label class="form-check-label"><input class="form-check-input" type="radio" name="position" value="deny"> {l s='Deny, whatever groups and rules say' mod='encours'}</label></div>
        </fieldset>
        <div class="form-row">
          <div class="form-group col-md-8"><label for="encours-over-reason">{l s='Reason' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-over-reason" maxlength="900" required></div>
          <div class="form-group col-md-4"><label for="encours-over-until">{l s='Last day; empty: no end' mod='encours'}</label><input class="form-control" type="date" name="until" id="encours-over-until" min="{$tomorrow|escape:'htmlall':'UTF-8'}"></div>
        </div>
        <button type="submit" class="btn btn-primary">{l s='Decide' mod='encours'}</button>
      </form>
    </details>
  {/if}
</div>
