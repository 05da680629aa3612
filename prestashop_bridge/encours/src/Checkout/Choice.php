<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

/**
 * What the buyer sent with the form of the payment option.
 */
final class Choice
{
    /** @var bool whether the form was ours */
    public $isGenuine;

    /** @var int */
    public $idCart;

    /** @var string what the cart was when the form was shown */
    public $cartHash;

    /** @var string|null null: the default */
    public $terms;

    /** @var string|null */
    public $purchaseOrderNumber;

    /** @var bool */
    public $hasAgreed;

    public function __construct(bool $isGenuine, int $idCart, string $cartHash, ?string $terms, ?string $purchaseOrderNumber, bool $hasAgreed)
    {
        $this->isGenuine = $isGenuine;
        $this->idCart = $idCart;
        $this->cartHash = $cartHash;
        $this->terms = $terms;
        $this->purchaseOrderNumber = $purchaseOrderNumber;
        $this->hasAgreed = $hasAgreed;
    }

    public static function sent(): self
    {
        $token = \Tools::getValue('token');
        $hash = self::text('cart_hash', 64);
        $terms = self::text('terms', 64);

        return new self(
            is_string($token) && hash_equals(\Tools::getToken(false), $token),
            (int) \Tools::getValue('id_cart'),
            preg_match('/^[0-9a-f]{64}$/D', $hash) ? $hash : '',
            preg_match('/^[A-Za-z0-9][A-Za-z0-9._-]*$/D', $terms) ? $terms : null,
            self::text('purchase_order_number', 128) ?: null,
            \Tools::getValue('agreed') === '1'
        );
    }

    /** One line, without control characters, cut to what is taken. */
    private static function text(string $name, int $length): string
    {
        $sent = \Tools::getValue($name);
        $line = is_string($sent) ? preg_replace('/[\x00-\x1f\x7f]+/u', ' ', $sent) : '';

        return trim(\Tools::substr(trim((string) $line), 0, $length));
    }
}
