<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Account;

use EncoursModule\Api\ApiException;
use EncoursModule\Api\Client;

/**
 * The orders on terms that one customer placed. Whose they are is said by the shop's own orders and by nothing else; what
 * is left to pay is said by the service.
 */
final class OwnOrders
{
    /** More than a page shows, as many as the service lists at once. */
    const MOST = 200;

    /** @var Client */
    private $client;

    /** @var int */
    private $idShop;

    public function __construct(Client $client, int $idShop)
    {
        $this->client = $client;
        $this->idShop = $idShop;
    }

    public function count(int $idCustomer): int
    {
        return (int) \Db::getInstance()->getValue('SELECT COUNT(*)' . $this->from() . $this->whose($idCustomer), false);
    }

    /**
     * Newest first.
     *
     * @return array<int, array<string, mixed>>
     */
    public function page(int $idCustomer, int $idLang, int $offset, int $limit): array
    {
        return $this->rows($idCustomer, $idLang, '', 'o.`date_add` DESC, o.`id_order` DESC', $offset, $limit);
    }

    /**
     * Those not paid yet, the first due first.
     *
     * @return array<int, array<string, mixed>>
     */
    public function unpaid(int $idCustomer, int $idLang, int $limit): array
    {
        return $this->rows($idCustomer, $idLang, ' AND t.`settled_on` IS NULL', 't.`due_on`, o.`id_order`', 0, $limit);
    }

    /**
     * @return array<string, mixed>|null null as well for an order that is somebody else's
     */
    public function one(int $idCustomer, int $idLang, int $idOrder): ?array
    {
        $rows = $this->rows($idCustomer, $idLang, ' AND o.`id_order` = ' . $idOrder, 'o.`id_order`', 0, 1);

        return isset($rows[0]) ? $rows[0] : null;
    }

    /**
     * What the service says of these orders, by their reference there. Null: it does not answer now.
     *
     * @param array<int, array<string, mixed>> $rows
     *
     * @return array<string, array<string, mixed>>|null
     */
    public function figures(array $rows): ?array
    {
        if (!$rows) {
            return [];
        }
        $refs = array_column($rows, 'ref');
        try {
            $answer = $this->client->get('/v1/orders?limit=' . self::MOST . '&ref=' . implode('&ref=', array_map('rawurlencode', $refs)));
        } catch (ApiException $noAnswer) {
            return null;
        }
        $figures = [];
        foreach (isset($answer['items']) ? $answer['items'] : [] as $order) {
            if (in_array($order['ref'], $refs, true)) {
                $figures[$order['ref']] = $order;
            }
        }

        return $figures;
    }

    /**
     * @return array<int, array<string, mixed>>
     */
    private function rows(int $idCustomer, int $idLang, string $and, string $order, int $offset, int $limit): array
    {
        $rows = \Db::getInstance()->executeS(
            'SELECT o.`id_order`, o.`reference`, o.`date_add`, o.`total_paid_tax_incl`, c.`iso_code` AS `currency`,'
            . ' s.`color` AS `state_color`, l.`name` AS `state_name`,'
            . ' t.`ref`, t.`due_on`, t.`due_is_estimate`, t.`payment_reference`, t.`terms_label`, t.`settled_on`'
            . $this->from()
            . ' LEFT JOIN `' . _DB_PREFIX_ . 'currency` c ON c.`id_currency` = o.`id_currency`'
            . ' LEFT JOIN `' . _DB_PREFIX_ . 'order_state` s ON s.`id_order_state` = o.`current_state`'
            . ' LEFT JOIN `' . _DB_PREFIX_ . 'order_state_lang` l ON l.`id_order_state` = s.`id_order_state` AND l.`id_lang` = ' . $idLang
            . $this->whose($idCustomer) . $and . ' ORDER BY ' . $order . ' LIMIT ' . max(0, $offset) . ', ' . max(1, $limit),
            true,
            false
        );

        return is_array($rows) ? $rows : [];
    }

    private function from(): string
    {
        return ' FROM `' . _DB_PREFIX_ . 'encours_order` t INNER JOIN `' . _DB_PREFIX_ . 'orders` o ON o.`id_order` = t.`id_order`';
    }

    private function whose(int $idCustomer): string
    {
        // Nobody's orders for nobody: customer 0 is no customer.
        return ' WHERE o.`id_customer` = ' . $idCustomer . ' AND o.`id_customer` > 0 AND t.`id_shop` = ' . $this->idShop;
    }
}
