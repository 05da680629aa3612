<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * What an employee's profile may do, as set for the tab "Encours" on PrestaShop's permissions page: `View` to look,
 * `Add` to write down what happened (money, disputes, promises), `Edit` to decide (limits, overrides, more time).
 */
final class Permissions
{
    const LOOK = 'READ';
    const RECORD = 'CREATE';
    const DECIDE = 'UPDATE';

    /** @var int */
    private $idProfile;

    public function __construct(int $idProfile)
    {
        $this->idProfile = $idProfile;
    }

    public static function ofEmployee(): self
    {
        $employee = \Context::getContext()->employee;

        return new self($employee === null ? 0 : (int) $employee->id_profile);
    }

    public function may(string $what): bool
    {
        return $this->idProfile > 0
            && (bool) \Access::isGranted('ROLE_MOD_TAB_ADMINENCOURS_' . $what, $this->idProfile);
    }
}
