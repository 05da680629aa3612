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
 * Which order states start a term and which cancel, where orders go, and how core books them (S4).
 */
final class OrdersSection implements Section
{
    /** @var Factory */
    private $factory;

    /** @var Input|null what was chosen and could not be saved: it is shown again */
    private $typed;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    public function save(Input $input): array
    {
        $this->typed = $input;
        $states = array_keys($this->states());
        $start = array_values(array_intersect($input->ids('start_states'), $states));
        $cancel = array_values(array_intersect($input->ids('cancel_states'), $states));
        if (!$start) {
            throw new InvalidInput($this->l('Choose at least one state that starts the term: without it no order ever becomes due.'));
        }
        if (array_intersect($start, $cancel)) {
            throw new InvalidInput($this->l('A state cannot both start the term and cancel the order.'));
        }
        $settled = (int) $input->text('settled_state');
        if (!in_array($settled, $states, true)) {
            throw new InvalidInput($this->l('Choose the state of orders that are paid.'));
        }
        if (!$this->states()[$settled]['paid']) {
            throw new InvalidInput($this->l('The state of orders that are paid must be one that PrestaShop considers as paid.'));
        }
        $settings = $this->factory->settings();
        // Who gives an order this state says that its money is here (OrderEvents): no order may come to it by itself.
        if (in_array($settled, array_merge($settings->acceptedStates(), $start, $cancel), true)) {
            throw new InvalidInput($this->l('The state of orders that are paid must be no state of new orders, none that starts the term and none that cancels: every such order would count as paid.'));
        }
        $this->typed = null;
        $settings->setPaidMode($input->choice('paid_mode', [Settings::PAID, Settings::BOOKKEEPING], Settings::PAID));
        $settings->setStartStates($start);
        $settings->setCancelStates($cancel);
        $settings->setSettledState($settled);

        return array_merge([new Notice(Notice::SUCCESS, $this->l('Saved.'))], $this->tell($start, $cancel));
    }

    public function view(): array
    {
        $settings = $this->factory->settings();
        $states = $this->states();
        $accepted = $settings->acceptedState();

        return [
            'states' => $states,
            'start_states' => $this->typed === null ? $settings->startStates() : $this->typed->ids('start_states'),
            'cancel_states' => $this->typed === null ? $settings->cancelStates() : $this->typed->ids('cancel_states'),
            'settled_state' => $this->typed === null ? $settings->settledState() : (int) $this->typed->text('settled_state'),
            'accepted_state' => isset($states[$accepted]) ? $states[$accepted]['name'] : null,
            'paid_mode' => $this->typed === null ? $settings->paidMode() : $this->typed->text('paid_mode'),
            'is_connected' => $settings->isConnected(),
        ];
    }

    /**
     * @param int[] $start
     * @param int[] $cancel
     *
     * @return Notice[]
     */
    private function tell(array $start, array $cancel): array
    {
        if ($this->factory->settings()->shopCode() === null) {
            return [];
        }
        try {
            $this->factory->essentials()->writeShopSettings([
                'start_statuses' => array_map('strval', $start),
                'cancel_statuses' => array_map('strval', $cancel),
            ], 'Order states of the shop');
        } catch (ApiException $failure) {
            return [Notice::ofFailure($failure, $this->l('Saved here, but the service did not answer and still goes by the former states. Save again, or repair it on the health check.'))];
        }

        return [];
    }

    /** @return array<int, array{id: int, name: string, paid: bool, color: string}> */
    private function states(): array
    {
        $states = [];
        foreach (\OrderState::getOrderStates((int) \Context::getContext()->language->id) as $state) {
            $states[(int) $state['id_order_state']] = [
                'id' => (int) $state['id_order_state'],
                'name' => (string) $state['name'],
                'paid' => (bool) $state['paid'],
                'color' => (string) $state['color'],
            ];
        }

        return $states;
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'orderssection');
    }
}
