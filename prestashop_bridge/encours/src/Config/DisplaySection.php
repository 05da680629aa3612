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
use EncoursModule\Factory;

/**
 * What buyers read and see, and the bank account they transfer money to.
 */
final class DisplaySection implements Section
{
    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    public function save(Input $input): array
    {
        $settings = $this->factory->settings();
        $account = $this->accountOf($input);
        $labels = [];
        $terms = [];
        foreach ($this->languages() as $language) {
            $idLang = (int) $language['id_lang'];
            $labels[$idLang] = $input->text('option_label_' . $idLang, 120);
            $terms[$idLang] = $input->text('terms_of_use_' . $idLang, 10000);
        }
        $settings->setOptionLabel($labels);
        $settings->setTermsOfUse($terms);
        $settings->setShowCreditInNavigation($input->flag('show_navigation'));
        $settings->setShowInvoiceBlock($input->flag('show_invoice_block'));
        $settings->setAskPurchaseOrderNumber($input->flag('ask_purchase_order'));
        $saved = new Notice(Notice::SUCCESS, $this->l('Saved.'));
        if (self::same($account, $settings->bankAccount())) {
            return [$saved];
        }
        if ($settings->shopCode() === null) {
            return [$saved, new Notice(Notice::WARNING, $this->l('The bank account was not saved: it is kept in the service, so connect the shop first.'))];
        }
        try {
            $this->factory->essentials()->writeShopSettings(['bank_account' => $account], PolicySection::REASON);
        } catch (ApiException $failure) {
            return [$saved, $this->whyNotSaved($failure), new Notice(Notice::WARNING, $this->l('All but the bank account was saved.'))];
        }
        $settings->setBankAccount($account);

        return [$saved];
    }

    public function view(): array
    {
        $settings = $this->factory->settings();
        $notice = $this->readBankAccount();
        $languages = [];
        foreach ($this->languages() as $language) {
            $idLang = (int) $language['id_lang'];
            $languages[] = [
                'id' => $idLang,
                'iso' => (string) $language['iso_code'],
                'name' => (string) $language['name'],
                'option_label' => $settings->optionLabel($idLang),
                'terms_of_use' => $settings->termsOfUse($idLang),
            ];
        }

        return [
            'languages' => $languages,
            'default_language' => (int) \Context::getContext()->language->id,
            'show_navigation' => $settings->showCreditInNavigation(),
            'show_invoice_block' => $settings->showInvoiceBlock(),
            'ask_purchase_order' => $settings->askPurchaseOrderNumber(),
            'account' => $this->typedAccount() ?: ($settings->bankAccount() ?: ['holder' => '', 'iban' => '', 'bic' => '']),
            'failure' => $notice,
        ];
    }

    /**
     * The service's bank account is the one that counts; the shop keeps a copy for its invoices.
     *
     * @return string|null why it could not be read
     */
    private function readBankAccount(): ?string
    {
        if ($this->factory->settings()->shopCode() === null) {
            return null;
        }
        try {
            $held = $this->factory->essentials()->shopSettings();
        } catch (ApiException $failure) {
            return Notice::ofFailure($failure, $this->l('The service does not answer now: the bank account is the one this shop knew last.'))->text;
        }
        $account = is_array($held['bank_account']) ? $held['bank_account'] : null;
        if (!self::same($account, $this->factory->settings()->bankAccount())) {
            $this->factory->settings()->setBankAccount($account === null ? null : array_map('strval', $account));
        }

        return null;
    }

    private function whyNotSaved(ApiException $failure): Notice
    {
        if ($failure instanceof Refused) {
            $errors = isset($failure->problem()['errors']) ? $failure->problem()['errors'] : [];
            if (is_array($errors) && in_array('/settings/bank_account/iban', array_column($errors, 'pointer'), true)) {
                return new Notice(Notice::ERROR, $this->l('This IBAN is not valid: check it and save again.'));
            }
        }

        return Notice::ofFailure($failure, $this->l('The service does not answer now.'));
    }

    /** @return array{holder: string, iban: string, bic: string|null}|null */
    private function accountOf(Input $input): ?array
    {
        $account = $this->typedFields($input);
        if ($account['holder'] === '' && $account['iban'] === '' && $account['bic'] === '') {
            return null;
        }
        if ($account['holder'] === '' || $account['iban'] === '') {
            throw new InvalidInput($this->l('A bank account needs its holder and its IBAN. Leave all three fields empty to print none.'));
        }

        return ['holder' => $account['holder'], 'iban' => $account['iban'], 'bic' => $account['bic'] === '' ? null : $account['bic']];
    }

    /** @return array{holder: string, iban: string, bic: string}|null what was typed and may have been refused */
    private function typedAccount(): ?array
    {
        return isset($_POST['bank_iban']) ? $this->typedFields(Input::ofRequest()) : null;
    }

    /** @return array{holder: string, iban: string, bic: string} */
    private function typedFields(Input $input): array
    {
        return [
            'holder' => $input->text('bank_holder', 70),
            'iban' => strtoupper((string) preg_replace('/\s+/', '', $input->text('bank_iban', 64))),
            'bic' => strtoupper((string) preg_replace('/\s+/', '', $input->text('bank_bic', 16))),
        ];
    }

    /**
     * @param array<string, string|null>|null $one
     * @param array<string, string|null>|null $other
     */
    private static function same(?array $one, ?array $other): bool
    {
        $fields = function (?array $account): array {
            return $account === null ? [] : [(string) $account['holder'], (string) $account['iban'], isset($account['bic']) ? (string) $account['bic'] : ''];
        };

        return $fields($one) === $fields($other);
    }

    /** @return array<int, array<string, mixed>> */
    private function languages(): array
    {
        return \Language::getLanguages(true, $this->factory->idShop());
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'displaysection');
    }
}
