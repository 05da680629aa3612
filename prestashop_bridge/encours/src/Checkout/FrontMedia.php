<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use Encours;
use EncoursModule\Config\Settings;

/**
 * Style and script of what buyers see, only for those who may see something.
 */
final class FrontMedia
{
    /** @var Encours */
    private $module;

    /** @var Settings */
    private $settings;

    public function __construct(Encours $module, Settings $settings)
    {
        $this->module = $module;
        $this->settings = $settings;
    }

    /**
     * @param array<string, mixed> $params
     */
    public function register(array $params): void
    {
        $context = \Context::getContext();
        $controller = $context->controller;
        if (!is_object($controller) || !$context->customer->isLogged() || !$this->settings->isConnected()) {
            return;
        }
        $path = 'modules/' . $this->module->name . '/views/';
        $controller->registerStylesheet('module-encours-front', $path . 'css/front.css', ['media' => 'all', 'priority' => 150, 'version' => Encours::VERSION]);
        if (isset($controller->php_self) && $controller->php_self === 'order') {
            $controller->registerStylesheet('module-encours-checkout', $path . 'css/checkout.css', ['media' => 'all', 'priority' => 150, 'version' => Encours::VERSION]);
            $controller->registerJavascript('module-encours-checkout', $path . 'js/checkout.js', ['position' => 'bottom', 'priority' => 150, 'version' => Encours::VERSION]);
        }
    }
}
