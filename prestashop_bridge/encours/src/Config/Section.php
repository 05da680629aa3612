<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * One page of the configuration: a form that is saved by itself.
 */
interface Section
{
    /**
     * Takes in what was sent.
     *
     * @return Notice[]
     *
     * @throws InvalidInput if something typed cannot be used; then nothing is saved
     */
    public function save(Input $input): array;

    /**
     * What its template shows.
     *
     * @return array<string, mixed>
     */
    public function view(): array;
}
