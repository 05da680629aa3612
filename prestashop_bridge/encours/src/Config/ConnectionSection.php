<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

use EncoursModule\Api\ApiException;
use EncoursModule\Factory;

/**
 * Address and key of the service. The key is kept encrypted, never shown again, and sent to no other address than the
 * one it was typed for.
 */
final class ConnectionSection implements Section
{
    /** @var Factory */
    private $factory;

    public function __construct(Factory $factory)
    {
        $this->factory = $factory;
    }

    public function save(Input $input): array
    {
        $settings = $this->factory->settings();
        Settings::keepOnUninstall($input->flag('keep_on_uninstall'));
        $url = rtrim($input->required('url', $this->l('Enter the address of the service.'), 500), '/');
        $complaint = ConnectionTest::complaintAboutAddress($url);
        $sentences = new ConnectionFindings($this->factory->module());
        if ($complaint !== null) {
            throw new InvalidInput($sentences->sentence(['code' => $complaint, 'facts' => []]));
        }
        $key = $input->text('key', 500);
        if ($key !== '' && !preg_match('/^[\x21-\x7E]{16,}$/', $key)) {
            throw new InvalidInput($this->l('This is not a key of the service: it begins with enc_shop_ and has no spaces.'));
        }
        if ($key === '' && $settings->key() !== null && $url !== $settings->url()) {
            throw new InvalidInput($this->l('Enter the key again: it is only sent to the address it was entered for.'));
        }
        $result = $this->factory->connectionTest()->run($url, $key !== '' ? $key : (string) $settings->key());
        $notices = $sentences->notices($result['findings']);
        if ($input->text('encours_save') === 'test') {
            return $notices;
        }
        $settings->setUrl($url);
        if ($key !== '') {
            $settings->setKey($key);
        }
        if ($result['ok'] && isset($result['shop']['code'])) {
            $settings->setShopCode((string) $result['shop']['code']);
            $notices = array_merge($notices, $this->introduce());
        } else {
            $notices[] = new Notice(Notice::WARNING, $this->l('Saved, but the shop does not offer to pay later until the connection works.'));
        }

        return $notices;
    }

    public function view(): array
    {
        $settings = $this->factory->settings();

        return [
            'url' => isset($_POST['url']) ? Input::ofRequest()->text('url', 500) : (string) $settings->url(),
            'has_key' => $settings->key() !== null,
            'shop_code' => $settings->shopCode(),
            'keep_on_uninstall' => Settings::isKeptOnUninstall(),
        ];
    }

    /**
     * Tells the service where this shop listens and what its order states mean.
     *
     * @return Notice[]
     */
    private function introduce(): array
    {
        $settings = $this->factory->settings();
        try {
            $this->factory->callbackSubscription()->renew();
            $this->factory->essentials()->writeShopSettings([
                'start_statuses' => array_map('strval', $settings->startStates()) ?: null,
                'cancel_statuses' => array_map('strval', $settings->cancelStates()),
            ], 'Order states of the shop');
        } catch (ApiException $failure) {
            return [Notice::ofFailure($failure, $this->l('The service stopped answering before it knew this shop\'s order states and callback address. Open the health check and repair both.'))];
        }

        return [new Notice(Notice::SUCCESS, $this->l('Connected. Next: look at the other pages, then start the first synchronisation.'))];
    }

    private function l(string $text): string
    {
        return $this->factory->module()->l($text, 'connectionsection');
    }
}
