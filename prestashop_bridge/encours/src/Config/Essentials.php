<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

use EncoursModule\Api\Client;

/**
 * The essentials of the policy. They are kept in the service alone: read when the page opens, written when it is saved.
 */
final class Essentials
{
    /** @var Settings */
    private $settings;

    /** @var Client */
    private $client;

    public function __construct(Settings $settings, Client $client)
    {
        $this->settings = $settings;
        $this->client = $client;
    }

    /**
     * What holds in this shop now.
     *
     * @return array{policy: array<string, mixed>, settings: array<string, mixed>, terms: array<int, array<string, mixed>>, groups: array<string, array<string, mixed>>}
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function read(): array
    {
        $terms = $this->client->get('/v1/terms');

        return [
            'policy' => $this->client->get('/v1/policy/essentials'),
            'settings' => $this->shopSettings(),
            'terms' => array_values(array_filter($terms['items'], function (array $term) { return $term['is_active']; })),
            'groups' => $this->groups(),
        ];
    }

    /**
     * What the service holds for this shop.
     *
     * @return array<string, mixed>
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function shopSettings(): array
    {
        return $this->client->get('/v1/shops/' . rawurlencode((string) $this->settings->shopCode()) . '/settings');
    }

    /**
     * Changes settings of this shop; those that are not named stay.
     *
     * @param array<string, mixed> $settings
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function writeShopSettings(array $settings, string $reason): void
    {
        $path = '/v1/shops/' . rawurlencode((string) $this->settings->shopCode());
        $this->client->send('PATCH', $path, ['settings' => $settings, 'reason' => $reason], self::newKey());
    }

    /**
     * @param array<string, mixed> $policy as PUT /v1/policy/essentials takes it
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function writePolicy(array $policy): void
    {
        $this->client->send('PUT', '/v1/policy/essentials', $policy, self::newKey());
    }

    /**
     * Says of each group whether it lets in (`allow`), keeps out (`deny`) or leaves it to the rules (`null`). Limits and
     * terms of a group stay; a group that means nothing and never did is not defined.
     *
     * @param array<int, string|null> $positions by id_group
     * @param array<int, string> $names by id_group
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function writeGroups(array $positions, array $names, string $reason): void
    {
        $defined = $this->groups();
        foreach ($positions as $idGroup => $position) {
            $code = self::groupCode($idGroup);
            $group = isset($defined[$code]) ? $defined[$code] : null;
            if ($position === ($group === null ? null : $group['position'])) {
                continue;
            }
            $this->client->send('PUT', '/v1/groups/' . $code, [
                'name' => isset($names[$idGroup]) ? $names[$idGroup] : $code,
                'position' => $position,
                'limit' => $group === null ? null : $group['limit'],
                'default_terms' => $group === null ? null : $group['default_terms'],
                'allowed_terms' => $group === null ? null : $group['allowed_terms'],
                'reason' => $reason,
            ], self::newKey());
        }
    }

    public static function groupCode(int $idGroup): string
    {
        return 'ps-' . $idGroup;
    }

    /**
     * All groups that are defined, by code.
     *
     * @return array<string, array<string, mixed>>
     */
    private function groups(): array
    {
        $groups = [];
        $cursor = null;
        do {
            $page = $this->client->get('/v1/groups', $cursor === null ? ['limit' => 200] : ['limit' => 200, 'cursor' => $cursor]);
            foreach ($page['items'] as $group) {
                $groups[$group['code']] = $group;
            }
            $cursor = $page['next_cursor'];
        } while ($cursor !== null);

        return $groups;
    }

    /** Everything sent here states how things shall be, so a repeat of it is harmless: a new key for each sending. */
    private static function newKey(): string
    {
        return 'config-' . bin2hex(random_bytes(16));
    }
}
