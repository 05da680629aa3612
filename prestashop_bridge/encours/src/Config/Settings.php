<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * The stored settings of one shop, typed. What is missing or cannot be understood is null or withholds the payment
 * option (`isUsable`); it never falls back to a guess (G07).
 */
final class Settings
{
    const URL = 'ENCOURS_URL';
    const KEY = 'ENCOURS_KEY';
    const CALLBACK_SECRET = 'ENCOURS_CALLBACK_SECRET';
    const CRON_TOKEN = 'ENCOURS_CRON_TOKEN';
    const SHOP_CODE = 'ENCOURS_SHOP_CODE';
    const PAID_MODE = 'ENCOURS_PAID_MODE';
    const STATE_ACCEPTED_PAID = 'ENCOURS_OS_ACCEPTED_PAID';
    const STATE_ACCEPTED_UNPAID = 'ENCOURS_OS_ACCEPTED_UNPAID';
    const STATE_SETTLED_OWN = 'ENCOURS_OS_SETTLED';
    const SETTLED_STATE = 'ENCOURS_SETTLED_STATE';
    const START_STATES = 'ENCOURS_START_STATES';
    const CANCEL_STATES = 'ENCOURS_CANCEL_STATES';
    const SHOW_NAVIGATION = 'ENCOURS_SHOW_NAVIGATION';
    const SHOW_INVOICE_BLOCK = 'ENCOURS_SHOW_INVOICE_BLOCK';
    const SHOW_REFUSAL = 'ENCOURS_SHOW_REFUSAL';
    const ASK_PURCHASE_ORDER = 'ENCOURS_ASK_PURCHASE_ORDER';
    const TERMS_OF_USE = 'ENCOURS_TERMS_OF_USE';
    const OPTION_LABEL = 'ENCOURS_OPTION_LABEL';
    const BANK_ACCOUNT = 'ENCOURS_BANK_ACCOUNT';
    const KEEP_ON_UNINSTALL = 'ENCOURS_KEEP_ON_UNINSTALL';

    const PAID = 'paid';
    const BOOKKEEPING = 'bookkeeping';

    /** Everything above, for uninstalling. Keys of the states and KEEP_ON_UNINSTALL are handled by the installer. */
    const KEYS = [
        self::URL, self::KEY, self::CALLBACK_SECRET, self::CRON_TOKEN, self::SHOP_CODE, self::PAID_MODE,
        self::SETTLED_STATE, self::START_STATES, self::CANCEL_STATES, self::SHOW_NAVIGATION, self::SHOW_INVOICE_BLOCK,
        self::SHOW_REFUSAL, self::ASK_PURCHASE_ORDER, self::TERMS_OF_USE, self::OPTION_LABEL, self::BANK_ACCOUNT,
    ];

    /** @var int */
    private $idShop;

    /** @var array<string, string|null> secrets of this page, so that each is decrypted once */
    private $secrets = [];

    public function __construct(int $idShop)
    {
        $this->idShop = $idShop;
    }

    public function idShop(): int
    {
        return $this->idShop;
    }

    // Connection

    /** Without a slash at its end. */
    public function url(): ?string
    {
        $url = rtrim($this->text(self::URL), '/');

        return preg_match('~^https?://[^\s/?#@]+(/[^\s?#]*)?$~Di', $url) ? $url : null;
    }

    public function key(): ?string
    {
        return $this->secret(self::KEY);
    }

    public function isConnected(): bool
    {
        return $this->url() !== null && $this->key() !== null;
    }

    /** Code of this shop in the service; null until the connection was tested. Without a key of its own it is another shop's. */
    public function shopCode(): ?string
    {
        return $this->key() === null ? null : ($this->text(self::SHOP_CODE) ?: null);
    }

    public function callbackSecret(): ?string
    {
        return $this->secret(self::CALLBACK_SECRET);
    }

    public function cronToken(): ?string
    {
        return $this->secret(self::CRON_TOKEN);
    }

