<?php

namespace PrestaShop\PrestaShop\Core\Payment;

class PaymentOption
{
    private $values = [];

    public function __call($method, $arguments)
    {
        if (strncmp($method, 'set', 3) === 0) {
            $this->values[substr($method, 3)] = $arguments[0];

            return $this;
        }

        return isset($this->values[substr($method, 3)]) ? $this->values[substr($method, 3)] : null;
    }
}
