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
 * Where the service posts what happens to this shop's orders and customers, and the secret that its messages are signed
 * with.
 */
final class CallbackSubscription
{
    const EVENT_TYPES = ['order.due_date_fixed', 'order.settled', 'order.unsettled', 'order.cancelled', 'order.flagged', 'hold.expired', 'company.credit_changed'];

    /** @var Settings */
    private $settings;

    /** @var Client */
    private $client;

    /** @var string where this shop listens */
    private $url;

    public function __construct(Settings $settings, Client $client, string $url)
    {
        $this->settings = $settings;
        $this->client = $client;
        $this->url = $url;
    }

    public function url(): string
    {
        return $this->url;
    }

    /**
     * Sets the address, which also switches on again what was given up, and makes sure that this shop has the secret.
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function renew(): void
    {
        $callback = $this->client->send('PUT', '/v1/callback', ['url' => $this->url, 'event_types' => self::EVENT_TYPES], self::newKey());
        $secret = $callback['secret'];
        if ($secret === null && $this->settings->callbackSecret() === null) {
            // The service shows a secret once; a shop that has lost it asks for another.
            $secret = $this->client->send('POST', '/v1/webhooks/' . rawurlencode((string) $callback['id']) . '/rotate-secret', ['overlap_hours' => 0], self::newKey())['secret'];
        }
        if (is_string($secret)) {
            $this->settings->setCallbackSecret($secret);
        }
    }

    /**
     * What the service knows of it; null if nothing is posted to this shop.
     *
     * @return array<string, mixed>|null
     *
     * @throws \EncoursModule\Api\ApiException
     */
    public function current(): ?array
    {
        foreach ($this->client->get('/v1/webhooks', ['limit' => 200])['items'] as $subscription) {
            if ($subscription['kind'] === 'callback' && $subscription['shop'] === $this->settings->shopCode()) {
                return $subscription;
            }
        }

        return null;
    }

    private static function newKey(): string
    {
        return 'callback-' . bin2hex(random_bytes(16));
    }
}
