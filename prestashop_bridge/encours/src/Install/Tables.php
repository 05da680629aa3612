<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Install;

/**
 * The module's own tables. All rows name their shop.
 */
final class Tables
{
    /** What was promised or not delivered yet: kept on uninstalling if so wished. The others are caches. */
    const KEPT = ['encours_attempt', 'encours_order', 'encours_outbox'];

    const COLUMNS = [
        'encours_attempt' => '
            `id_attempt` INT UNSIGNED NOT NULL AUTO_INCREMENT,
            `id_shop` INT UNSIGNED NOT NULL,
            `id_cart` INT UNSIGNED NOT NULL,
            `cart_hash` CHAR(64) NOT NULL,
            `status` VARCHAR(16) NOT NULL,
            `idempotency_key` VARCHAR(64) NOT NULL,
            `hold_id` VARCHAR(64) NULL,
            `request` MEDIUMTEXT NOT NULL,
            `terms` VARCHAR(64) NULL,
            `purchase_order_number` VARCHAR(128) NULL,
            `amount` VARCHAR(24) NOT NULL,
            `currency` CHAR(3) NOT NULL,
            `due_on` DATE NULL,
            `terms_label` VARCHAR(255) NULL,
            `override_reason` VARCHAR(1000) NULL,
            `id_employee` INT UNSIGNED NULL,
            `date_add` DATETIME NOT NULL,
            `date_upd` DATETIME NOT NULL,
            PRIMARY KEY (`id_attempt`),
            KEY `encours_attempt_cart` (`id_cart`),
            KEY `encours_attempt_status` (`status`, `date_upd`)',
        'encours_order' => '
            `id_order` INT UNSIGNED NOT NULL,
            `id_shop` INT UNSIGNED NOT NULL,
            `ref` VARCHAR(128) NOT NULL,
            `id_customer` INT UNSIGNED NOT NULL,
            `hold_id` VARCHAR(64) NULL,
            `reported_total` VARCHAR(24) NOT NULL,
            `due_on` DATE NULL,
            `due_is_estimate` TINYINT UNSIGNED NOT NULL DEFAULT 1,
            `payment_reference` VARCHAR(64) NULL,
            `terms_label` VARCHAR(255) NULL,
            `settled_on` DATE NULL,
            `last_sequence` BIGINT UNSIGNED NOT NULL DEFAULT 0,
            `date_upd` DATETIME NOT NULL,
            PRIMARY KEY (`id_order`),
            UNIQUE KEY `encours_order_ref` (`id_shop`, `ref`),
            KEY `encours_order_customer` (`id_customer`)',
        'encours_outbox' => '
            `id` INT UNSIGNED NOT NULL AUTO_INCREMENT,
            `id_shop` INT UNSIGNED NOT NULL,
            `subject` VARCHAR(64) NOT NULL,
            `kind` VARCHAR(32) NOT NULL,
            `method` VARCHAR(8) NOT NULL,
            `path` VARCHAR(255) NOT NULL,
            `body` MEDIUMTEXT NULL,
            `idempotency_key` VARCHAR(255) NOT NULL,
            `event_id` VARCHAR(128) NULL,
            `status` VARCHAR(16) NOT NULL,
            `attempts` INT UNSIGNED NOT NULL DEFAULT 0,
            `next_attempt_at` INT UNSIGNED NOT NULL DEFAULT 0,
            `last_error` VARCHAR(255) NULL,
            `date_add` DATETIME NOT NULL,
            `date_upd` DATETIME NOT NULL,
            PRIMARY KEY (`id`),
            KEY `encours_outbox_due` (`status`, `next_attempt_at`),
            KEY `encours_outbox_subject` (`subject`, `id`)',
        'encours_customer' => '
            `id_customer` INT UNSIGNED NOT NULL,
            `id_shop` INT UNSIGNED NOT NULL,
            `company_id` CHAR(36) NULL,
            `reported_hash` CHAR(64) NULL,
            `reported_email` CHAR(64) NULL,
            `reported_at` DATETIME NULL,
            `credit` MEDIUMTEXT NULL,
            `credit_at` INT UNSIGNED NOT NULL DEFAULT 0,
            `date_upd` DATETIME NOT NULL,
            PRIMARY KEY (`id_customer`, `id_shop`),
            KEY `encours_customer_company` (`company_id`, `id_shop`),
            KEY `encours_customer_reported` (`id_shop`, `reported_at`)',
        'encours_quote' => '
            `id_cart` INT UNSIGNED NOT NULL,
            `id_shop` INT UNSIGNED NOT NULL,
            `question` CHAR(64) NOT NULL,
            `answer` MEDIUMTEXT NOT NULL,
            `expires_at` INT UNSIGNED NOT NULL,
            PRIMARY KEY (`id_cart`)',
        'encours_callback' => '
            `webhook_id` VARCHAR(64) NOT NULL,
            `id_shop` INT UNSIGNED NOT NULL,
            `type` VARCHAR(64) NOT NULL,
            `sequence` BIGINT UNSIGNED NOT NULL,
            `received_at` DATETIME NOT NULL,
            PRIMARY KEY (`webhook_id`, `id_shop`)',
    ];

    public function create(): bool
    {
        foreach (self::COLUMNS as $table => $columns) {
            $created = \Db::getInstance()->execute('CREATE TABLE IF NOT EXISTS `' . _DB_PREFIX_ . $table . '` (' . $columns . '
                ) ENGINE=' . _MYSQL_ENGINE_ . ' DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin');
            if (!$created) {
                return false;
            }
        }

        return true;
    }

    public function drop(bool $keepsPromises): bool
    {
        foreach (array_keys(self::COLUMNS) as $table) {
            if ($keepsPromises && in_array($table, self::KEPT, true)) {
                continue;
            }
            if (!\Db::getInstance()->execute('DROP TABLE IF EXISTS `' . _DB_PREFIX_ . $table . '`')) {
                return false;
            }
        }

        return true;
    }
}
