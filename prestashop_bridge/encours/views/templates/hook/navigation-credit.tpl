{*
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="encours-navigation encours-navigation--{$encours_navigation.place|escape:'html':'UTF-8'}">
  <a href="{$encours_navigation.url|escape:'html':'UTF-8'}" rel="nofollow">
    <i class="material-icons" aria-hidden="true">&#xE850;</i>
    <span class="encours-navigation__label">{l s='Credit left:' mod='encours'}</span>
    <strong class="encours-navigation__amount">{$encours_navigation.available|escape:'html':'UTF-8'}</strong>
  </a>
</div>
