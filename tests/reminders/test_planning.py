"""What a company gets at one moment: which documents one mail names, what it asks for, and when it waits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from service.reminders.circumstances import Assignments, Circumstances, Credit, Debtor, KnownItem, ShopView
from service.reminders.domain import DueStep, NotDue, WhyNot
from service.reminders.planning import DebtorPlan, judge
from service.reminders.policy import Anchor
from service.reminders.schedule import PastReminder
from tests.reminders.cases import PARIS, policy, step

TODAY = date(2026, 4, 8)
NOW = datetime(2026, 4, 8, 9, tzinfo=UTC)
COMPANY, SHOP, LINE, MERCHANT = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
POLICY = policy(
    step("soon", 0, Anchor.BEFORE_DUE, 3),
    step("late_1", 1, Anchor.AFTER_DUE, 3),
    step("final", 4, Anchor.AFTER_DUE, 30),
    spacing_days=2,
)


def item(number: int, *, days_late: int, amount: int = 10_000, **more: Any) -> KnownItem:
    """A document of that many days past its due date, or before it."""
    due_on = TODAY - timedelta(days=days_late)
    given: dict[str, Any] = {
        "id": UUID(int=100 + number),
        "company_id": COMPANY,
        "shop_id": SHOP,
        "line_id": LINE,
        "document_ref": f"O-{number}",
        "currency": "EUR",
        "amount_minor": amount,
        "open_minor": amount,
        "issued_on": due_on - timedelta(days=30),
        "due_on": due_on,
        "is_disputed": False,
        "undisputed_at": None,
        "promised_on": None,
        "promised_minor": None,
        "version": 1,
        "payment_number": number,
        "ordered_on": None,
        "buyer_email": None,
        "next_look_at": NOW,
    }
    return KnownItem(**given | more)


def told(step_code: str, level: int, *, days_ago: int) -> PastReminder:
    return PastReminder(step_code, level, 1, TODAY - timedelta(days=days_ago), was_told=True)


def plan(
    *items: KnownItem,
    credits: tuple[Credit, ...] = (),  # noqa: A002 - what they are
    past: dict[UUID, list[PastReminder]] | None = None,
    charged_for: dict[UUID, UUID] | None = None,
) -> DebtorPlan:
    around = Circumstances(
        merchant_id=MERCHANT,
        shops={SHOP: ShopView(PARIS, "tests")},
        policies={"tests": POLICY},
        assignments=Assignments(),
        pauses={},
        past=past or {},
        charged_for=charged_for or {},
    )
    debtor = Debtor(COMPANY, "Martin SARL", "fr", "accounts@martin.example", (), items, credits)
    return judge(debtor, around, now=NOW)


def named(found: DebtorPlan) -> dict[str, list[str]]:
    return {notice.head_step.code: [each.document_ref for each in notice.listed] for notice in found.notices}


class TestCredit:
    def test_is_taken_off_what_is_late_first_and_never_twice(self):
        money = Credit("VIR 1", "EUR", TODAY, 12_000)
        found = plan(item(1, days_late=5), item(2, days_late=-3), credits=(money,))
        taken = {each.head_step.code: [credit.amount_minor for credit in each.credits] for each in found.notices}
        # Nothing is left to pay of the late one; what it does not need is taken off the one that is due soon.
        assert taken == {"soon": [2_000]}
        assert found.decisions[item(1, days_late=5).id] == NotDue(WhyNot.COVERED_BY_CREDIT, NOW + timedelta(days=1))

    def test_that_what_is_late_needs_is_no_part_of_a_notice(self):
        money = Credit("VIR 1", "EUR", TODAY, 4_000)
        found = plan(item(1, days_late=5), item(2, days_late=-3), credits=(money,))
        taken = {each.head_step.code: sum(credit.amount_minor for credit in each.credits) for each in found.notices}
        assert taken == {"soon": 0, "late_1": 4_000}

    def test_in_another_currency_is_left_alone(self):
        found = plan(item(1, days_late=5), credits=(Credit("VIR 1", "GBP", TODAY, 50_000),))
        assert [notice.credits for notice in found.notices] == [()]


class TestNaming:
    def test_everything_late_is_in_one_mail(self):
        assert named(plan(item(1, days_late=3), item(2, days_late=1), item(3, days_late=-10))) == {
            "late_1": ["O-1", "O-2"]
        }

    def test_a_milder_mail_names_nothing_that_a_harsher_one_has_spoken_of(self):
        old, new = item(1, days_late=40), item(2, days_late=3)
        past = {old.id: [told("late_1", 1, days_ago=37), told("final", 4, days_ago=10)]}
        assert named(plan(old, new, past=past)) == {"late_1": ["O-2"]}

    def test_a_harsher_mail_names_the_rest(self):
        old, new = item(1, days_late=30), item(2, days_late=8)
        past = {old.id: [told("late_1", 1, days_ago=27)], new.id: [told("late_1", 1, days_ago=5)]}
        assert named(plan(old, new, past=past)) == {"final": ["O-1", "O-2"]}


class TestLateCharges:
    def test_go_with_their_document_and_begin_nothing_themselves(self):
        document, charge = item(1, days_late=30), item(2, days_late=5, amount=4_000)
        found = plan(document, charge, charged_for={charge.id: document.id})
        assert found.decisions[charge.id] == NotDue(WhyNot.LATE_CHARGE, NOW + timedelta(days=1))
        assert named(found) == {"final": ["O-1", "O-2"]}

    def test_are_not_named_without_it(self):
        document, charge, other = item(1, days_late=40), item(2, days_late=5), item(3, days_late=3)
        past = {document.id: [told("final", 4, days_ago=10)]}
        assert named(plan(document, charge, other, past=past, charged_for={charge.id: document.id})) == {
            "late_1": ["O-3"]
        }

    def test_are_reminded_of_like_any_other_once_their_document_is_settled(self):
        assert named(plan(item(2, days_late=5))) == {"late_1": ["O-2"]}


class TestDistance:
    def test_two_mails_about_what_is_late_keep_theirs(self):
        first, second = item(1, days_late=4), item(2, days_late=3)
        past = {first.id: [told("late_1", 1, days_ago=1)]}
        found = plan(first, second, past=past)
        decision = found.decisions[second.id]
        assert isinstance(decision, NotDue)
        assert (decision.reason, decision.look_again_at) == (
            WhyNot.COMPANY_JUST_REMINDED,
            datetime(2026, 4, 9, 7, tzinfo=UTC),
        )
        assert found.notices == ()

    def test_is_over_with_its_day(self):
        first, second = item(1, days_late=5), item(2, days_late=3)
        past = {first.id: [told("late_1", 1, days_ago=2)]}
        found = plan(first, second, past=past)
        assert isinstance(found.decisions[second.id], DueStep)
        assert named(found) == {"late_1": ["O-1", "O-2"]}

    def test_is_not_kept_from_what_nobody_was_told(self):
        first, second = item(1, days_late=4), item(2, days_late=3)
        skipped = PastReminder("late_1", 1, 1, TODAY - timedelta(days=1))
        assert named(plan(first, second, past={first.id: [skipped]})) == {"late_1": ["O-1", "O-2"]}

    def test_is_not_kept_by_what_will_be_due(self):
        late, soon = item(1, days_late=4), item(2, days_late=-3)
        past = {late.id: [told("late_1", 1, days_ago=1)]}
        assert named(plan(late, soon, past=past)) == {"soon": ["O-2"]}
