"""What can go wrong with companies, as errors a caller can act on."""

from __future__ import annotations

from service.core.errors import NotFound, ServiceError

__all__ = [
    "AmountFactMalformed", "BuyerNotFound", "CompaniesError", "CompanyConflict", "CompanyNotFound", "FactFromTheFuture",
    "GroupHasMembers", "GroupNotFound", "OverrideAlreadyOver", "ReferenceReserved", "TooManyFacts", "VatNumberNotCheckable",
]  # fmt: skip


class CompaniesError(ServiceError):
    """Base of everything this domain refuses."""

    code = "company_error"
    status = 422
    title = "The company cannot be changed like this"


class CompanyNotFound(NotFound):
    """No company goes by this reference in the caller's scope."""

    code = "company_not_found"
    title = "No company is known by this reference"


class BuyerNotFound(NotFound):
    """The company has no buyer of this reference."""

    code = "buyer_not_found"
    title = "The company has no buyer of this reference"


class GroupNotFound(NotFound):
    """Companies may carry the code, but no such group is defined."""

    code = "group_not_found"
    title = "No group is defined under this code"


class CompanyConflict(CompaniesError):
    """The numbers given point at another debtor than the reference does. Debts never move, so neither does the reference.

    Facts: `company_id` of the debtor that has the number, and `matched_by`.
    """

    code = "company_conflict"
    status = 409
    title = "These numbers belong to another company than this reference"


class GroupHasMembers(CompaniesError):
    """Deleting a group that denies would silently let its members in, so it is emptied or made neutral first."""

    code = "group_has_members"
    status = 409
    title = "Companies still belong to this group; take them out first, or remove its position, limit and terms"


class OverrideAlreadyOver(CompaniesError):
    """An override ends in the future or not at all."""

    code = "override_already_over"
    title = "The override would have ended before it began"


class FactFromTheFuture(CompaniesError):
    """Such a fact would keep out all true ones until its time has come."""

    code = "fact_from_the_future"
    title = "A fact cannot be dated more than a day ahead"


class TooManyFacts(CompaniesError):
    """Facts are read with every decision, so their number has a limit."""

    code = "facts_too_many"
    title = "A company can have at most 100 facts"


class AmountFactMalformed(CompaniesError):
    """A fact with a currency is an amount."""

    code = "fact_amount_malformed"
    title = "A fact with a currency has a decimal string of that currency as its value"


class VatNumberNotCheckable(CompaniesError):
    """There is no VAT number, or none that a registry could be asked about."""

    code = "vat_number_not_checkable"
    status = 409
    title = "The company has no VAT number that a registry could be asked about"


class ReferenceReserved(CompaniesError):
    """What begins with `id:` is the id of a company and never becomes a reference."""

    code = "reference_reserved"
    title = "A reference cannot begin with `id:`"
