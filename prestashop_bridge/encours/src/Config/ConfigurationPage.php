<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

use EncoursModule\Factory;

/**
 * The module's configuration in PrestaShop's own look. Everything on it belongs to one shop (S57).
 */
final class ConfigurationPage
{
    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    public function show(): string
    {
        if (\Shop::isFeatureActive() && \Shop::getContext() !== \Shop::CONTEXT_SHOP) {
            return $this->fetch('configuration.tpl', ['notices' => [], 'sections' => [], 'body' => null]);
        }
        $titles = $this->titles();
        $chosen = (string) \Tools::getValue('encours_section');
        if (!isset($titles[$chosen])) {
            $chosen = $this->factory->settings()->isConnected() ? 'health' : 'connection';
        }
        $section = $this->section($chosen);
        $notices = $this->saved($section);
        $links = [];
        foreach ($titles as $name => $title) {
            $links[] = ['name' => $name, 'title' => $title, 'url' => $this->address($name), 'is_chosen' => $name === $chosen];
        }
        $body = $this->fetch('configuration_' . $chosen . '.tpl', $section->view() + ['action' => $this->address($chosen)]);

        return $this->fetch('configuration.tpl', ['notices' => $notices, 'sections' => $links, 'body' => $body]);
    }

    /**
     * Core has checked the token and the right to configure modules before it asks for this page.
     *
     * @return array<int, array{kind: string, text: string}>
     */
    private function saved(Section $section): array
    {
        if (!\Tools::isSubmit('encours_save')) {
            return [];
        }
        try {
            $notices = $section->save(Input::ofRequest());
        } catch (InvalidInput $invalid) {
            $notices = [new Notice(Notice::ERROR, $invalid->getMessage())];
        }

        return array_map(function (Notice $notice) { return $notice->toArray(); }, $notices);
    }

    private function section(string $name): Section
    {
        switch ($name) {
            case 'connection':
                return new ConnectionSection($this->factory);
            case 'orders':
                return new OrdersSection($this->factory);
            case 'policy':
                return new PolicySection($this->factory);
            case 'display':
                return new DisplaySection($this->factory);
            case 'sync':
                return new SyncSection($this->factory);
            default:
                return new HealthSection($this->factory);
        }
    }

    /** @return array<string, string> */
    private function titles(): array
    {
        $module = $this->factory->module();

        return [
            'connection' => $module->l('Connection', 'configurationpage'),
            'orders' => $module->l('Orders', 'configurationpage'),
            'policy' => $module->l('Who may pay later', 'configurationpage'),
            'display' => $module->l('Texts and display', 'configurationpage'),
            'sync' => $module->l('First synchronisation', 'configurationpage'),
            'health' => $module->l('Health check', 'configurationpage'),
        ];
    }

    private function address(string $section): string
    {
        $link = \Context::getContext()->link->getAdminLink('AdminModules', true, [], ['configure' => $this->factory->module()->name]);

        return $link . '&encours_section=' . $section;
    }

    /** @param array<string, mixed> $variables */
    private function fetch(string $template, array $variables): string
    {
        return AdminTemplate::fetch($this->factory->module(), $template, $variables);
    }
}
