{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div class="encours-config bootstrap">
  {if !$sections}
    <div class="alert alert-warning">{l s='Choose one shop at the top of the page. Connection and settings belong to a single shop, so they are neither shown nor saved for several.' mod='encours'}</div>
  {else}
    <ul class="nav nav-tabs encours-tabs">
      {foreach $sections as $section}
        <li{if $section.is_chosen} class="active"{/if}>
          <a href="{$section.url|escape:'htmlall':'UTF-8'}"{if $section.is_chosen} aria-current="page"{/if}>{$section.title|escape:'htmlall':'UTF-8'}</a>
        </li>
      {/foreach}
    </ul>
    <div class="encours-notices" aria-live="polite">
      {foreach $notices as $notice}
        <div class="alert alert-{$notice.kind|escape:'htmlall':'UTF-8'}">{$notice.text|escape:'htmlall':'UTF-8'}</div>
      {/foreach}
    </div>
    {$body nofilter}{* rendered by the template of the chosen page *}
  {/if}
</div>