    public function setUrl(string $url): void
    {
        $this->put(self::URL, rtrim(trim($url), '/'));
    }

    public function setKey(string $key): void
    {
        $this->putSecret(self::KEY, trim($key));
    }

    public function setShopCode(string $code): void
    {
        $this->put(self::SHOP_CODE, $code);
    }

    public function setCallbackSecret(string $secret): void
    {
        $this->putSecret(self::CALLBACK_SECRET, $secret);
    }

    public function setCronToken(string $token): void
    {
        $this->putSecret(self::CRON_TOKEN, $token);
    }

    // Orders

    /** Whether everything that a checkout needs is there and understood. */
    public function isUsable(): bool
    {
        return $this->isConnected() && $this->paidMode() !== null && $this->acceptedState() !== null;
    }

    /** `paid` or `bookkeeping` (S4); null if what is stored is neither. */
    public function paidMode(): ?string
    {
        $mode = $this->text(self::PAID_MODE);

        return in_array($mode, [self::PAID, self::BOOKKEEPING], true) ? $mode : null;
    }

    /** State that a new order on terms gets. */
    public function acceptedState(): ?int
    {
        return $this->state($this->paidMode() === self::BOOKKEEPING ? self::STATE_ACCEPTED_UNPAID : self::STATE_ACCEPTED_PAID);
    }

    /**
     * @return int[] the states an order on terms can have been accepted in, whatever the mode was then
     */
    public function acceptedStates(): array
    {
        return array_values(array_filter([$this->state(self::STATE_ACCEPTED_PAID), $this->state(self::STATE_ACCEPTED_UNPAID)]));
    }

    /** State that an order gets when nothing is left to pay. */
    public function settledState(): ?int
    {
        return $this->state(self::SETTLED_STATE) ?: $this->state(self::STATE_SETTLED_OWN);
    }

    /**
     * @return int[]
     */
    public function startStates(): array
    {
        return $this->ids(self::START_STATES);
    }

    /**
     * @return int[]
     */
    public function cancelStates(): array
    {
        return $this->ids(self::CANCEL_STATES);
    }

    public function setPaidMode(string $mode): void
    {
        if (!in_array($mode, [self::PAID, self::BOOKKEEPING], true)) {
            throw new \InvalidArgumentException('Unknown paid mode: ' . $mode);
        }
        $this->put(self::PAID_MODE, $mode);
    }

    public function setSettledState(int $idState): void
    {
        $this->put(self::SETTLED_STATE, (string) $idState);
    }

    /**
     * @param int[] $ids
     */
    public function setStartStates(array $ids): void
    {
        $this->put(self::START_STATES, implode(',', array_map('intval', $ids)));
    }

    /**
     * @param int[] $ids
     */
    public function setCancelStates(array $ids): void
    {
        $this->put(self::CANCEL_STATES, implode(',', array_map('intval', $ids)));
    }

    // What buyers see

    public function showCreditInNavigation(): bool
    {
        return $this->flag(self::SHOW_NAVIGATION);
    }

    public function showInvoiceBlock(): bool
    {
        return $this->flag(self::SHOW_INVOICE_BLOCK);
    }

    /** Whether a buyer who is refused reads one polite sentence; else the option is simply not there. */
    public function refusalIsShown(): bool
    {
        return $this->flag(self::SHOW_REFUSAL);
    }

    public function askPurchaseOrderNumber(): bool
    {
        return $this->flag(self::ASK_PURCHASE_ORDER);
    }

    /** Empty: nothing to agree to. Plain text; a line that is an address becomes no link. */
    public function termsOfUse(int $idLang): string
    {
        return $this->text(self::TERMS_OF_USE, $idLang);
    }

    /** Empty: the module's own words. */
    public function optionLabel(int $idLang): string
    {
        return $this->text(self::OPTION_LABEL, $idLang);
    }

