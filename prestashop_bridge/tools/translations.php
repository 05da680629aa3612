<?php
/**
 * Writes encours/translations/*.php from translations/*.json and names what is missing there.
 *
 *     php prestashop_bridge/tools/translations.php
 *
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

require __DIR__ . '/Translations.php';

use EncoursModule\Tools\Translations;

$translations = new Translations(dirname(__DIR__));
$isComplete = true;
foreach (Translations::LANGUAGES as $language) {
    file_put_contents($translations->path($language), $translations->file($language));
    $catalogue = $translations->catalogue($language);
    $texts = array_unique(array_column($translations->texts(), 'text'));
    foreach (array_diff($texts, array_keys($catalogue)) as $missing) {
        $isComplete = false;
        fwrite(STDERR, $language . ' lacks: ' . $missing . "\n");
    }
    foreach (array_diff(array_keys($catalogue), $texts) as $unused) {
        fwrite(STDERR, $language . ' no longer needs: ' . $unused . "\n");
    }
}
exit($isComplete ? 0 : 1);
