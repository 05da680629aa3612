/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 *
 * Core submits the form of a payment option without the browser's checks, and twice when its button is clicked twice.
 * The server checks all of it again; this only saves the buyer a way round.
 */
(function () {
  // Core lets a form be submitted once for each page, even if nothing was sent.
  function mayBeSentAgain(form) {
    form.removeAttribute('data-sent');
    if (window.jQuery) {
      window.jQuery(form).removeData('disabled');
    }
  }

  function hold(event) {
    var form = event.target;
    if (!form.classList || !form.classList.contains('js-encours-option')) {
      return;
    }
    if (form.getAttribute('data-sent') === '1') {
      event.preventDefault();
      return;
    }
    if (!form.checkValidity()) {
      event.preventDefault();
      mayBeSentAgain(form);
      form.reportValidity();
      document.querySelectorAll('#payment-confirmation button, .js-payment-confirmation button').forEach(function (button) {
        button.classList.remove('disabled');
        button.disabled = false;
      });
      return;
    }
    form.setAttribute('data-sent', '1');
  }

  // The browser keeps the page for the back button: what comes from there may be sent again.
  window.addEventListener('pageshow', function () {
    document.querySelectorAll('.js-encours-option').forEach(mayBeSentAgain);
  });

  // jQuery tells only its own listeners of a submit that core triggers.
  if (window.jQuery) {
    window.jQuery(document).on('submit', '.js-encours-option', hold);
  } else {
    document.addEventListener('submit', hold);
  }
})();
