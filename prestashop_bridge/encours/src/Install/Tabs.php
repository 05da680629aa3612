<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Install;

/**
 * The hidden back-office controller: it is not in the menu, but needs a tab for its token and permissions.
 */
final class Tabs
{
    const CLASS_NAME = 'AdminEncours';

    public function create(): bool
    {
        if (\Tab::getIdFromClassName(self::CLASS_NAME)) {
            return true;
        }
        $tab = new \Tab();
        $tab->class_name = self::CLASS_NAME;
        $tab->module = 'encours';
        // Not in the menu, yet on the page where profiles get their permissions: that leaves out what has no parent.
        $tab->id_parent = (int) \Tab::getIdFromClassName('AdminParentPayment');
        $tab->active = false;
        $tab->name = [];
        foreach (\Language::getLanguages(false) as $language) {
            $tab->name[(int) $language['id_lang']] = 'Encours';
        }

        return (bool) $tab->add();
    }

    public function remove(): bool
    {
        $id = (int) \Tab::getIdFromClassName(self::CLASS_NAME);

        return $id === 0 || (bool) (new \Tab($id))->delete();
    }
}
