{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<p class="alert alert-info encours-refusal" role="status">{$encours_sentence|escape:'htmlall':'UTF-8'}</p>
