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
 * The first synchronisation: the page asks for one batch after the other and shows how far it is.
 */
final class SyncSection implements Section
{
    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    public function save(Input $input): array
    {
        return [];
    }

    public function view(): array
    {
        return [
            'is_connected' => $this->factory->settings()->shopCode() !== null,
            'total' => $this->factory->firstSync()->total(),
            'step_url' => \Context::getContext()->link->getAdminLink('AdminEncours', true, [], ['ajax' => 1, 'action' => 'firstSync']),
        ];
    }
}
