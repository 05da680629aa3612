<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Install;

use EncoursModule\Config\Settings;

/**
 * The module's own order states, in all languages of the shop.
 */
final class OrderStates
{
    const TEXTS = [
        Settings::STATE_ACCEPTED_PAID => [
            'en' => 'Accepted on terms',
            'fr' => 'Accepté en paiement différé',
            'it' => 'Accettato con pagamento differito',
            'de' => 'Auf Rechnung angenommen',
            'es' => 'Aceptado con pago aplazado',
        ],
        Settings::STATE_ACCEPTED_UNPAID => [
            'en' => 'Accepted on terms, awaiting payment',
            'fr' => 'Accepté en paiement différé, en attente de paiement',
            'it' => 'Accettato con pagamento differito, in attesa di pagamento',
            'de' => 'Auf Rechnung angenommen, Zahlung offen',
            'es' => 'Aceptado con pago aplazado, pendiente de pago',
        ],
        Settings::STATE_SETTLED_OWN => [
            'en' => 'Paid (terms settled)',
            'fr' => 'Payé (échéance réglée)',
            'it' => 'Pagato (termini saldati)',
            'de' => 'Bezahlt (Rechnung ausgeglichen)',
            'es' => 'Pagado (plazo liquidado)',
        ],
    ];

    const FLAGS = [
        Settings::STATE_ACCEPTED_PAID => ['color' => '#25708f', 'paid' => true, 'invoice' => true, 'logable' => true],
        Settings::STATE_ACCEPTED_UNPAID => ['color' => '#34789b', 'paid' => false, 'invoice' => true, 'logable' => true],
        // Orders are settled after they were shipped: a state that is not would book their goods back as reserved.
        Settings::STATE_SETTLED_OWN => ['color' => '#3d7d1c', 'paid' => true, 'invoice' => true, 'logable' => true, 'shipped' => true],
    ];

    /** Creates what is missing, and takes back into use what an earlier installation left. */
    public function create(): bool
    {
        foreach (array_keys(self::TEXTS) as $key) {
            $state = new \OrderState((int) \Configuration::getGlobalValue($key) ?: null);
            if (\Validate::isLoadedObject($state)) {
                $state->deleted = false;
                if (!$state->update()) {
                    return false;
                }
                continue;
            }
            if (!$this->add($key)) {
                return false;
            }
        }

        return true;
    }

    /** Removes states that no order ever had, and hides the others: orders keep their history. */
    public function remove(): bool
    {
        foreach (array_keys(self::TEXTS) as $key) {
            $state = new \OrderState((int) \Configuration::getGlobalValue($key) ?: null);
            if (!\Validate::isLoadedObject($state)) {
                continue;
            }
            if (!$this->wasUsed((int) $state->id)) {
                $icon = $this->icon((int) $state->id);
                if (!$state->delete()) {
                    return false;
                }
                if (is_file($icon)) {
                    unlink($icon);
                }
                \Configuration::deleteByName($key);
                continue;
            }
            $state->deleted = true;
            if (!$state->update()) {
                return false;
            }
        }

        return true;
    }

    private function add(string $key): bool
    {
        $state = new \OrderState();
        $state->name = [];
        foreach (\Language::getLanguages(false) as $language) {
            $texts = self::TEXTS[$key];
            $state->name[(int) $language['id_lang']] = isset($texts[$language['iso_code']]) ? $texts[$language['iso_code']] : $texts['en'];
        }
        $flags = self::FLAGS[$key];
        $state->module_name = 'encours';
        $state->color = $flags['color'];
        $state->paid = $flags['paid'];
        $state->invoice = $flags['invoice'];
        $state->logable = $flags['logable'];
        $state->hidden = false;
        $state->delivery = false;
        $state->shipped = !empty($flags['shipped']);
        $state->send_email = false;
        $state->pdf_invoice = false;
        $state->pdf_delivery = false;
        $state->unremovable = true;
        $state->deleted = false;
        if (!$state->add()) {
            return false;
        }
        // The list of states shows an icon; without one it shows a broken image.
        @copy(dirname(__DIR__, 2) . '/views/img/state.gif', $this->icon((int) $state->id));

        return \Configuration::updateGlobalValue($key, (int) $state->id);
    }

    private function wasUsed(int $idState): bool
    {
        return (bool) \Db::getInstance()->getValue('SELECT 1 FROM `' . _DB_PREFIX_ . 'order_history` WHERE `id_order_state` = ' . $idState)
            || (bool) \Db::getInstance()->getValue('SELECT 1 FROM `' . _DB_PREFIX_ . 'orders` WHERE `current_state` = ' . $idState);
    }

    private function icon(int $idState): string
    {
        return _PS_ROOT_DIR_ . '/img/os/' . $idState . '.gif';
    }
}
