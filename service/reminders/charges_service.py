"""Late interest and the fixed recovery sum: computed on a day, then charged as open items or waived on purpose."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from service.core.ids import new_id
from service.core.money import round_half_up
from service.credit.repository import note_items
from service.infra.work import Work
from service.ledger.domain import Account, EntryKind, Posting
from service.merchants.service import get_merchant, require_integrator
from service.payments.allocation_service import Desk, open_desk
from service.receivables.domain import OpenItem
from service.receivables.errors import OpenItemNotFound
from service.receivables.repository import find_item, insert_item, read_days, take_payment_numbers
from service.reminders import charge_repository
from service.reminders.charge import ChargeKind, ChargeStatus, LateCharge, LateClaim
from service.reminders.errors import NothingToCharge, RateUnknown
from service.reminders.interest import Balance, LateInterest, Rates, late_interest, law_of
from service.reminders.rates import DatedRate, RateBase, half_year_of

__all__ = [
    "charge_late",
    "compute_claim",
    "find_missing_rate",
    "list_charges",
    "list_rates",
    "record_rate",
    "waive_late",
]

_ONE_DAY: Final = timedelta(days=1)
_PREFIX: Final = {ChargeKind.LATE_INTEREST: "LI", ChargeKind.RECOVERY_SUM: "RS"}


async def compute_claim(work: Work, item_id: UUID, *, until_on: date | None = None) -> LateClaim:
    """What the law of the merchant's country gives up to a day, today unless said. Raises OpenItemNotFound."""
    item = await find_item(work, item_id)
    if item is None:
        raise OpenItemNotFound
    today = (await read_days(work))[item.shop_id]
    return await _claim(work, item, until_on=min(today, until_on or today))


async def _claim(work: Work, item: OpenItem, *, until_on: date) -> LateClaim:
    decided = await charge_repository.list_charges(work, item.id)
    interest_until = [charge.until_on for charge in decided if charge.kind is ChargeKind.LATE_INTEREST]
    # Interest runs without a reminder, from the day after the due date (S33).
    from_on = max([item.due_on, *interest_until]) + _ONE_DAY
    law = None
    if not await charge_repository.is_charge(work, item.id):
        law = law_of((await get_merchant(work)).country)
    interest, recovery = LateInterest(()), 0
    if law is not None and until_on > item.due_on:
        rates = Rates(await charge_repository.read_rates(work))
        balances = await _balances(work, item)
        if from_on <= until_on:
            began_on = item.due_on + _ONE_DAY
            interest = late_interest(balances, law, rates, began_on=began_on, from_on=from_on, until_on=until_on)
        owed_when_late = [balance.open_minor for balance in balances if balance.from_on <= item.due_on + _ONE_DAY][-1]
        was_decided = any(charge.kind is ChargeKind.RECOVERY_SUM for charge in decided)
        if law.recovery is not None and owed_when_late > 0 and not was_decided:
            recovery = law.recovery.of(owed_when_late, item.currency) or 0
    return LateClaim(
        open_item_id=item.id,
        document=item.document_ref,
        currency=item.currency,
        law=law,
        from_on=from_on,
        until_on=until_on,
        interest=interest,
        recovery_minor=recovery,
    )


async def _balances(work: Work, item: OpenItem) -> list[Balance]:
    """What was open on each day. What was credited or given up never was; money counts on the day it came."""
    open_minor = item.amount_minor - item.credited_minor - item.written_off_minor
    balances = [Balance(item.issued_on, open_minor)]
    for paid_on, amount_minor in await charge_repository.read_payments_of(work, item.id):
        open_minor -= amount_minor
        balances.append(Balance(max(paid_on, item.issued_on), open_minor))
    return balances


async def charge_late(
    work: Work, item_id: UUID, kinds: Collection[ChargeKind], *, until_on: date | None = None, reason: str | None
) -> list[LateCharge]:
    """Make what is due by law an open item of its own, due at once. Raises OpenItemNotFound, NothingToCharge or
    RateUnknown."""
    item, desk, claim = await _lock(work, item_id, until_on=until_on)
    charges = []
    for kind in _with_amount(claim, kinds):
        charge_item = await _issue(desk, item, kind, claim=claim)
        charges.append(await _keep(work, item, kind, claim=claim, charge_item_id=charge_item.id, reason=reason))
    await note_items(work, item.line_id)
    await desk.announce_credit()
    return charges


async def waive_late(
    work: Work, item_id: UUID, kinds: Collection[ChargeKind], *, until_on: date | None = None, reason: str
) -> list[LateCharge]:
    """Give up what is due by law up to a day, on purpose. Raises as `charge_late`."""
    item, _desk, claim = await _lock(work, item_id, until_on=until_on)
    return [
        await _keep(work, item, kind, claim=claim, charge_item_id=None, reason=reason)
        for kind in _with_amount(claim, kinds)
    ]


