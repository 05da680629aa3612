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
 * How a customer's company is reminded, for the customer page of the back office.
 */
final class CompanyReminders
{
    const MOST_SHOWN = 5;

    /** What the page sends to take the customer's own policy away; no policy can be called so. */
    const AS_OTHERS = '-';

    /** @var Client */
    private $client;

    /** @var ReminderTexts */
    private $texts;

    /** @var ReminderView */
    private $view;

    public function __construct(Client $client, \Module $module, Display $display)
    {
        $this->client = $client;
        $this->texts = new ReminderTexts($module);
        $this->view = new ReminderView($this->texts, $display);
    }

    /**
     * @param bool $mayChoose whether the policies to choose from are wanted, too
     *
     * @return array<string, mixed>|null null if the service does not say; the rest of the page needs no reminders
     */
    public function read(int $idCustomer, bool $mayChoose): ?array
    {
        try {
            $state = $this->client->get('/v1/companies/' . $idCustomer . '/reminders');
            $latest = $this->client->get('/v1/reminders', ['company' => (string) $idCustomer, 'limit' => self::MOST_SHOWN]);
            $known = $mayChoose ? $this->client->get('/v1/reminder-policies')['items'] : [];
        } catch (ApiException $unanswered) {
            return null;
        }
        $names = array_column($known, 'name', 'code');
        $policy = (string) $state['policy'];

        return [
            'policy' => $policy === '' ? null : $this->texts->policy($policy, isset($names[$policy]) ? (string) $names[$policy] : ''),
            'chosen_by' => $this->texts->chooser((string) $state['chosen_by']),
            'choices' => $mayChoose ? $this->choices($state['chosen_by'] === 'company' ? $policy : self::AS_OTHERS, $names) : [],
            'pauses' => $this->view->pauses($state['pauses']),
            'level' => max(array_merge([0], array_column($state['items'], 'level'))),
            'next' => $this->next($state['items']),
            'latest' => $this->view->history($latest['items']),
        ];
    }

    /**
     * The document that is reminded first; if none is, the oldest, which says why not.
     *
     * @param array<int, array<string, mixed>> $items
     *
     * @return array<string, mixed>|null
     */
    private function next(array $items): ?array
    {
        $planned = array_filter($items, function (array $item): bool { return $item['next'] !== null; });
        usort($planned, function (array $one, array $other): int { return strcmp($one['next']['at'], $other['next']['at']); });
        $first = array_merge($planned, $items);

        return $first === [] ? null : $this->view->document($first[0]);
    }

    /**
     * @param array<string, string> $names by code
     *
     * @return array<int, array{code: string, name: string, is_chosen: bool}>
     */
    private function choices(string $chosen, array $names): array
    {
        $choices = [];
        foreach (array_unique(array_merge(['none'], array_keys($names), $chosen === self::AS_OTHERS ? [] : [$chosen])) as $code) {
            $choices[] = [
                'code' => (string) $code,
                'name' => $this->texts->policy((string) $code, isset($names[$code]) ? (string) $names[$code] : ''),
                'is_chosen' => $code === $chosen,
            ];
        }

        return $choices;
    }
}
