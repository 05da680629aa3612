<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

use EncoursModule\Api\ApiException;
use EncoursModule\Factory;

/**
 * Looks for everything that silently stops the module from working in this shop. A code of a finding says what it is;
 * the sentence about it is HealthFindings' affair.
 */
final class HealthCheck
{
    const GOOD = 'good';
    const WARN = 'warning';
    const BAD = 'bad';

    /** After so long without a run of the cron URL something is wrong with it. */
    const CRON_LATEST = 7200;

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /**
     * @return array<int, array{code: string, level: string, facts: string[], repair: string|null}>
     */
    public function run(): array
    {
        return array_merge(
            $this->ofConnection(),
            [$this->ofStates(), $this->ofHooks(), $this->ofProfiles()],
            $this->ofRestrictions(),
            [$this->ofQueue(), $this->ofCron()]
        );
    }

    /** Puts right what one finding named; true if there was such a repair. */
    public function repair(string $what): bool
    {
        $module = $this->factory->module();
        switch ($what) {
            case 'hooks':
                $module->registerHook($module::HOOKS);

                return true;
            case 'restrictions':
                $this->restrictions()->repair();

                return true;
            case 'states':
                return (new \EncoursModule\Install\OrderStates())->create();
            case 'profiles':
                return (new ModuleRights())->grant();
            case 'callback':
                $this->factory->callbackSubscription()->renew();

                return true;
            case 'statuses':
                $this->factory->essentials()->writeShopSettings($this->ownStatuses(), 'Order states of the shop');

                return true;
            default:
                return false;
        }
    }

    /** @return array<int, array{code: string, level: string, facts: string[], repair: string|null}> */
    private function ofConnection(): array
    {
        $settings = $this->factory->settings();
        if (!$settings->isConnected() || $settings->shopCode() === null) {
            return [self::finding('not_connected', self::BAD)];
        }
        $result = $this->factory->connectionTest()->run((string) $settings->url(), (string) $settings->key());
        $findings = [];
        foreach ($result['findings'] as $finding) {
            $level = $finding['code'] === 'connected' ? self::GOOD : ($result['ok'] ? self::WARN : self::BAD);
            $findings[] = self::finding('connection:' . $finding['code'], $level, $finding['facts']);
        }
        if (!$result['ok']) {
            return $findings;
        }
        try {
            $findings[] = $this->ofCallback();
            $findings[] = $this->ofStatuses();
        } catch (ApiException $failure) {
            $findings[] = self::finding('service_failed', self::BAD, [$failure->getMessage()]);
        }

        return $findings;
    }

    /** @return array{code: string, level: string, facts: string[], repair: string|null} */
    private function ofCallback(): array
    {
        $subscription = $this->factory->callbackSubscription();
        $current = $subscription->current();
        if ($current === null || $this->factory->settings()->callbackSecret() === null) {
            return self::finding('callback_missing', self::BAD, [], 'callback');
        }
        if ($current['url'] !== $subscription->url()) {
            return self::finding('callback_elsewhere', self::BAD, [(string) $current['url']], 'callback');
        }
        if ($current['disabled_at'] !== null) {
            return self::finding('callback_disabled', self::BAD, [(string) $current['disabled_reason']], 'callback');
        }
        if ($current['failing_since_at'] !== null) {
            return self::finding('callback_failing', self::WARN, [date('Y-m-d H:i', (int) strtotime((string) $current['failing_since_at']))]);
        }

        return self::finding('callback', self::GOOD, [$subscription->url()]);
    }

    /** @return array{code: string, level: string, facts: string[], repair: string|null} */
    private function ofStatuses(): array
    {
        $held = $this->factory->essentials()->shopSettings();
        $own = $this->ownStatuses();
        foreach (['start_statuses', 'cancel_statuses'] as $name) {
            if (array_diff($own[$name], $held[$name]) || array_diff($held[$name], $own[$name])) {
                return self::finding('statuses_differ', self::BAD, [], 'statuses');
            }
        }

        return self::finding('statuses', self::GOOD);
    }

    /** @return array{start_statuses: string[], cancel_statuses: string[]} */
    private function ownStatuses(): array
    {
        $settings = $this->factory->settings();

        return [
            'start_statuses' => array_map('strval', $settings->startStates()),
            'cancel_statuses' => array_map('strval', $settings->cancelStates()),
        ];
    }

