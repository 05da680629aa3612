<?php

declare(strict_types=1);

namespace EncoursModule\Tests;

use PHPUnit\Framework\TestCase;

final class TemplatesTest extends TestCase
{
    /**
     * @dataProvider templates
     */
    public function testEscapesEveryValueItShows(string $file): void
    {
        preg_match_all('/\{(\$[^}]*)\}/', $this->code($file), $shown);
        // The page of the settings shows its parts, which are rendered already.
        $bare = array_filter(array_diff($shown[1], ['$body nofilter']), function ($expression) {
            return !preg_match("/\\|(escape:'(html|htmlall|javascript|url|json)'|intval|json_encode|count$|htmlspecialchars nofilter)/", $expression);
        });

        self::assertSame([], array_values($bare));
    }

    /**
     * @dataProvider templates
     */
    public function testTurnsNoEscapingOff(string $file): void
    {
        preg_match_all('/\{[^}]*\bnofilter\b[^}]*\}/', $this->code($file), $unfiltered);
        // In a PDF it is not Smarty that escapes, so the value escapes itself.
        $unescaped = array_filter($unfiltered[0], function ($expression) { return $expression !== '{$body nofilter}' && strpos($expression, '|htmlspecialchars nofilter}') === false; });

        self::assertSame([], array_values($unescaped));
    }

    public function templates(): array
    {
        $templates = [];
        foreach (glob(dirname(__DIR__) . '/encours/views/templates/*/*.tpl') as $file) {
            $templates[basename(dirname($file)) . '/' . basename($file)] = [$file];
        }

        return $templates;
    }

    private function code(string $file): string
    {
        return (string) preg_replace('/\{\*.*?\*\}/s', '', (string) file_get_contents($file));
    }
}
