{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="alert alert-danger d-print-none" role="alert">
  <p class="alert-text">{l s='Something that happened to this order on terms could not be reported to Encours yet.' mod='encours'} <a href="#encours-order-panel">{l s='Show why and retry' mod='encours'}</a></p>
</div>
