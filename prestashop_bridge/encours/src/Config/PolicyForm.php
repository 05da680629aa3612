<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

use EncoursModule\Account\TermsLabel;

/**
 * What the service holds, laid out as the fields of the policy page.
 */
final class PolicyForm
{
    /**
     * @param array{policy: array<string, mixed>, settings: array<string, mixed>, terms: array<int, array<string, mixed>>, groups: array<string, array<string, mixed>>} $held
     * @param array<int, string> $groupNames by id_group
     *
     * @return array<string, mixed>
     */
    public static function of(array $held, array $groupNames, TermsLabel $labels): array
    {
        $policy = $held['policy'];
        $settings = $held['settings'];
        $groups = [];
        foreach ($groupNames as $idGroup => $name) {
            $code = Essentials::groupCode($idGroup);
            $position = isset($held['groups'][$code]['position']) ? $held['groups'][$code]['position'] : null;
            $groups[] = ['id' => $idGroup, 'name' => $name, 'position' => $position === null ? 'rules' : $position];
        }

        return [
            'is_custom' => $policy['admission'] === null,
            'is_inherited' => $policy['source'] === 'merchant',
            'admission' => $policy['admission'] === null ? '' : $policy['admission'],
            'requirements' => $policy['requirements'],
            'blocks' => $policy['settings'],
            'limit' => $settings['default_limit'],
            'default_terms' => $settings['default_terms'],
            'terms' => self::terms($held['terms'], $settings, $labels),
            'is_agreed' => $settings['terms_agreed_in_contract'],
            'reminder_policy' => $settings['reminder_policy'],
            'own_reminder_policy' => in_array($settings['reminder_policy'], PolicySection::REMINDERS, true) ? null : $settings['reminder_policy'],
            'groups' => $groups,
        ];
    }

    /**
     * The same fields as somebody has just filled them in, so that a mistake in one does not lose the others.
     *
     * @param array<string, mixed> $form
     *
     * @return array<string, mixed>
     */
    public static function retyped(array $form, Input $typed): array
    {
        $positions = $typed->choices('group_position', ['allow', 'deny', 'rules']);
        $form['admission'] = $typed->text('admission');
        $form['requirements'] = [
            'valid_vat_number' => $typed->flag('valid_vat_number'),
            'vat_unknown' => $typed->text('vat_unknown'),
            'completed_orders' => $typed->text('completed_orders'),
            'net_spend_12m' => $typed->text('net_spend_12m'),
        ];
        foreach (['unpaid_orders_allowed', 'overdue_margin_days', 'minimum_order', 'maximum_order', 'over_limit'] as $name) {
            $form['blocks'][$name] = $typed->text($name);
        }
        $form['limit'] = ['kind' => $typed->text('limit_kind'), 'amount' => $typed->text('limit_amount')];
        $form['is_agreed'] = $typed->flag('terms_agreed');
        $form['default_terms'] = $typed->text('default_terms');
        $form['reminder_policy'] = $typed->text('reminder_policy');
        foreach ($form['terms'] as $index => $term) {
            $form['terms'][$index]['is_allowed'] = in_array($term['code'], $typed->words('allowed_terms'), true);
        }
        foreach ($form['groups'] as $index => $group) {
            $form['groups'][$index]['position'] = isset($positions[$group['id']]) ? $positions[$group['id']] : $group['position'];
        }

        return $form;
    }

    /**
     * The plain and short ones first.
     *
     * @param array<int, array<string, mixed>> $terms
     * @param array<string, mixed> $settings
     *
     * @return array<int, array<string, mixed>>
     */
    private static function terms(array $terms, array $settings, TermsLabel $labels): array
    {
        usort($terms, function (array $one, array $other) {
            $rank = function (array $term) {
                $definition = $term['definition'];

                return [$definition['billing_period'] !== 'none', $definition['end_of_month'] !== 'none', $definition['months'], $definition['net_days'], $term['code']];
            };

            return $rank($one) <=> $rank($other);
        });

        return array_map(function (array $term) use ($settings, $labels) {
            return [
                'code' => $term['code'],
                'label' => $labels->of((string) $term['label']),
                'is_allowed' => in_array($term['code'], $settings['allowed_terms'], true),
                'warnings' => array_column($term['warnings'], 'message'),
            ];
        }, $terms);
    }
}
