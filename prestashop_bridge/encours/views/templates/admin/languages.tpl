{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
{if $languages|count > 1}
  <div class="col-lg-2">
    <button type="button" class="btn btn-default dropdown-toggle" data-toggle="dropdown" aria-haspopup="true">{$language.iso|escape:'htmlall':'UTF-8'} <span class="caret"></span></button>
    <ul class="dropdown-menu">
      {foreach $languages as $other}
        <li><a href="javascript:hideOtherLanguage({$other.id|intval});">{$other.name|escape:'htmlall':'UTF-8'}</a></li>
      {/foreach}
    </ul>
  </div>
{/if}
