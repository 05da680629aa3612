<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

if (!defined('_PS_VERSION_')) {
    exit;
}

use EncoursModule\Factory;
use EncoursModule\Order\Callback;

/**
 * Takes in what the service tells this shop. Who may do so is shown by the signature alone: there is no session, and no
 * visitor.
 *
 * @property Encours $module
 */
class EncoursCallbackModuleFrontController extends ModuleFrontController
{
    /** @var bool */
    public $ajax = true;

    public function postProcess()
    {
        if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
            header('Allow: POST');
            $this->answer(405, 'Messages are posted.');
        }
        $factory = Factory::of($this->module);
        try {
            list($status, $text) = $factory->callback()->receive((string) file_get_contents('php://input', false, null, 0, Callback::LONGEST + 1), $_SERVER);
        } catch (\Throwable $fault) {
            // The service tries again; the cause is for the shop's own log, not for the answer.
            PrestaShopLogger::addLog('Encours: a message could not be worked in: ' . get_class($fault) . ' at ' . basename($fault->getFile()) . ':' . $fault->getLine() . ': ' . $fault->getMessage(), 3, null, 'Encours');
            list($status, $text) = [500, 'The message could not be worked in.'];
        }
        if ($status >= 400) {
            header('Retry-After: 60');
        } else {
            $factory->delivery()->idle();
        }
        $this->answer($status, $text);
    }

    /** A shop that is closed for maintenance still learns that it was paid. */
    protected function displayMaintenancePage()
    {
    }

    protected function displayRestrictedCountryPage()
    {
    }

    private function answer($status, $text)
    {
        http_response_code($status);
        header('Content-Type: text/plain; charset=utf-8');
        header('Cache-Control: no-store');
        echo $text;
        exit;
    }
}
