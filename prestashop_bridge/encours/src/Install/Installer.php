<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Install;

use Encours;
use EncoursModule\Api\Breaker;
use EncoursModule\Config\ModuleRights;
use EncoursModule\Config\Settings;
use EncoursModule\Sync\Delivery;
use EncoursModule\Sync\FirstSync;
use EncoursModule\Sync\Sweep;

/**
 * Puts in what the module needs, and takes out exactly that. Each step may be repeated.
 */
final class Installer
{
    /** Until the configuration page says otherwise. The states are core's own: shipped, delivered; canceled. */
    const DEFAULTS = [
        Settings::PAID_MODE => Settings::PAID,
        Settings::SHOW_NAVIGATION => '1',
        Settings::SHOW_INVOICE_BLOCK => '1',
        Settings::SHOW_REFUSAL => '1',
        Settings::ASK_PURCHASE_ORDER => '1',
        Settings::KEEP_ON_UNINSTALL => '1',
    ];

    /** @var Encours */
    private $module;

    public function __construct(Encours $module)
    {
        $this->module = $module;
    }

    public function install(): bool
    {
        // Who works with orders must not go unnoticed because core hides the module from him.
        (new ModuleRights())->grant();

        return (new Tables())->create() && (new OrderStates())->create() && (new Tabs())->create() && $this->setDefaults();
    }

    public function reset(): bool
    {
        return $this->install();
    }

    public function uninstall(): bool
    {
        $keeps = Settings::isKeptOnUninstall();
        if (!(new Tables())->drop($keeps) || !(new OrderStates())->remove() || !(new Tabs())->remove()) {
            return false;
        }
        $marks = [Delivery::SWEPT_AT, Sweep::COMPARED_UNTIL, FirstSync::POSITION, 'ENCOURS_CRON_LAST_RUN'];
        foreach (array_merge(Settings::KEYS, $marks, [Settings::KEEP_ON_UNINSTALL, Breaker::KEY, 'CONF_ENCOURS_FIXED', 'CONF_ENCOURS_VAR', 'CONF_ENCOURS_FIXED_FOREIGN', 'CONF_ENCOURS_VAR_FOREIGN']) as $key) {
            \Configuration::deleteByName($key);
        }
        if (!$keeps) {
            foreach (array_keys(OrderStates::TEXTS) as $key) {
                \Configuration::deleteByName($key);
            }
        }

        return true;
    }

    /** Hooks were silent while the module was disabled: what happened meanwhile is found by the next sweep. */
    public function enable(): bool
    {
        \Configuration::updateGlobalValue(Breaker::KEY, '0');

        return true;
    }

    public function disable(): bool
    {
        return true;
    }

    private function setDefaults(): bool
    {
        $defaults = self::DEFAULTS + [
            Settings::START_STATES => $this->coreStates(['PS_OS_SHIPPING', 'PS_OS_DELIVERED']),
            Settings::CANCEL_STATES => $this->coreStates(['PS_OS_CANCELED']),
        ];
        foreach ($defaults as $key => $value) {
            if (!\Configuration::hasKey($key) && !\Configuration::updateGlobalValue($key, $value)) {
                return false;
            }
        }

        return true;
    }

    /**
     * @param string[] $keys
     */
    private function coreStates(array $keys): string
    {
        return implode(',', array_filter(array_map(function (string $key): int {
            return (int) \Configuration::getGlobalValue($key);
        }, $keys)));
    }
}
