<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * What a person typed cannot be used; the message is a sentence for that person.
 */
final class InvalidInput extends \RuntimeException
{
}
