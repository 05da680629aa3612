"""Who the debtor is: the company behind VAT and registration numbers, not the contact or the address (S26)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from stdnum.fr import siren, siret

from service.companies.errors import CompanyConflict
from service.companies.vat import VatNumber
from service.core.ids import CompanyId

__all__ = [
    "Debtor", "LegalNumbers", "MatchedBy", "NumberKey", "UpsertOutcome", "find_debtor", "legal_numbers",
    "normalise_registration_number",
]  # fmt: skip

_SEPARATORS: Final = re.compile(r"[\s./_-]+")
_SIREN_LENGTH: Final = 9


class MatchedBy(StrEnum):
    """How an upsert found its company. A company found by a number keeps its own; the reference becomes an alias."""

    REF = "ref"
    ID = "id"
    VAT_NUMBER = "vat_number"
    REGISTRATION_NUMBER = "registration_number"


class UpsertOutcome(StrEnum):
    """What an upsert did to the company."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class NumberKey(NamedTuple):
    """One number under which a company can be found. Two companies of a merchant never share one.

    `country` is empty for VAT numbers, which carry their own.
    """

    kind: MatchedBy
    country: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalNumbers:
    """What identifies a company by law: a readable VAT number, a registration number in a country, or neither."""

    country: str
    vat_number: str | None
    registration_number: str | None

    def own_keys(self) -> Iterator[NumberKey]:
        """The numbers themselves, the VAT number first."""
        if self.vat_number is not None:
            yield NumberKey(MatchedBy.VAT_NUMBER, "", self.vat_number)
        if self.registration_number is not None:
            yield NumberKey(MatchedBy.REGISTRATION_NUMBER, self.country, self.registration_number)

    def derived_keys(self) -> Iterator[NumberKey]:
        """What the numbers tell of a missing one: a French VAT number is a key of two digits and the SIREN.

        So a contact who gave the one and a contact who gave the other are still one debtor. A number that is there is
        never second-guessed: members of a VAT group have a SIREN that is not the one in their VAT number.
        """
        french_vat = self.vat_number if (self.vat_number or "").startswith("FR") else None
        if self.registration_number is None and french_vat is not None:
            national = french_vat.removeprefix("FR")
            if national[:2].isdigit() and siren.is_valid(national[2:]):
                yield NumberKey(MatchedBy.REGISTRATION_NUMBER, "FR", national[2:])
        own_siren = self.registration_number if self.country == "FR" else None
        if french_vat is None and own_siren is not None and siren.is_valid(own_siren):
            yield NumberKey(MatchedBy.VAT_NUMBER, "", f"FR{siren.to_tva(own_siren)}")


def legal_numbers(*, country: str, vat: VatNumber | None, registration_number: str | None) -> LegalNumbers:
    """From what was read; a VAT number that could not be read identifies nobody."""
    return LegalNumbers(
        country=country, vat_number=None if vat is None else str(vat), registration_number=registration_number
    )


def normalise_registration_number(text: str, *, country: str) -> str | None:
    """One spelling for one company: capitals, no separators. None when nothing is left of it.

    A French SIRET names an establishment; the debtor is the company, so it is kept as the SIREN in it.
    """
    number = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    if country == "FR" and siret.is_valid(number):
        return number[:_SIREN_LENGTH]
    return number or None


@dataclass(frozen=True, slots=True)
class Debtor:
    """A company that an upsert may be about."""

    company_id: CompanyId
    numbers: LegalNumbers


def find_debtor(
    current: Debtor | None, *, numbers: LegalNumbers, candidates: Collection[Debtor]
) -> tuple[Debtor, MatchedBy] | None:
    """The debtor an upsert is about: whom its reference names, else whom its numbers name; None for a new one.

    `candidates` have one of the numbers' keys. Nothing is guessed: numbers of two companies, or of another one than the
    reference's, raise CompanyConflict.
    """
    matches = _matches(numbers, candidates)
    if current is not None:
        for debtor, kind in matches:
            if debtor.company_id != current.company_id:
                raise _belongs_to_another(debtor, kind)
        return current, MatchedBy.REF
    if not matches:
        return None
    found, found_by = matches[0]
    for debtor, kind in matches[1:]:
        if debtor.company_id != found.company_id:
            raise _belongs_to_another(debtor, kind)
    _require_agreement(found, numbers, found_by)
    return found, found_by


def _matches(numbers: LegalNumbers, candidates: Collection[Debtor]) -> list[tuple[Debtor, MatchedBy]]:
    """Who has the numbers given; only if nobody does, who has a number that follows from them."""
    by_key = {key: debtor for debtor in candidates for key in debtor.numbers.own_keys()}
    by_derived_key = {key: debtor for debtor in candidates for key in debtor.numbers.derived_keys()} | by_key
    matches = [(by_key[key], key.kind) for key in numbers.own_keys() if key in by_key]
    derived = [*numbers.own_keys(), *numbers.derived_keys()]
    return matches or [(by_derived_key[key], key.kind) for key in derived if key in by_derived_key]


def _require_agreement(found: Debtor, numbers: LegalNumbers, found_by: MatchedBy) -> None:
    """A VAT group shares one VAT number between legally distinct companies: a second number that differs tells them."""
    known, given = found.numbers, numbers
    registrations_differ = (
        known.registration_number is not None
        and given.registration_number is not None
        and known.country == given.country
        and known.registration_number != given.registration_number
    )
    vat_numbers_differ = (
        known.vat_number is not None
        and given.vat_number is not None
        and known.vat_number[:2] == given.vat_number[:2]
        and known.vat_number != given.vat_number
    )
    if registrations_differ or vat_numbers_differ:
        raise CompanyConflict(
            f"Another company has this {found_by.value.replace('_', ' ')} together with another second number. If both "
            "are one company, correct its numbers through a reference it already has; if they are two, leave the "
            "shared number out for one of them.",
            company_id=str(found.company_id),
            matched_by=found_by.value,
        )


def _belongs_to_another(debtor: Debtor, kind: MatchedBy) -> CompanyConflict:
    return CompanyConflict(
        f"The {kind.value.replace('_', ' ')} belongs to another company than this reference, which may have debts of "
        "its own. Correct the number, use a new reference for the other company, or link this reference to it.",
        company_id=str(debtor.company_id),
        matched_by=kind.value,
    )