async def _lock(work: Work, item_id: UUID, *, until_on: date | None) -> tuple[OpenItem, Desk, LateClaim]:
    known = await find_item(work, item_id)
    if known is None:
        raise OpenItemNotFound
    desk = await open_desk(work, [known.line_id])
    (item,) = await desk.read_items([item_id])
    today = (await read_days(work))[item.shop_id]
    return item, desk, await _claim(work, item, until_on=min(today, until_on or today))


def _with_amount(claim: LateClaim, kinds: Collection[ChargeKind]) -> list[ChargeKind]:
    if ChargeKind.LATE_INTEREST in kinds and claim.interest.missing_on is not None:
        raise RateUnknown(
            f"The reference rate of the half-year from {claim.interest.missing_on} is not known. Record it with "
            "PUT /v1/late-interest-rates, choose an earlier day in `until`, or name only `recovery_sum` in `kinds`: the "
            "sum can be charged or waived without it.",
            half_year=claim.interest.missing_on.isoformat(),
        )
    found = [kind for kind in ChargeKind if kind in kinds and claim.amount_of(kind) > 0]
    if not found:
        raise NothingToCharge
    return found


async def _issue(desk: Desk, item: OpenItem, kind: ChargeKind, *, claim: LateClaim) -> OpenItem:
    """The open item of a charge: no order stands behind it, and it is due on the day it is made."""
    work = desk.work
    (number,) = await take_payment_numbers(work, 1)
    today = (await read_days(work))[item.shop_id]
    amount = claim.amount_of(kind)
    # At the rate that was frozen on the document's order.
    line_amount = round_half_up(amount * item.line_amount_minor, item.amount_minor)
    charge = OpenItem(
        id=new_id(),
        line_id=item.line_id,
        company_id=item.company_id,
        shop_id=item.shop_id,
        order_id=None,
        document_ref=f"{_PREFIX[kind]}-{number}",
        payment_number=number,
        currency=item.currency,
        amount_minor=amount,
        allocated_minor=0,
        credited_minor=0,
        written_off_minor=0,
        line_amount_minor=line_amount,
        line_open_minor=line_amount,
        issued_on=today,
        due_on=today,
        original_due_on=today,
    )
    if line_amount > 0:
        await desk.lines[item.line_id].books.book(
            EntryKind.LATE_CHARGE,
            Posting(Account.RECEIVABLE, Account.LATE_CHARGES, line_amount),
            reference=f"late_charge:{claim.cause_of(kind)}",
            subject_id=charge.id,
            reason=f"{kind.value} on {item.document_ref}",
        )
    await insert_item(work, charge)
    return charge


async def _keep(
    work: Work, item: OpenItem, kind: ChargeKind, *, claim: LateClaim, charge_item_id: UUID | None, reason: str | None
) -> LateCharge:
    is_interest = kind is ChargeKind.LATE_INTEREST
    charge = LateCharge(
        id=new_id(),
        open_item_id=item.id,
        company_id=item.company_id,
        shop_id=item.shop_id,
        charge_item_id=charge_item_id,
        kind=kind,
        status=ChargeStatus.WAIVED if charge_item_id is None else ChargeStatus.CHARGED,
        cause=claim.cause_of(kind),
        currency=item.currency,
        amount_minor=claim.amount_of(kind),
        from_on=claim.from_on if is_interest else claim.until_on,
        until_on=claim.until_on,
        basis=claim.basis_of(kind),
        reason=reason,
        author=work.author,
        decided_at=work.now,
    )
    await charge_repository.insert_charge(work, charge)
    return charge


async def list_charges(work: Work, item_id: UUID) -> list[LateCharge]:
    """What was charged or waived on a document, newest first. Raises OpenItemNotFound."""
    if await find_item(work, item_id) is None:
        raise OpenItemNotFound
    return await charge_repository.list_charges(work, item_id)


# Rates


async def list_rates(work: Work) -> dict[RateBase, list[DatedRate]]:
    """The reference rates that the merchant recorded."""
    return await charge_repository.read_rates(work)


async def find_missing_rate(work: Work, country: str, day: date) -> RateBase | None:
    """The reference rate that the law of a country adds to, if nobody has said what it is on a day."""
    law = law_of(country)
    if law is None or law.base is None:
        return None
    rates = Rates(await charge_repository.read_rates(work))
    return law.base if rates.base_bp(law.base, half_year_of(day)) is None else None


async def record_rate(work: Work, base: RateBase, rate: DatedRate) -> DatedRate:
    """Say what a reference rate is from the beginning of a half-year on. What was charged stays as it was."""
    require_integrator(work)
    await charge_repository.save_rate(work, base, rate)
    return rate
