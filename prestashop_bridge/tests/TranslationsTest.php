<?php

declare(strict_types=1);

namespace EncoursModule\Tests;

use EncoursModule\Tools\Translations;
use PHPUnit\Framework\TestCase;

require_once dirname(__DIR__) . '/tools/Translations.php';

final class TranslationsTest extends TestCase
{
    /** @var Translations */
    private $translations;

    protected function setUp(): void
    {
        $this->translations = new Translations(dirname(__DIR__));
    }

    public function testFindsTheTextsOfEverySurface(): void
    {
        $places = array_unique(array_column($this->translations->texts(), 'place'));

        // Code with a place, code whose class keeps its place, the main file, a controller, a template of each side.
        foreach (['creditpage', 'healthfindings', 'encours', 'credit', 'orders', 'order-detail', 'configuration_orders'] as $place) {
            self::assertContains($place, $places);
        }
    }

    /**
     * @dataProvider languages
     */
    public function testEveryTextIsTranslated(string $language): void
    {
        $catalogue = $this->translations->catalogue($language);
        $missing = [];
        foreach ($this->translations->texts() as $text) {
            if (!isset($catalogue[$text['text']]) || trim($catalogue[$text['text']]) === '') {
                $missing[] = $text['file'] . ': ' . $text['text'];
            }
        }

        self::assertSame([], $missing, 'Add them to translations/' . $language . '.json and run tools/translations.php.');
    }

    /**
     * @dataProvider languages
     */
    public function testNothingIsTranslatedThatNobodySays(string $language): void
    {
        $unused = array_diff(array_keys($this->translations->catalogue($language)), array_column($this->translations->texts(), 'text'));

        self::assertSame([], array_values($unused), 'Remove them from translations/' . $language . '.json.');
    }

    /**
     * @dataProvider languages
     */
    public function testTheFilesOfTheModuleAreThoseOfTheCatalogues(string $language): void
    {
        self::assertStringEqualsFile($this->translations->path($language), $this->translations->file($language), 'Run tools/translations.php.');
    }

    /**
     * @dataProvider languages
     */
    public function testTranslationsKeepThePlaceholders(string $language): void
    {
        foreach ($this->translations->catalogue($language) as $text => $translation) {
            self::assertSame($this->placeholders($text), $this->placeholders($translation), $text);
        }
    }

    /**
     * @dataProvider languages
     */
    public function testNoTextHasACharacterThatPrestaShopEscapesOnItsOwn(string $language): void
    {
        // Module::l escapes its text, and the template that shows it escapes it again.
        foreach ($this->translations->catalogue($language) as $text => $translation) {
            self::assertSame($text, htmlspecialchars($text, ENT_COMPAT, 'UTF-8'));
            self::assertSame($translation, htmlspecialchars($translation, ENT_COMPAT, 'UTF-8'));
        }
    }

    /**
     * @dataProvider languages
     */
    public function testPrestaShopFindsATextWithAnApostrophe(string $language): void
    {
        $text = "This web server's clock is %1\$s seconds ahead of the service's. Above 300 seconds its messages are refused: synchronise the clock (NTP).";
        $_MODULE = [];
        include $this->translations->path($language);
        // As Translate::getModuleTranslation makes the key and reads the value.
        $key = strtolower('<{encours}prestashop>connectionfindings') . '_' . md5(preg_replace("/\\\*'/", "\'", $text));
        $found = $GLOBALS['_MODULE'] + $_MODULE;

        self::assertArrayHasKey($key, $found);
        self::assertSame($this->translations->catalogue($language)[$text], stripslashes($found[$key]));
    }

    public function testReadsCodeAsItIsWritten(): void
    {
        self::assertSame(
            [['here', "It's"], ['own', 'A'], [null, 'B']],
            Translations::textsOfPhp('<?php $m->l(\'It\\\'s\', \'here\'); class X { function a() { $this->l("A", "own"); } } $m->l(\'B\');')
        );
        self::assertSame(
            [['mine', 'A']],
            Translations::textsOfPhp('<?php class X { function a() { return $this->l(\'A\'); } private function l(string $t) { return $this->module->l($t, \'mine\'); } }')
        );
        self::assertSame(["It's", 'Two %s'], Translations::textsOfTemplate('{l s=\'It\\\'s\' mod=\'encours\'}{l s="Two %s" sprintf=[$a.b] mod="encours"}'));
    }

    /**
     * @dataProvider untranslatable
     */
    public function testRefusesWhatNobodyCouldTranslate(string $kind, string $code): void
    {
        $this->expectException(\LogicException::class);
        $kind === 'php' ? Translations::textsOfPhp($code) : Translations::textsOfTemplate($code);
    }

    public function untranslatable(): array
    {
        return [
            'a variable' => ['php', '<?php $this->module->l($text, "place");'],
            'a text put together' => ['php', '<?php $this->module->l("a" . $b, "place");'],
            'a place that is computed' => ['php', '<?php $this->module->l("a", $place);'],
            'a variable in a template' => ['tpl', '{l s=$text mod=\'encours\'}'],
            'a text of nobody' => ['tpl', '{l s=\'A\'}'],
        ];
    }

    public function languages(): array
    {
        return array_combine(Translations::LANGUAGES, array_map(function ($language) { return [$language]; }, Translations::LANGUAGES));
    }

    /** @return string[] */
    private function placeholders(string $text): array
    {
        preg_match_all('/%(?:\d\$)?[sd]/', $text, $found);
        sort($found[0]);

        return $found[0];
    }
}
