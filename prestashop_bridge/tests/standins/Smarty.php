<?php

/** Keeps what is assigned, so that tests read what a template would be given. */
class Smarty
{
    /** @var array<string, mixed> */
    public $assigned = [];

    public function assign($name, $value = null)
    {
        $this->assigned = (is_array($name) ? $name : [$name => $value]) + $this->assigned;

        return $this;
    }

    public function getTemplateVars($name = null)
    {
        return $name === null ? $this->assigned : (isset($this->assigned[$name]) ? $this->assigned[$name] : null);
    }
}