    /**
     * @return array{holder: string, iban: string, bic: string}|null as the service knows it
     */
    public function bankAccount(): ?array
    {
        $account = json_decode($this->text(self::BANK_ACCOUNT), true);
        if (!is_array($account) || empty($account['holder']) || empty($account['iban'])) {
            return null;
        }

        return ['holder' => (string) $account['holder'], 'iban' => (string) $account['iban'], 'bic' => (string) ($account['bic'] ?? '')];
    }

    public function setShowCreditInNavigation(bool $show): void
    {
        $this->put(self::SHOW_NAVIGATION, $show ? '1' : '0');
    }

    public function setShowInvoiceBlock(bool $show): void
    {
        $this->put(self::SHOW_INVOICE_BLOCK, $show ? '1' : '0');
    }

    public function setRefusalIsShown(bool $show): void
    {
        $this->put(self::SHOW_REFUSAL, $show ? '1' : '0');
    }

    public function setAskPurchaseOrderNumber(bool $ask): void
    {
        $this->put(self::ASK_PURCHASE_ORDER, $ask ? '1' : '0');
    }

    /**
     * @param array<int, string> $texts by language
     */
    public function setTermsOfUse(array $texts): void
    {
        $this->putTexts(self::TERMS_OF_USE, $texts);
    }

    /**
     * @param array<int, string> $labels by language
     */
    public function setOptionLabel(array $labels): void
    {
        $this->putTexts(self::OPTION_LABEL, $labels);
    }

    /**
     * @param array<string, string>|null $account
     */
    public function setBankAccount(?array $account): void
    {
        $this->put(self::BANK_ACCOUNT, $account === null ? '' : (string) json_encode($account));
    }

    // Uninstalling: one answer for all shops, because the module is uninstalled for all.

    public static function isKeptOnUninstall(): bool
    {
        return \Configuration::getGlobalValue(self::KEEP_ON_UNINSTALL) !== '0';
    }

    public static function keepOnUninstall(bool $keep): void
    {
        \Configuration::updateGlobalValue(self::KEEP_ON_UNINSTALL, $keep ? '1' : '0');
    }

    private function text(string $key, ?int $idLang = null): string
    {
        return (string) \Configuration::get($key, $idLang, null, $this->idShop);
    }

    private function flag(string $key): bool
    {
        return $this->text($key) === '1';
    }

    private function state(string $key): ?int
    {
        return (int) $this->text($key) ?: null;
    }

    /**
     * @return int[]
     */
    private function ids(string $key): array
    {
        return array_values(array_filter(array_map('intval', explode(',', $this->text($key)))));
    }

    private function put(string $key, string $value): void
    {
        \Configuration::updateValue($key, $value, false, null, $this->idShop);
    }

    /**
     * Core learns which values have languages only as it loads them: a text stored for the first time would read as
     * empty until the next page, and the form that shows it would erase it.
     *
     * @param array<int, string> $texts by language
     */
    private function putTexts(string $key, array $texts): void
    {
        \Configuration::updateValue($key, $texts, false, null, $this->idShop);
        \Configuration::loadConfiguration();
    }

    /**
     * A secret is stored encrypted and names its shop: a value that a second shop inherits from "all shops" is not its own.
     */
    private function secret(string $key): ?string
    {
        $stored = $this->text($key);
        if (!array_key_exists($stored, $this->secrets)) {
            $this->secrets[$stored] = $this->decrypt($stored);
        }

        return $this->secrets[$stored];
    }

    private function decrypt(string $stored): ?string
    {
        $parts = explode(':', $stored, 2);
        if (count($parts) !== 2 || (int) $parts[0] !== $this->idShop) {
            return null;
        }
        try {
            $secret = (new \PhpEncryption(_NEW_COOKIE_KEY_))->decrypt($parts[1]);
        } catch (\Exception $unreadable) {
            return null;
        }

        return is_string($secret) && $secret !== '' ? $secret : null;
    }

    private function putSecret(string $key, string $secret): void
    {
        $this->put($key, $secret === '' ? '' : $this->idShop . ':' . (new \PhpEncryption(_NEW_COOKIE_KEY_))->encrypt($secret));
    }
}
