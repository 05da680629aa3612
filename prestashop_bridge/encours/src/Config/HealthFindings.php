<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * Says in a sentence what the health check found, and what follows from it.
 */
final class HealthFindings
{
    /** @var \Module */
    private $module;

    public function __construct(\Module $module)
    {
        $this->module = $module;
    }

    /** @param array{code: string, level: string, facts: string[], repair: string|null} $finding */
    public function sentence(array $finding): string
    {
        $code = $finding['code'];
        if (strpos($code, 'connection:') === 0) {
            return (new ConnectionFindings($this->module))->sentence(['code' => substr($code, 11), 'facts' => $finding['facts']]);
        }
        $kind = '';
        if (strpos($code, ':') !== false) {
            list($code, $kind) = explode(':', $code, 2);
        }
        $sentences = $this->sentences();
        $facts = $finding['facts'];
        if ($kind !== '') {
            array_unshift($facts, $this->kinds()[$kind]);
        }

        return vsprintf($sentences[$code], array_pad($facts, 2, ''));
    }

    /** @return array<string, string> */
    private function sentences(): array
    {
        return [
            'not_connected' => $this->l('The shop is not connected to the service, so it does not offer to pay later.'),
            'service_failed' => $this->l('The service stopped answering during the check. (%1$s)'),
            'callback' => $this->l('The service tells this shop what happens, at %1$s.'),
            'callback_missing' => $this->l('The service does not tell this shop what happens, or the secret of its messages got lost: payments would not show here.'),
            'callback_elsewhere' => $this->l('The service tells another address what happens in this shop: %1$s. After a move or a change of the domain this is repaired here.'),
            'callback_disabled' => $this->l('The service has given up telling this shop what happens (%1$s). Payments do not show here until it is switched on again.'),
            'callback_failing' => $this->l('The service could not reach this shop since %1$s and goes on trying. Look for maintenance mode, a password on the site or a firewall.'),
            'statuses' => $this->l('The service knows which order states start the term and which cancel.'),
            'statuses_differ' => $this->l('The service goes by other order states than this shop: due dates would be fixed too early, too late or never.'),
            'states' => $this->l('The order states are there and mean what they should.'),
            'states_missing' => $this->l('An order state of the module is missing or was deleted.'),
            'states_changed' => $this->l('The order states %1$s and %2$s were changed: paid, invoice or “consider as validated” is not what the chosen way of booking needs. Look at them under Shop parameters, Order settings, Statuses.'),
            'paid_mode_unknown' => $this->l('How orders are booked is not set, so the shop does not offer to pay later. Save the page “Orders”.'),
            'hooks' => $this->l('All %1$s hooks are registered in this shop.'),
            'hooks_missing' => $this->l('The module is not hooked to: %1$s. What happens there goes unnoticed.'),
            'profiles' => $this->l('All profiles that work with orders or customers may view the module.'),
            'profiles_missing' => $this->l('PrestaShop hides the module from employees of the profile %1$s: what they do to orders and customers is noticed late, by the cron address alone. Repairing lets them view the module, and nothing else.'),
            'restrictions' => $this->l('Offered for every %1$s of this shop (%2$s).'),
            'restrictions_missing' => $this->l('Not offered for every %1$s of this shop; missing: %2$s. Repair it unless you excluded them on purpose (Payment, Preferences).'),
            'queue' => $this->l('Everything that happened was reported to the service.'),
            'queue_waiting' => $this->l('Not reported to the service yet: %1$s waiting, %2$s refused. See below.'),
            'cron' => $this->l('The cron address was last called on %1$s.'),
            'cron_never' => $this->l('The cron address was never called. Without it, what could not be delivered at once waits until somebody visits the shop. The address is below.'),
            'cron_late' => $this->l('The cron address was last called on %1$s. It should be called every five minutes.'),
        ];
    }

    /** @return array<string, string> */
    private function kinds(): array
    {
        return [
            'currency' => $this->l('currency'),
            'country' => $this->l('country'),
            'group' => $this->l('customer group'),
            'carrier' => $this->l('carrier'),
        ];
    }

    private function l(string $text): string
    {
        return $this->module->l($text, 'healthfindings');
    }
}
