"""What the worker does for companies: ask the VAT registry again when an answer has grown old or never came."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from service.companies.service import claim_vat_question, record_vat_answer
from service.companies.vat import VatNumber, VatRegistry
from service.infra.database import Database
from service.infra.work import Caller, Work

__all__ = ["run_recheck_vat_once"]

_AUTHOR: Final = "vat re-check"


async def run_recheck_vat_once(
    database: Database, registry: VatRegistry, now: datetime, *, requester: VatNumber | None = None
) -> bool:
    """Ask about one number that is due; False when none is. Any number of workers may run it.

    `requester` stands in for merchants that gave no VAT number of their own.
    """
    async with database.transaction() as session:
        question = await claim_vat_question(session, now=now)
    if question is None:
        return False
    result = await registry.check(question.number, requester=question.requester or requester)
    async with database.transaction() as session:
        caller = Caller.system(question.merchant_id, _AUTHOR)
        await record_vat_answer(Work(session=session, caller=caller, now=now), question, result)
    return True
