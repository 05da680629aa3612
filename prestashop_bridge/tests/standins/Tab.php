<?php

class Tab
{
    /** @var array<string, int> by class name */
    public static $stored = [];

    public $id;
    public $class_name;
    public $module;
    public $id_parent;
    public $active;
    public $name;

    public function __construct($id = null)
    {
        $this->id = $id;
        $this->class_name = array_search($id, self::$stored, true) ?: null;
    }

    public static function getIdFromClassName($className)
    {
        return isset(self::$stored[$className]) ? self::$stored[$className] : false;
    }

    public function add()
    {
        $this->id = 100 + count(self::$stored);
        self::$stored[$this->class_name] = $this->id;

        return true;
    }

    public function delete()
    {
        unset(self::$stored[$this->class_name]);

        return true;
    }
}
