<?php

class OrderSlip extends ObjectModel
{
    public static $definition = ['table' => 'order_slip', 'primary' => 'id_order_slip'];
}
