/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */
(function () {
  'use strict';

  /** Puts what the back office answered in place of a panel, or its notices above the forms as they were filled in. */
  function show(panel, answer) {
    if (answer.html) {
      var holder = document.createElement('div');
      holder.innerHTML = answer.html;
      var fresh = holder.querySelector('[data-encours-panel]');
      panel.replaceWith(fresh);
      fresh.removeAttribute('data-encours-load');
      return fresh;
    }
    notify(panel, answer.notices || [{kind: 'danger', text: panel.dataset.encoursFailed}]);
    return panel;
  }

  function notify(panel, notices) {
    var place = panel.querySelector('[data-encours-notices]');
    var loading = panel.querySelector('[data-encours-loading]');
    if (loading) {
      loading.remove();
    }
    place.textContent = '';
    notices.forEach(function (notice) {
      var alert = document.createElement('div');
      alert.className = 'alert alert-' + notice.kind;
      alert.setAttribute('role', 'alert');
      var text = document.createElement('p');
      text.className = 'alert-text';
      text.textContent = notice.text;
      alert.appendChild(text);
      place.appendChild(alert);
    });
  }

  function ask(panel, form) {
    var buttons = panel.querySelectorAll('button');
    buttons.forEach(function (button) { button.disabled = true; });
    panel.setAttribute('aria-busy', 'true');
    return fetch(panel.dataset.encoursUrl, {
      method: form ? 'POST' : 'GET',
      body: form ? new FormData(form) : undefined,
      credentials: 'same-origin',
      headers: {'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json'}
    }).then(function (response) {
      return response.json();
    }).catch(function () {
      return {};
    }).then(function (answer) {
      buttons.forEach(function (button) { button.disabled = false; });
      panel.removeAttribute('aria-busy');
      var now = show(panel, answer);
      if (form) {
        var notice = now.querySelector('[data-encours-notices] .alert');
        if (notice) {
          notice.setAttribute('tabindex', '-1');
          notice.focus({preventScroll: true});
          notice.scrollIntoView({block: 'nearest'});
        }
      }
    });
  }

  document.addEventListener('submit', function (event) {
    var form = event.target.closest('[data-encours-form]');
    if (form) {
      event.preventDefault();
      ask(form.closest('[data-encours-panel]'), form);
    }
  });

  document.addEventListener('click', function (event) {
    var reload = event.target.closest('[data-encours-reload]');
    if (reload) {
      ask(reload.closest('[data-encours-panel]'), null);
    }
    var copy = event.target.closest('[data-encours-copy]');
    if (copy) {
      var field = document.querySelector(copy.dataset.encoursCopy);
      field.select();
      document.execCommand('copy');
    }
  });

  // One form at a time: opening one closes the others beside it.
  document.addEventListener('toggle', function (event) {
    var opened = event.target;
    if (opened.tagName !== 'DETAILS' || !opened.open || !opened.closest('.encours-actions')) {
      return;
    }
    opened.closest('[data-encours-panel]').querySelectorAll('.encours-actions details[open]').forEach(function (other) {
      if (other !== opened) {
        other.open = false;
      }
    });
    var first = opened.querySelector('input:not([type=hidden]), select');
    if (first) {
      first.focus();
    }
  }, true);

  /** Asks for one batch of the first synchronisation after the other. */
  function synchronise(panel) {
    var start = panel.querySelector('[data-encours-sync-start]');
    var stop = panel.querySelector('[data-encours-sync-stop]');
    var bar = panel.querySelector('.progress-bar');
    var state = panel.querySelector('.encours-sync-state');
    var isStopped = false;
    var restart = '1';

    function say(template, done, total) {
      state.textContent = template.replace('%1$s', done).replace('%2$s', total);
    }

    function finish(template, answer) {
      start.disabled = false;
      stop.disabled = true;
      say(template, answer.done || 0, answer.total || 0);
      if (answer.refused) {
        state.textContent += ' ' + state.dataset.refused.replace('%1$s', answer.refused);
      }
    }

    function step() {
      var body = new FormData();
      body.append('restart', restart);
      fetch(panel.dataset.url, {method: 'POST', body: body, credentials: 'same-origin', headers: {Accept: 'application/json'}})
        .then(function (response) { return response.ok ? response.json() : Promise.reject(new Error('refused')); })
        .then(function (answer) {
          restart = '';
          var percent = answer.total ? Math.round(100 * answer.done / answer.total) : 100;
          bar.style.width = percent + '%';
          bar.parentNode.setAttribute('aria-valuenow', percent);
          if (answer.is_finished) {
            finish(state.dataset.done, answer);
          } else if (isStopped) {
            finish(state.dataset.stopped, answer);
          } else {
            say(state.dataset.running, answer.done, answer.total);
            step();
          }
        })
        .catch(function () { finish(state.dataset.failed, {}); });
    }

    start.addEventListener('click', function () {
      isStopped = false;
      start.disabled = true;
      stop.disabled = false;
      step();
    });
    stop.addEventListener('click', function () { isStopped = true; });
  }

  function whenReady(run) {
    if (document.readyState === 'loading') {
      document.addEventListener('DOMContentLoaded', run);
    } else {
      run();
    }
  }

  whenReady(function () {
    document.querySelectorAll('[data-encours-load]').forEach(function (panel) { ask(panel, null); });
    document.querySelectorAll('[data-encours-sync]').forEach(function (panel) {
      if (panel.querySelector('[data-encours-sync-start]')) {
        synchronise(panel);
      }
    });
    var policy = document.querySelector('.encours-policy');
    if (policy) {
      var follow = function () {
        var chosen = policy.querySelector('input[name=admission]:checked');
        policy.querySelector('.encours-requirements').hidden = !chosen || chosen.value !== 'requirements';
        policy.querySelector('input[name=limit_amount]').disabled = policy.querySelector('select[name=limit_kind]').value !== 'amount';
      };
      policy.addEventListener('change', follow);
      follow();
    }
  });
})();
