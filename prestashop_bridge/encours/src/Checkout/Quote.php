<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Checkout;

/**
 * What the service offers for a cart, as it is shown. It decides nothing; an answer that cannot be read offers nothing.
 */
final class Quote
{
    /** @var array<string, mixed> */
    private $answer;

    /**
     * @param array<string, mixed> $answer
     */
    public function __construct(array $answer)
    {
        $this->answer = $answer;
    }

    public function isApproved(): bool
    {
        return $this->text('outcome') === 'approved' && $this->terms() !== [];
    }

    /** Whether the buyer may read that he was refused; else nothing at all is shown. */
    public function isRefusedAloud(): bool
    {
        return in_array($this->text('outcome'), ['declined', 'referred'], true)
            && isset($this->answer['is_hidden']) && $this->answer['is_hidden'] === false;
    }

    /**
     * @return array<int, array{code: string, label: string, due_on: string|null, is_default: bool}> the default first
     */
    public function terms(): array
    {
        $terms = [];
        foreach (isset($this->answer['terms']) && is_array($this->answer['terms']) ? $this->answer['terms'] : [] as $offered) {
            if (!is_array($offered) || !isset($offered['code'], $offered['label']) || !is_string($offered['code']) || !is_string($offered['label'])) {
                return [];
            }
            $terms[] = [
                'code' => $offered['code'],
                'label' => $offered['label'],
                'due_on' => $this->showsDueDate() && isset($offered['due_on']) && is_string($offered['due_on']) ? $offered['due_on'] : null,
                'is_default' => !empty($offered['is_default']),
            ];
        }

        return $terms;
    }

    public function isEstimate(): bool
    {
        return !isset($this->answer['due_date_is_estimate']) || $this->answer['due_date_is_estimate'] !== false;
    }

    /** Null: without a ceiling, or not known. */
    public function availableCredit(): ?string
    {
        return isset($this->answer['available_credit']) && is_string($this->answer['available_credit']) ? $this->answer['available_credit'] : null;
    }

    public function creditCurrency(): ?string
    {
        return isset($this->answer['credit_currency']) && is_string($this->answer['credit_currency']) ? $this->answer['credit_currency'] : null;
    }

    /** Whether this buyer may see the company's credit; null if the service did not say. */
    public function showsCredit(): ?bool
    {
        return isset($this->answer['show_credit']) ? $this->answer['show_credit'] === true : null;
    }

    private function showsDueDate(): bool
    {
        return !isset($this->answer['show_due_date']) || $this->answer['show_due_date'] === true;
    }

    private function text(string $name): string
    {
        return isset($this->answer[$name]) && is_string($this->answer[$name]) ? $this->answer[$name] : '';
    }
}
