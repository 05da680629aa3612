<?php

/** A cart whose products and totals a test sets. */
class Cart extends ObjectModel
{
    const BOTH = 3;
    const ONLY_SHIPPING = 5;

    public static $definition = ['table' => 'cart', 'primary' => 'id_cart'];

    /** @var array<int, array> what tests say of each cart: products, rules, total, delivery_option */
    public static $contents = [];

    public function getProducts($refresh = false, $idProduct = false, $idCountry = null, $fullInfos = true, $keepOrderPrices = false)
    {
        return $this->content('products', []);
    }

    public function getCartRules($filter = 0)
    {
        return $this->content('rules', []);
    }

    public function getOrderTotal($withTaxes = true, $type = self::BOTH, $products = null, $idCarrier = null, $useCache = false)
    {
        return (float) $this->content('total', 0);
    }

    public function getDeliveryOption($default = null, $dontAutoSelect = false, $useCache = true)
    {
        return $this->content('delivery_option', []);
    }

    public function nbProducts()
    {
        return array_sum(array_column($this->getProducts(), 'cart_quantity'));
    }

    private function content($what, $otherwise)
    {
        return isset(self::$contents[(int) $this->id][$what]) ? self::$contents[(int) $this->id][$what] : $otherwise;
    }
}
