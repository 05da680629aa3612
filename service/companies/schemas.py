"""Bodies of the routes about companies and their buyers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator

from service.companies.domain import Address, AddressKind, BuyerReport, CompanyReport, Position
from service.companies.facts import MAX_FACTS, CompanyFact
from service.companies.identity import MatchedBy, UpsertOutcome
from service.companies.vat import VatStatus
from service.infra.schemas import (
    Code,
    CountryCode,
    CurrencyCode,
    FreeText,
    InstantText,
    Language,
    Page,
    Ref,
    Schema,
    Text,
)

__all__ = [
    "AddressBody", "Anonymisation", "BuyerIn", "BuyerOut", "BuyerPage", "CompanyIn", "CompanyOut", "CompanyPage",
    "FactIn", "FactOut", "LinkIn", "NamedBuyerIn", "OverrideIn", "OverrideOut", "RefOut", "TermsCode",
    "UpsertedCompanyOut", "VatOut",
]  # fmt: skip

_LARGEST_INTEGER = 10**15

TermsCode = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$"),
    Field(description="Code of payment terms.", examples=["net_30"]),
]
TermsCodes = Annotated[list[TermsCode], Field(max_length=50)]
Email = Annotated[
    str,
    StringConstraints(max_length=320, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$"),
    Field(examples=["invoices@example.com"]),
]
FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
FactNumber = Annotated[int, Field(ge=-_LARGEST_INTEGER, le=_LARGEST_INTEGER)]


class AddressBody(Schema):
    """An address. Contact and phone are a person's; they are removed when the company is anonymised."""

    kind: Annotated[AddressKind, Field(strict=False)]
    line1: Text
    line2: Text | None = None
    postcode: Annotated[Text, Field(max_length=32)] | None = None
    city: Text | None = None
    region: Text | None = None
    country: CountryCode
    contact_name: Text | None = None
    phone: Annotated[Text, Field(max_length=64)] | None = None

    def to_domain(self) -> Address:
        return Address(**self.model_dump())


class FactIn(Schema):
    """A value, who says so, and since when it is true. Null says that it is not known any more."""

    value: bool | FactNumber | Text | Annotated[list[Text], Field(max_length=100)] | None = Field(
        description="True or false, a whole number, a text (also a day, or a decimal string beside a currency), or texts.",
        examples=[12],
    )
    source: Annotated[Text, Field(max_length=64, description="Who says so.", examples=["shop"])]
    as_of: InstantText
    currency: CurrencyCode | None = None

    def to_domain(self) -> CompanyFact:
        value = tuple(self.value) if isinstance(self.value, list) else self.value
        return CompanyFact(value=value, source=self.source, as_of=self.as_of, currency=self.currency)


class BuyerIn(Schema):
    """A person who orders for the company. What is left out stays as it is; a new buyer may use and see the credit,
    except one who joins a known company by its number.
    """

    name: Text
    email: Email | None = None
    may_use_credit: bool = Field(default=True, description="Left out, it stays as it is: a revocation is not undone.")
    may_see_credit: bool = Field(default=True, description="Left out, it stays as it is.")

    def to_report(self, ref: str) -> BuyerReport:
        return BuyerReport(
            ref=ref,
            name=self.name,
            given=frozenset(self.model_fields_set),
            email=self.email,
            may_use_credit=self.may_use_credit,
            may_see_credit=self.may_see_credit,
        )


class NamedBuyerIn(BuyerIn):
    """A buyer with the shop's reference."""

    ref: Ref


