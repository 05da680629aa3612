<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Account;

use EncoursModule\Config\Settings;

/**
 * The bank account that buyers transfer money to, as it is printed.
 */
final class HowToPay
{
    /** @var Settings */
    private $settings;

    public function __construct(Settings $settings)
    {
        $this->settings = $settings;
    }

    /**
     * @return array{holder: string, iban: string, bic: string}|null null: none is set, nothing is printed
     */
    public function bank(): ?array
    {
        $account = $this->settings->bankAccount();
        if (empty($account['iban'])) {
            return null;
        }

        return [
            'holder' => isset($account['holder']) ? (string) $account['holder'] : '',
            'iban' => Display::grouped((string) $account['iban']),
            'bic' => isset($account['bic']) ? (string) $account['bic'] : '',
        ];
    }
}
