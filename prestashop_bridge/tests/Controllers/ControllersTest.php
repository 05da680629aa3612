<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Controllers;

use EncoursModule\Customer\CustomerActions;
use EncoursModule\Order\OrderActions;
use PHPUnit\Framework\TestCase;

/**
 * What is asked for from outside, before any of it is done: method, token, right.
 *
 * Each call is a process of its own, which PHP as WebAssembly cannot start.
 *
 * @group processes
 */
final class ControllersTest extends TestCase
{
    const ADMIN = ['file' => 'admin/AdminEncoursController', 'class' => 'AdminEncoursController'];
    const ALL = ['READ', 'CREATE', 'UPDATE'];

    /**
     * @param array<string, mixed> $sent
     * @param string[] $rights
     *
     * @return array{status: int, body: mixed, log: string[]}
     */
    private function call(array $controller, string $action, array $sent, string $method = 'POST', array $rights = self::ALL): array
    {
        $call = $controller + ['action' => $action, 'sent' => $sent, 'method' => $method, 'rights' => $rights];
        $output = (string) shell_exec(escapeshellarg(PHP_BINARY) . ' ' . escapeshellarg(__DIR__ . '/call.php') . ' ' . escapeshellarg((string) json_encode($call)) . ' 2>&1');
        $answer = json_decode($output, true);
        self::assertIsArray($answer, $output);

        return $answer;
    }

    private function order(array $sent, string $method = 'POST', array $rights = self::ALL): array
    {
        return $this->call(self::ADMIN, 'ajaxProcessOrder', $sent + ['id_order' => '12'], $method, $rights);
    }

    public function testEachThingThatStaffDoNeedsItsRight(): void
    {
        $actions = ['ajaxProcessOrder' => OrderActions::RIGHTS, 'ajaxProcessCustomer' => CustomerActions::RIGHTS];
        foreach ($actions as $method => $rights) {
            foreach ($rights as $action => $right) {
                $answer = $this->call(self::ADMIN, $method, ['id_order' => '12', 'id_customer' => '3', 'do' => $action], 'POST', array_values(array_diff(self::ALL, [$right])));
                self::assertSame([403, []], [$answer['status'], $answer['log']], $action);
            }
        }
    }

    public function testWhoMayNotLookSeesNothing(): void
    {
        self::assertSame(403, $this->order([], 'GET', ['CREATE', 'UPDATE'])['status']);
        self::assertSame(403, $this->call(self::ADMIN, 'ajaxProcessCustomer', ['id_customer' => '3'], 'GET', [])['status']);
        self::assertSame(403, $this->call(self::ADMIN, 'ajaxProcessDecision', ['id_cart' => '55'], 'GET', [])['status']);
        self::assertSame(403, $this->call(self::ADMIN, 'ajaxProcessFirstSync', [], 'POST', ['READ', 'CREATE'])['status']);
    }

    public function testWhoMayLookSeesThePanel(): void
    {
        $answer = $this->order([], 'GET', ['READ']);

        self::assertSame(200, $answer['status'], json_encode($answer));
        self::assertArrayHasKey('html', $answer['body']);
    }

    public function testNothingIsDoneByALink(): void
    {
        self::assertSame(405, $this->order(['do' => 'mark_paid'], 'GET')['status']);
        self::assertSame(405, $this->call(self::ADMIN, 'ajaxProcessFirstSync', [], 'GET')['status']);
    }

    public function testWhatIsNotThereIsSaid(): void
    {
        self::assertSame(400, $this->order(['do' => 'delete_everything'])['status']);
        self::assertSame(404, $this->order(['id_order' => '13'])['status']);
        self::assertSame(404, $this->call(self::ADMIN, 'ajaxProcessCustomer', ['id_customer' => '4'])['status']);
        self::assertSame(404, $this->call(self::ADMIN, 'ajaxProcessDecision', ['id_cart' => '4'])['status']);
    }

    public function testWhatIsRefusedKeepsTheFormAsItWasFilledIn(): void
    {
        $answer = $this->order(['do' => 'part_payment', 'amount' => '']);

        self::assertSame(200, $answer['status']);
        self::assertSame(['notices'], array_keys($answer['body']));
    }

    /** @testWith [403, null]
     *            [403, ""]
     *            [403, "another-token"]
     *            [403, ["the-token"]]
     *            [200, "the-token"]
     */
    public function testCronRunsForWhoKnowsTheToken(int $status, $token): void
    {
        $answer = $this->call(['file' => 'front/cron', 'class' => 'EncoursCronModuleFrontController'], 'postProcess', ['token' => $token], 'GET');

        self::assertSame($status, $answer['status'], (string) json_encode($answer));
        self::assertSame($status === 200, isset($answer['body']['queue']));
    }

    public function testMessagesOfTheServiceArePosted(): void
    {
        $callback = ['file' => 'front/callback', 'class' => 'EncoursCallbackModuleFrontController'];

        self::assertSame(405, $this->call($callback, 'postProcess', [], 'GET')['status']);
        self::assertSame(503, $this->call($callback, 'postProcess', [])['status'], 'no secret is set up');
    }
}
