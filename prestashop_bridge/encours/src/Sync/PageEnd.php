<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Sync;

/**
 * What is done behind a page: the server sends it first, where it can, so that nobody waits.
 */
final class PageEnd
{
    /** @var callable(callable): mixed what makes something happen at the end of the page; tests replace it */
    public static $then = 'register_shutdown_function';

    /** @var bool */
    private static $isSent = false;

    public static function then(callable $do): void
    {
        (self::$then)($do);
    }

    /** Whether this server can send the page before what comes behind it. */
    public static function canComeFirst(): bool
    {
        return function_exists('fastcgi_finish_request') || function_exists('litespeed_finish_request');
    }

    /** Sends the page to who waits for it, where the server can; true if nobody waits any longer. */
    public static function send(): bool
    {
        // A page can be sent once; who asks again is told the same.
        return self::$isSent = self::$isSent || self::finish();
    }

    private static function finish(): bool
    {
        ignore_user_abort(true);
        // Core writes its cookie when it is destroyed, which is after this: a login would be lost with it.
        $context = \Context::getContext();
        if (isset($context->cookie) && !headers_sent()) {
            $context->cookie->write();
        }
        if (session_status() === PHP_SESSION_ACTIVE) {
            session_write_close();
        }
        if (function_exists('fastcgi_finish_request')) {
            return fastcgi_finish_request();
        }
        if (function_exists('litespeed_finish_request')) {
            return litespeed_finish_request();
        }

        return PHP_SAPI === 'cli';
    }
}
