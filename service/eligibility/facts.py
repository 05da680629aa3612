"""The facts that rules may ask about: their types, and what exactly each of them counts (S22)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from service.core.records import maker_of

__all__ = ["FACTS", "Fact", "FactDefinition", "FactType", "FactValue", "make_fact"]

FactValue = int | str | bool | frozenset[str] | None


class FactType(StrEnum):
    """How a fact is measured, and with that which comparisons make sense."""

    INTEGER = "integer"
    AMOUNT = "amount"
    DAYS = "days"
    BOOLEAN = "boolean"
    TEXT = "text"
    COUNTRY = "country"
    TEXT_SET = "text_set"
    VAT_STATUS = "vat_status"


class Fact(NamedTuple):
    """One measured value. No fact, or a value of None, is *unknown*: never zero, never false.

    An amount is an integer of minor units and must name its currency: compared in another currency it counts
    as unknown, because nothing is converted silently. `as_of` is the day (UTC) the value was true.
    """

    value: FactValue
    source: str
    as_of: date | None = None
    currency: str | None = None


make_fact: Final = maker_of(Fact)


@dataclass(frozen=True, slots=True)
class FactDefinition:
    """A fact's place in the catalogue: `basis` says what is counted, over which time, and what is left out."""

    name: str
    type: FactType
    basis: str


_NET = "net of tax and shipping, refunds and credit slips deducted, cancelled orders excluded"
_NOT_UNPAID = "deferred orders that are still unpaid do not count, or a company would qualify itself by ordering"

_DEFINITIONS: Final = (
    FactDefinition(
        "vat_status",
        FactType.VAT_STATUS,
        "Answer of the VAT registry: valid, invalid or absent (no number given); no answer yet is unknown",
    ),
    FactDefinition("vat_number_present", FactType.BOOLEAN, "A VAT number is on file, checked or not"),
    FactDefinition(
        "registration_number_present", FactType.BOOLEAN, "A company registration number is on file, checked or not"
    ),
    FactDefinition(
        "completed_orders", FactType.INTEGER, f"Orders delivered and paid since the beginning; {_NOT_UNPAID}"
    ),
    FactDefinition(
        "completed_orders_12m",
        FactType.INTEGER,
        f"Orders delivered and paid, ordered within the last 12 months; {_NOT_UNPAID}",
    ),
    FactDefinition("net_spend_12m", FactType.AMOUNT, f"Spend on orders of the last 12 months, {_NET}; {_NOT_UNPAID}"),
    FactDefinition("net_spend_total", FactType.AMOUNT, f"Spend since the beginning, {_NET}; {_NOT_UNPAID}"),
    FactDefinition("account_age_days", FactType.DAYS, "Days since the company's account was opened in the shop"),
    FactDefinition(
        "days_since_first_order", FactType.DAYS, "Days since the first order that was not cancelled was placed"
    ),
    FactDefinition(
        "days_since_last_order", FactType.DAYS, "Days since the latest order that was not cancelled was placed"
    ),
    FactDefinition(
        "return_rate_bp",
        FactType.INTEGER,
        "Value returned as a share of value delivered in the last 12 months, net of tax, in basis points (100 = 1 %)",
    ),
    FactDefinition(
        "turnover", FactType.AMOUNT, "The company's yearly turnover, net of tax, of its latest known business year"
    ),
    FactDefinition("employees", FactType.INTEGER, "The company's headcount, as latest known"),
    FactDefinition("running_contract", FactType.BOOLEAN, "A contract with the company is in force today"),
    FactDefinition("groups", FactType.TEXT_SET, "Codes of all groups the company belongs to now"),
    FactDefinition("country", FactType.COUNTRY, "Country of the company's seat, two letters (ISO 3166-1)"),
    FactDefinition("language", FactType.TEXT, "Language the company is written to in"),
    FactDefinition(
        "average_days_late",
        FactType.DAYS,
        "Mean days after the due date over all settled open items, rounded; paid early or on the day counts 0",
    ),
    FactDefinition(
        "max_days_late",
        FactType.DAYS,
        "Most days after the due date of any open item of the last 12 months, settled or still open",
    ),
    FactDefinition(
        "overdue_amount",
        FactType.AMOUNT,
        "Gross rest of all open items whose due date is past; due today is not late, an honoured plan is not overdue",
    ),
    FactDefinition(
        "overdue_days",
        FactType.DAYS,
        "Days the oldest open item is past its due date, 0 when none is; an honoured plan is not overdue",
    ),
    FactDefinition(
        "unpaid_orders", FactType.INTEGER, "Deferred orders not wholly paid yet, due or not, cancelled ones excluded"
    ),
    FactDefinition(
        "written_off_amount", FactType.AMOUNT, "Gross amount written off since the beginning, later receipts deducted"
    ),
    FactDefinition(
        "order_amount",
        FactType.AMOUNT,
        "Gross amount of the order asked about, with tax, fees and shipping, in the credit line's currency",
    ),
    FactDefinition(
        "is_guest", FactType.BOOLEAN, "The order is placed without an account; guests are declined whatever the rules"
    ),
)

FACTS: Final = MappingProxyType({definition.name: definition for definition in _DEFINITIONS})
