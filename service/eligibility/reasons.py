"""Why a decision came out as it did: stable codes, sentences for staff, and the one sentence buyers read."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["PUBLIC_REASON", "PUBLIC_TEXT", "REASON_TEXTS", "Reason", "ReasonCode"]


class ReasonCode(StrEnum):
    """Codes are kept in stored decisions and counted in reports: add new ones, never rename one."""

    GUEST = "guest"
    COMPANY_UNKNOWN = "company_unknown"
    BUYER_NOT_ALLOWED = "buyer_not_allowed"
    NO_CREDIT_LINE = "no_credit_line"
    LINE_CLOSED = "line_closed"
    LINE_FROZEN = "line_frozen"
    MANUAL_DENY = "manual_deny"
    MANUAL_ALLOW = "manual_allow"
    GROUP_DENY = "group_deny"
    GROUP_ALLOW = "group_allow"
    RULES_MET = "rules_met"
    RULE_NOT_MET = "rule_not_met"
    RULE_UNKNOWN = "rule_unknown"
    NO_RULES_CONFIGURED = "no_rules_configured"
    UNPAID_ORDERS = "unpaid_orders"
    UNPAID_ORDERS_UNKNOWN = "unpaid_orders_unknown"
    OVERDUE = "overdue"
    OVERDUE_UNKNOWN = "overdue_unknown"
    BLOCKS_LIFTED = "blocks_lifted"
    NOTHING_TO_PAY = "nothing_to_pay"
    BELOW_MINIMUM_ORDER = "below_minimum_order"
    ABOVE_MAXIMUM_ORDER = "above_maximum_order"
    NO_CREDIT_LIMIT = "no_credit_limit"
    OVER_LIMIT = "over_limit"
    OVER_LIMIT_ALLOWED = "over_limit_allowed"
    STAFF_OVERRIDE = "staff_override"


REASON_TEXTS: Final = MappingProxyType(
    {
        ReasonCode.GUEST: "The order is placed by a guest; guests never order on terms.",
        ReasonCode.COMPANY_UNKNOWN: "The shop has not told us about this company yet.",
        ReasonCode.BUYER_NOT_ALLOWED: "This buyer may not use the company's credit.",
        ReasonCode.NO_CREDIT_LINE: "The company has no credit line in the currency of the order, and the shop sent no exchange rate.",
        ReasonCode.LINE_CLOSED: "The credit line is closed.",
        ReasonCode.LINE_FROZEN: "The credit line is frozen; room under the limit does not matter.",
        ReasonCode.MANUAL_DENY: "The company is denied by hand: {subject}",
        ReasonCode.MANUAL_ALLOW: "The company is allowed by hand: {subject}",
        ReasonCode.GROUP_DENY: "A group the company belongs to is denied: {subject}",
        ReasonCode.GROUP_ALLOW: "A group the company belongs to is allowed: {subject}",
        ReasonCode.RULES_MET: "The company meets the rules.",
        ReasonCode.RULE_NOT_MET: "A rule is not met: {subject}",
        ReasonCode.RULE_UNKNOWN: "A rule asks for a fact that is not known: {subject}",
        ReasonCode.NO_RULES_CONFIGURED: "No rule is configured and nobody allowed the company.",
        ReasonCode.UNPAID_ORDERS: "Too many orders are still unpaid: {subject}",
        ReasonCode.UNPAID_ORDERS_UNKNOWN: "It is not known how many orders are still unpaid.",
        ReasonCode.OVERDUE: "The oldest open item is overdue by more days than the margin: {subject}",
        ReasonCode.OVERDUE_UNKNOWN: "It is not known whether anything is overdue.",
        ReasonCode.BLOCKS_LIFTED: "A block applies, and is lifted for this company by hand.",
        ReasonCode.NOTHING_TO_PAY: "The order's amount is not above zero.",
        ReasonCode.BELOW_MINIMUM_ORDER: "The order is below the smallest amount sold on terms: {subject}",
        ReasonCode.ABOVE_MAXIMUM_ORDER: "The order is above the largest amount sold on terms: {subject}",
        ReasonCode.NO_CREDIT_LIMIT: "The company has no credit: no limit is set for it, or it is set to none.",
        ReasonCode.OVER_LIMIT: "The order exceeds the credit left, by: {subject}",
        ReasonCode.OVER_LIMIT_ALLOWED: "The order exceeds the credit left, and the credit line allows it, by: {subject}",
        ReasonCode.STAFF_OVERRIDE: "Approved for this order against the decision by: {subject}",
    }
)

# Buyers read one sentence whatever the reason (S20): why somebody is refused credit is nobody else's to read.
PUBLIC_REASON: Final = "pay_later_not_available"
PUBLIC_TEXT: Final = "Paying later is not available for this order. Please choose another way to pay, or contact us."


class Reason(NamedTuple):
    """A code, and what it is about in this case: a group, a rule, an amount, what was noted by hand."""

    code: ReasonCode
    subject: str = ""

    @property
    def text(self) -> str:
        """The sentence for staff; never shown to buyers."""
        return REASON_TEXTS[self.code].replace("{subject}", self.subject)

    def to_trace(self) -> dict[str, str]:
        return {"code": str(self.code), "subject": self.subject} if self.subject else {"code": str(self.code)}
