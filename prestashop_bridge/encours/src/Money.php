<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule;

/**
 * The one place where an amount of PrestaShop, a float, becomes the decimal string that the service takes.
 */
final class Money
{
    /** Decimals of ISO 4217, where they are not two. */
    const EXPONENTS = [
        'BIF' => 0, 'CLP' => 0, 'DJF' => 0, 'GNF' => 0, 'ISK' => 0, 'JPY' => 0, 'KMF' => 0, 'KRW' => 0, 'PYG' => 0,
        'RWF' => 0, 'UGX' => 0, 'VND' => 0, 'VUV' => 0, 'XAF' => 0, 'XOF' => 0, 'XPF' => 0,
        'BHD' => 3, 'IQD' => 3, 'JOD' => 3, 'KWD' => 3, 'LYD' => 3, 'OMR' => 3, 'TND' => 3,
    ];

    /**
     * @param float|int|string $amount as core keeps it
     */
    public static function of($amount, \Currency $currency): string
    {
        $exponent = self::exponent((string) $currency->iso_code);
        $precision = isset($currency->precision) ? min((int) $currency->precision, $exponent) : $exponent;

        return self::format((float) \Tools::ps_round((float) $amount, $precision), $exponent);
    }

    public static function exponent(string $isoCode): int
    {
        return isset(self::EXPONENTS[$isoCode]) ? self::EXPONENTS[$isoCode] : 2;
    }

    /** Minor units, such as cents, of a decimal string. */
    public static function minor(string $amount, string $isoCode): int
    {
        $exponent = self::exponent($isoCode);
        $fraction = $exponent === 0 ? '' : '(?:\.([0-9]{1,' . $exponent . '}))?';
        if (!preg_match('/^(-?)([0-9]{1,13})' . $fraction . '$/D', $amount, $parts)) {
            throw new \InvalidArgumentException('Not an amount: ' . $amount);
        }
        $minor = (int) ($parts[2] . substr(str_pad(isset($parts[3]) ? $parts[3] : '', $exponent, '0'), 0, $exponent));

        return $parts[1] === '-' ? -$minor : $minor;
    }

    public static function ofMinor(int $minor, string $isoCode): string
    {
        $exponent = self::exponent($isoCode);
        $digits = str_pad((string) abs($minor), $exponent + 1, '0', STR_PAD_LEFT);
        $text = $exponent === 0 ? $digits : substr($digits, 0, -$exponent) . '.' . substr($digits, -$exponent);

        return ($minor < 0 ? '-' : '') . $text;
    }

    private static function format(float $amount, int $exponent): string
    {
        $text = number_format($amount, $exponent, '.', '');

        return (float) $text === 0.0 ? ltrim($text, '-') : $text;
    }
}
