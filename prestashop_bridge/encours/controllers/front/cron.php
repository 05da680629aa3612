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
use EncoursModule\Sync\Lock;

/**
 * Repairs what was interrupted and sends what waits, for the shop whose token the address carries.
 *
 * @property Encours $module
 */
class EncoursCronModuleFrontController extends ModuleFrontController
{
    const SECONDS = 25;

    /** @var bool */
    public $ajax = true;

    public function postProcess()
    {
        $factory = Factory::of($this->module);
        $token = $factory->settings()->cronToken();
        $given = Tools::getValue('token');
        if ($token === null || !is_string($given) || !hash_equals($token, $given)) {
            $this->answer(403, ['error' => 'The token is not this shop\'s.']);
        }
        if (!$factory->settings()->isConnected()) {
            $this->answer(503, ['error' => 'The shop is not connected to the service.']);
        }
        $lock = 'cron-' . $factory->idShop();
        if (!Lock::take($lock, 0)) {
            $this->answer(200, ['running' => true]);
        }
        // Called it was, whatever comes of it.
        Configuration::updateValue('ENCOURS_CRON_LAST_RUN', (string) time(), false, null, $factory->idShop());
        try {
            $swept = $factory->sweep()->run();
            $sent = $factory->delivery()->run(self::SECONDS);
        } finally {
            Lock::release($lock);
        }
        $this->answer($sent['is_service_away'] ? 503 : 200, ['swept' => $swept, 'sent' => $sent, 'queue' => $factory->outbox()->counts()]);
    }

    protected function displayMaintenancePage()
    {
    }

    protected function displayRestrictedCountryPage()
    {
    }

    private function answer($status, array $body)
    {
        http_response_code($status);
        header('Content-Type: application/json; charset=utf-8');
        header('Cache-Control: no-store');
        echo json_encode($body);
        exit;
    }
}
