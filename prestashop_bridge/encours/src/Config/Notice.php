<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

use EncoursModule\Api\ApiException;
use EncoursModule\Api\Refused;

/**
 * A sentence for staff about what came of their request.
 */
final class Notice
{
    const SUCCESS = 'success';
    const INFO = 'info';
    const WARNING = 'warning';
    const ERROR = 'danger';

    /** @var string */
    public $kind;

    /** @var string */
    public $text;

    public function __construct(string $kind, string $text)
    {
        $this->kind = $kind;
        $this->text = $text;
    }

    /** What the service said when it refused, for staff; or that it did not answer. */
    public static function ofFailure(ApiException $failure, string $unavailable): self
    {
        if (!$failure instanceof Refused) {
            return new self(self::ERROR, $unavailable);
        }
        $problem = $failure->problem();
        $text = isset($problem['detail']) && is_string($problem['detail']) ? $problem['detail'] : $failure->problemCode();
        foreach (isset($problem['errors']) && is_array($problem['errors']) ? $problem['errors'] : [] as $error) {
            if (is_array($error) && isset($error['pointer'])) {
                $text .= ' ' . $error['pointer'] . (isset($error['detail']) ? ': ' . $error['detail'] : '') . '.';
            }
        }

        return new self(self::ERROR, $text . ' (' . $failure->problemCode() . ')');
    }

    /** @return array{kind: string, text: string} */
    public function toArray(): array
    {
        return ['kind' => $this->kind, 'text' => $this->text];
    }
}
