{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<details class="mt-3"><summary>{l s='Last reminders' mod='encours'}</summary>
  <table class="table table-sm mt-2"><thead><tr><th>{l s='Date' mod='encours'}</th>{if $with_orders}<th>{l s='Order' mod='encours'}</th>{/if}<th>{l s='Reminder' mod='encours'}</th><th class="text-right">{l s='Amount' mod='encours'}</th><th class="pl-4">{l s='Outcome' mod='encours'}</th></tr></thead><tbody>
    {foreach $latest as $one}
      <tr><td>{$one.on|escape:'htmlall':'UTF-8'}</td>{if $with_orders}<td>{$one.document|escape:'htmlall':'UTF-8'}</td>{/if}<td>{$one.step|escape:'htmlall':'UTF-8'}{if $one.level} <small class="text-muted">{l s='level' mod='encours'} {$one.level|intval}</small>{/if}</td><td class="text-right">{$one.amount|escape:'htmlall':'UTF-8'}</td><td class="pl-4">{$one.outcome|escape:'htmlall':'UTF-8'}{if $one.reason}: {$one.reason|escape:'htmlall':'UTF-8'}{/if}{if $one.author} <small class="text-muted">{$one.author|escape:'htmlall':'UTF-8'}</small>{/if}</td></tr>
    {/foreach}
  </tbody></table>
</details>
