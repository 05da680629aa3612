<?php

/** What a PDF invoice is made of; only which order it belongs to matters here. */
class OrderInvoice
{
    /** @var int */
    public $id_order;

    public function __construct($idOrder)
    {
        $this->id_order = $idOrder;
    }
}
