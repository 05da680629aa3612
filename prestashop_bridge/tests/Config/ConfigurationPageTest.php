<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Config;

use EncoursModule\Config\Settings;
use EncoursModule\Tests\StaffTestCase;

class ConfigurationPageTest extends StaffTestCase
{
    public function test_nothing_is_shown_nor_saved_for_several_shops(): void
    {
        \Shop::$isMulti = true;
        \Shop::$contextId = 0;
        \Tools::$sent = ['encours_save' => 'save', 'encours_section' => 'connection'];
        $_POST = ['encours_save' => 'save', 'url' => 'https://other.test', 'key' => 'enc_shop_another_one'];
        $this->factory()->configurationPage()->show();

        $this->assertSame([], $this->shown('configuration.tpl')['sections']);
        $this->assertCount(1, \Smarty::$fetched);
        \Shop::$contextId = 1;
        $this->assertSame('https://encours.test', (new Settings(1))->url());
    }

    public function test_opens_with_the_connection_until_there_is_one_then_with_the_health_check(): void
    {
        (new Settings(1))->setKey('');
        $this->factory()->configurationPage()->show();
        $this->assertSame(['connection'], $this->chosen());
    }

    public function test_a_form_is_answered_with_notices_and_the_page(): void
    {
        \Tools::$sent = ['encours_save' => 'save', 'encours_section' => 'orders'];
        $_POST = ['start_states' => []];
        $this->factory()->configurationPage()->show();
        $this->assertSame(['orders'], $this->chosen());
        $this->assertSame('danger', $this->shown('configuration.tpl')['notices'][0]['kind']);
    }

    public function test_an_unknown_page_is_not_looked_for_in_the_file_system(): void
    {
        (new Settings(1))->setKey('');
        \Tools::$sent = ['encours_section' => '../../secret'];
        $this->factory()->configurationPage()->show();
        $this->assertSame(['connection'], $this->chosen());
    }

    /** @return string[] */
    private function chosen(): array
    {
        $chosen = array_filter($this->shown('configuration.tpl')['sections'], function (array $section) { return $section['is_chosen']; });

        return array_values(array_column($chosen, 'name'));
    }
}
