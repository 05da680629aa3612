<?php

/** Core has checked the token when an action is called. */
class ModuleAdminController
{
    public $bootstrap;
    public $context;
    public $module;

    public function __construct()
    {
        $this->context = Context::getContext();
        $this->module = new Encours();
    }
}
