<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * Renders a template of the back office with its own variables and no others. Escaping is the template's.
 */
final class AdminTemplate
{
    /** @param array<string, mixed> $variables */
    public static function fetch(\Module $module, string $template, array $variables): string
    {
        $smarty = \Context::getContext()->smarty;
        $page = $smarty->createTemplate(_PS_MODULE_DIR_ . $module->name . '/views/templates/admin/' . $template, null, null, $smarty);
        $page->assign($variables);

        return (string) $page->fetch();
    }
}
