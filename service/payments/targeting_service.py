"""Which documents money is for: those that were named, or those that a way to spread it finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from service.core.money import CurrencyMismatch
from service.infra.work import Work
from service.merchants.domain import Shop
from service.merchants.service import resolve_shop
from service.orders.errors import OrderNotFound
from service.orders.order import Order
from service.orders.repository import find_orders
from service.payments.allocation_service import Desk
from service.payments.domain import AllocationStrategy, Funds, Instruction, Spread
from service.payments.errors import DocumentNotOpenYet
from service.payments.spreading import Share, plan_by_reference, plan_named, plan_oldest_due_first
from service.receivables.domain import OpenItem
from service.receivables.errors import OpenItemNotFound
from service.receivables.repository import find_item, open_items_of_company, open_items_of_order

__all__ = ["Target", "candidates", "find_targets", "plan_shares"]


@dataclass(frozen=True, slots=True)
class Target:
    """A document that was named. An order has no item before its term starts."""

    order: Order | None
    item: OpenItem | None
    amount_minor: int | None


async def find_targets(
    work: Work,
    instruction: Instruction,
    *,
    company_id: UUID,
    currency: str,
    shop: Shop | None,
    may_wait: bool = True,
) -> list[Target]:
    """The named documents, which must be the company's and in the money's currency.

    Money that comes in may wait for one order whose term has not started; several must be open already. Raises OrderNotFound,
    OpenItemNotFound, DocumentNotOpenYet or CurrencyMismatch.
    """
    refs = [document.order_ref for document in instruction.named if document.order_ref is not None]
    orders: dict[str, Order] = {}
    items: dict[UUID, OpenItem] = {}
    if refs:
        in_shop = shop or await resolve_shop(work, None)
        orders = await find_orders(work, shop_id=in_shop.id, refs=refs)
        items = await open_items_of_order(work, [order.id for order in orders.values()])
    targets = []
    for document in instruction.named:
        if document.item_id is not None:
            item = await find_item(work, document.item_id)
            if item is None or item.company_id != company_id:
                raise OpenItemNotFound(open_item_id=str(document.item_id))
            targets.append(Target(None, item, document.amount_minor))
        else:
            order = orders.get(document.order_ref or "")
            if order is None or order.company_id != company_id:
                raise OrderNotFound(order=document.order_ref)
            targets.append(Target(order, items.get(order.id), document.amount_minor))
    for target in targets:
        subject = target.item or target.order
        if subject is not None and subject.currency != currency:
            raise CurrencyMismatch(currencies=sorted({currency, subject.currency}))
        if target.item is None and not (may_wait and len(targets) == 1):
            raise DocumentNotOpenYet(order=target.order.ref if target.order else None)
    return targets


async def candidates(
    work: Work, instruction: Instruction, targets: Sequence[Target], *, company_id: UUID, currency: str
) -> list[OpenItem]:
    """The items that the money may settle, before their lines are locked; oldest due first where nobody named any."""
    if targets:
        return [target.item for target in targets if target.item is not None]
    if instruction.spread is Spread.NONE:
        return []
    return await open_items_of_company(work, company_id=company_id, currency=currency)


async def plan_shares(
    desk: Desk,
    funds: Funds,
    targets: Sequence[Target],
    instruction: Instruction,
    *,
    reference: str | None,
    strategy: AllocationStrategy = AllocationStrategy.INSTRUCTION,
) -> list[Share]:
    """What of the funds goes where, read under the lock. Items that appeared on other lines meanwhile stay as they are.

    `strategy` says whose word it is when documents were named. Raises AllocationExceedsOpen or AllocationExceedsFunds.
    """
    left = funds.unallocated_minor
    named = [(target.item.id, target.amount_minor) for target in targets if target.item is not None]
    if named:
        items = await desk.read_items([item_id for item_id, _ in named])
        wanted = [(item, amount) for item, (_, amount) in zip(items, named, strict=True)]
        return plan_named(wanted, left, strategy=strategy)
    if targets or instruction.spread is Spread.NONE:
        return []
    found = await open_items_of_company(desk.work, company_id=funds.company_id, currency=funds.currency)
    items = [item for item in found if item.line_id in desk.lines]
    if instruction.spread is Spread.OLDEST_DUE_FIRST:
        return plan_oldest_due_first(items, left)
    return plan_by_reference(items, left, reference=reference)
