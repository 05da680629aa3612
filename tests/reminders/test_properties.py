"""Whatever happens to a document, and whenever somebody looks: levels never fall, nothing comes twice or too late."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.reminders.domain import Block, DueStep, NotDue, WhyNot, blocks_of, demand_minor
from service.reminders.policy import Anchor, DayRule, Every, ReminderPolicy, Repeat, Step, Template
from service.reminders.schedule import Place
from tests.reminders.cases import Dunned, at, facts, policy, shipped, step

DUE = date(2027, 12, 31)
ZONES = ["Europe/Paris", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns", "UTC"]


@st.composite
def policies(draw: st.DrawFn) -> ReminderPolicy:
    """Any policy that is accepted; all are called the same, as if one had been edited."""
    steps: list[Step] = []
    for index in range(draw(st.integers(0, 2))):
        anchor = draw(st.sampled_from([Anchor.ORDER_DATE, Anchor.INVOICE_DATE, Anchor.BEFORE_DUE]))
        steps.append(step(f"notice_{index}", 0, anchor, draw(st.integers(0, 40)), days=draw(st.sampled_from(DayRule))))
    anchors = [Anchor.AFTER_DUE, Anchor.INVOICE_DATE]
    for level in range(1, draw(st.integers(2, 5))):
        anchor = draw(st.sampled_from([*anchors, Anchor.PREVIOUS_STEP] if steps else anchors))
        repeat = draw(st.none() | st.builds(Repeat, st.sampled_from(Every), st.integers(2, 4)))
        more: dict[str, Any] = {"days": draw(st.sampled_from(DayRule)), "hour": draw(st.integers(0, 23))}
        template = draw(st.sampled_from([Template.LATE_1, Template.LATE_2, Template.FINAL_DEMAND]))
        steps.append(
            step(f"late_{level}", level, anchor, draw(st.integers(0, 60)), repeat=repeat, template=template, **more)
        )
    return policy(*steps, spacing_days=draw(st.integers(1, 5)))


CHANGES = st.one_of(
    st.tuples(st.just("look"), st.integers(1, 40), st.integers(0, 23)),
    st.tuples(st.just("pay"), st.integers(0, 9_000)),
    st.tuples(st.just("extend"), st.integers(1, 90)),
    st.tuples(st.just("block"), st.integers(1, 60)),
    st.tuples(st.just("settle")),
    st.tuples(st.just("bounce")),
    st.tuples(
        st.just("policy"), policies() | st.sampled_from([shipped("gentle"), shipped("standard"), shipped("firm")])
    ),
)


class TestAnyLife:
    @settings(max_examples=80, deadline=None)
    @given(first=policies(), zone=st.sampled_from(ZONES), changes=st.lists(CHANGES, min_size=1, max_size=40))
    def test_of_a_document(self, first: ReminderPolicy, zone: str, changes: list[tuple[Any, ...]]):
        case = Dunned(facts(DUE, ordered_on=DUE - timedelta(days=40)), first, place=Place(zone))
        today, due_on, resumes_on = DUE - timedelta(days=45), DUE, date.min
        done: set[tuple[str, str, int]] = set()
        for kind, *values in changes:
            match kind:
                case "look":
                    today += timedelta(days=values[0])
                    blocks = (Block(WhyNot.PAUSED, resumes_on),) if today < resumes_on else ()
                    case.change(blocks=blocks)
                    before = list(case.past)
                    decision = case.look(at(today, values[1], zone))
                    if isinstance(decision, DueStep):
                        assert case.facts.open_minor > 0
                        assert today >= resumes_on
                        assert not decision.step.waits_until_late or today > due_on
                        assert not decision.step.is_void_when_late or today <= due_on
                        assert all(one.level <= decision.step.level for one in before)
                        key = (decision.step.code, str(decision.step.level), decision.occurrence)
                        assert key not in done, "nothing comes twice"
                        done.add(key)
                        spacing = timedelta(days=case.policy.spacing_days)
                        assert all(today - one.decided_on >= spacing for one in before)
                    elif decision.look_again_at is not None:
                        assert decision.look_again_at > at(today, values[1], zone)
                case "pay":
                    left = max(1, case.facts.open_minor - values[0])
                    case.change(open_minor=left, demand_minor=left)
                case "extend":
                    due_on += timedelta(days=values[0])
                    case.facts = facts(due_on, issued_on=DUE - timedelta(days=30), open_minor=case.facts.open_minor)
                case "block":
                    resumes_on = max(resumes_on, today + timedelta(days=values[0]))
                case "settle":
                    case.change(open_minor=0, demand_minor=0)
                case "bounce":
                    case.change(open_minor=10_000, demand_minor=10_000)
                case _:
                    case.policy = values[0]

    @settings(max_examples=30, deadline=None)
    @given(first=policies(), zone=st.sampled_from(ZONES), gaps=st.lists(st.integers(1, 30), min_size=5, max_size=30))
    def test_the_hint_never_loses_a_step(self, first: ReminderPolicy, zone: str, gaps: list[int]):
        """Who only looks when told to do so does everything on the same days as who looks every hour."""
        often = Dunned(facts(DUE, ordered_on=DUE - timedelta(days=40)), first, place=Place(zone))
        told = Dunned(facts(DUE, ordered_on=DUE - timedelta(days=40)), first, place=Place(zone))
        now = at(DUE - timedelta(days=45), 0, zone)
        end = now + timedelta(days=sum(gaps) // 3)
        look_at = now
        while now < end:
            often.look(now)
            if look_at <= now:
                decision = told.look(now)
                while isinstance(decision, DueStep):
                    decision = told.look(now)
                look_at = decision.look_again_at or end
            now += timedelta(hours=1)
        assert told.past == often.past


class TestBlocksOf:
    @given(today=st.dates(date(2026, 1, 1), date(2026, 12, 31)), grace=st.integers(0, 10))
    def test_a_promise_holds_until_its_day_and_some_grace(self, today: date, grace: int):
        promised_on = date(2026, 6, 15)
        found = blocks_of(
            disputed=False,
            undisputed_on=None,
            promised_on=promised_on,
            covers_all=True,
            pauses=(),
            grace_days=grace,
            today=today,
        )
        holds = today <= promised_on + timedelta(days=grace)
        assert found == ((Block(WhyNot.PROMISED, promised_on + timedelta(days=grace + 1)),) if holds else ())

    @given(open_minor=st.integers(0, 1_000), promised=st.none() | st.integers(1, 1_000), holds=st.booleans())
    def test_a_promise_covers_what_it_says(self, open_minor: int, promised: int | None, holds: bool):
        demanded = demand_minor(open_minor=open_minor, promised_minor=promised, promise_holds=holds)
        assert 0 <= demanded <= open_minor
        if not holds or promised is None:
            assert demanded == open_minor
        else:
            assert demanded == max(0, open_minor - promised)


def test_a_decision_is_one_of_two():
    case = Dunned(facts(DUE), shipped("standard"))
    assert isinstance(case.look(at(DUE)), NotDue | DueStep)
