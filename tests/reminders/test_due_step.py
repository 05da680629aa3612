"""When a step is due and when it is not: both sides of each day, hour and limit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.core.calendar import holidays_among
from service.reminders.domain import Block, DueStep, NotDue, WhyNot, due_step, is_below_minimum
from service.reminders.policy import Anchor, DayRule, Every, Recipient, Repeat, Template
from service.reminders.schedule import PastReminder, Place, Schedule
from tests.reminders.cases import LATE, PARIS, Dunned, at, facts, policy, shipped, step

DUE = date(2026, 4, 1)


def decide(case: Dunned, now: datetime) -> DueStep | NotDue:
    return due_step(case.facts, Schedule(case.policy, case.place), case.past, now=now)


def reason_of(case: Dunned, now: datetime) -> WhyNot:
    decision = decide(case, now)
    assert isinstance(decision, NotDue), decision
    return decision.reason


class TestDay:
    def test_begins_at_its_hour_where_the_shop_is(self):
        case = Dunned(facts(DUE), LATE)
        begins = at(date(2026, 4, 4), 9)
        early = decide(case, begins - timedelta(seconds=1))
        assert isinstance(early, NotDue)
        assert (early.reason, early.look_again_at) == (WhyNot.NOT_YET, begins)
        due = decide(case, begins)
        assert isinstance(due, DueStep)
        assert (due.step.code, due.occurrence, due.planned_on) == ("late_1", 1, date(2026, 4, 4))

    def test_due_today_is_not_late(self):
        case = Dunned(facts(DUE), policy(step("late_1", 1, Anchor.AFTER_DUE, 0)))
        assert reason_of(case, at(DUE, 23)) is WhyNot.NOT_YET
        assert isinstance(decide(case, at(DUE + timedelta(days=1), 9)), DueStep)

    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "UTC"])
    def test_is_a_day_of_the_shop_s_zone(self, zone: str):
        case = Dunned(facts(DUE), LATE, place=Place(zone))
        begins = at(date(2026, 4, 4), 9, zone)
        assert isinstance(decide(case, begins), DueStep)
        assert reason_of(case, begins - timedelta(minutes=1)) is WhyNot.NOT_YET

    @pytest.mark.parametrize(
        ("anchor", "offset_days", "expected"),
        [
            (Anchor.ORDER_DATE, 7, date(2026, 3, 6)),
            (Anchor.INVOICE_DATE, 7, date(2026, 3, 9)),
            (Anchor.BEFORE_DUE, 3, date(2026, 3, 29)),
            (Anchor.AFTER_DUE, 0, date(2026, 4, 1)),
        ],
    )
    def test_counts_from_its_anchor(self, anchor: Anchor, offset_days: int, expected: date):
        case = Dunned(
            facts(DUE, issued_on=date(2026, 3, 2), ordered_on=date(2026, 2, 27)),
            policy(step("notice", 0, anchor, offset_days)),
        )
        assert case.run(date(2026, 2, 27), date(2026, 4, 20)) == [("notice", 1, expected)]

    def test_that_nobody_works_on_moves_to_the_next_business_day(self):
        easter = holidays_among([date(2026, 4, 3), date(2026, 4, 6)])
        case = Dunned(
            facts(DUE),
            policy(step("late_1", 1, Anchor.AFTER_DUE, 2, days=DayRule.BUSINESS_DAYS)),
            place=Place("Europe/Paris", easter),
        )
        assert case.run(DUE, date(2026, 4, 20)) == [("late_1", 1, date(2026, 4, 7))]

    def test_before_due_moves_back_rather_than_past_the_due_date(self):
        # Monday the 6th; three days before is Friday, one day before a Sunday.
        case = Dunned(
            facts(date(2026, 4, 6)), policy(step("soon", 0, Anchor.BEFORE_DUE, 1, days=DayRule.BUSINESS_DAYS))
        )
        assert case.run(date(2026, 4, 1), date(2026, 4, 20)) == [("soon", 1, date(2026, 4, 3))]

    def test_waits_for_its_weekday(self):
        case = Dunned(facts(DUE), policy(step("late_1", 1, Anchor.AFTER_DUE, 1, days=DayRule.TUESDAY)))
        assert case.run(DUE, date(2026, 4, 20)) == [("late_1", 1, date(2026, 4, 7))]

    def test_that_was_missed_waits_for_hours_in_which_people_read(self):
        case = Dunned(facts(DUE), LATE)
        night = decide(case, at(date(2026, 4, 5), 23))
        assert isinstance(night, NotDue)
        assert (night.reason, night.look_again_at) == (WhyNot.OUTSIDE_HOURS, at(date(2026, 4, 6), 9))
        assert reason_of(case, at(date(2026, 4, 5), 20)) is WhyNot.OUTSIDE_HOURS
        assert isinstance(decide(case, at(date(2026, 4, 5), 19)), DueStep)


class TestClockChanges:
    @pytest.mark.parametrize(("due_on", "offset"), [(date(2026, 3, 26), "+02:00"), (date(2026, 10, 22), "+01:00")])
    def test_keep_the_hour_on_the_wall(self, due_on: date, offset: str):
        case = Dunned(facts(due_on), LATE)
        # Both steps fall on the Sunday on which the clocks change.
        day = due_on + timedelta(days=3)
        nine = datetime.fromisoformat(f"{day.isoformat()}T09:00:00{offset}")
        assert reason_of(case, nine - timedelta(seconds=1)) is WhyNot.NOT_YET
        assert isinstance(decide(case, nine), DueStep)

    def test_an_hour_that_is_skipped_is_the_one_after_it(self):
        case = Dunned(facts(date(2026, 3, 26)), policy(step("late_1", 1, Anchor.AFTER_DUE, 3, hour=2)))
        three = datetime(2026, 3, 29, 3, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
        assert reason_of(case, three - timedelta(seconds=1)) is WhyNot.NOT_YET
        assert isinstance(decide(case, three), DueStep)

    def test_an_hour_that_comes_twice_counts_once(self):
        case = Dunned(facts(date(2026, 10, 22)), policy(step("late_1", 1, Anchor.AFTER_DUE, 3, hour=2)))
        first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))
        assert isinstance(case.look(first), DueStep)
        assert isinstance(case.look(first.replace(fold=1)), NotDue)


class TestMissedRuns:
    def test_catch_up_with_the_highest_step_only(self):
        case = Dunned(facts(DUE), LATE)
        assert case.run(date(2026, 4, 15), date(2026, 4, 20)) == [("late_2", 1, date(2026, 4, 15))]
        assert case.run(date(2026, 4, 21), date(2026, 6, 1)) == [("late_3", 1, date(2026, 4, 21))]

    def test_never_send_a_step_twice_however_often_they_look(self):
        case = Dunned(facts(DUE), LATE)
        done = [case.look(at(date(2026, 4, 4), hour)) for hour in range(9, 20)]
        assert [isinstance(one, DueStep) for one in done] == [True] + [False] * 10

    def test_do_not_make_up_for_a_notice_that_is_not_true_any_more(self):
        notices = policy(step("soon", 0, Anchor.BEFORE_DUE, 3), step("late_1", 1, Anchor.AFTER_DUE, 5))
        case = Dunned(facts(DUE), notices)
        assert reason_of(case, at(DUE + timedelta(days=1))) is WhyNot.NOT_YET
        assert isinstance(decide(case, at(DUE)), DueStep)

    def test_do_not_begin_with_what_follows_a_step_that_never_went(self):
        case = Dunned(facts(DUE), shipped("standard"))
        done = case.run(date(2026, 6, 1), date(2026, 6, 30))
        assert [(code, day) for code, _, day in done] == [
            ("late_1", date(2026, 6, 1)),
            ("late_2", date(2026, 6, 8)),
            ("late_3", date(2026, 6, 18)),
        ]

    def test_say_when_what_follows_a_notice_that_cannot_go_any_more_begins(self):
        # Due on a Wednesday: the first Monday after the day before is too late for the notice.
        notice = step("before", 0, Anchor.BEFORE_DUE, 1, days=DayRule.MONDAY)
        case = Dunned(facts(DUE), policy(notice, step("late_1", 1, Anchor.PREVIOUS_STEP, 5)))
        decision = decide(case, at(DUE - timedelta(days=1)))
        assert isinstance(decision, NotDue)
        assert (decision.reason, decision.look_again_at) == (WhyNot.NOT_YET, at(DUE + timedelta(days=5), 9))
        assert case.run(DUE, DUE + timedelta(days=9)) == [("late_1", 1, DUE + timedelta(days=5))]

    def test_go_on_at_once_after_a_notice_that_would_have_come_too_late(self):
        # Forty days after an invoice of thirty days is no day for a notice: what counts from it begins when that is known.
        notice = step("soon", 0, Anchor.INVOICE_DATE, 40, template=Template.BEFORE_DUE)
        case = Dunned(facts(DUE), policy(notice, step("late_1", 1, Anchor.PREVIOUS_STEP, 0)))
        before = decide(case, at(DUE - timedelta(days=10)))
        assert isinstance(before, NotDue)
        assert (before.reason, before.look_again_at) == (WhyNot.NOT_YET, at(DUE + timedelta(days=1), 9))
        assert case.run(DUE, DUE + timedelta(days=2)) == [("late_1", 1, DUE + timedelta(days=1))]

    def test_keep_two_steps_apart(self):
        case = Dunned(facts(DUE), policy(*LATE.steps, spacing_days=4))
        assert case.run(date(2026, 4, 10), date(2026, 4, 30)) == [
            ("late_1", 1, date(2026, 4, 10)),
            ("late_2", 1, date(2026, 4, 14)),
            ("late_3", 1, date(2026, 4, 21)),
        ]


class TestRepeats:
    def test_weekly_for_so_many_times(self):
        repeat = Repeat(Every.WEEK, 3)
        case = Dunned(facts(DUE), policy(step("late_1", 1, Anchor.AFTER_DUE, 3, repeat=repeat)))
        assert case.run(DUE, date(2026, 12, 31)) == [
            ("late_1", 1, date(2026, 4, 4)),
            ("late_1", 2, date(2026, 4, 11)),
            ("late_1", 3, date(2026, 4, 18)),
        ]

    def test_monthly_from_the_original_day(self):
        repeat = Repeat(Every.MONTH, 4)
        case = Dunned(facts(date(2026, 1, 30)), policy(step("late_1", 1, Anchor.AFTER_DUE, 1, repeat=repeat)))
        assert [day for _, _, day in case.run(date(2026, 1, 30), date(2026, 12, 31))] == [
            date(2026, 1, 31),
            date(2026, 2, 28),
            date(2026, 3, 31),
            date(2026, 4, 30),
        ]

    def test_on_a_leap_day(self):
        repeat = Repeat(Every.MONTH, 3)
        case = Dunned(facts(date(2028, 1, 30)), policy(step("late_1", 1, Anchor.AFTER_DUE, 1, repeat=repeat)))
        assert [day for _, _, day in case.run(date(2028, 1, 30), date(2028, 4, 1))] == [
            date(2028, 1, 31),
            date(2028, 2, 29),
            date(2028, 3, 31),
        ]

    def test_that_were_missed_are_passed_over(self):
        repeat = Repeat(Every.WEEK, 5)
        case = Dunned(facts(DUE), policy(step("late_1", 1, Anchor.AFTER_DUE, 3, repeat=repeat)))
        assert case.run(date(2026, 4, 20), date(2026, 12, 31)) == [
            ("late_1", 3, date(2026, 4, 20)),
            ("late_1", 4, date(2026, 4, 25)),
            ("late_1", 5, date(2026, 5, 2)),
        ]

    def test_after_the_previous_step_count_from_its_last_time(self):
        case = Dunned(
            facts(DUE),
            policy(
                step("late_1", 1, Anchor.AFTER_DUE, 3, repeat=Repeat(Every.WEEK, 2)),
                step("late_2", 2, Anchor.PREVIOUS_STEP, 5, repeat=Repeat(Every.WEEK, 2)),
            ),
        )
        assert case.run(DUE, date(2026, 12, 31)) == [
            ("late_1", 1, date(2026, 4, 4)),
            ("late_1", 2, date(2026, 4, 11)),
            ("late_2", 1, date(2026, 4, 16)),
            ("late_2", 2, date(2026, 4, 23)),
        ]


class TestBlocks:
    def test_settled(self):
        case = Dunned(facts(DUE, open_minor=0, demand_minor=0), LATE)
        assert reason_of(case, at(date(2026, 5, 1))) is WhyNot.SETTLED

    def test_no_policy(self):
        decision = due_step(facts(DUE), None, [], now=at(date(2026, 5, 1)))
        assert decision == NotDue(WhyNot.NO_POLICY)

    def test_open_ended(self):
        case = Dunned(facts(DUE, blocks=(Block(WhyNot.DISPUTED, None),)), LATE)
        decision = decide(case, at(date(2026, 5, 1)))
        assert decision == NotDue(WhyNot.DISPUTED)

    def test_until_a_day_says_what_comes_then(self):
        case = Dunned(facts(DUE, blocks=(Block(WhyNot.PAUSED, date(2026, 5, 10)),)), LATE)
        decision = decide(case, at(date(2026, 5, 9), 19))
        assert isinstance(decision, NotDue)
        assert (decision.reason, decision.look_again_at) == (WhyNot.PAUSED, at(date(2026, 5, 10), 9))
        assert isinstance(decide(case, at(date(2026, 5, 10), 9)), DueStep)

    def test_of_several_the_longest_counts(self):
        blocks = (Block(WhyNot.PROMISED, date(2026, 5, 4)), Block(WhyNot.PAUSED, date(2026, 5, 10)))
        case = Dunned(facts(DUE, blocks=blocks), LATE)
        assert reason_of(case, at(date(2026, 5, 5))) is WhyNot.PAUSED

    def test_over_resumes_where_it_stopped_with_one_step(self):
        case = Dunned(facts(DUE), LATE)
        case.run(DUE, date(2026, 4, 5))
        case.change(blocks=(Block(WhyNot.PAUSED, date(2026, 6, 1)),))
        assert case.run(date(2026, 4, 6), date(2026, 6, 30)) == [("late_3", 1, date(2026, 6, 1))]


class TestChanges:
    def test_part_payment_keeps_the_level(self):
        case = Dunned(facts(DUE), LATE)
        case.run(DUE, date(2026, 4, 5))
        case.change(open_minor=1, demand_minor=1)
        assert case.run(date(2026, 4, 6), date(2026, 4, 12)) == [("late_2", 1, date(2026, 4, 11))]

    def test_an_extension_moves_what_is_to_come_and_repeats_nothing(self):
        case = Dunned(facts(DUE), LATE)
        case.run(DUE, date(2026, 4, 5))
        case.facts = facts(date(2026, 5, 1), issued_on=DUE - timedelta(days=30))
        assert case.run(date(2026, 4, 6), date(2026, 5, 30)) == [
            ("late_2", 1, date(2026, 5, 11)),
            ("late_3", 1, date(2026, 5, 21)),
        ]

    def test_another_policy_goes_on_above_the_level_that_was_reached(self):
        case = Dunned(facts(DUE), shipped("standard"))
        case.run(DUE, date(2026, 4, 20))
        assert case.past[-1].level == 2
        case.policy = shipped("firm")
        done = case.run(date(2026, 4, 21), date(2026, 8, 1))
        assert [code for code, _, _ in done] == ["late_2", "late_3", "final_demand", "hand_over"]
        levels = [one.level for one in case.past]
        assert levels == sorted(levels)

    def test_a_policy_without_common_steps_counts_on_from_the_last_reminder(self):
        case = Dunned(facts(DUE), LATE, past=[PastReminder("other", 1, 1, date(2026, 4, 8))])
        case.policy = policy(step("first", 1, Anchor.AFTER_DUE, 3), step("second", 2, Anchor.PREVIOUS_STEP, 6))
        assert case.run(date(2026, 4, 8), date(2026, 5, 1)) == [("second", 1, date(2026, 4, 14))]

    def test_finished(self):
        case = Dunned(facts(DUE), LATE)
        case.run(DUE, date(2026, 6, 1))
        assert decide(case, at(date(2027, 1, 1))) == NotDue(WhyNot.FINISHED)


class TestMinimum:
    @pytest.mark.parametrize(("total_minor", "is_below"), [(499, True), (500, False), (501, False)])
    def test_exactly_the_minimum_goes(self, total_minor: int, is_below: bool):
        minimum = step("late_1", 1, Anchor.AFTER_DUE, 3, minimum_minor={"EUR": 500})
        assert is_below_minimum(minimum, currency="EUR", total_minor=total_minor) is is_below

    def test_of_another_currency_is_none_but_nothing_is_never_asked_for(self):
        minimum = step("late_1", 1, Anchor.AFTER_DUE, 3, minimum_minor={"EUR": 500})
        assert not is_below_minimum(minimum, currency="USD", total_minor=1)
        assert is_below_minimum(minimum, currency="USD", total_minor=0)


class TestShipped:
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("gentle", ["late_1", "late_2", "late_2", "late_2", "tell_staff"]),
            ("standard", ["before_due", "late_1", "late_2", "late_3", "final_demand"]),
            (
                "firm",
                ["before_due", "due_today", "late_1", "late_2", "late_2", "late_3", "final_demand", "hand_over"],
            ),
        ],
    )
    def test_whole_life_of_a_document_that_is_never_paid(self, code: str, expected: list[str]):
        case = Dunned(facts(DUE), shipped(code))
        done = case.run(date(2026, 3, 2), date(2027, 3, 2))
        assert [step_code for step_code, _, _ in done] == expected
        assert all(day.weekday() < 5 for _, _, day in done)

    def test_only_the_mildest_step_comes_first(self):
        for code in ("gentle", "standard", "firm"):
            case = Dunned(facts(DUE), shipped(code))
            assert case.run(date(2027, 3, 1), date(2027, 3, 1))[0][0] == "late_1"

    def test_final_demands_are_copied_to_staff(self):
        for code in ("standard", "firm"):
            (final,) = (one for one in shipped(code).steps if one.template is Template.FINAL_DEMAND)
            assert Recipient.STAFF_COPY in final.recipients


def test_the_place_of_these_tests_knows_weekends():
    assert PARIS.is_holiday(date(2026, 4, 4))
