<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Account;

use EncoursModule\Factory;

/**
 * What the page "My orders on terms" shows: the customer's own orders, newest first, a page at a time.
 */
final class OrdersPage
{
    const PER_PAGE = 15;

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /**
     * @return array<string, mixed> `state`: shown, none (no credit, or not for this buyer's eyes)
     */
    public function view(int $idCustomer, int $idLang, int $page): array
    {
        $summary = $this->factory->creditSummary()->of($idCustomer);
        $summary = $summary !== null ? $summary : $this->factory->creditSummary()->remembered($idCustomer);
        if ($summary !== null && !CreditSummary::isVisible($summary)) {
            return ['state' => 'none'];
        }
        if ($summary === null) {
            return ['state' => 'unavailable'];
        }
        $context = \Context::getContext();
        $orders = new OwnOrders($this->factory->client(), $this->factory->idShop());
        $total = $orders->count($idCustomer);
        $pages = max(1, (int) ceil($total / self::PER_PAGE));
        $page = max(1, min($pages, $page));
        $rows = $orders->page($idCustomer, $idLang, ($page - 1) * self::PER_PAGE, self::PER_PAGE);
        $figures = $orders->figures($rows);
        $view = new OrderView($this->factory->module(), new Display($context), $context->link);

        return [
            'state' => 'shown',
            'figures_known' => $figures !== null,
            'orders' => array_map(function (array $row) use ($view, $figures) {
                return $view->of($row, isset($figures[$row['ref']]) ? $figures[$row['ref']] : null);
            }, $rows),
            'total' => $total,
            'pagination' => $this->pagination($context->link, $page, $pages, $total),
            'credit_url' => $context->link->getModuleLink('encours', 'credit'),
        ];
    }

    /**
     * @return array<string, mixed>
     */
    private function pagination(\Link $link, int $page, int $pages, int $total): array
    {
        $at = function (int $number) use ($link) {
            return $link->getModuleLink('encours', 'orders', $number > 1 ? ['page' => $number] : []);
        };
        $numbers = [];
        $last = 0;
        foreach (array_unique(array_merge([1], range(max(1, $page - 2), min($pages, $page + 2)), [$pages])) as $number) {
            $numbers[] = ['number' => $number, 'url' => $at($number), 'is_current' => $number === $page, 'follows_gap' => $number > $last + 1];
            $last = $number;
        }

        return [
            'pages' => $pages,
            'from' => $total === 0 ? 0 : ($page - 1) * self::PER_PAGE + 1,
            'to' => min($total, $page * self::PER_PAGE),
            'numbers' => $numbers,
            'previous' => $page > 1 ? $at($page - 1) : null,
            'next' => $page < $pages ? $at($page + 1) : null,
        ];
    }
}
