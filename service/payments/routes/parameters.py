"""What the paths and queries of these routes have in common."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from service.companies.service import find_company
from service.infra.work import Work

__all__ = ["CompanyFilter", "LineFilter", "NoteParam", "PaymentParam", "UnallocatedFilter", "company_id_of"]

CompanyFilter = Annotated[
    str | None, Query(max_length=128, description="Only of this company: the shop's reference, or `id:` and its id.")
]
LineFilter = Annotated[UUID | None, Query(description="Only on this credit line.")]
UnallocatedFilter = Annotated[
    bool | None, Query(description="Only those of which something is left, or only the others.")
]
PaymentParam = Annotated[UUID, Path(description="Id of the payment.")]
NoteParam = Annotated[UUID, Path(description="Id of the credit note.")]


async def company_id_of(work: Work, reference: str | None, shop: str | None) -> UUID | None:
    """The id of the company that a list is narrowed to, if it is. Raises CompanyNotFound."""
    return None if reference is None else (await find_company(work, reference, shop_code=shop)).id
