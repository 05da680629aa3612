<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * Says in words what a row of the queue reports.
 */
final class QueueKinds
{
    /** @var \Module */
    private $module;

    public function __construct(\Module $module)
    {
        $this->module = $module;
    }

    public function of(string $kind): string
    {
        $words = [
            'attach' => $this->l('a new order'),
            'event' => $this->l('a change of an order'),
            'release' => $this->l('credit that is given back'),
            'company' => $this->l('a customer'),
            'group' => $this->l('a customer group'),
            'anonymise' => $this->l('a customer to be forgotten'),
        ];

        return isset($words[$kind]) ? $words[$kind] : $kind;
    }

    private function l(string $text): string
    {
        return $this->module->l($text, 'queuekinds');
    }
}
