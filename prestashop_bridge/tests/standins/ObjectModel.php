<?php

/** A row of a table of core, loaded by id and stored as it is; language fields are arrays that stay in memory. */
#[AllowDynamicProperties]
abstract class ObjectModel
{
    public $id;

    /** @var array<string, array<int, array<string, mixed>>> language fields by class and id */
    private static $texts = [];

    public static $definition = ['table' => '', 'primary' => ''];

    public function __construct($id = null, $idLang = null, $idShop = null)
    {
        $table = static::$definition['table'];
        $primary = static::$definition['primary'];
        if (!$id) {
            return;
        }
        $row = Db::getInstance()->getRow('SELECT * FROM `' . _DB_PREFIX_ . $table . '` WHERE `' . $primary . '` = ' . (int) $id);
        if (!$row) {
            return;
        }
        $this->id = (int) $id;
        foreach ($row as $column => $value) {
            $this->$column = $value;
        }
        foreach (isset(self::$texts[$table][$this->id]) ? self::$texts[$table][$this->id] : [] as $column => $texts) {
            $this->$column = $idLang ? (isset($texts[$idLang]) ? $texts[$idLang] : '') : $texts;
        }
    }

    public function add($autoDate = true, $nullValues = false)
    {
        if ($autoDate) {
            $this->date_add = $this->date_upd = date('Y-m-d H:i:s');
        }
        Db::getInstance()->insert(static::$definition['table'], $this->row(), true);
        $this->id = (int) Db::getInstance()->Insert_ID();
        $this->{static::$definition['primary']} = $this->id;
        $this->keepTexts();

        return true;
    }

    public function update($nullValues = false)
    {
        $this->keepTexts();

        return Db::getInstance()->update(static::$definition['table'], $this->row(), '`' . static::$definition['primary'] . '` = ' . (int) $this->id, 0, true);
    }

    public function save($nullValues = false, $autoDate = true)
    {
        return $this->id ? $this->update($nullValues) : $this->add($autoDate, $nullValues);
    }

    public function delete()
    {
        return Db::getInstance()->delete(static::$definition['table'], '`' . static::$definition['primary'] . '` = ' . (int) $this->id);
    }

    /** Only what the table has: everything else an object carries is its own. */
    private function row()
    {
        $row = [];
        foreach (Db::getInstance()->executeS('PRAGMA table_info(`' . _DB_PREFIX_ . static::$definition['table'] . '`)') as $column) {
            $name = $column['name'];
            if (property_exists($this, $name) && $name !== static::$definition['primary'] && !is_array($this->$name)) {
                $row[$name] = $this->$name === null ? null : (is_bool($this->$name) ? (int) $this->$name : pSQL($this->$name));
            }
        }
        if ($this->id) {
            $row[static::$definition['primary']] = (int) $this->id;
        }

        return $row;
    }

    private function keepTexts()
    {
        foreach (get_object_vars($this) as $name => $value) {
            if (is_array($value)) {
                self::$texts[static::$definition['table']][$this->id][$name] = $value;
            }
        }
    }
}
