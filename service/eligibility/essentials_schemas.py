"""Bodies of a policy's essentials: the few requirements and checks that most merchants need, in one form."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from service.core.money import InvalidAmount, format_amount, parse_amount
from service.eligibility.essentials import Admission, Essentials, Requirements, essentials_of
from service.eligibility.rules import OnUnknown, RuleSet
from service.eligibility.schemas import Count, PolicySettingsBody
from service.eligibility.stored import PolicyInForce, PolicySource
from service.infra.schemas import AmountText, Code, FreeText, Schema

__all__ = ["EssentialsIn", "EssentialsOut", "RequirementsBody"]

_VAT_UNKNOWN = "What happens while nobody knows whether a VAT number is valid, as when the registry does not answer."


class RequirementsBody(Schema):
    """What a company must meet, all of it. `GET /v1/policy/facts` says what each of them counts."""

    valid_vat_number: bool = Field(default=False, description="Its VAT number must be valid.")
    vat_unknown: Annotated[OnUnknown, Field(strict=False)] = Field(default=OnUnknown.REFER, description=_VAT_UNKNOWN)
    completed_orders: Count | None = Field(
        default=None, description="At least so many orders delivered and paid.", examples=[2]
    )
    net_spend_12m: AmountText | None = Field(
        default=None, description="At least so much spent in 12 months, in the policy's currency.", examples=["500.00"]
    )

    @property
    def is_empty(self) -> bool:
        return not self.valid_vat_number and self.completed_orders is None and self.net_spend_12m is None

    def to_domain(self, currency: str) -> Requirements:
        """Raises InvalidAmount."""
        spend = None if self.net_spend_12m is None else parse_amount(self.net_spend_12m, currency)
        if spend is not None and spend < 0:
            raise InvalidAmount("A minimum spend is not negative", amount=self.net_spend_12m, currency=currency)
        return Requirements(
            valid_vat_number=self.valid_vat_number,
            vat_unknown=self.vat_unknown,
            completed_orders=self.completed_orders,
            net_spend_12m_minor=spend,
        )

    @classmethod
    def of(cls, requirements: Requirements, currency: str) -> RequirementsBody:
        spend = requirements.net_spend_12m_minor
        return cls(
            valid_vat_number=requirements.valid_vat_number,
            vat_unknown=requirements.vat_unknown,
            completed_orders=requirements.completed_orders,
            net_spend_12m=None if spend is None else format_amount(spend, currency),
        )


class EssentialsIn(Schema):
    """The essentials as a whole: what is left out takes its default."""

    admission: Annotated[Admission, Field(strict=False)] = Field(
        description="`by_hand`: only people and groups let companies in. `requirements`: companies that meet all of them. "
        "`everyone`: every known company. A credit limit is needed in any case."
    )
    requirements: RequirementsBody = Field(
        default=RequirementsBody(), description="Needed for the admission by `requirements`, and for no other."
    )
    settings: PolicySettingsBody = PolicySettingsBody()
    replace_custom: bool = Field(
        default=False,
        description="Needed where the rules in force say more than the essentials can: they are replaced.",
    )
    reason: FreeText | None = Field(default=None, description="Kept with the version.")

    @model_validator(mode="after")
    def _require_requirements(self) -> EssentialsIn:
        if self.requirements.is_empty == (self.admission is Admission.REQUIREMENTS):
            raise ValueError("at least one requirement belongs to the admission `requirements`, and none to the others")
        return self

    def to_domain(self, currency: str) -> Essentials:
        """Raises InvalidAmount."""
        return Essentials(self.admission, self.requirements.to_domain(currency))

    def to_settings(self) -> dict[str, Any]:
        return self.settings.model_dump(mode="json")


class EssentialsOut(Schema):
    """The essentials of the policy in force, the shop's own or its merchant's."""

    source: PolicySource
    shop: Code | None = Field(description="The shop that was asked about; null: the merchant as a whole.")
    version: int | None
    admission: Admission | None = Field(description="Null: the rules in force say more than the essentials can.")
    requirements: RequirementsBody = Field(description="Empty unless companies are let in by `requirements`.")
    settings: PolicySettingsBody = Field(description="As they are in force; the defaults where no policy is.")

    @classmethod
    def of(cls, in_force: PolicyInForce, rules: RuleSet | None, *, shop_code: str | None) -> EssentialsOut:
        """`rules` are those in force, read. Raises SettingsBroken."""
        essentials = essentials_of(rules)
        settings = None if in_force.stored is None else PolicySettingsBody.of(in_force.stored)
        return cls(
            source=in_force.source,
            shop=shop_code,
            version=None if in_force.stored is None else in_force.stored.version,
            admission=None if essentials is None else essentials.admission,
            requirements=RequirementsBody()
            if essentials is None or rules is None
            else RequirementsBody.of(essentials.requirements, rules.currency),
            settings=settings or PolicySettingsBody(),
        )
