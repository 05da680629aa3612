<?php

/**
 * The shop's database, on SQLite in memory: real SQL runs, translated where MySQL differs. `Db::reset()` empties it.
 */
class Db
{
    const INSERT = 1;
    const INSERT_IGNORE = 2;
    const REPLACE = 3;
    const ON_DUPLICATE_KEY = 4;

    /** @var string[] every statement since the last reset, for tests that count */
    public static $log = [];

    /** @var Db|null */
    private static $instance;

    /** @var PDO */
    private $pdo;

    /** @var int */
    private $changed = 0;

    /** @var array<string, bool> names taken by GET_LOCK */
    public static $locks = [];

    public static function getInstance($master = true)
    {
        if (self::$instance === null) {
            self::$instance = new self();
        }

        return self::$instance;
    }

    /** An empty shop with the module's tables. */
    public static function reset()
    {
        self::$instance = new self();
        self::$locks = [];
        foreach (preg_split('/;\s*\n/', file_get_contents(__DIR__ . '/core.sql')) as $statement) {
            if (trim($statement) !== '') {
                self::$instance->execute($statement);
            }
        }
        (new EncoursModule\Install\Tables())->create();
        self::$log = [];
    }

    private function __construct()
    {
        $this->pdo = new PDO('sqlite::memory:');
        $this->pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
        $this->pdo->setAttribute(PDO::ATTR_STRINGIFY_FETCHES, true);
        $this->pdo->sqliteCreateFunction('NOW', function () { return date('Y-m-d H:i:s'); }, 0);
        $this->pdo->sqliteCreateFunction('UNIX_TIMESTAMP', function ($date = null) { return $date === null ? time() : strtotime($date); }, -1);
        $this->pdo->sqliteCreateFunction('CONCAT', function (...$parts) { return in_array(null, $parts, true) ? null : implode('', $parts); }, -1);
        $this->pdo->sqliteCreateFunction('IF', function ($if, $then, $else) { return $if ? $then : $else; }, 3);
        $this->pdo->sqliteCreateFunction('GREATEST', function (...$of) { return max($of); }, -1);
        $this->pdo->sqliteCreateFunction('LEAST', function (...$of) { return min($of); }, -1);
        $this->pdo->sqliteCreateFunction('DATE_FORMAT', function ($date, $format) { return $date === null ? null : date(str_replace('%', '', $format), strtotime($date)); }, 2);
        $this->pdo->sqliteCreateFunction('GET_LOCK', function ($name, $seconds) {
            if (isset(self::$locks[$name])) {
                return 0;
            }
            self::$locks[$name] = true;

            return 1;
        }, 2);
        $this->pdo->sqliteCreateFunction('RELEASE_LOCK', function ($name) {
            $had = isset(self::$locks[$name]);
            unset(self::$locks[$name]);

            return $had ? 1 : null;
        }, 1);
    }

    public function execute($sql, $useCache = true)
    {
        if ($sql instanceof DbQuery) {
            $sql = $sql->build();
        }
        self::$log[] = $sql;
        foreach ($this->translate($sql) as $statement) {
            $this->changed = (int) $this->pdo->exec($statement);
        }

        return true;
    }

    public function query($sql)
    {
        return $this->execute($sql);
    }

    public function executeS($sql, $array = true, $useCache = true)
    {
        if ($sql instanceof DbQuery) {
            $sql = $sql->build();
        }
        self::$log[] = $sql;

        return $this->pdo->query($this->translate($sql)[0])->fetchAll(PDO::FETCH_ASSOC);
    }

    public function getRow($sql, $useCache = true)
    {
        $rows = $this->executeS($sql);

        return $rows ? $rows[0] : false;
    }

    public function getValue($sql, $useCache = true)
    {
        $row = $this->getRow($sql);

        return $row ? reset($row) : false;
    }

    public function insert($table, $data, $nullValues = false, $useCache = true, $type = self::INSERT, $addPrefix = true)
    {
        $rows = $data && !is_array(reset($data)) ? [$data] : $data;
        $verb = [self::INSERT => 'INSERT INTO', self::INSERT_IGNORE => 'INSERT IGNORE INTO', self::REPLACE => 'REPLACE INTO', self::ON_DUPLICATE_KEY => 'INSERT INTO'][$type];
        foreach ($rows as $row) {
            $values = [];
            foreach ($row as $column => $value) {
                $values['`' . $column . '`'] = $this->quoted($value, $nullValues);
            }
            $sql = $verb . ' `' . ($addPrefix ? _DB_PREFIX_ : '') . $table . '` (' . implode(', ', array_keys($values)) . ') VALUES (' . implode(', ', $values) . ')';
            if ($type === self::ON_DUPLICATE_KEY) {
                $sql .= ' ON DUPLICATE KEY UPDATE ' . implode(', ', array_map(function ($column) { return $column . ' = VALUES(' . $column . ')'; }, array_keys($values)));
            }
            $this->execute($sql);
        }

        return true;
    }

