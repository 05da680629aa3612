<?php
/**
 * Calls one controller in a process of its own, because controllers end it: `php call.php JSON`. Prints status and body
 * as JSON; ControllersTest reads it.
 */

declare(strict_types=1);

require dirname(__DIR__) . '/bootstrap.php';
require_once 'PHPUnit/Autoload.php';

$call = json_decode($argv[1], true);
$shop = new class() extends EncoursModule\Tests\StaffTestCase {
    public function open(array $call): void
    {
        $this->setUp();
        $this->may(...$call['rights']);
        Configuration::updateGlobalValue('ENCOURS_SWEPT_AT', time());
        (new EncoursModule\Config\Settings(1))->setCronToken('the-token');
        // Nobody listens there: what needs the service is answered without it.
        (new EncoursModule\Config\Settings(1))->setUrl('http://127.0.0.1:9');
        $this->customer(3);
        $this->orderOnTerms(3, ['id_order' => 12]);
    }
};
$shop->open($call);
$_SERVER['REQUEST_METHOD'] = $call['method'];
$_POST = $call['method'] === 'POST' ? $call['sent'] : [];
Tools::$sent = $call['sent'];
ob_start();
register_shutdown_function(function () {
    $body = (string) ob_get_clean();
    echo json_encode(['status' => http_response_code(), 'body' => json_decode($body, true) ?: $body, 'log' => PrestaShopLogger::$messages]);
});
require dirname(__DIR__, 2) . '/encours/controllers/' . $call['file'] . '.php';
(new $call['class']())->{$call['action']}();
