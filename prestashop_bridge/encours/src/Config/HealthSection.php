<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

use EncoursModule\Api\ApiException;
use EncoursModule\Factory;

/**
 * What works and what does not, each with its repair; the queue; the cron address.
 */
final class HealthSection implements Section
{
    /** More rows of the queue than anybody reads are not shown. */
    const MOST_ROWS = 50;

    /** Seconds that a retry of everything may take before the page comes back. */
    const RETRY_SECONDS = 15;

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    public function save(Input $input): array
    {
        $subject = $input->text('retry', 64);
        if ($subject !== '') {
            return $this->retried($subject);
        }
        $what = $input->text('repair', 32);
        try {
            $isRepaired = $this->factory->healthCheck()->repair($what);
        } catch (ApiException $failure) {
            return [Notice::ofFailure($failure, $this->l('The service does not answer now, so this cannot be repaired yet.'))];
        }

        return [$isRepaired
            ? new Notice(Notice::SUCCESS, $this->l('Repaired. The check below was made afterwards.'))
            : new Notice(Notice::ERROR, $this->l('This could not be repaired.')), ];
    }

    public function view(): array
    {
        $sentences = new HealthFindings($this->factory->module());
        $kinds = new QueueKinds($this->factory->module());
        $findings = array_map(function (array $finding) use ($sentences) {
            return ['level' => $finding['level'], 'text' => $sentences->sentence($finding), 'repair' => $finding['repair']];
        }, $this->factory->healthCheck()->run());

        return [
            'findings' => $findings,
            'queue' => array_map(function (array $row) use ($kinds) { return ['kind' => $kinds->of((string) $row['kind'])] + $row; }, $this->queue()),
            'most_rows' => self::MOST_ROWS,
            'cron_url' => $this->cronUrl(),
        ];
    }

    /** @return Notice[] */
    private function retried(string $subject): array
    {
        $outbox = $this->factory->outbox();
        $subjects = $subject === 'all' ? array_unique(array_column($this->queue(), 'subject')) : [$subject];
        $until = time() + self::RETRY_SECONDS;
        $left = 0;
        foreach ($subjects as $one) {
            $outbox->retry($one);
            if (time() < $until) {
                $this->factory->delivery()->now($one);
            }
            $left += $outbox->hasUndelivered($one) ? 1 : 0;
        }

        return [$left === 0
            ? new Notice(Notice::SUCCESS, $this->l('Delivered.'))
            : new Notice(Notice::WARNING, $this->l('Tried again; what could not be delivered is below with the reason. It is tried again by itself.')), ];
    }

    /** @return array<int, array<string, mixed>> */
    private function queue(): array
    {
        return \Db::getInstance()->executeS('SELECT `id`, `subject`, `kind`, `status`, `attempts`, `last_error`, `date_add` FROM `' . _DB_PREFIX_ . 'encours_outbox`
            WHERE id_shop = ' . $this->factory->idShop() . " AND `status` <> 'delivered' ORDER BY `status` = 'refused' DESC, `id` LIMIT " . self::MOST_ROWS, true, false) ?: [];
    }

    /** Null until there is a secret for it. */
    private function cronUrl(): ?string
    {
        $settings = $this->factory->settings();
        if ($settings->cronToken() === null) {
            $settings->setCronToken(bin2hex(random_bytes(24)));
        }

        $idLang = (int) \Configuration::get('PS_LANG_DEFAULT', null, null, $this->factory->idShop());

        return \Context::getContext()->link->getModuleLink($this->factory->module()->name, 'cron', ['token' => (string) $settings->cronToken()], true, $idLang ?: null, $this->factory->idShop());
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'healthsection');
    }
}
