<?php
/**
 * @author    Encours contributors
 * @copyright Encours contributors
 * @license   https://opensource.org/licenses/AFL-3.0 Academic Free License 3.0
 */

declare(strict_types=1);

namespace EncoursModule\Config;

/**
 * Says in a sentence what a connection test found, and what to do about it.
 */
final class ConnectionFindings
{
    /** @var \Module */
    private $module;

    public function __construct(\Module $module)
    {
        $this->module = $module;
    }

    /**
     * @param array<int, array{code: string, facts: array<int, string>}> $findings
     *
     * @return Notice[]
     */
    public function notices(array $findings): array
    {
        $kinds = ['connected' => Notice::SUCCESS, 'clock_ahead' => Notice::WARNING, 'key_ends' => Notice::WARNING, 'clock_behind' => Notice::WARNING];

        return array_map(function (array $finding) use ($kinds) {
            return new Notice(isset($kinds[$finding['code']]) ? $kinds[$finding['code']] : Notice::ERROR, $this->sentence($finding));
        }, $findings);
    }

    /** @param array{code: string, facts: array<int, string>} $finding */
    public function sentence(array $finding): string
    {
        $sentences = $this->sentences();
        $text = isset($sentences[$finding['code']]) ? $sentences[$finding['code']] : $sentences['unreachable'];

        return vsprintf($text, array_pad($finding['facts'], 2, ''));
    }

    /** @return array<string, string> */
    private function sentences(): array
    {
        return [
            'connected' => $this->l('Connected to the shop “%1$s” (%2$s) of the service.'),
            'address_malformed' => $this->l('This is not an address: it looks like https://encours.example.com, without user, password, question mark or hash.'),
            'address_unencrypted' => $this->l('The address must begin with https://, because the key goes over the internet. Plain http:// is accepted for this machine and the own network only.'),
            'name_unknown' => $this->l('Unreachable: no machine has this name. Check the spelling, and the name server of this web server. (%1$s)'),
            'connection_refused' => $this->l('Unreachable: nothing listens at this address and port. Is the service running, and does a firewall let this web server out? (%1$s)'),
            'timeout' => $this->l('Unreachable: no answer in time. A firewall that drops packets looks like this. (%1$s)'),
            'unreachable' => $this->l('Unreachable. (%1$s)'),
            'tls' => $this->l('TLS: no trusted connection, so nothing was sent. Either the certificate is wrong (its name, its end, its authority), or this address speaks no TLS. (%1$s)'),
            'redirected' => $this->l('The address answers with a redirect (%1$s). Enter the address it leads to.'),
            'not_the_service' => $this->l('Something answers at this address (%1$s), but it is not the service. Check the port and the path.'),
            'key_invalid' => $this->l('Wrong key: the service does not know it, or it was revoked. A key is shown once, when it is made.'),
            'key_expired' => $this->l('The key has expired. Make a new one, or rotate it in time next time.'),
            'key_ends' => $this->l('The key ends in %1$s days. Rotate it in time and enter the new one here: the old one works on meanwhile.'),
            'scopes_missing' => $this->l('The key may not do everything the shop needs. Missing scopes: %1$s. Make a shop\'s key without restricting its scopes.'),
            'integrators_key' => $this->l('This is an integrator\'s key. The shop needs a key of its own, made with --shop.'),
            'clock_ahead' => $this->l('This web server\'s clock is %1$s seconds ahead of the service\'s. Above 300 seconds its messages are refused: synchronise the clock (NTP).'),
            'clock_behind' => $this->l('This web server\'s clock is %1$s seconds behind the service\'s. Above 300 seconds its messages are refused: synchronise the clock (NTP).'),
            'refused' => $this->l('The service refuses the key here: %1$s.'),
        ];
    }

    private function l(string $text): string
    {
        return $this->module->l($text, 'connectionfindings');
    }
}
