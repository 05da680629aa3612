{*
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{* Part of a PDF: tables and plain HTML only. Whether Smarty escapes by itself here depends on who prints, so each value says it. *}
<table width="100%" cellpadding="4" border="0">
  <tr>
    <td class="grey bold" colspan="2" style="border: 1px solid #000000; background-color: #F0F0F0; font-weight: bold; font-size: 9pt;">{l s='Payment on terms' mod='encours'}</td>
  </tr>
  {if $encours_invoice.terms}
  <tr>
    <td width="30%" style="font-size: 9pt; border-left: 1px solid #000000;">{l s='Payment terms' mod='encours'}</td>
    <td width="70%" style="font-size: 9pt; border-right: 1px solid #000000;">{$encours_invoice.terms|htmlspecialchars nofilter}</td>
  </tr>
  {/if}
  {if $encours_invoice.due}
  <tr>
    <td width="30%" style="font-size: 9pt; border-left: 1px solid #000000;">{l s='Due date' mod='encours'}</td>
    <td width="70%" style="font-size: 9pt; border-right: 1px solid #000000;"><b>{$encours_invoice.due|htmlspecialchars nofilter}</b>{if $encours_invoice.due_is_estimate} {l s='(estimated, fixed when the goods leave)' mod='encours'}{/if}</td>
  </tr>
  {/if}
  {if $encours_invoice.is_paid}
  <tr>
    <td width="30%" style="font-size: 9pt; border-left: 1px solid #000000;">{l s='Status' mod='encours'}</td>
    <td width="70%" style="font-size: 9pt; border-right: 1px solid #000000;">{l s='Paid, with thanks.' mod='encours'}</td>
  </tr>
  {else}
  {if $encours_invoice.bank}
  {if $encours_invoice.bank.holder}
  <tr>
    <td width="30%" style="font-size: 9pt; border-left: 1px solid #000000;">{l s='Account holder' mod='encours'}</td>
    <td width="70%" style="font-size: 9pt; border-right: 1px solid #000000;">{$encours_invoice.bank.holder|htmlspecialchars nofilter}</td>
  </tr>
  {/if}
  <tr>
    <td width="30%" style="font-size: 9pt; border-left: 1px solid #000000;">{l s='IBAN' mod='encours'}{if $encours_invoice.bank.bic} / {l s='BIC' mod='encours'}{/if}</td>
    <td width="70%" style="font-size: 9pt; border-right: 1px solid #000000;"><b>{$encours_invoice.bank.iban|htmlspecialchars nofilter}</b>{if $encours_invoice.bank.bic} / {$encours_invoice.bank.bic|htmlspecialchars nofilter}{/if}</td>
  </tr>
  {/if}
  {if $encours_invoice.payment_reference}
  <tr>
    <td width="30%" style="font-size: 9pt; border-left: 1px solid #000000;">{l s='Payment reference' mod='encours'}</td>
    <td width="70%" style="font-size: 9pt; border-right: 1px solid #000000;"><b>{$encours_invoice.payment_reference|htmlspecialchars nofilter}</b></td>
  </tr>
  <tr>
    <td colspan="2" style="font-size: 8pt; border-left: 1px solid #000000; border-right: 1px solid #000000;">{l s='Please quote the payment reference with your transfer, so that it is credited to this invoice at once.' mod='encours'}</td>
  </tr>
  {/if}
  {/if}
  <tr>
    <td colspan="2" style="border-top: 1px solid #000000; font-size: 2pt;">&nbsp;</td>
  </tr>
</table>
