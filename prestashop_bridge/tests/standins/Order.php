<?php

class Order extends ObjectModel
{
    public static $definition = ['table' => 'orders', 'primary' => 'id_order'];

    /** @var array<int, array> what addOrderPayment and setCurrentState were called with, in order */
    public static $calls = [];

    public function addOrderPayment($amount_paid, $payment_method = null, $payment_transaction_id = null, $currency = null, $date = null, $order_invoice = null)
    {
        self::$calls[] = ['addOrderPayment', (int) $this->id, $amount_paid, $payment_method, $payment_transaction_id];
        Db::getInstance()->insert('order_payment', ['order_reference' => $this->reference, 'id_currency' => $this->id_currency, 'amount' => $amount_paid,
            'payment_method' => pSQL($payment_method), 'transaction_id' => pSQL($payment_transaction_id), 'date_add' => date('Y-m-d H:i:s')]);
        $this->total_paid_real = (float) $this->total_paid_real + (float) $amount_paid;

        return $this->update();
    }

    /** @var bool whether core fails to set a state */
    public static $refusesStates = false;

    public function setCurrentState($id_order_state, $id_employee = 0)
    {
        if (self::$refusesStates) {
            return false;
        }
        self::$calls[] = ['setCurrentState', (int) $this->id, (int) $id_order_state];
        Db::getInstance()->insert('order_history', ['id_order' => (int) $this->id, 'id_order_state' => (int) $id_order_state, 'id_employee' => (int) $id_employee, 'date_add' => date('Y-m-d H:i:s')]);
        $this->current_state = (int) $id_order_state;

        return $this->update();
    }

    /** @var array<int, object[]> invoices by order */
    public static $invoices = [];

    public $note = '';

    public function hasInvoice()
    {
        return !empty(self::$invoices[(int) $this->id]);
    }

    public function getInvoicesCollection()
    {
        return isset(self::$invoices[(int) $this->id]) ? self::$invoices[(int) $this->id] : [];
    }

    public function getCurrentState()
    {
        return (int) $this->current_state;
    }

    public static function getIdByCartId($idCart)
    {
        return (int) Db::getInstance()->getValue('SELECT `id_order` FROM `ps_orders` WHERE `id_cart` = ' . (int) $idCart) ?: false;
    }
}
