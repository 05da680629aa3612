<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Reminder;

use EncoursModule\Account\Display;
use EncoursModule\Api\ApiException;
use EncoursModule\Api\Client;

/**
 * Where the reminders of one order stand, for the order page of the back office.
 */
final class OrderReminders
{
    const MOST_SHOWN = 5;

    /** @var Client */
    private $client;

    /** @var ReminderView */
    private $view;

    public function __construct(Client $client, \Module $module, Display $display)
    {
        $this->client = $client;
        $this->view = new ReminderView(new ReminderTexts($module), $display);
    }

    /** @return array<string, mixed>|null null if the service does not say; the rest of the page needs no reminders */
    public function read(string $ref): ?array
    {
        try {
            $state = $this->client->get('/v1/orders/' . rawurlencode($ref) . '/reminders');
            $latest = $this->client->get('/v1/reminders', ['open_item' => (string) $state['open_item_id'], 'limit' => self::MOST_SHOWN]);
        } catch (ApiException $unanswered) {
            return null;
        }
        $pauses = $this->view->pauses($state['pauses']);
        $latest = $this->view->history($latest['items']);

        return $this->view->document($state) + [
            'last' => $latest === [] ? null : $latest[0],
            'latest' => $latest,
            'pauses' => $pauses,
            'is_paused_here' => in_array('open_item', array_column($pauses, 'scope'), true),
        ];
    }
}
