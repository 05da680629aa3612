<?php

/** Makes one order of a cart, or what a test says instead. */
class PaymentModule extends Module
{
    public $currentOrder;
    public $currentOrderReference;

    /** @var callable|null instead of making an order: gets the arguments */
    public static $instead;

    /** @var array<int, array> arguments of each call */
    public static $validated = [];

    public function validateOrder(
        $id_cart,
        $id_order_state,
        $amount_paid,
        $payment_method = 'Unknown',
        $message = null,
        $extra_vars = [],
        $currency_special = null,
        $dont_touch_amount = false,
        $secure_key = false,
        ?Shop $shop = null,
        ?string $order_reference = null
    ) {
        $arguments = func_get_args();
        self::$validated[] = $arguments;
        if (self::$instead !== null) {
            return (self::$instead)($arguments, $this);
        }
        $this->currentOrder = self::makeOrder((int) $id_cart, (int) $id_order_state, (float) $amount_paid, $payment_method);
        $this->currentOrderReference = (new Order($this->currentOrder))->reference;

        return true;
    }

    /** @return int id of the order that core would have made */
    public static function makeOrder($idCart, $idState, $total, $payment = 'Unknown', $reference = null)
    {
        $cart = new Cart($idCart);
        $order = new Order();
        $order->id_cart = $idCart;
        $order->id_customer = (int) $cart->id_customer;
        $order->id_currency = (int) $cart->id_currency;
        $order->id_shop = (int) $cart->id_shop;
        $order->reference = $reference ?: 'REF' . str_pad((string) $idCart, 6, 'A', STR_PAD_LEFT);
        $order->current_state = $idState;
        $order->total_paid = $order->total_paid_tax_incl = $total;
        $order->payment = $payment;
        $order->module = 'encours';
        $order->secure_key = 'secure-key-of-order';
        $order->add();
        Db::getInstance()->insert('order_history', ['id_order' => (int) $order->id, 'id_order_state' => $idState, 'date_add' => date('Y-m-d H:i:s')]);

        return (int) $order->id;
    }
}
