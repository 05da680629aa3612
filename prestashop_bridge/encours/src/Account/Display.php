<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Account;

/**
 * Amounts, days and references as the shop writes them for whoever reads the page. It only shows: nothing is calculated.
 */
final class Display
{
    /** @var \Context */
    private $context;

    public function __construct(\Context $context)
    {
        $this->context = $context;
    }

    /** "€1,234.50" of "1234.50"; an amount that is not known is a dash. */
    public function amount(?string $amount, string $currency): string
    {
        if ($amount === null) {
            return '–';
        }
        try {
            return $this->context->getCurrentLocale()->formatPrice((float) $amount, $currency);
        } catch (\Exception $notInstalled) {
            // The credit line may be kept in a currency that the shop does not sell in.
            return $amount . ' ' . $currency;
        }
    }

    /** A calendar day such as "2026-03-31" the way this language writes it. */
    public function day(?string $day): string
    {
        return $day === null || $day === '' || $day === '0000-00-00' ? '–' : (string) \Tools::displayDate($day);
    }

    /** The day of an instant such as "2026-03-31T22:30:00Z" where the shop is. */
    public function dayOf(?string $instant): string
    {
        return $this->day($instant === null || $instant === '' ? null : date('Y-m-d', (int) strtotime($instant)));
    }

    /** In groups of four, as IBAN and payment references are printed; a reader takes them in without error. */
    public static function grouped(string $code): string
    {
        return trim(chunk_split((string) preg_replace('/\s+/', '', $code), 4, ' '));
    }

    /** How much of a whole an amount is, in whole percent for a bar; 100 at most. */
    public static function percent(string $part, string $whole): int
    {
        $of = (float) $whole;

        return $of > 0.0 ? (int) max(0, min(100, round(100 * (float) $part / $of))) : 0;
    }

    /** Whether an amount is above zero, whatever its decimals. */
    public static function isPositive(?string $amount): bool
    {
        return $amount !== null && $amount !== '' && $amount[0] !== '-' && trim($amount, '0.') !== '';
    }

    /** Whether an amount is anything but zero. */
    public static function isSomething(?string $amount): bool
    {
        return $amount !== null && trim($amount, '-0.') !== '';
    }
}
