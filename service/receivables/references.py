"""Structured payment references (ISO 11649): what a buyer quotes so that the money finds its document."""

from __future__ import annotations

from functools import lru_cache

from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

__all__ = ["payment_reference"]


@lru_cache(maxsize=1024)
def payment_reference(number: int) -> str:
    """The creditor reference of a document's payment number, without spaces: `RF`, two check digits, the number.

    A mistyped digit, or two that changed places, do not give another valid reference.
    """
    body = str(number)
    reference = f"RF{mod_97_10.calc_check_digits(f'{body}RF')}{body}"
    assert iso11649.is_valid(reference), "a reference that banks refuse is of no use"
    return reference
