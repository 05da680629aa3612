"""Companies, their buyers and groups: what is known of a debtor and what a report about it changes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from service.companies.facts import CompanyFact, merge_facts
from service.companies.identity import LegalNumbers, legal_numbers, normalise_registration_number
from service.companies.vat import (
    VatCheckResult,
    VatNumber,
    VatReason,
    VatSource,
    VatStatus,
    check_vat_offline,
    compact_vat_text,
    next_check_at,
    standing_vat_check,
)
from service.core.ids import BuyerId, CompanyId
from service.merchants.domain import DefaultLimit

__all__ = [
    "ANONYMISED_NAME",
    "Address",
    "AddressKind",
    "Buyer",
    "BuyerReport",
    "Company",
    "CompanyFilters",
    "CompanyGroup",
    "CompanyRef",
    "CompanyReport",
    "GroupDefinition",
    "Override",
    "OverrideFilter",
    "PortalAccess",
    "Position",
    "VatStanding",
    "anonymise_buyer",
    "anonymise_company",
    "changed_fields",
    "may_use_credit_after",
    "record_vat_check",
    "revise_buyer",
    "revise_company",
    "revoke_buyer",
    "vat_number_of",
    "without_rights_unless_given",
]  # fmt: skip

ANONYMISED_NAME: Final = "(anonymised)"

# Who changes a company is told in the histories, and `version` follows from the rest.
_BOOKKEEPING: Final = frozenset({"id", "version", "created_at", "updated_at"})


class Position(StrEnum):
    """What a person or a group says before any rule is asked."""

    ALLOW = "allow"
    DENY = "deny"


class AddressKind(StrEnum):
    """What an address is for."""

    BILLING = "billing"
    DELIVERY = "delivery"
    SEAT = "seat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a company is or receives goods. Contact and phone are a person's and leave when it is anonymised."""

    kind: AddressKind
    line1: str
    country: str
    line2: str | None = None
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    contact_name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VatStanding:
    """What is known of a company's VAT number. `number` is canonical, or as sent where it could not be read."""

    number: str | None
    status: VatStatus
    reason: str | None = None
    source: VatSource | None = None
    checked_at: datetime | None = None
    next_check_at: datetime | None = None
    attempts: int = 0
    consultation_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A person's word on one company: beats groups and rules, never a frozen line (S18)."""

    position: Position
    reason: str
    author: str
    until: datetime | None = None

    def is_in_force(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyRef:
    """What a shop calls a company; `shop_code` is empty for a reference of the merchant's own systems."""

    ref: str
    shop_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A debtor. `groups` and `allowed_terms` keep the order they were given in: the first one wins."""

    id: CompanyId
    legal_name: str
    country: str
    language: str
    vat: VatStanding
    created_at: datetime
    updated_at: datetime
    registration_number: str | None = None
    invoice_email: str | None = None
    groups: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    facts: Mapping[str, CompanyFact] = field(default_factory=dict)
    override: Override | None = None
    default_terms: str | None = None
    allowed_terms: tuple[str, ...] | None = None
    version: int = 1

    @property
    def numbers(self) -> LegalNumbers:
        """What identifies it by law."""
        return legal_numbers(
            country=self.country, vat=vat_number_of(self), registration_number=self.registration_number
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyReport:
    """What a caller says about a company. What is not in `given` stays as it is; a None that is given removes."""

    legal_name: str
    country: str
    language: str
    given: frozenset[str] = frozenset()
    registration_number: str | None = None
    vat_number: str | None = None
    invoice_email: str | None = None
    groups: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    facts: Mapping[str, CompanyFact | None] = field(default_factory=dict)
    default_terms: str | None = None
    allowed_terms: tuple[str, ...] | None = None


def revise_company(company: Company | None, report: CompanyReport, *, company_id: CompanyId, now: datetime) -> Company:
    """The company after a report, new with `company_id` if there was none. Raises what facts can be refused for."""
    given = report.given
    if company is None:
        company = Company(
            id=company_id,
            legal_name=report.legal_name,
            country=report.country,
            language=report.language,
            vat=VatStanding(number=None, status=VatStatus.ABSENT),
            created_at=now,
            updated_at=now,
        )
    revised = replace(company, legal_name=report.legal_name, country=report.country, language=report.language)
    if "registration_number" in given:
        text = report.registration_number or ""
        number = normalise_registration_number(text, country=report.country)
        revised = replace(revised, registration_number=number)
    if "vat_number" in given:
        revised = replace(revised, vat=_revise_vat(company.vat, report.vat_number, country=report.country, now=now))
    plain = ("invoice_email", "addresses", "default_terms", "allowed_terms")
    revised = replace(revised, **{name: getattr(report, name) for name in plain if name in given})
    if "groups" in given:
        revised = replace(revised, groups=tuple(dict.fromkeys(report.groups)))
    return replace(revised, facts=merge_facts(company.facts, report.facts, now=now))


def _revise_vat(standing: VatStanding, text: str | None, *, country: str, now: datetime) -> VatStanding:
    """A number that stays the same keeps its answer, however it is typed; a new one is read and, if it can be, asked."""
    check = check_vat_offline(text, country=country)
    number = str(check.number) if check.number is not None else compact_vat_text(text or "")[:32] or None
    if number == standing.number:
        return standing
    if number is None:
        return VatStanding(number=None, status=VatStatus.ABSENT)
    due_at = None
    if check.number is not None:
        reason = check.reason_code
        is_askable = check.number.is_in_vies
        due_at = now if is_askable else next_check_at(check.status, now, 1, reason_code=reason)
    return VatStanding(
        number=number,
        status=check.status,
        reason=None if check.reason_code is None else check.reason_code.value,
        source=VatSource.OFFLINE,
        checked_at=now,
        next_check_at=due_at,
    )


def vat_number_of(company: Company) -> VatNumber | None:
    """The number a registry can be asked about, if what is stored can be read as one."""
    return check_vat_offline(company.vat.number, country=company.country).number


def record_vat_check(standing: VatStanding, fresh: VatCheckResult) -> VatStanding:
    """What stands after a registry answered or did not: an outage takes no clear answer away (S23)."""
    previous = None
    if standing.source is not None and standing.checked_at is not None:
        previous = VatCheckResult(
            status=standing.status,
            checked_at=standing.checked_at,
            source=standing.source,
            consultation_number=standing.consultation_number,
            reason_code=None if standing.reason is None else VatReason(standing.reason),
        )
    standing_check = standing_vat_check(previous, fresh)
    attempts = standing.attempts + 1 if fresh.status is VatStatus.UNKNOWN else 0
    return VatStanding(
        number=standing.number,
        status=standing_check.status,
        reason=None if standing_check.reason_code is None else standing_check.reason_code.value,
        source=standing_check.source,
        checked_at=standing_check.checked_at,
        # Counted from the fresh answer: an old yes that outlives an outage is asked again soon.
        next_check_at=next_check_at(fresh.status, fresh.checked_at, attempts, reason_code=fresh.reason_code),
        attempts=attempts,
        consultation_number=standing_check.consultation_number,
    )


def changed_fields(before: Company, after: Company) -> tuple[str, ...]:
    """Names of what a reader would see differently; a check that only confirms is no change."""
    names = [item.name for item in fields(Company) if item.name not in _BOOKKEEPING | {"vat"}]
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    if before.vat.number != after.vat.number:
        changed.append("vat_number")
    if (before.vat.status, before.vat.reason) != (after.vat.status, after.vat.reason):
        changed.append("vat_status")
    return tuple(changed)


def anonymise_company(company: Company) -> Company:
    """Without what concerns persons. The name, the numbers and the postal addresses of a debtor stay with the debt."""
    addresses = tuple(replace(address, contact_name=None, phone=None) for address in company.addresses)
    return replace(company, invoice_email=None, addresses=addresses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A person who orders for a company, under the reference of the shop that knows them."""

    id: BuyerId
    company_id: CompanyId
    scope_id: UUID
    shop_code: str | None
    ref: str
    name: str
    email: str | None = None
    may_use_credit: bool = True
    may_see_credit: bool = True
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerReport:
    """What a caller says about a buyer; what is not in `given` stays, so that no routine report undoes a revocation."""

    ref: str
    name: str
    given: frozenset[str] = frozenset()
    email: str | None = None
    may_use_credit: bool = True
    may_see_credit: bool = True


def revise_buyer(buyer: Buyer, report: BuyerReport) -> Buyer:
    """The buyer after a report."""
    names = report.given & {"email", "may_use_credit", "may_see_credit"}
    return replace(buyer, name=report.name, **{name: getattr(report, name) for name in names})


def may_use_credit_after(buyer: Buyer | None, report: BuyerReport) -> bool:
    """Whether the buyer may use the credit once the report counts; one who is not known yet has what it says."""
    return report.may_use_credit if buyer is None else revise_buyer(buyer, report).may_use_credit


def without_rights_unless_given(report: BuyerReport) -> BuyerReport:
    """The report of somebody who joins a company that is known already: rights are only those it names."""
    return replace(
        report,
        given=report.given | {"may_use_credit", "may_see_credit"},
        may_use_credit="may_use_credit" in report.given and report.may_use_credit,
        may_see_credit="may_see_credit" in report.given and report.may_see_credit,
    )


def revoke_buyer(buyer: Buyer) -> Buyer:
    """May neither use nor see the credit any more; what was ordered stays theirs in the history."""
    return replace(buyer, may_use_credit=False, may_see_credit=False)


def anonymise_buyer(buyer: Buyer) -> Buyer:
    """Nobody any more: the reference stays because orders carry it, and it names nobody outside the shop."""
    return replace(revoke_buyer(buyer), name=ANONYMISED_NAME, email=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDefinition:
    """A group as a whole: what is left out is not set."""

    name: str
    position: Position | None = None
    limit: DefaultLimit | None = None
    default_terms: str | None = None
    allowed_terms: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyGroup:
    """A group of companies: its place in the precedence, its limit and its terms."""

    id: UUID
    code: str
    definition: GroupDefinition
    created_at: datetime
    updated_at: datetime


class OverrideFilter(StrEnum):
    """Companies by the override that is in force now."""

    ALLOW = "allow"
    DENY = "deny"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalAccess:
    """Which links into the portal work: those of this version. Who may not see the credit is shut out, by address."""

    version: int
    shut_out: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyFilters:
    """Which companies to list; what is None does not narrow."""

    name_prefix: str | None = None
    group: str | None = None
    vat_status: VatStatus | None = None
    override: OverrideFilter | None = None
