"""Bodies about policies, the facts rules may use, and decisions."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, ValidationError

from service.core.money import format_amount
from service.eligibility.domain import Outcome
from service.eligibility.facts import FactDefinition, FactType
from service.eligibility.inputs import OverLimit
from service.eligibility.reasons import Reason, ReasonCode
from service.eligibility.rules import OPERATORS, Operator
from service.eligibility.stored import PolicyInForce, PolicySource, StoredDecision, StoredPolicy
from service.infra.schemas import AmountText, Code, CurrencyCode, FreeText, InstantText, Page, Schema
from service.merchants.errors import SettingsBroken

__all__ = [
    "DecisionDetailOut", "DecisionOut", "DecisionPage", "FactsOut", "PolicyDraft", "PolicyIn", "PolicyOut", "PolicyPage",
    "PolicyVersionOut", "RuleReasonOut",
]  # fmt: skip

Count = Annotated[int, Field(ge=0, le=10_000)]
_EXAMPLE_RULES = {
    "all": [
        {"fact": "vat_status", "op": "eq", "value": "valid", "on_unknown": "refer"},
        {"fact": "completed_orders", "op": "gte", "value": 2},
    ]
}
Rules = Annotated[
    dict[str, Any] | None,
    Field(
        description="A tree of `all`, `any` and `not` over comparisons of facts (`GET /v1/policy/facts`). Null, `{}` and "
        "an empty group at the top mean that no rule is configured: then only people and groups let companies in.",
        examples=[_EXAMPLE_RULES],
    ),
]


class PolicySettingsBody(Schema):
    """The checks beside the rules. Null switches a check off. Amounts bind credit lines of the policy's currency."""

    currency: CurrencyCode | None = Field(
        default=None, description="Of all amounts in the policy; the shop's, or the merchant's, unless given."
    )
    unpaid_orders_allowed: Count | None = Field(
        default=None, description="How many orders may be unpaid, due or not, before the next is declined."
    )
    overdue_margin_days: Count | None = Field(
        default=None, description="How many days the oldest open item may be overdue before the next is declined."
    )
    minimum_order: AmountText | None = Field(default=None, description="Gross; itself allowed.")
    maximum_order: AmountText | None = Field(default=None, description="Gross; itself allowed.")
    over_limit: Annotated[OverLimit, Field(strict=False)] = Field(
        default=OverLimit.DECLINE, description="What happens to an order that does not fit under the limit."
    )
    hide_when_credit_insufficient: bool = Field(
        default=True, description="Whether shops hide the option when the order does not fit."
    )

    @classmethod
    def of(cls, stored: StoredPolicy) -> PolicySettingsBody | None:
        """Raises SettingsBroken: such a policy withholds the method, and has to be replaced."""
        if stored.is_withdrawn:
            return None
        try:
            return cls.model_validate(stored.settings)
        except ValidationError:
            raise SettingsBroken(settings_of="policy") from None


class PolicyDraft(Schema):
    """Rules and settings, as a whole: what is left out takes its default."""

    rules: Rules = None
    settings: PolicySettingsBody = PolicySettingsBody()

    def to_settings(self) -> dict[str, Any]:
        return self.settings.model_dump(mode="json")


class PolicyIn(PolicyDraft):
    """A new version of a policy."""

    reason: FreeText | None = Field(default=None, description="Kept with the version.", examples=["too many refusals"])


class PolicyVersionOut(Schema):
    """One version. `is_withdrawal` marks the one that ended a policy of one's own; it has no rules and settings."""

    version: int
    is_withdrawal: bool
    rules: dict[str, Any] | None
    settings: PolicySettingsBody | None
    author: str
    reason: str | None
    created_at: InstantText

    @classmethod
    def of(cls, stored: StoredPolicy) -> PolicyVersionOut:
        """Raises SettingsBroken."""
        return cls(
            version=stored.version,
            is_withdrawal=stored.is_withdrawn,
            rules=stored.rules,
            settings=PolicySettingsBody.of(stored),
            author=stored.author,
            reason=stored.reason,
            created_at=stored.created_at,
        )


class PolicyPage(Page[PolicyVersionOut]):
    """One page of a policy's versions."""


class PolicyOut(Schema):
    """The policy in force: the shop's own as a whole, else the merchant's as a whole, else none."""

    source: PolicySource
    shop: Code | None = Field(description="The shop that was asked about; null: the merchant as a whole.")
    policy: PolicyVersionOut | None

    @classmethod
    def of(cls, in_force: PolicyInForce, *, shop_code: str | None) -> PolicyOut:
        """Raises SettingsBroken."""
        stored = in_force.stored
        policy = None if stored is None else PolicyVersionOut.of(stored)
        return cls(source=in_force.source, shop=shop_code, policy=policy)


class FactDefinitionOut(Schema):
    """A fact that rules may ask about. `basis` says what is counted, over which time, and what is left out."""

    name: str = Field(examples=["completed_orders"])
    type: FactType
    basis: str
    operators: list[Operator]

    @classmethod
    def of(cls, fact: FactDefinition) -> FactDefinitionOut:
        return cls(name=fact.name, type=fact.type, basis=fact.basis, operators=list(OPERATORS[fact.type]))


class FactsOut(Schema):
    """All facts there are."""

    items: list[FactDefinitionOut]
    next_cursor: None = None


class RuleReasonOut(Schema):
    """Why a decision came out as it did. For staff; buyers read one sentence whatever the reason."""

    code: str = Field(examples=["rule_not_met"])
    subject: str = Field(description="What it is about in this case: a rule, a group, an amount.")
    text: str

    @classmethod
    def of(cls, reason: Reason) -> RuleReasonOut:
        return cls(code=reason.code.value, subject=reason.subject, text=reason.text)

    @classmethod
    def of_trace(cls, kept: dict[str, str]) -> RuleReasonOut:
        """A reason as it was kept, also one that this version of the service does not know any more."""
        code, subject = kept["code"], kept.get("subject", "")
        known = code in ReasonCode.__members__.values()
        return cls(code=code, subject=subject, text=Reason(ReasonCode(code), subject).text if known else "")


class DecisionOut(Schema):
    """A decision about one order at one moment. An approved one has the id of its hold."""

    id: UUID
    company_id: UUID
    shop_id: UUID
    outcome: Outcome
    amount: AmountText
    currency: CurrencyCode
    policy_version: int = Field(description="0: no policy was set.")
    reasons: list[RuleReasonOut]
    author: str
    decided_at: InstantText

    @classmethod
    def of(cls, decision: StoredDecision) -> DecisionOut:
        return cls(**_shown(decision))


class DecisionDetailOut(DecisionOut):
    """A decision with its whole trace: every step and every rule, measured and required, with source and date."""

    trace: dict[str, Any]

    @classmethod
    def of(cls, decision: StoredDecision) -> DecisionDetailOut:
        return cls(**_shown(decision), trace=decision.trace or {})


def _shown(decision: StoredDecision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "company_id": decision.company_id,
        "shop_id": decision.shop_id,
        "outcome": Outcome(decision.outcome),
        "amount": format_amount(decision.amount_minor, decision.currency),
        "currency": decision.currency,
        "policy_version": decision.policy_version,
        "reasons": [RuleReasonOut.of_trace(reason) for reason in decision.reasons],
        "author": decision.author,
        "decided_at": decision.decided_at,
    }


class DecisionPage(Page[DecisionOut]):
    """One page of decisions."""
