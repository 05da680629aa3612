<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Config;

use EncoursModule\Config\Input;
use EncoursModule\Config\InvalidInput;
use PHPUnit\Framework\TestCase;

class InputTest extends TestCase
{
    /** @dataProvider amounts */
    public function test_reads_amounts_as_people_write_them(string $typed, string $meant): void
    {
        $this->assertSame($meant, (new Input(['amount' => $typed]))->amount('amount', 'no'));
    }

    public function amounts(): array
    {
        return [
            ['500', '500'], ['500.00', '500.00'], ['500,5', '500.5'], ['0', '0'], ['0,05', '0.05'], ['007', '7'],
            ['1 234,50', '1234.50'], ["1\u{202F}234,50", '1234.50'], ["1'234.50", '1234.50'], ['1,234.50', '1234.50'],
            ['1.234,50', '1234.50'], ['1.234.567,8', '1234567.8'], ['1234.567', '1234.567'], ['9999999999999.999', '9999999999999.999'],
        ];
    }

    /** @dataProvider notAmounts */
    public function test_refuses_what_is_no_amount_or_has_two_readings(string $typed): void
    {
        $this->expectException(InvalidInput::class);
        (new Input(['amount' => $typed]))->amount('amount', 'no');
    }

    public function notAmounts(): array
    {
        return [['1,234'], ['1.234'], ['abc'], ['-5'], ['5 EUR'], ['1e3'], ['1.2345'], ['12.34.56'], ['99999999999999'], ['1,234,50.1'], ['.'], ['.5'], ['+1']];
    }

    public function test_an_empty_field_is_not_zero(): void
    {
        $input = new Input(['amount' => '  ', 'count' => '', 'day' => '']);
        $this->assertNull($input->amount('amount', 'no'));
        $this->assertNull($input->count('count', 'no'));
        $this->assertNull($input->day('day', 'no'));
        $this->assertNull($input->amount('absent', 'no'));
    }

    public function test_reads_whole_numbers_from_zero(): void
    {
        $this->assertSame(0, (new Input(['n' => '0']))->count('n', 'no'));
        $this->assertSame(99999, (new Input(['n' => '99999']))->count('n', 'no'));
        foreach (['-1', '1.5', '100000', 'x'] as $wrong) {
            try {
                (new Input(['n' => $wrong]))->count('n', 'no');
                $this->fail($wrong);
            } catch (InvalidInput $invalid) {
                $this->assertSame('no', $invalid->getMessage());
            }
        }
    }

    public function test_takes_only_days_of_the_calendar(): void
    {
        $this->assertSame('2028-02-29', (new Input(['d' => '2028-02-29']))->day('d', 'no'));
        $this->expectException(InvalidInput::class);
        (new Input(['d' => '2026-02-29']))->day('d', 'no');
    }

    public function test_a_field_that_is_a_list_is_no_text_and_a_text_no_list(): void
    {
        $input = new Input(['text' => ['a'], 'list' => 'a', 'ids' => ['4', '4', '0', '-1', 'x', ['5'], '6'], 'words' => ['net_30', '../x', 'net_30']]);
        $this->assertSame('', $input->text('text'));
        $this->assertSame([], $input->ids('list'));
        $this->assertSame([4, 6], $input->ids('ids'));
        $this->assertSame(['net_30'], $input->words('words'));
        $this->assertSame([3 => 'allow'], (new Input(['g' => ['3' => 'allow', '4' => 'rule the world', 'x' => 'allow']]))->choices('g', ['allow', 'deny']));
    }

    public function test_control_characters_and_what_is_too_long_are_cut(): void
    {
        $this->assertSame('Née', (new Input(['t' => " N\x00é\x07e "]))->text('t'));
        $this->assertSame('éé', (new Input(['t' => 'ééé']))->text('t', 2));
    }

    public function test_what_is_required_is_asked_for(): void
    {
        $this->expectException(InvalidInput::class);
        $this->expectExceptionMessage('Say why.');
        (new Input(['reason' => '   ']))->required('reason', 'Say why.');
    }
}
