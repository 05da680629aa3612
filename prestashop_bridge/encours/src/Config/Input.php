<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * Reads what a person typed. A value that cannot be meant is null or an InvalidInput, never a guess.
 */
final class Input
{
    /** @var array<string, mixed> */
    private $posted;

    /** @param array<string, mixed> $posted */
    public function __construct(array $posted)
    {
        $this->posted = $posted;
    }

    public static function ofRequest(): self
    {
        return new self($_POST);
    }

    public function text(string $name, int $longest = 1000): string
    {
        $value = isset($this->posted[$name]) ? $this->posted[$name] : '';
        if (!is_string($value)) {
            return '';
        }
        $value = trim((string) preg_replace('/[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]/u', '', $value));

        return mb_substr($value, 0, $longest, 'UTF-8');
    }

    /** A text that has to be there. */
    public function required(string $name, string $complaint, int $longest = 1000): string
    {
        $value = $this->text($name, $longest);
        if ($value === '') {
            throw new InvalidInput($complaint);
        }

        return $value;
    }

    public function flag(string $name): bool
    {
        return in_array($this->text($name), ['1', 'on', 'true', 'yes'], true);
    }

    /**
     * One of the words given.
     *
     * @param string[] $words
     */
    public function choice(string $name, array $words, string $otherwise): string
    {
        $value = $this->text($name);

        return in_array($value, $words, true) ? $value : $otherwise;
    }

    /** A whole number that is not negative, or null for an empty field. */
    public function count(string $name, string $complaint): ?int
    {
        $value = $this->text($name);
        if ($value === '') {
            return null;
        }
        if (!preg_match('/^[0-9]{1,5}$/', $value)) {
            throw new InvalidInput($complaint);
        }

        return (int) $value;
    }

    /**
     * An amount as a decimal string, or null for an empty field. "1 234,50" and "1,234.50" are both understood; what has
     * two readings, such as "1,234", is refused.
     */
    public function amount(string $name, string $complaint): ?string
    {
        $value = $this->text($name);
        if ($value === '') {
            return null;
        }
        $value = (string) preg_replace("/[\\s\u{00A0}\u{202F}'\u{2019}]/u", '', $value);
        if (
            preg_match('/^(0|[1-9][0-9]{0,2}(?:[.,][0-9]{3})+)([.,])([0-9]{1,2})$/', $value, $parts)
            && strpos($parts[1], $parts[2]) === false
        ) {
            $value = str_replace(['.', ','], '', $parts[1]) . '.' . $parts[3];
        } elseif (preg_match('/^[1-9][0-9]{0,2}[.,][0-9]{3}$/', $value)) {
            throw new InvalidInput($complaint);
        } else {
            $value = str_replace(',', '.', $value);
        }
        if (!preg_match('/^[0-9]{1,13}(\.[0-9]{1,3})?$/', $value)) {
            throw new InvalidInput($complaint);
        }
        $value = ltrim($value, '0');

        return $value === '' || $value[0] === '.' ? '0' . $value : $value;
    }

    /** A calendar day as YYYY-MM-DD, or null for an empty field. */
    public function day(string $name, string $complaint): ?string
    {
        $value = $this->text($name);
        if ($value === '') {
            return null;
        }
        if (
            !preg_match('/^([0-9]{4})-([0-9]{2})-([0-9]{2})$/', $value, $parts)
            || !checkdate((int) $parts[2], (int) $parts[3], (int) $parts[1])
        ) {
            throw new InvalidInput($complaint);
        }

        return $value;
    }

    /**
     * The ids that were ticked, as integers.
     *
     * @return int[]
     */
    public function ids(string $name): array
    {
        $values = isset($this->posted[$name]) && is_array($this->posted[$name]) ? $this->posted[$name] : [];
        $ids = [];
        foreach ($values as $value) {
            if (is_string($value) && ctype_digit($value) && (int) $value > 0) {
                $ids[(int) $value] = (int) $value;
            }
        }

        return array_values($ids);
    }

    /**
     * The words that were ticked.
     *
     * @return string[]
     */
    public function words(string $name): array
    {
        $values = isset($this->posted[$name]) && is_array($this->posted[$name]) ? $this->posted[$name] : [];
        $words = [];
        foreach ($values as $value) {
            if (is_string($value) && preg_match('/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/', $value)) {
                $words[$value] = $value;
            }
        }

        return array_values($words);
    }

    /**
     * A choice per key, such as one for each group.
     *
     * @param string[] $words
     *
     * @return array<int, string>
     */
    public function choices(string $name, array $words): array
    {
        $values = isset($this->posted[$name]) && is_array($this->posted[$name]) ? $this->posted[$name] : [];
        $chosen = [];
        foreach ($values as $key => $value) {
            if (ctype_digit((string) $key) && in_array($value, $words, true)) {
                $chosen[(int) $key] = $value;
            }
        }

        return $chosen;
    }
}
