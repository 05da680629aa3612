<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Tools;

/**
 * Finds every text of the module and writes its translation files from translations/<language>.json, where each English
 * text stands once. PrestaShop wants a key for each place of a text; nobody should have to write those by hand.
 */
final class Translations
{
    const LANGUAGES = ['de', 'es', 'fr', 'it'];

    /** @var string */
    private $bridge;

    public function __construct(string $bridge)
    {
        $this->bridge = rtrim($bridge, '/');
    }

    /**
     * Every text with the place PrestaShop looks it up under, such as "creditpage" or a template's name.
     *
     * @return array<int, array{place: string, text: string, file: string}>
     */
    public function texts(): array
    {
        $texts = [];
        foreach ($this->files('php') as $file) {
            foreach (self::textsOfPhp((string) file_get_contents($file)) as list($place, $text)) {
                $texts[] = ['place' => $place === null ? self::placeOfFile($file) : $place, 'text' => $text, 'file' => $this->shortened($file)];
            }
        }
        foreach ($this->files('tpl') as $file) {
            foreach (self::textsOfTemplate((string) file_get_contents($file)) as $text) {
                $texts[] = ['place' => basename($file, '.tpl'), 'text' => $text, 'file' => $this->shortened($file)];
            }
        }

        return $texts;
    }

    /**
     * @return array<string, string> translation by English text
     */
    public function catalogue(string $language): array
    {
        $catalogue = json_decode((string) file_get_contents($this->bridge . '/translations/' . $language . '.json'), true);
        if (!is_array($catalogue)) {
            throw new \RuntimeException('translations/' . $language . '.json is no JSON: ' . json_last_error_msg());
        }

        return $catalogue;
    }

    /** What belongs into encours/translations/<language>.php. */
    public function file(string $language): string
    {
        $catalogue = $this->catalogue($language);
        $lines = [];
        foreach ($this->texts() as $text) {
            if (isset($catalogue[$text['text']])) {
                $lines[self::key($text['place'], $text['text'])] = str_replace(['\\', "'"], ['\\\\', "\\'"], $catalogue[$text['text']]);
            }
        }
        ksort($lines, SORT_STRING);
        $php = "<?php\n/**\n * @author    Encours contributors\n * @copyright Encours contributors\n"
            . " * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0\n */\n\n"
            . "global \$_MODULE;\n\$_MODULE = [];\n";
        foreach ($lines as $key => $translation) {
            $php .= "\$_MODULE['" . $key . "'] = '" . $translation . "';\n";
        }

        return $php;
    }

    public function path(string $language): string
    {
        return $this->bridge . '/encours/translations/' . $language . '.php';
    }

    /** The key PrestaShop makes of a text and its place (Translate::getModuleTranslation). */
    public static function key(string $place, string $text): string
    {
        return strtolower('<{encours}prestashop>' . $place) . '_' . md5((string) preg_replace("/\\\*'/", "\'", $text));
    }

    /**
     * Calls `->l('text', 'place')`. A class may keep its place in a method of its own, `l($text)`; then `$this->l('text')`
     * means that place. A text that is no literal is a fault of the caller: nobody could translate it.
     *
     * @return array<int, array{0: string|null, 1: string}> place (null: the module's own) and text
     */
    public static function textsOfPhp(string $code): array
    {
        $tokens = array_values(array_filter(token_get_all($code), function ($token) {
            return !is_array($token) || !in_array($token[0], [T_WHITESPACE, T_COMMENT, T_DOC_COMMENT], true);
        }));
        $ownPlace = null;
        $texts = [];
        foreach ($tokens as $i => $token) {
            $isCall = is_array($token) && $token[0] === T_STRING && $token[1] === 'l'
                && is_array($tokens[$i - 1]) && $tokens[$i - 1][0] === T_OBJECT_OPERATOR && $tokens[$i + 1] === '(';
            if (!$isCall) {
                continue;
            }
            $text = self::argument($tokens[$i + 2]);
            $place = $tokens[$i + 3] === ',' ? self::argument($tokens[$i + 4]) : null;
            if ($text === null && $place !== null && self::isWithinFunctionL($tokens, $i)) {
                $ownPlace = $place;
                continue;
            }
            if ($text === null || !in_array($tokens[$i + 3], [',', ')'], true) || ($tokens[$i + 3] === ',' && $place === null)) {
                throw new \LogicException('Line ' . $token[2] . ': l() takes its text and its place as one literal each.');
            }
            $texts[] = [$place, $text];
        }

        return array_map(function ($found) use ($ownPlace) { return [$found[0] === null ? $ownPlace : $found[0], $found[1]]; }, $texts);
    }

    /**
     * @param array<int, mixed> $tokens
     */
    private static function isWithinFunctionL(array $tokens, int $at): bool
    {
        for ($i = $at; $i > 0; --$i) {
            if (is_array($tokens[$i]) && $tokens[$i][0] === T_FUNCTION) {
                return is_array($tokens[$i + 1]) && $tokens[$i + 1][1] === 'l';
            }
        }

        return false;
    }

    /**
     * @param mixed $token
     */
    private static function argument($token): ?string
    {
        return is_array($token) && $token[0] === T_CONSTANT_ENCAPSED_STRING ? self::literal($token[1]) : null;
    }

    /**
     * @return string[]
     */
    public static function textsOfTemplate(string $template): array
    {
        preg_match_all('/\{l\s+s=(\'(?:[^\'\\\\]|\\\\.)*\'|"(?:[^"\\\\]|\\\\.)*")[^}]*\bmod=[\'"]encours[\'"][^}]*\}/s', $template, $found);
        preg_match_all('/\{l\s/', $template, $all);
        if (count($found[1]) !== count($all[0])) {
            throw new \LogicException("A {l} without a literal text or without mod='encours'.");
        }

        return array_map([self::class, 'literal'], $found[1]);
    }

    private static function literal(string $quoted): string
    {
        $inner = substr($quoted, 1, -1);

        return $quoted[0] === "'" ? str_replace(["\\'", '\\\\'], ["'", '\\'], $inner) : stripcslashes($inner);
    }

    private static function placeOfFile(string $file): string
    {
        // Module::l looks under the module's name; controllers of the back office under their own.
        return strpos($file, '/controllers/admin/') !== false ? preg_replace('/Controller$/', '', basename($file, '.php')) : 'encours';
    }

    /**
     * @return string[]
     */
    private function files(string $extension): array
    {
        $files = [];
        foreach (new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator($this->bridge . '/encours', \FilesystemIterator::SKIP_DOTS)) as $file) {
            if ($file->getExtension() === $extension && strpos($file->getPathname(), '/translations/') === false) {
                $files[] = $file->getPathname();
            }
        }
        sort($files, SORT_STRING);

        return $files;
    }

    private function shortened(string $file): string
    {
        return substr($file, strlen($this->bridge) + 1);
    }
}
