"""What the paths and queries of these routes have in common."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

__all__ = ["BuyerRefParam", "CompanyRefParam", "GroupCodeParam", "RefShopParam"]

CompanyRefParam = Annotated[
    str,
    Path(
        min_length=1,
        max_length=128,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:#@+-]*$",
        description="The caller's own reference of the company, its id, or `id:<id>`.",
        examples=["C-1042"],
    ),
]
RefShopParam = Annotated[
    str | None,
    Query(
        alias="shop",
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Code of the shop whose references are meant. A shop's key means its own; an integrator's key "
        "without it means the references of the merchant's own systems.",
    ),
]
BuyerRefParam = Annotated[
    str,
    Path(
        min_length=1,
        max_length=128,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:#@+-]*$",
        description="The caller's own reference of the buyer.",
        examples=["42"],
    ),
]
GroupCodeParam = Annotated[
    str,
    Path(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="The group's code, as companies carry it.",
        examples=["wholesale"],
    ),
]
