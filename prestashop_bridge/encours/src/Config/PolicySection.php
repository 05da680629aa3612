<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

use EncoursModule\Account\TermsLabel;
use EncoursModule\Api\ApiException;
use EncoursModule\Api\Refused;
use EncoursModule\Factory;

/**
 * The essentials of the policy on one page. The service keeps them: without it there is nothing to show or to save.
 */
final class PolicySection implements Section
{
    const ADMISSIONS = ['by_hand', 'requirements', 'everyone'];
    const REMINDERS = ['none', 'gentle', 'standard', 'firm'];
    const REASON = 'Configuration page of the shop';

    /** @var Factory */
    private $factory;

    /** @var Input|null what was typed and could not be saved: it is shown again */
    private $typed;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    public function save(Input $input): array
    {
        $this->typed = $input;
        $policy = $this->policyOf($input);
        $settings = $this->settingsOf($input);
        $positions = $this->positionsOf($input);
        $saved = 0;
        try {
            $essentials = $this->factory->essentials();
            $essentials->writePolicy($policy);
            ++$saved;
            $essentials->writeShopSettings($settings, self::REASON);
            ++$saved;
            $essentials->writeGroups($positions, $this->groupNames(), self::REASON);
        } catch (ApiException $failure) {
            return $this->noticesOfFailure($failure, $saved);
        }
        $this->typed = null;
        $this->factory->settings()->setRefusalIsShown(!$policy['settings']['hide_when_credit_insufficient']);

        return [new Notice(Notice::SUCCESS, $this->l('Saved. It holds from the next order on; orders already accepted stay as they are.'))];
    }

    public function view(): array
    {
        if ($this->factory->settings()->shopCode() === null) {
            return ['essentials' => null, 'failure' => $this->l('Connect the shop to the service first: these settings are kept there.')];
        }
        try {
            $held = $this->factory->essentials()->read();
        } catch (ApiException $failure) {
            return ['essentials' => null, 'failure' => Notice::ofFailure($failure, $this->unavailable())->text];
        }

        $form = PolicyForm::of($held, $this->groupNames(), new TermsLabel($this->factory->module()));

        return [
            'failure' => null,
            'essentials' => $this->typed === null ? $form : PolicyForm::retyped($form, $this->typed),
            'currency' => $this->currency(),
            'is_refusal_shown' => $this->typed === null ? $this->factory->settings()->refusalIsShown() : $this->typed->text('refusal') === 'show',
        ];
    }

    /** @return array<string, mixed> */
    private function policyOf(Input $input): array
    {
        $wrongCount = $this->l('Enter a whole number, or leave the field empty.');
        $wrongAmount = $this->l('Enter an amount such as 500 or 500.00, or leave the field empty.');
        $admission = $input->choice('admission', self::ADMISSIONS, 'by_hand');
        $requirements = [];
        if ($admission === 'requirements') {
            $requirements = [
                'valid_vat_number' => $input->flag('valid_vat_number'),
                'vat_unknown' => $input->choice('vat_unknown', ['refer', 'fail', 'pass'], 'refer'),
                'completed_orders' => $input->count('completed_orders', $wrongCount),
                'net_spend_12m' => $input->amount('net_spend_12m', $wrongAmount),
            ];
            if (!$requirements['valid_vat_number'] && $requirements['completed_orders'] === null && $requirements['net_spend_12m'] === null) {
                throw new InvalidInput($this->l('Enter at least one requirement, or choose another way of letting customers in.'));
            }
        }

        return [
            'admission' => $admission,
            'settings' => [
                'currency' => $this->currency(),
                'unpaid_orders_allowed' => $input->count('unpaid_orders_allowed', $wrongCount),
                'overdue_margin_days' => $input->count('overdue_margin_days', $wrongCount),
                'minimum_order' => $input->amount('minimum_order', $wrongAmount),
                'maximum_order' => $input->amount('maximum_order', $wrongAmount),
                'over_limit' => $input->choice('over_limit', ['decline', 'refer'], 'decline'),
                'hide_when_credit_insufficient' => $input->choice('refusal', ['hide', 'show'], 'hide') === 'hide',
            ],
            'replace_custom' => $input->flag('replace_custom'),
            'reason' => self::REASON,
        ] + ($requirements ? ['requirements' => $requirements] : []);
    }

    /** @return array<string, mixed> */
    private function settingsOf(Input $input): array
    {
        $kind = $input->choice('limit_kind', ['none', 'amount', 'unlimited'], 'none');
        $limit = ['kind' => $kind];
        if ($kind === 'amount') {
            $amount = $input->amount('limit_amount', $this->l('Enter the default limit as an amount such as 500 or 500.00.'));
            if ($amount === null) {
                throw new InvalidInput($this->l('Enter the amount of the default limit, or choose that there is none.'));
            }
            $limit += ['amount' => $amount, 'currency' => $this->currency()];
        }
        $default = $input->required('default_terms', $this->l('Choose the default term.'), 64);
        $allowed = $input->words('allowed_terms');

        return [
            'default_limit' => $limit,
            'default_terms' => $default,
            'allowed_terms' => in_array($default, $allowed, true) ? $allowed : array_merge([$default], $allowed),
            'terms_agreed_in_contract' => $input->flag('terms_agreed'),
            'reminder_policy' => $input->choice('reminder_policy', array_merge(self::REMINDERS, $input->words('own_reminder_policy')), 'none'),
        ];
    }

    /** @return array<int, string|null> */
    private function positionsOf(Input $input): array
    {
        $chosen = $input->choices('group_position', ['allow', 'deny', 'rules']);

        return array_map(function (string $position) {
            return $position === 'rules' ? null : $position;
        }, array_intersect_key($chosen, $this->groupNames()));
    }

    /**
     * @param int $saved how many of the three parts were saved before
     *
     * @return Notice[]
     */
    private function noticesOfFailure(ApiException $failure, int $saved): array
    {
        if ($failure instanceof Refused && $failure->problemCode() === 'policy_is_custom') {
            return [new Notice(Notice::WARNING, $this->l('Rules of your own are in force that say more than this page can. Nothing was changed. Tick “Replace the rules of our own” and save again if you want that.'))];
        }
        $parts = [
            $this->l('Nothing was saved.'),
            $this->l('The requirements and blocks were saved, limit, terms, reminders and groups were not.'),
            $this->l('All but the groups was saved.'),
        ];

        return [Notice::ofFailure($failure, $this->unavailable()), new Notice(Notice::WARNING, $parts[$saved])];
    }

    /**
     * Groups that a customer with an account can be in.
     *
     * @return array<int, string>
     */
    private function groupNames(): array
    {
        $names = [];
        $nobodys = [(int) \Configuration::get('PS_UNIDENTIFIED_GROUP'), (int) \Configuration::get('PS_GUEST_GROUP')];
        foreach (\Group::getGroups((int) \Configuration::get('PS_LANG_DEFAULT'), $this->factory->idShop()) as $group) {
            if (!in_array((int) $group['id_group'], $nobodys, true)) {
                $names[(int) $group['id_group']] = (string) $group['name'];
            }
        }

        return $names;
    }

    private function currency(): string
    {
        $idCurrency = (int) \Configuration::get('PS_CURRENCY_DEFAULT', null, null, $this->factory->idShop());

        return (string) (new \Currency($idCurrency))->iso_code;
    }

    private function unavailable(): string
    {
        return $this->l('The service does not answer now. The shop goes on; these settings are kept in the service and cannot be shown or changed until it is back.');
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'policysection');
    }
}
