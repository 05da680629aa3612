<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Sync;

use EncoursModule\Tests\TalkingShop;

class GroupReportTest extends TalkingShop
{
    private function send(array $answers): bool
    {
        $factory = $this->factory(...$answers);

        return $factory->groupReport()->send(5, $factory->client(), 'a-key');
    }

    private function group(string $name): void
    {
        \Db::getInstance()->insert('group', ['id_group' => 5]);
        \Db::getInstance()->insert('group_lang', ['id_group' => 5, 'id_lang' => 1, 'name' => $name]);
    }

    public function test_a_new_group_gets_its_name_and_no_meaning(): void
    {
        $this->group('Wholesale');
        $this->assertTrue($this->send(['group-unknown', 'group-put']));

        $this->assertSame(['name', 'reason'], array_keys($this->service->sent[1]['body']));
    }

    public function test_a_group_that_is_known_by_its_name_is_left_alone(): void
    {
        $this->group('Wholesale');

        $this->assertFalse($this->send(['group-shown']));
    }

    public function test_a_renamed_group_keeps_what_staff_made_of_it(): void
    {
        $this->group('Resellers');
        $this->assertTrue($this->send(['group-allowing', 'group-renamed']));

        $body = $this->service->sent[1]['body'];
        $this->assertSame(['Resellers', 'allow', 'net_30'], [$body['name'], $body['position'], $body['default_terms']]);
    }

    public function test_a_deleted_group_means_nothing_any_more(): void
    {
        $this->assertTrue($this->send(['group-allowing', 'group-put']));
        $this->assertSame(['name', 'reason'], array_keys($this->service->sent[1]['body']));

        $this->assertFalse($this->send(['group-shown']), 'it meant nothing');
        $this->assertFalse($this->send(['group-unknown']));
    }
}
