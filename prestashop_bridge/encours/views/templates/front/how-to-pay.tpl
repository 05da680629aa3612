{*
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{* How to pay: `bank` (may be missing) and, for a single order, `reference`. *}
<dl class="encours-facts encours-bank">
  {if $bank}
    {if $bank.holder}
      <div><dt>{l s='Account holder' mod='encours'}</dt><dd>{$bank.holder|escape:'html':'UTF-8'}</dd></div>
    {/if}
    <div><dt>{l s='IBAN' mod='encours'}</dt><dd class="encours-code">{$bank.iban|escape:'html':'UTF-8'}</dd></div>
    {if $bank.bic}
      <div><dt>{l s='BIC' mod='encours'}</dt><dd class="encours-code">{$bank.bic|escape:'html':'UTF-8'}</dd></div>
    {/if}
  {/if}
  {if isset($reference) && $reference}
    <div><dt>{l s='Payment reference' mod='encours'}</dt><dd class="encours-code">{$reference|escape:'html':'UTF-8'}</dd></div>
  {/if}
</dl>
