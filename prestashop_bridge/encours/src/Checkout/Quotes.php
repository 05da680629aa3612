<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

use EncoursModule\Api\ApiException;
use EncoursModule\Api\Client;
use EncoursModule\Api\Unavailable;
use EncoursModule\Sync\Sql;

/**
 * Quotes of carts: core asks for payment options on every display of the checkout, several times per order (S59), so an
 * answer is kept for some seconds and a page never calls twice.
 */
final class Quotes
{
    const SECONDS = 15;

    /** @var Client */
    private $client;

    /** @var int */
    private $idShop;

    /** @var callable */
    private $clock;

    /** @var array<string, Quote|null> what this page has asked already, by question */
    private $asked = [];

    /** @var bool */
    private $hasCalled = false;

    /** @var array<int, array<string, mixed>|null> what was stored when this page first looked, by cart */
    private $stored = [];

    public function __construct(Client $client, int $idShop, callable $clock)
    {
        $this->client = $client;
        $this->idShop = $idShop;
        $this->clock = $clock;
    }

    /** Null: there is no answer now, so nothing is offered. */
    public function of(CartSnapshot $cart): ?Quote
    {
        $kept = $this->kept($cart->idCart());
        $body = $this->question($cart);
        $question = hash('sha256', (string) json_encode($body));
        if (array_key_exists($question, $this->asked)) {
            return $this->asked[$question];
        }
        $now = ($this->clock)();
        if ($kept !== null && $kept['question'] === $question && (int) $kept['expires_at'] > $now && (int) $kept['expires_at'] <= $now + self::SECONDS) {
            return $this->asked[$question] = new Quote((array) json_decode((string) $kept['answer'], true));
        }
        // One call per page, whatever comes of it.
        $this->asked[$question] = $this->hasCalled ? null : $this->ask($cart, $body, $question);

        return $this->asked[$question];
    }

    /**
     * What both questions, for a quote and for a hold, say of the cart.
     *
     * @return array<string, mixed>
     */
    public function question(CartSnapshot $cart): array
    {
        $body = [
            'company' => (string) $cart->idCustomer(),
            'buyer' => (string) $cart->idCustomer(),
            'amount' => $cart->amount(),
            'currency' => $cart->currency(),
        ];
        $rate = $cart->exchangeRateTo($this->creditCurrency($this->kept($cart->idCart())));

        return $rate === null ? $body : $body + ['exchange_rate' => $rate];
    }

    /** Forgets what the answer was, for instance because it was acted on. */
    public function forget(int $idCart): void
    {
        \Db::getInstance()->execute('UPDATE `' . _DB_PREFIX_ . 'encours_quote` SET `expires_at` = 0 WHERE `id_cart` = ' . $idCart);
        $this->asked = [];
    }

    /** Rows of carts that nobody looks at any more; for the sweep. */
    public function forgetOld(): void
    {
        \Db::getInstance()->execute('DELETE FROM `' . _DB_PREFIX_ . 'encours_quote` WHERE `id_shop` = ' . $this->idShop . ' AND `expires_at` < ' . (($this->clock)() - 86400) . ' LIMIT 5000');
    }

    /**
     * @param array<string, mixed> $body
     */
    private function ask(CartSnapshot $cart, array $body, string $question): ?Quote
    {
        $this->hasCalled = true;
        try {
            $answer = $this->client->ask('/v1/quotes', $body);
        } catch (ApiException $none) {
            $this->log($none);

            return null;
        }
        $quote = new Quote($answer);
        $isRateRight = !isset($body['exchange_rate']) || in_array($quote->creditCurrency(), [null, $cart->currency()], true)
            || $cart->exchangeRateTo($quote->creditCurrency()) === $body['exchange_rate'];
        \Db::getInstance()->execute(Sql::insert('encours_quote', [
            'id_cart' => $cart->idCart(),
            'id_shop' => $this->idShop,
            'question' => $question,
            'answer' => (string) json_encode($answer, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES),
            'expires_at' => $isRateRight ? ($this->clock)() + self::SECONDS : 0,
        ]) . ' ON DUPLICATE KEY UPDATE `id_shop` = VALUES(`id_shop`), `question` = VALUES(`question`), `answer` = VALUES(`answer`), `expires_at` = VALUES(`expires_at`)');

        // The credit line is in another currency than was assumed: the next page asks with its rate.
        return $isRateRight ? $quote : null;
    }

    /**
     * The credit line's currency as the last answer for this cart told it; until there is one, the shop's own.
     *
     * @param array<string, mixed>|null $kept
     */
    private function creditCurrency(?array $kept): string
    {
        $answer = $kept === null ? null : json_decode((string) $kept['answer'], true);

        return is_array($answer) && isset($answer['credit_currency']) && is_string($answer['credit_currency'])
            ? $answer['credit_currency']
            : (string) \Currency::getDefaultCurrency()->iso_code;
    }

    /**
     * @return array<string, mixed>|null
     */
    private function kept(int $idCart): ?array
    {
        if (!array_key_exists($idCart, $this->stored)) {
            $rows = \Db::getInstance()->executeS('SELECT `question`, `answer`, `expires_at` FROM `' . _DB_PREFIX_ . 'encours_quote` WHERE `id_cart` = ' . $idCart . ' AND `id_shop` = ' . $this->idShop, true, false);
            $this->stored[$idCart] = $rows ? $rows[0] : null;
        }

        return $this->stored[$idCart];
    }

    /** The shop's log keeps one of equal messages, so an outage is told once (S24). */
    private function log(ApiException $reason): void
    {
        if ($reason instanceof Unavailable && $reason->wasNotTried()) {
            return;
        }
        $message = (string) preg_replace('/ after [0-9]+ (ms|milliseconds)/', '', $reason->getMessage());
        \PrestaShopLogger::addLog('Encours: the payment option is not offered, because no quote came: ' . $message, 2, null, 'Encours');
    }
}
