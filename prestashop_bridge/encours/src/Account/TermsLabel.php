<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Account;

/**
 * The name of payment terms in the language of the page. The ready-made ones have English names in the service and are
 * translated here; a name that the merchant wrote is shown as written.
 */
final class TermsLabel
{
    /** The module, or what translates like it. @var object */
    private $module;

    /**
     * @param object $module
     */
    public function __construct($module)
    {
        $this->module = $module;
    }

    public function of(string $label): string
    {
        $names = $this->readyMade();

        return isset($names[$label]) ? $names[$label] : $label;
    }

    /**
     * @return array<string, string>
     */
    private function readyMade(): array
    {
        return [
            '7 days' => $this->module->l('7 days', 'termslabel'),
            '14 days' => $this->module->l('14 days', 'termslabel'),
            '30 days' => $this->module->l('30 days', 'termslabel'),
            '45 days' => $this->module->l('45 days', 'termslabel'),
            '60 days' => $this->module->l('60 days', 'termslabel'),
            'End of month' => $this->module->l('End of month', 'termslabel'),
            '30 days, then end of month' => $this->module->l('30 days, then end of month', 'termslabel'),
            'End of month, then 30 days' => $this->module->l('End of month, then 30 days', 'termslabel'),
            '45 days, then end of month' => $this->module->l('45 days, then end of month', 'termslabel'),
            'End of month, then 45 days' => $this->module->l('End of month, then 45 days', 'termslabel'),
            'Weekly invoice, 30 days' => $this->module->l('Weekly invoice, 30 days', 'termslabel'),
            'Half-monthly invoice, 30 days' => $this->module->l('Half-monthly invoice, 30 days', 'termslabel'),
            'Monthly invoice, 30 days' => $this->module->l('Monthly invoice, 30 days', 'termslabel'),
            'Quarterly invoice, 30 days' => $this->module->l('Quarterly invoice, 30 days', 'termslabel'),
            'Due at once' => $this->module->l('Due at once', 'termslabel'),
        ];
    }
}
