"""The tables of the merchant's guide are what the code answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from service.core.calendar import is_weekend
from service.terms.catalogue import READY_MADE_TERMS
from service.terms.definition import parse_terms
from service.terms.domain import BusinessDayAdjustment, StepCode, describe, due_date
from service.terms.holidays import country_holidays, target2_holidays
from service.terms.legal import legal_warnings, longest_term

GUIDE = (Path(__file__).parents[2] / "docs" / "terms.md").read_text(encoding="utf-8")
BASE_DATES = [
    date(2026, 1, 15),
    date(2026, 1, 30),
    date(2026, 1, 31),
    date(2026, 2, 28),
    date(2028, 2, 29),
    date(2026, 12, 15),
]
MOVES = {
    StepCode.BASE_DATE: "the order counts from",
    StepCode.BILLING_PERIOD_CLOSED: "its billing period closes",
    StepCode.MONTHS_ADDED: "months added",
    StepCode.END_OF_MONTH: "end of month",
    StepCode.DAYS_ADDED: "days added",
    StepCode.FIXED_DAY: "fixed day",
    StepCode.BUSINESS_DAY: "business day",
}


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def due_dates() -> str:
    rows = (
        [f"`{terms.code}`", describe(terms), *(due_date(terms, on, is_weekend).due_on for on in BASE_DATES)]
        for terms in READY_MADE_TERMS.values()
    )
    return table(["Code", "Meaning", *map(str, BASE_DATES)], rows)


def steps() -> str:
    rows = []
    for code in ("net_45_end_of_month", "end_of_month_45", "monthly_net_30"):
        due = due_date(READY_MADE_TERMS[code], date(2026, 4, 10), is_weekend)
        rows.append([f"`{code}`", "; ".join(f"{MOVES[step.code]} {step.on}" for step in due.steps)])
    return table(["Code", "An order of 2026-04-10"], rows)


def business_days() -> str:
    calendars = {
        "France": country_holidays("FR"),
        "Moselle": country_holidays("FR", "57"),
        "TARGET2": target2_holidays(),
    }
    rows = []
    for base_on in (date(2026, 3, 4), date(2026, 3, 5), date(2026, 5, 1)):
        for name, is_holiday in calendars.items():
            dues = [
                due_date(replace(READY_MADE_TERMS["net_30"], business_day_adjustment=adjustment), base_on, is_holiday)
                for adjustment in BusinessDayAdjustment
            ]
            rows.append([base_on, name, *(due.due_on for due in dues)])
    return table(["Order of", "Calendar", *(f"`{adjustment.value}`" for adjustment in BusinessDayAdjustment)], rows)


def law() -> str:
    countries = {"France": "FR", "Spain": "ES", "Germany": "DE", "Italy": "IT", "other EU": "NL"}
    rows = [
        [
            f"`{terms.code}`",
            longest_term(terms).days,
            *(
                ", ".join(f"`{warning.code.value}` ({warning.days})" for warning in legal_warnings(terms, country))
                or "none"
                for country in countries.values()
            ),
        ]
        for terms in READY_MADE_TERMS.values()
    ]
    return table(["Code", "Days at most", *countries], rows)


class TestGuide:
    @pytest.mark.parametrize("make", [due_dates, steps, business_days, law])
    def test_its_tables_are_the_answers_of_the_code(self, make: Callable[[], str]) -> None:
        name = make.__name__.replace("_", "-")
        found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", GUIDE, re.DOTALL)
        assert found is not None
        assert found[1].strip() == make()

    def test_its_json_can_be_sent_as_it_stands(self) -> None:
        definitions = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
        assert [describe(parse_terms(json.loads(definition))) for definition in definitions] == [
            "60 days, then end of month, on the 10th, next business day",
            "Monthly invoice, 30 days, 2% off within 10 days",
        ]
