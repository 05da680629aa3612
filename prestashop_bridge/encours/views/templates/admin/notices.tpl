{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<div data-encours-notices aria-live="polite">
  {foreach $notices as $notice}
    <div class="alert alert-{$notice.kind|escape:'htmlall':'UTF-8'}" role="alert"><p class="alert-text">{$notice.text|escape:'htmlall':'UTF-8'}</p></div>
  {/foreach}
</div>
