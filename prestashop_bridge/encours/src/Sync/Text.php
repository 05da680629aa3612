<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

/**
 * Texts of the shop as the service takes them.
 */
final class Text
{
    /**
     * No control characters, no spaces around, not too long.
     *
     * @param mixed $text
     */
    public static function clean($text): string
    {
        $clean = preg_replace('/[\x00-\x1f\x7f]+/u', ' ', (string) $text);

        return trim(mb_substr(trim((string) $clean), 0, 250, 'UTF-8'));
    }

    /** @param array<string, mixed> $person */
    public static function name(array $person): string
    {
        return trim($person['firstname'] . ' ' . $person['lastname']);
    }

    /**
     * @param string[] $texts
     */
    public static function first(array $texts): ?string
    {
        foreach ($texts as $text) {
            if ($text !== '') {
                return $text;
            }
        }

        return null;
    }
}
