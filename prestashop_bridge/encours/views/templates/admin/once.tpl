{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<input type="hidden" name="once" value="{$once|escape:'htmlall':'UTF-8'}">
