<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * Core runs none of a module's hooks in the back office for employees whose profile may not view the module: what they
 * do to an order would go unnoticed until the next sweep. Only the superadmin may after an installation.
 */
final class ModuleRights
{
    const MODULE = 'ROLE_MOD_MODULE_ENCOURS_READ';

    /** Pages where something happens that the service has to know. */
    const PAGES = ['ROLE_MOD_TAB_ADMINORDERS_UPDATE', 'ROLE_MOD_TAB_ADMINORDERS_CREATE', 'ROLE_MOD_TAB_ADMINCUSTOMERS_UPDATE'];

    /**
     * Profiles that work with orders or customers and may not view this module.
     *
     * @return array<int, string> names by id_profile
     */
    public function missing(): array
    {
        $idLang = (int) \Context::getContext()->language->id;
        $prefix = _DB_PREFIX_;
        $pages = "'" . implode("', '", self::PAGES) . "'";
        $rows = \Db::getInstance()->executeS("SELECT p.id_profile, MAX(l.name) AS name FROM `{$prefix}profile` p
            JOIN `{$prefix}access` a ON a.id_profile = p.id_profile
            JOIN `{$prefix}authorization_role` r ON r.id_authorization_role = a.id_authorization_role AND r.slug IN ({$pages})
            LEFT JOIN `{$prefix}profile_lang` l ON l.id_profile = p.id_profile AND l.id_lang = {$idLang}
            WHERE p.id_profile NOT IN (SELECT m.id_profile FROM `{$prefix}module_access` m
                JOIN `{$prefix}authorization_role` s ON s.id_authorization_role = m.id_authorization_role AND s.slug = '" . self::MODULE . "')
            GROUP BY p.id_profile");
        $names = [];
        foreach ($rows ?: [] as $row) {
            $names[(int) $row['id_profile']] = (string) $row['name'];
        }

        return $names;
    }

    /** Lets them view the module; what they may do in its panels is another right, and stays as it is. */
    public function grant(): bool
    {
        $role = (int) \Db::getInstance()->getValue('SELECT id_authorization_role FROM `' . _DB_PREFIX_ . "authorization_role` WHERE slug = '" . self::MODULE . "'");
        if ($role === 0) {
            return false;
        }
        foreach (array_keys($this->missing()) as $idProfile) {
            \Db::getInstance()->insert('module_access', ['id_profile' => (int) $idProfile, 'id_authorization_role' => $role], false, true, \Db::INSERT_IGNORE);
        }

        return true;
    }
}
