<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Api;

/**
 * A call that gave no answer to work with: Unavailable (try again) or Refused (it will not change by itself).
 */
abstract class ApiException extends \Exception
{
}
