/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */
(function () {
  'use strict';

  /*
   * Shows on the page of a new order what the service would decide, before staff create it. The decision that counts is
   * made when the order is created; without this script the page works all the same.
   */
  function start() {
    var settings = window.encoursNewOrder;
    var summary = document.getElementById('summary-block');
    var method = document.getElementById('cart_summary_payment_module');
    var cart = document.querySelector('.js-place-order-cart-id');
    var total = document.querySelector('.js-total-with-tax');
    if (!settings || !summary || !method || !cart || !total) {
      return;
    }
    var panel = document.createElement('div');
    panel.className = 'encours-new-order';
    panel.setAttribute('aria-live', 'polite');
    panel.hidden = true;
    var state = document.getElementById('cart_summary_order_state');
    var row = (state || method).closest('.form-group');
    row.parentNode.insertBefore(panel, row.nextSibling);
    var asked = 0;
    var timer = null;

    function say(text) {
      panel.textContent = '';
      var line = document.createElement('p');
      line.className = 'text-muted';
      line.textContent = text;
      panel.appendChild(line);
    }

    function refresh() {
      var isOurs = method.value === settings.module;
      panel.hidden = !isOurs;
      if (state) {
        // The state follows from the payment method; core asks for one all the same.
        state.closest('.form-group').hidden = isOurs;
        if (isOurs && !state.value) {
          state.value = Array.prototype.map.call(state.options, function (option) { return option.value; }).filter(Boolean)[0];
        }
      }
      if (!isOurs || !cart.value) {
        panel.textContent = '';
        return;
      }
      var reason = panel.querySelector('[name=encours_override_reason]');
      var typed = reason ? reason.value : '';
      var number = ++asked;
      say(settings.asking);
      fetch(settings.url + '&id_cart=' + encodeURIComponent(cart.value), {credentials: 'same-origin', headers: {Accept: 'application/json'}})
        .then(function (response) { return response.json(); })
        .then(function (answer) {
          if (number !== asked) {
            return;
          }
          panel.innerHTML = answer.html || '';
          reason = panel.querySelector('[name=encours_override_reason]');
          if (reason) {
            reason.value = typed;
          }
        })
        .catch(function () {
          if (number === asked) {
            say(settings.failed);
          }
        });
    }

    function soon() {
      window.clearTimeout(timer);
      timer = window.setTimeout(refresh, 300);
    }

    method.addEventListener('change', refresh);
    if (window.jQuery) {
      window.jQuery(method).on('change', soon);
    }
    new MutationObserver(soon).observe(total, {childList: true, characterData: true, subtree: true});
    refresh();
  }

  if (document.readyState === 'loading') {
    document.addEventListener('DOMContentLoaded', start);
  } else {
    start();
  }
})();
