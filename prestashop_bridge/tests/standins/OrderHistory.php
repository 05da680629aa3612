<?php

class OrderHistory extends ObjectModel
{
    public static $definition = ['table' => 'order_history', 'primary' => 'id_order_history'];
}
