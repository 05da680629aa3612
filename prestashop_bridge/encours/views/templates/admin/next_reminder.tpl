{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{if $of.why_not}{$of.why_not|escape:'htmlall':'UTF-8'}{/if}
{if $of.is_due}{$of.next_step|escape:'htmlall':'UTF-8'}, {l s='within minutes' mod='encours'}
{elseif $of.next_step}{if $of.why_not} {l s='Then:' mod='encours'} {/if}{$of.next_on|escape:'htmlall':'UTF-8'}, {$of.next_step|escape:'htmlall':'UTF-8'}{/if}
