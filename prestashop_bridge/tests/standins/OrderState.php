<?php

class OrderState extends ObjectModel
{
    public static $definition = ['table' => 'order_state', 'primary' => 'id_order_state'];
}
