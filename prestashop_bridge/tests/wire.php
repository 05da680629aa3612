<?php
/**
 * Calls a real service over a real connection: `php wire.php URL KEY METHOD PATH [BODY]`, with CONNECT_TIMEOUT and TIMEOUT
 * in the environment. Prints what came of it as JSON; tests/bridge/test_wire.py reads it.
 */

declare(strict_types=1);

require dirname(__DIR__) . '/encours/autoload.php';

use EncoursModule\Api\CurlTransport;
use EncoursModule\Api\Unavailable;

list(, $url, $key, $method, $path) = $argv;
$transport = new CurlTransport();
$started = microtime(true);
try {
    for ($time = 0; $time < (int) (getenv('TIMES') ?: 1); ++$time) {
        $answer = $transport->send(
            $method,
            $url . $path,
            ['Authorization' => 'Bearer ' . $key, 'Content-Type' => 'application/json', 'Idempotency-Key' => 'wire-' . getmypid() . '-' . $time],
            isset($argv[5]) ? $argv[5] : null,
            (float) (getenv('CONNECT_TIMEOUT') ?: 0.5),
            (float) (getenv('TIMEOUT') ?: 2)
        );
    }
    $result = ['status' => $answer->status, 'body' => json_decode($answer->body, true), 'headers' => $answer->headers];
} catch (Unavailable $unavailable) {
    $result = ['unavailable' => $unavailable->getMessage(), 'curl' => $unavailable->transportError()];
}
echo json_encode($result + ['seconds' => microtime(true) - $started]);
