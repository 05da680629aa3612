<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Order;

use EncoursModule\Factory;
use PrestaShop\PrestaShop\Core\Grid\Filter\Filter;
use PrestaShopBundle\Form\Admin\Type\DateRangeType;
use Symfony\Component\Form\Extension\Core\Type\ChoiceType;

/**
 * The due date and what is open, as columns and filters of the list of orders.
 */
final class OrderGrid
{
    const DUE = 'encours_due';
    const STATE = 'encours_state';
    const COLORS = ['open' => '#3498d8', 'overdue' => '#c9302c', 'settled' => '#3b7d3f', 'cancelled' => '#6c757d'];

    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    /** @param array<string, mixed> $params of the hook */
    public function addColumn(array $params): void
    {
        $definition = $params['definition'];
        $due = $this->column('DataColumn', self::DUE)->setName($this->l('Due'))->setOptions(['field' => self::DUE]);
        $state = $this->column('ColorColumn', self::STATE)->setName($this->l('On terms'))
            ->setOptions(['field' => self::STATE, 'color_field' => self::STATE . '_color']);
        // Beside the status: what comes last is off the screen of a small notebook.
        $definition->getColumns()->addAfter('osname', $state)->addAfter('osname', $due);
        $definition->getFilters()
            ->add((new Filter(self::DUE, DateRangeType::class))
                ->setTypeOptions(['required' => false])->setAssociatedColumn(self::DUE))
            ->add((new Filter(self::STATE, ChoiceType::class))
                ->setTypeOptions(['required' => false, 'choices' => array_flip($this->labels()), 'choice_translation_domain' => false])
                ->setAssociatedColumn(self::STATE));
    }

    /** @param array<string, mixed> $params of the hook */
    public function addQuery(array $params): void
    {
        $criteria = $params['search_criteria'];
        $filters = $criteria->getFilters();
        foreach (['search_query_builder', 'count_query_builder'] as $builder) {
            $query = $params[$builder];
            $query->leftJoin('o', _DB_PREFIX_ . 'encours_order', 'encours', 'encours.id_order = o.id_order');
            $this->filter($query, is_array($filters) ? $filters : []);
        }
        $query = $params['search_query_builder'];
        $query->addSelect($this->dueText() . ' AS ' . self::DUE);
        $query->addSelect($this->caseOfStates($this->quoted($this->labels())) . ' AS ' . self::STATE);
        $query->addSelect($this->caseOfStates($this->quoted(self::COLORS), 'transparent') . ' AS ' . self::STATE . '_color');
        if ($criteria->getOrderBy() === self::DUE || $criteria->getOrderBy() === self::STATE) {
            $way = strtolower((string) $criteria->getOrderWay()) === 'desc' ? 'DESC' : 'ASC';
            $query->orderBy('encours.due_on IS NULL');
            $query->addOrderBy($criteria->getOrderBy() === self::DUE ? 'encours.due_on' : self::STATE, $way);
        }
    }

    /**
     * @param \Doctrine\DBAL\Query\QueryBuilder $query
     * @param array<string, mixed> $filters
     */
    private function filter($query, array $filters): void
    {
        $due = isset($filters[self::DUE]) && is_array($filters[self::DUE]) ? $filters[self::DUE] : [];
        foreach (['from' => '>=', 'to' => '<='] as $end => $operator) {
            if (!empty($due[$end]) && is_string($due[$end])) {
                $query->andWhere('encours.due_on ' . $operator . ' :encours_due_' . $end);
                $query->setParameter('encours_due_' . $end, substr($due[$end], 0, 10));
            }
        }
        $state = isset($filters[self::STATE]) ? $filters[self::STATE] : '';
        if (is_string($state) && isset(self::COLORS[$state])) {
            $query->andWhere($this->caseOfStates($this->quoted(array_combine(array_keys(self::COLORS), array_keys(self::COLORS)))) . ' = :encours_state');
            $query->setParameter('encours_state', $state);
        }
    }

    /**
     * SQL that says one thing for each state of an order on terms, and nothing for other orders.
     *
     * @param array<string, string> $say SQL for each state
     */
    private function caseOfStates(array $say, string $otherwise = ''): string
    {
        $cancelled = implode(',', array_map('intval', $this->cancelStates()));
        // Due today is not late; an estimated date is not due at all.
        $isLate = "encours.due_is_estimate = 0 AND encours.due_on < '" . pSQL(date('Y-m-d')) . "'";

        return "CASE WHEN encours.id_order IS NULL THEN '" . $otherwise . "' WHEN encours.settled_on IS NOT NULL THEN " . $say['settled']
            . ' WHEN o.current_state IN (' . $cancelled . ') THEN ' . $say['cancelled']
            . ' WHEN ' . $isLate . ' THEN ' . $say['overdue'] . ' ELSE ' . $say['open'] . ' END';
    }

    private function dueText(): string
    {
        $format = strtr((string) \Context::getContext()->language->date_format_lite, ['d' => '%d', 'm' => '%m', 'Y' => '%Y', 'j' => '%e', 'n' => '%c', 'y' => '%y']);
        $estimated = ' (' . $this->l('estimated') . ')';

        return "COALESCE(CONCAT(DATE_FORMAT(encours.due_on, '" . pSQL($format) . "'), IF(encours.due_is_estimate = 1, '" . pSQL($estimated) . "', '')), '')";
    }

    /**
     * PrestaShop 8.1 moved its columns; the second name is the one before that.
     *
     * @return \PrestaShop\PrestaShop\Core\Grid\Column\AbstractColumn
     */
    private function column(string $type, string $id)
    {
        $types = 'PrestaShop\PrestaShop\Core\Grid\Column\Type\\';
        $class = $types . 'Common\\' . $type;
        if (!class_exists($class)) {
            $class = $types . $type;
        }

        return new $class($id);
    }

    /**
     * What cancels an order in any of the shops that the list may show.
     *
     * @return int[]
     */
    private function cancelStates(): array
    {
        $states = [0];
        foreach (\Shop::getContextListShopID() as $idShop) {
            $states = array_merge($states, $this->factory->module()->factory((int) $idShop)->settings()->cancelStates());
        }

        return array_unique($states);
    }

    /** @return array<string, string> */
    private function labels(): array
    {
        return [
            'open' => $this->l('Open'),
            'overdue' => $this->l('Overdue'),
            'settled' => $this->l('Settled'),
            'cancelled' => $this->l('Cancelled'),
        ];
    }

    /**
     * @param array<string, string> $texts
     *
     * @return array<string, string>
     */
    private function quoted(array $texts): array
    {
        return array_map(function ($text) { return "'" . pSQL($text) . "'"; }, $texts);
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'ordergrid');
    }
}
