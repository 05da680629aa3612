"""The guide says what the code does: its words, its worked examples and its policy."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

from service.reminders.domain import Block, WhyNot
from service.reminders.interest import Balance, Rates, late_interest
from service.reminders.policy import Action, Anchor, Attachment, Recipient
from service.reminders.policy_schemas import ReminderPolicyIn
from service.reminders.rates import LAWS
from service.reminders.schedule import Place
from service.reminders.shipped import SHIPPED
from service.terms.holidays import country_holidays
from tests.reminders.cases import Dunned, facts, shipped

GUIDE = (Path(__file__).parents[2] / "docs" / "reminders.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"`([a-z_0-9]+)`", GUIDE))


class TestWords:
    def test_every_reason_is_explained(self):
        assert {reason.value for reason in WhyNot} <= WORDS

    def test_every_choice_is_named(self):
        for words in (SHIPPED, Anchor, Action, Attachment, Recipient):
            assert {str(word) for word in words} <= WORDS

    def test_every_country_has_its_row(self):
        rows = " ".join(line.split("|")[1] for line in GUIDE.splitlines() if line.startswith("|"))
        assert set(LAWS) <= set(re.findall(r"\b[A-Z]{2}\b", rows))


class TestExamples:
    def test_the_policy_can_be_used(self):
        (block,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
        policy = ReminderPolicyIn.model_validate(json.loads(block)).to_domain("patient")
        assert [step.code for step in policy.steps] == ["soon", "late_1", "late_2", "final"]

    def test_a_document_that_is_paused(self):
        case = Dunned(facts(date(2026, 4, 1)), shipped("standard"), place=Place("Europe/Paris", country_holidays("FR")))
        before = case.run(date(2026, 3, 2), date(2026, 4, 7))
        case.change(blocks=(Block(WhyNot.PAUSED, date(2026, 4, 14)),))
        after = case.run(date(2026, 4, 8), date(2026, 4, 14))
        assert [(code, day) for code, _, day in [*before, *after]] == [
            ("before_due", date(2026, 3, 27)),
            ("late_1", date(2026, 4, 7)),
            ("late_2", date(2026, 4, 14)),
        ]

    def test_ten_days_of_interest(self):
        balances = [Balance(date(2026, 3, 2), 36_500)]
        interest = late_interest(
            balances,
            LAWS["FR"],
            Rates({}),
            began_on=date(2026, 4, 2),
            from_on=date(2026, 4, 2),
            until_on=date(2026, 4, 11),
        )
        assert (interest.days, interest.amount_minor) == (10, 122)
