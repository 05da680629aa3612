<?php

/** Keeps what is assigned, so that tests read what a template would be given. */
class Smarty
{
    /** @var array<string, mixed> */
    public $assigned = [];

    /** @var array<int, array{0: string, 1: array<string, mixed>}> templates rendered, with what they were given */
    public static $fetched = [];

    /** @var string|null of a template with variables of its own */
    private $file;

    public function createTemplate($template, $cacheId = null, $compileId = null, $parent = null)
    {
        $page = new self();
        $page->file = $template;

        return $page;
    }

    public function fetch($template = null, $cacheId = null, $compileId = null, $parent = null)
    {
        $template = $template === null ? $this->file : $template;
        self::$fetched[] = [basename($template), $this->assigned];

        return '<' . basename($template) . '>';
    }

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
