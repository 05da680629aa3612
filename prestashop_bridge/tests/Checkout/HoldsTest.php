<?php

declare(strict_types=1);

namespace EncoursModule\Tests\Checkout;

use EncoursModule\Api\Refused;
use EncoursModule\Api\Response;
use EncoursModule\Api\Transport;
use EncoursModule\Factory;

final class HoldsTest extends CheckoutTestCase
{
    /** @return array<string, array{int, string}> */
    public function refusals(): array
    {
        return [
            'a key that ended' => [401, 'asked'],
            'a key that may not' => [403, 'asked'],
            'the question' => [409, 'refused'],
        ];
    }

    /** @dataProvider refusals */
    public function testOnlyARefusedQuestionIsOver(int $status, string $then): void
    {
        $factory = Factory::of(new \Encours(), 1)->with(new class($status) implements Transport {
            private $status;

            public function __construct(int $status)
            {
                $this->status = $status;
            }

            public function send(string $method, string $url, array $headers, ?string $body, float $connectTimeout, float $timeout): Response
            {
                return new Response($this->status, '{"code": "some_problem"}');
            }
        }, $this->clock());
        $attempt = $factory->attempts()->open($this->snapshot(), []);
        try {
            $factory->holds()->ask($attempt, $factory->client());
            self::fail('It was refused.');
        } catch (Refused $refused) {
            self::assertSame([$then], $this->statuses());
        }
    }

    public function testAnEarlierQuestionThatIsRefusedNowDoesNotRefuseTheCartAsItIs(): void
    {
        $this->submit($this->factory(''));
        $this->fill(132.0, 11);
        $this->now += 31; // the breaker has closed

        $outcome = $this->submit($this->factory('hold-terms-not-offered', ...SubmissionTest::ORDERED));

        self::assertTrue($outcome->isOrdered());
        self::assertSame(['refused', 'attached'], $this->statuses());
    }

    public function testAnEarlierQuestionThatWasHeldAfterAllGivesItsCreditBack(): void
    {
        $this->submit($this->factory(''));
        $this->fill(132.0, 11);
        $this->now += 31;

        $outcome = $this->submit($this->factory('hold-approved', 'hold-released', ...SubmissionTest::ORDERED));

        self::assertTrue($outcome->isOrdered());
        self::assertSame(['released', 'attached'], $this->statuses());
    }
}
