{*
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{* The first classes are those of the theme "classic" and of Hummingbird 1, `account-menu__link` is Hummingbird 2's. *}
<a class="encours-account-link col-lg-4 col-md-6 col-sm-6 col-xs-12 account-menu__link{if $encours_links.credit.is_current} active account-menu__link--active{/if}" id="encours-credit-link" href="{$encours_links.credit.url|escape:'html':'UTF-8'}"{if $encours_links.credit.is_current} aria-current="page"{/if}>
  <span class="link-item">
    <i class="material-icons account-menu__icon" aria-hidden="true">&#xE850;</i>
    {l s='My credit' mod='encours'}
  </span>
</a>
<a class="encours-account-link col-lg-4 col-md-6 col-sm-6 col-xs-12 account-menu__link{if $encours_links.orders.is_current} active account-menu__link--active{/if}" id="encours-orders-link" href="{$encours_links.orders.url|escape:'html':'UTF-8'}"{if $encours_links.orders.is_current} aria-current="page"{/if}>
  <span class="link-item">
    <i class="material-icons account-menu__icon" aria-hidden="true">&#xE8DF;</i>
    {l s='My orders on terms' mod='encours'}
  </span>
</a>
