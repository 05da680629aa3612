{**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *}
<p>{l s='Nothing is sent meanwhile. What is owed stays owed.' mod='encours'}</p>
<div class="form-row">
  <div class="form-group col-md-8"><label for="encours-pause-reason">{l s='Reason' mod='encours'}</label><input class="form-control" type="text" name="reason" id="encours-pause-reason" maxlength="900" required></div>
  <div class="form-group col-md-4"><label for="encours-pause-until">{l s='Last day; empty: no end' mod='encours'}</label><input class="form-control" type="date" name="until" id="encours-pause-until" min="{$today|escape:'htmlall':'UTF-8'}"></div>
</div>
