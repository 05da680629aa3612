<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Customer;

use EncoursModule\Account\Display;
use EncoursModule\Account\TermsLabel;
use EncoursModule\Api\ApiException;
use EncoursModule\Api\Refused;
use EncoursModule\Config\AdminTemplate;
use EncoursModule\Config\Notice;
use EncoursModule\Config\Permissions;
use EncoursModule\Config\StaffLog;
use EncoursModule\Factory;
use EncoursModule\Sync\Subject;

/**
 * The panel on the customer page of the back office. Like that of an order it comes with what the shop knows itself.
 */
final class CustomerPanel
{
    const MOST_ORDERS = 50;

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /** @param array<string, mixed> $params of the hook */
    public function show(array $params): string
    {
        $customer = new \Customer((int) $params['id_customer']);
        if (!\Validate::isLoadedObject($customer) || $customer->is_guest || !Permissions::ofEmployee()->may(Permissions::LOOK)) {
            return '';
        }
        $factory = $this->of($customer);
        if (!$factory->settings()->isConnected()) {
            return '';
        }

        return $this->fetch($customer, ['live' => null, 'is_loading' => true, 'is_unknown' => false]);
    }

    /**
     * The panel with what the service knows now.
     *
     * @param Notice[] $notices
     */
    public function live(\Customer $customer, array $notices = []): string
    {
        $live = null;
        $failure = null;
        $isUnknown = false;
        try {
            $live = $this->of($customer)->liveCompany()->read((int) $customer->id, Permissions::ofEmployee()->may(Permissions::DECIDE));
        } catch (ApiException $unreachable) {
            $isUnknown = $unreachable instanceof Refused && $unreachable->problemCode() === 'company_not_found';
            $failure = $isUnknown ? null : Notice::ofFailure($unreachable, $this->l('The service does not answer now. The orders below are what the shop knows itself.'))->text;
        }

        return $this->fetch($customer, [
            'live' => $live,
            'is_loading' => false,
            'is_unknown' => $isUnknown,
            'failure' => $failure,
            'notices' => array_map(function (Notice $notice) { return $notice->toArray(); }, $notices),
        ]);
    }

    /** @param array<string, mixed> $variables */
    private function fetch(\Customer $customer, array $variables): string
    {
        $factory = $this->of($customer);
        $permissions = Permissions::ofEmployee();
        $link = \Context::getContext()->link;

        return AdminTemplate::fetch($this->factory->module(), 'customer_panel.tpl', $variables + [
            'url' => $link->getAdminLink('AdminEncours', true, [], ['ajax' => 1, 'action' => 'customer', 'id_customer' => (int) $customer->id]),
            'orders' => $this->orders($customer),
            'most_orders' => self::MOST_ORDERS,
            'sync_error' => $factory->outbox()->lastError(Subject::customer((int) $customer->id)),
            'may_record' => $permissions->may(Permissions::RECORD),
            'may_decide' => $permissions->may(Permissions::DECIDE),
            'today' => date('Y-m-d'),
            'tomorrow' => date('Y-m-d', strtotime('+1 day')),
            'once' => StaffLog::newOnce(),
            'failure' => null,
            'notices' => [],
        ]);
    }

    /** @return array<int, array<string, mixed>> */
    private function orders(\Customer $customer): array
    {
        $display = new Display(\Context::getContext());
        $link = \Context::getContext()->link;
        $orders = [];
        foreach ($this->of($customer)->ordersOnTerms()->byCustomer((int) $customer->id, self::MOST_ORDERS) as $row) {
            $orders[] = [
                'url' => $link->getAdminLink('AdminOrders', true, ['route' => 'admin_orders_view', 'orderId' => (int) $row['id_order']], ['id_order' => (int) $row['id_order'], 'vieworder' => 1]),
                'ref' => (string) $row['ref'],
                'terms' => (new TermsLabel($this->factory->module()))->of((string) $row['terms_label']),
                'due_on' => $display->day($row['due_on']),
                'is_estimate' => (bool) $row['due_is_estimate'],
                'settled_on' => $row['settled_on'] === null ? null : $display->day($row['settled_on']),
                // Due today is not late.
                'is_late' => $row['settled_on'] === null && !$row['due_is_estimate'] && (string) $row['due_on'] < date('Y-m-d'),
            ];
        }

        return $orders;
    }

    /** The shop whose customer this is here: the one chosen in the back office, else the one of the account. */
    public static function shopOf(\Customer $customer): int
    {
        return !\Shop::isFeatureActive() || \Shop::getContext() === \Shop::CONTEXT_SHOP ? (int) \Context::getContext()->shop->id : (int) $customer->id_shop;
    }

    private function of(\Customer $customer): Factory
    {
        $idShop = self::shopOf($customer);

        return $idShop === $this->factory->idShop() ? $this->factory : Factory::of($this->factory->module(), $idShop);
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'customerpanel');
    }
}
