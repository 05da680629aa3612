<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

use EncoursModule\Account\Display;
use EncoursModule\Account\TermsLabel;
use EncoursModule\Api\ApiException;
use EncoursModule\Config\AdminTemplate;
use EncoursModule\Config\Notice;
use EncoursModule\Config\Permissions;
use EncoursModule\Config\QueueKinds;
use EncoursModule\Config\StaffLog;
use EncoursModule\Factory;
use EncoursModule\Sync\Subject;

/**
 * The panel on the order page of the back office. The page comes with what the shop knows itself; what the service knows
 * is fetched afterwards, so that a slow service never delays the page.
 */
final class OrderPanel
{
    const METHODS = ['bank_transfer', 'cheque', 'card', 'cash', 'direct_debit', 'other'];

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /** @param array<string, mixed> $params of the hook */
    public function show(array $params): string
    {
        $order = $this->orderOnTerms((int) $params['id_order']);
        if ($order === null) {
            return '';
        }

        return $this->fetch($order, ['live' => null, 'is_loading' => true]);
    }

    /**
     * One red line at the top of the page while something could not be reported.
     *
     * @param array<string, mixed> $params of the hook
     */
    public function showWarning(array $params): string
    {
        $order = $this->orderOnTerms((int) $params['id_order']);
        if ($order === null || !$this->synchronisation($order)['is_failing']) {
            return '';
        }

        return AdminTemplate::fetch($this->factory->module(), 'order_warning.tpl', []);
    }

    /**
     * The panel with what the service knows now.
     *
     * @param Notice[] $notices
     */
    public function live(int $idOrder, array $notices = []): string
    {
        $order = $this->orderOnTerms($idOrder);
        if ($order === null) {
            return '';
        }
        $factory = $this->of($order);
        $row = $factory->ordersOnTerms()->find($idOrder);
        $live = null;
        $failure = null;
        if ($row !== null) {
            try {
                $live = $factory->liveOrder()->read((string) $row['ref']);
                $factory->ordersOnTerms()->follow($live['answer']);
                $live = $live['view'];
            } catch (ApiException $unreachable) {
                $failure = Notice::ofFailure($unreachable, $this->l('The service does not answer now. This is what the shop knows itself; nothing is lost, and what happens meanwhile is reported later.'))->text;
            }
        }

        return $this->fetch($order, [
            'live' => $live,
            'is_loading' => false,
            'failure' => $failure,
            'notices' => array_map(function (Notice $notice) { return $notice->toArray(); }, $notices),
        ]);
    }

    /** The order, if it is one of this module and this employee may see it. */
    private function orderOnTerms(int $idOrder): ?\Order
    {
        $order = new \Order($idOrder);
        if (!\Validate::isLoadedObject($order) || !Permissions::ofEmployee()->may(Permissions::LOOK)) {
            return null;
        }
        $isOurs = $order->module === $this->factory->module()->name || $this->factory->ordersOnTerms()->find($idOrder) !== null;

        return $isOurs ? $order : null;
    }

    /** @param array<string, mixed> $variables */
    private function fetch(\Order $order, array $variables): string
    {
        $row = $this->of($order)->ordersOnTerms()->find((int) $order->id);
        $permissions = Permissions::ofEmployee();
        $display = new Display(\Context::getContext());
        $known = $row === null ? null : [
            'due_on' => $display->day($row['due_on']),
            'is_estimate' => (bool) $row['due_is_estimate'],
            'terms' => (new TermsLabel($this->factory->module()))->of((string) $row['terms_label']),
            'payment_reference' => Display::grouped((string) $row['payment_reference']),
            'settled_on' => $row['settled_on'] === null ? null : $display->day($row['settled_on']),
        ];

        return AdminTemplate::fetch($this->factory->module(), 'order_panel.tpl', $variables + [
            'id_order' => (int) $order->id,
            'url' => \Context::getContext()->link->getAdminLink('AdminEncours', true, [], ['ajax' => 1, 'action' => 'order', 'id_order' => (int) $order->id]),
            'known' => $known,
            'sync' => $this->synchronisation($order),
            'may_record' => $permissions->may(Permissions::RECORD),
            'may_decide' => $permissions->may(Permissions::DECIDE),
            'today' => date('Y-m-d'),
            'once' => StaffLog::newOnce(),
            'methods' => $this->methods(),
            'failure' => null,
            'notices' => [],
        ]);
    }

    /**
     * What of this order the service was not told yet. It is failing once something was tried in vain.
     *
     * @return array{is_failing: bool, is_waiting: bool, rows: array<int, array<string, mixed>>}
     */
    private function synchronisation(\Order $order): array
    {
        $rows = [];
        $kinds = new QueueKinds($this->factory->module());
        $isFailing = false;
        foreach ($this->of($order)->outbox()->pendingOf(Subject::order((string) $order->reference)) as $row) {
            $isFailing = $isFailing || $row['status'] === 'refused' || (string) $row['last_error'] !== '';
            $rows[] = [
                'kind' => $kinds->of((string) $row['kind']),
                'is_refused' => $row['status'] === 'refused',
                'attempts' => (int) $row['attempts'],
                'error' => (string) $row['last_error'],
                'since' => (string) $row['date_add'],
            ];
        }

        return ['is_failing' => $isFailing, 'is_waiting' => (bool) $rows, 'rows' => $rows];
    }

    private function of(\Order $order): Factory
    {
        return (int) $order->id_shop === $this->factory->idShop() ? $this->factory : Factory::of($this->factory->module(), (int) $order->id_shop);
    }

    /** @return array<string, string> */
    private function methods(): array
    {
        return [
            'bank_transfer' => $this->l('Bank transfer'),
            'cheque' => $this->l('Cheque'),
            'card' => $this->l('Card'),
            'cash' => $this->l('Cash'),
            'direct_debit' => $this->l('Direct debit'),
            'other' => $this->l('Other'),
        ];
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'orderpanel');
    }
}
