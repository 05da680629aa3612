{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="alert alert-info" role="alert">
  <p class="alert-text"><strong>{$pause.text|escape:'htmlall':'UTF-8'}{if $pause.until} {l s='until' mod='encours'} {$pause.until|escape:'htmlall':'UTF-8'}{/if}:</strong> {$pause.reason|escape:'htmlall':'UTF-8'} <span class="text-muted">({$pause.author|escape:'htmlall':'UTF-8'}, {$pause.since|escape:'htmlall':'UTF-8'})</span></p>
  {if $may_resume && $pause.scope != 'merchant'}
    <form data-encours-form class="form-inline mt-2">
      <input type="hidden" name="do" value="resume_reminders"><input type="hidden" name="pause_id" value="{$pause.id|escape:'htmlall':'UTF-8'}">{include file='./once.tpl'}
      <label class="sr-only" for="encours-resume-{$n|intval}">{l s='Reason, if you like' mod='encours'}</label>
      <input class="form-control form-control-sm mr-2 encours-grow" type="text" name="reason" id="encours-resume-{$n|intval}" maxlength="900" placeholder="{l s='Reason, if you like' mod='encours'}">
      <button type="submit" class="btn btn-sm btn-primary">{l s='Resume' mod='encours'}</button>
    </form>
  {/if}
</div>
