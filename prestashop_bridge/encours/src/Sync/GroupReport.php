<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

use EncoursModule\Api\Client;
use EncoursModule\Api\Refused;

/**
 * Keeps a customer group's name at the service as it is in the shop. What the group means there is never touched, unless
 * the group was deleted: then it means nothing any more.
 */
final class GroupReport
{
    /** @var int */
    private $idShop;

    public function __construct(int $idShop)
    {
        $this->idShop = $idShop;
    }

    public static function code(int $idGroup): string
    {
        return 'ps-' . $idGroup;
    }

    /** @return bool whether something was to be told */
    public function send(int $idGroup, Client $client, string $key): bool
    {
        $path = '/v1/groups/' . self::code($idGroup);
        $name = $this->name($idGroup);
        try {
            $known = $client->get($path);
        } catch (Refused $unknown) {
            if ($unknown->status() !== 404) {
                throw $unknown;
            }
            $known = null;
        }
        if ($name === null) {
            if ($known === null || $this->saysNothing($known)) {
                return false;
            }
            $body = ['name' => $known['name'], 'reason' => 'The group was deleted in the shop.'];
        } elseif ($known !== null) {
            if ($known['name'] === $name) {
                return false;
            }
            $body = ['name' => $name, 'reason' => 'The group was renamed in the shop.']
                + array_intersect_key($known, array_flip(['position', 'limit', 'default_terms', 'allowed_terms']));
        } else {
            $body = ['name' => $name, 'reason' => 'A customer group of the shop.'];
        }
        $client->send('PUT', $path, $body, $key . '-' . substr(hash('sha256', (string) json_encode($body)), 0, 16));

        return true;
    }

    /** @return int[] groups of this shop's installation */
    public function all(): array
    {
        $rows = \Db::getInstance()->executeS('SELECT `id_group` FROM `' . _DB_PREFIX_ . 'group` ORDER BY `id_group`', true, false);

        return array_map(function ($row) { return (int) $row['id_group']; }, $rows ?: []);
    }

    private function name(int $idGroup): ?string
    {
        $row = \Db::getInstance()->getRow('SELECT `g`.`id_group`, `l`.`name` FROM `' . _DB_PREFIX_ . 'group` `g`'
            . ' LEFT JOIN `' . _DB_PREFIX_ . 'group_lang` `l` ON `l`.`id_group` = `g`.`id_group`'
            . ' AND `l`.`id_lang` = ' . (int) \Configuration::get('PS_LANG_DEFAULT', null, null, $this->idShop)
            . ' WHERE `g`.`id_group` = ' . $idGroup, false);
        if (!is_array($row)) {
            return null;
        }

        return Text::clean($row['name']) ?: 'Group ' . $idGroup;
    }

    /** @param array<string, mixed> $group */
    private function saysNothing(array $group): bool
    {
        foreach (['position', 'limit', 'default_terms', 'allowed_terms'] as $part) {
            if (isset($group[$part])) {
                return false;
            }
        }

        return true;
    }
}