    /** @return array{code: string, level: string, facts: string[], repair: string|null} */
    private function ofStates(): array
    {
        $settings = $this->factory->settings();
        if ($settings->paidMode() === null) {
            return self::finding('paid_mode_unknown', self::BAD);
        }
        $accepted = new \OrderState((int) $settings->acceptedState());
        $settled = new \OrderState((int) $settings->settledState());
        foreach ([$accepted, $settled] as $state) {
            if (!\Validate::isLoadedObject($state) || $state->deleted) {
                return self::finding('states_missing', self::BAD, [], 'states');
            }
        }
        $isPaid = $settings->paidMode() === Settings::PAID;
        if ((bool) $accepted->paid !== $isPaid || !$accepted->logable || !$accepted->invoice || !$settled->paid) {
            return self::finding('states_changed', self::WARN, [(string) $settings->acceptedState(), (string) $settings->settledState()]);
        }

        return self::finding('states', self::GOOD);
    }

    /** @return array{code: string, level: string, facts: string[], repair: string|null} */
    private function ofHooks(): array
    {
        $module = $this->factory->module();
        $rows = \Db::getInstance()->executeS('SELECT id_hook FROM `' . _DB_PREFIX_ . 'hook_module`
            WHERE id_module = ' . (int) $module->id . ' AND id_shop = ' . $this->factory->idShop());
        $registered = array_map('intval', array_column($rows ?: [], 'id_hook'));
        $missing = array_filter($module::HOOKS, function (string $hook) use ($registered) {
            return !in_array((int) \Hook::getIdByName($hook), $registered, true);
        });

        return $missing
            ? self::finding('hooks_missing', self::BAD, [implode(', ', $missing)], 'hooks')
            : self::finding('hooks', self::GOOD, [(string) count($module::HOOKS)]);
    }

    /** @return array{code: string, level: string, facts: string[], repair: string|null} */
    private function ofProfiles(): array
    {
        $missing = (new ModuleRights())->missing();

        return $missing
            ? self::finding('profiles_missing', self::BAD, [implode(', ', $missing)], 'profiles')
            : self::finding('profiles', self::GOOD);
    }

    /** @return array<int, array{code: string, level: string, facts: string[], repair: string|null}> */
    private function ofRestrictions(): array
    {
        $findings = [];
        foreach ($this->restrictions()->check() as $kind => $found) {
            if (!$found['missing']) {
                $findings[] = self::finding('restrictions:' . $kind, self::GOOD, [(string) $found['all']]);
                continue;
            }
            $level = count($found['missing']) === $found['all'] ? self::BAD : self::WARN;
            $findings[] = self::finding('restrictions_missing:' . $kind, $level, [implode(', ', $found['missing'])], 'restrictions');
        }

        return $findings;
    }

    /** @return array{code: string, level: string, facts: string[], repair: string|null} */
    private function ofQueue(): array
    {
        $counts = $this->factory->outbox()->counts();
        $pending = (int) (isset($counts['pending']) ? $counts['pending'] : 0);
        $refused = (int) (isset($counts['refused']) ? $counts['refused'] : 0);
        $level = $refused > 0 ? self::BAD : ($pending > 0 ? self::WARN : self::GOOD);

        return self::finding($refused + $pending > 0 ? 'queue_waiting' : 'queue', $level, [(string) $pending, (string) $refused]);
    }

    /** @return array{code: string, level: string, facts: string[], repair: string|null} */
    private function ofCron(): array
    {
        $last = (int) \Configuration::get('ENCOURS_CRON_LAST_RUN', null, null, $this->factory->idShop());
        $now = call_user_func($this->factory->clock());
        if ($last === 0) {
            return self::finding('cron_never', self::WARN);
        }

        return self::finding($now - $last > self::CRON_LATEST ? 'cron_late' : 'cron', $now - $last > self::CRON_LATEST ? self::WARN : self::GOOD, [date('Y-m-d H:i:s', $last)]);
    }

    private function restrictions(): Restrictions
    {
        return new Restrictions((int) $this->factory->module()->id, $this->factory->idShop());
    }

    /**
     * @param string[] $facts
     *
     * @return array{code: string, level: string, facts: string[], repair: string|null}
     */
    private static function finding(string $code, string $level, array $facts = [], ?string $repair = null): array
    {
        return ['code' => $code, 'level' => $level, 'facts' => $facts, 'repair' => $repair];
    }
}