    public function update($table, $data, $where = '', $limit = 0, $nullValues = false, $useCache = true, $addPrefix = true)
    {
        $sets = [];
        foreach ($data as $column => $value) {
            $sets[] = '`' . $column . '` = ' . $this->quoted($value, $nullValues);
        }

        return $this->execute('UPDATE `' . ($addPrefix ? _DB_PREFIX_ : '') . $table . '` SET ' . implode(', ', $sets) . ($where ? ' WHERE ' . $where : ''));
    }

    public function delete($table, $where = '', $limit = 0, $useCache = true, $addPrefix = true)
    {
        return $this->execute('DELETE FROM `' . ($addPrefix ? _DB_PREFIX_ : '') . $table . '`' . ($where ? ' WHERE ' . $where : ''));
    }

    public function Insert_ID()
    {
        return (int) $this->pdo->lastInsertId();
    }

    public function Affected_Rows()
    {
        return $this->changed;
    }

    public function numRows()
    {
        return $this->changed;
    }

    public function escape($string, $htmlOk = false, $bqSql = false)
    {
        return pSQL($string);
    }

    public function getMsgError($query = false)
    {
        return '';
    }

    public function getNumberError()
    {
        return 0;
    }

    /** As core does: a value must have been escaped with pSQL already. */
    private function quoted($value, $nullValues)
    {
        if (is_array($value)) {
            return $value['type'] === 'sql' ? $value['value'] : "'" . $value['value'] . "'";
        }
        if ($value === null || ($nullValues && $value === '')) {
            return $nullValues || $value === null ? 'NULL' : "''";
        }

        return "'" . (is_bool($value) ? (int) $value : $value) . "'";
    }

    /** @return string[] the statements that SQLite takes instead */
    private function translate($sql)
    {
        $sql = preg_replace('/\bINSERT IGNORE\b/i', 'INSERT OR IGNORE', $sql);
        $sql = preg_replace('/\bON DUPLICATE KEY UPDATE\b/i', 'ON CONFLICT DO UPDATE SET', $sql);
        if (stripos($sql, 'ON CONFLICT DO UPDATE') !== false) {
            list($before, $after) = preg_split('/(?=ON CONFLICT DO UPDATE)/i', $sql, 2);
            // A SELECT needs a WHERE before ON CONFLICT, or SQLite reads ON as part of a join.
            if (stripos($before, 'SELECT') !== false && stripos($before, 'WHERE') === false) {
                $before .= ' WHERE 1 ';
            }
            $sql = $before . preg_replace('/\bVALUES\s*\(\s*(`?\w+`?)\s*\)/i', 'excluded.$1', $after);
        }
        $sql = preg_replace('/\bFOR UPDATE\b|\bSQL_CALC_FOUND_ROWS\b|\bSTRAIGHT_JOIN\b/i', '', $sql);
        $sql = preg_replace('/\bDATE_SUB\(\s*([^,]+),\s*INTERVAL\s+(\d+)\s+(MINUTE|HOUR|DAY|MONTH)\s*\)/i', "datetime($1, '-$2 $3')", $sql);
        $sql = preg_replace('/^\s*TRUNCATE (TABLE )?/i', 'DELETE FROM ', $sql);
        $sql = preg_replace('/^(\s*DELETE FROM .*|\s*UPDATE .*) LIMIT \d+\s*$/is', '$1', $sql);
        if (!preg_match('/^\s*CREATE TABLE/i', $sql)) {
            return [$sql];
        }
        preg_match('/CREATE TABLE (?:IF NOT EXISTS )?`?(\w+)`?/i', $sql, $name);
        $statements = [];
        $sql = preg_replace('/\)\s*ENGINE=[^)]*$/is', ')', $sql);
        $sql = preg_replace_callback('/,\s*KEY `(\w+)` \(([^)]*)\)/i', function ($key) use (&$statements, $name) {
            $statements[] = 'CREATE INDEX IF NOT EXISTS `' . $key[1] . '` ON `' . $name[1] . '` (' . $key[2] . ')';

            return '';
        }, $sql);
        $sql = preg_replace('/UNIQUE KEY `\w+`/i', 'UNIQUE', $sql);
        if (preg_match('/`(\w+)` (?:INT|BIGINT)[^,]*AUTO_INCREMENT/i', $sql, $serial)) {
            $sql = preg_replace('/`' . $serial[1] . '` (?:INT|BIGINT)[^,]*AUTO_INCREMENT/i', '`' . $serial[1] . '` INTEGER PRIMARY KEY AUTOINCREMENT', $sql);
            $sql = preg_replace('/,\s*PRIMARY KEY \(`' . $serial[1] . '`\)/i', '', $sql);
        }
        $sql = preg_replace('/\b(TINYINT|SMALLINT|MEDIUMINT|INT|BIGINT)(\(\d+\))? UNSIGNED/i', 'INTEGER', $sql);
        array_unshift($statements, $sql);

        return $statements;
    }
}
