<?php

class ModuleFrontController
{
    public $context;
    public $module;
    public $errors = [];

    public function __construct()
    {
        $this->context = Context::getContext();
        $this->module = new Encours();
    }

    public function redirectWithNotifications($url)
    {
        Tools::redirect($url);
    }
}