class CompanyIn(Schema):
    """What the caller knows of a company. What is left out stays as it is; null removes it."""

    legal_name: Text = Field(examples=["Moulin Vert SARL"])
    country: CountryCode
    language: Language
    registration_number: Annotated[Text, Field(max_length=64)] | None = Field(
        default=None,
        description="SIREN or SIRET, HRB, KvK…; kept without separators, a French SIRET as the SIREN in it.",
        examples=["303 265 045"],
    )
    vat_number: Annotated[Text, Field(max_length=64)] | None = Field(
        default=None,
        description="With or without the country's prefix, however it is typed.",
        examples=["FR40303265045"],
    )
    invoice_email: Email | None = None
    groups: Annotated[list[Code], Field(max_length=50)] = Field(
        default=[], description="Codes of the groups it is in, the most important first. They need not be defined."
    )
    addresses: Annotated[list[AddressBody], Field(max_length=50)] = Field(default=[])
    facts: Annotated[dict[FactName, FactIn | None], Field(max_length=MAX_FACTS)] = Field(
        default={},
        description="By name. The newer `as_of` wins, so late reports do no harm; null forgets a fact. "
        "Facts left out stay.",
    )
    default_terms: TermsCode | None = None
    allowed_terms: TermsCodes | None = Field(
        default=None, description="In the order of preference. Null inherits from groups, shop and merchant."
    )
    buyers: Annotated[list[NamedBuyerIn], Field(max_length=200)] = Field(
        default=[], description="Buyers to create or change; the others stay."
    )

    @field_validator("buyers")
    @classmethod
    def _require_different_refs(cls, buyers: list[NamedBuyerIn]) -> list[NamedBuyerIn]:
        if len({buyer.ref for buyer in buyers}) != len(buyers):
            raise ValueError("name each buyer once")
        return buyers

    def to_report(self) -> CompanyReport:
        """Raises AmountFactMalformed."""
        return CompanyReport(
            legal_name=self.legal_name,
            country=self.country,
            language=self.language,
            given=frozenset(self.model_fields_set),
            registration_number=self.registration_number,
            vat_number=self.vat_number,
            invoice_email=self.invoice_email,
            groups=tuple(self.groups),
            addresses=tuple(address.to_domain() for address in self.addresses),
            facts={name: None if fact is None else fact.to_domain() for name, fact in self.facts.items()},
            default_terms=self.default_terms,
            allowed_terms=None if self.allowed_terms is None else tuple(self.allowed_terms),
        )


class OverrideIn(Schema):
    """A decision by hand. It beats groups and rules; limits and frozen lines stand above it."""

    position: Annotated[Position, Field(strict=False)]
    reason: FreeText = Field(examples=["Pays in advance since 2019"])
    until: InstantText | None = Field(default=None, description="When it ends by itself; null: not at all.")


class LinkIn(Schema):
    """Which company the reference means from now on: another reference of the same shop, or `id:<uuid>`."""

    to: Ref
    reason: FreeText


class Anonymisation(Schema):
    """Whom to forget. Without `buyers` all persons behind the company, with it only those."""

    buyers: Annotated[list[Ref], Field(min_length=1, max_length=200)] | None = None
    reason: FreeText | None = None


class RefOut(Schema):
    """A name the company goes by. `shop` is null for a reference of the merchant's own systems."""

    ref: str
    shop: str | None


class VatOut(Schema):
    """What is known of the VAT number. `unknown` is no answer yet, and is asked again at `next_check_at`."""

    number: str | None
    status: VatStatus
    reason: str | None
    source: str | None
    checked_at: InstantText | None
    next_check_at: InstantText | None
    consultation_number: str | None = Field(description="The registry's proof that it was asked.")


class FactOut(Schema):
    """A reported fact."""

    value: bool | int | str | list[str] | None
    source: str
    as_of: InstantText
    currency: str | None


class OverrideOut(Schema):
    """A decision by hand and whose it is."""

    position: Position
    reason: str
    author: str
    until: InstantText | None
    is_in_force: bool


class CompanyOut(Schema):
    """A company with all names it goes by. `version` grows with each change that can be seen here or on its buyers."""

    id: UUID
    refs: list[RefOut]
    legal_name: str
    country: str
    language: str
    registration_number: str | None
    vat: VatOut
    invoice_email: str | None
    groups: list[str]
    addresses: list[AddressBody]
    facts: dict[str, FactOut]
    override: OverrideOut | None
    default_terms: str | None
    allowed_terms: list[str] | None
    version: int
    created_at: InstantText
    updated_at: InstantText


class UpsertedCompanyOut(CompanyOut):
    """The company after an upsert, and how it was found. `matched_by` is null for a new one."""

    outcome: UpsertOutcome
    matched_by: MatchedBy | None


class BuyerOut(Schema):
    """A person who orders for the company, by the shop's reference."""

    id: UUID
    ref: str
    shop: str | None
    name: str
    email: str | None
    may_use_credit: bool
    may_see_credit: bool
    created_at: InstantText
    updated_at: InstantText


class CompanyPage(Page[CompanyOut]):
    """One page of companies."""


class BuyerPage(Page[BuyerOut]):
    """One page of buyers."""
