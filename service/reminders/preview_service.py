"""What would go at any moment, to whom and in which words, and what would not and why. Nothing is written.

The same functions decide as when it happens; what is assumed is that nothing happens until then but what the policies do.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from service.infra.work import Work
from service.mails.domain import MailKind, Prepared
from service.mails.formats import known_language
from service.mails.own_templates import TemplatePlace
from service.mails.rendering import Rendered
from service.mails.sandbox import TemplateFailed
from service.mails.template_repository import read_current
from service.mails.template_service import default_typesetter
from service.reminders import due_repository
from service.reminders.circumstances import Circumstances, Debtor, KnownItem
from service.reminders.domain import NotDue
from service.reminders.foresight import foresee
from service.reminders.loading_service import load
from service.reminders.planning import DebtorPlan, Notice, judge
from service.reminders.policy import Action
from service.reminders.preparing_service import write_reminder
from service.reminders.schedule import Schedule
from service.reminders.sending import StillRight
from service.reminders.views import HeldItem, PreviewedMail, PreviewPage

__all__ = ["HeldItem", "PreviewPage", "PreviewedMail", "preview_company", "preview_page"]

_COMPANIES_AT_ONCE: Final = 100
# A page is looked for among so many companies; the next page goes on behind them.
_COMPANIES_A_PAGE: Final = 2_000


async def preview_page(
    work: Work, *, at: datetime, after: UUID | None, limit: int, portal_url: str = ""
) -> PreviewPage:
    """Companies that owe something, until `limit` mails are found or there are no more.

    `portal_url` stands for the link to a company's account, which nobody is given before a mail goes.
    """
    mails: list[PreviewedMail] = []
    silent: list[tuple[KnownItem, str]] = []
    held: list[HeldItem] = []
    looked_at = 0
    while True:
        company_ids = await due_repository.read_company_ids(work, after=after, limit=_COMPANIES_AT_ONCE)
        page = await _preview(work, company_ids, at=at, portal_url=portal_url)
        mails += page.mails
        silent += page.silent
        held += page.held
        looked_at += len(company_ids)
        if len(company_ids) < _COMPANIES_AT_ONCE:
            return PreviewPage(tuple(mails), tuple(silent), tuple(held), None)
        after = company_ids[-1]
        if len(mails) >= limit or looked_at >= _COMPANIES_A_PAGE:
            return PreviewPage(tuple(mails), tuple(silent), tuple(held), after)


async def preview_company(work: Work, company_id: UUID, *, at: datetime, portal_url: str = "") -> PreviewPage:
    """One company."""
    return await _preview(work, [company_id], at=at, portal_url=portal_url)


async def _preview(work: Work, company_ids: Sequence[UUID], *, at: datetime, portal_url: str) -> PreviewPage:
    since = min(work.now, at)
    debtors, known = await load(replace(work, now=since), await due_repository.read_debtors(work, company_ids))
    work = replace(work, now=at)
    mails: list[PreviewedMail] = []
    silent: list[tuple[KnownItem, str]] = []
    held: list[HeldItem] = []
    day_begins_at = min((shop.place.day_begins_at(at) for shop in known.shops.values()), default=at)
    for debtor in debtors:
        around = known
        if since < day_begins_at:
            # What goes on that day is shown, however late in it somebody looks.
            around = foresee(debtor, known, since=since, until=day_begins_at)
            # Others of this process get their turn in between.
            await asyncio.sleep(0)
        plan = judge(debtor, around, now=work.now)
        mails += [
            await _previewed(work, debtor, notice, around, plan=plan, portal_url=portal_url)
            for notice in plan.notices
            if work.caller.shop_id in {None, notice.head.shop_id}
        ]
        seen = [item for item in debtor.items if work.caller.shop_id in {None, item.shop_id}]
        silent += [(item, due.step.code) for item, due in plan.silent if item in seen]
        for item in seen:
            decision = plan.decisions[item.id]
            if isinstance(decision, NotDue):
                held.append(HeldItem(debtor, item, decision))
    return PreviewPage(tuple(mails), tuple(silent), tuple(held), None)


async def _previewed(
    work: Work, debtor: Debtor, notice: Notice, around: Circumstances, *, plan: DebtorPlan, portal_url: str
) -> PreviewedMail:
    template = notice.head_step.template
    assert template is not None, "a step that notifies has a template"
    _, schedule = plan.known[notice.head.id]
    look = _as_it_would_go(work, debtor, notice, around=around, schedule=schedule)
    charged = [item.id for item, due in notice.due if Action.LATE_FEE in due.step.actions]
    prepared = await write_reminder(work, debtor, look, around, charged=charged)
    prepared = replace(prepared, view=replace(prepared.view, portal_url=portal_url))
    kind = MailKind(template)
    rendered = await _render(work, kind, prepared, shop_id=notice.head.shop_id)
    return PreviewedMail(debtor, notice, prepared, rendered, kind)


async def _render(work: Work, kind: MailKind, prepared: Prepared, *, shop_id: UUID) -> Rendered:
    """In the shop's own words or the merchant's; in ours where there are none, or where theirs fail."""
    own = await read_current(work, kinds=[kind])
    for place_shop_id in (shop_id, None):
        stored = own.get(TemplatePlace(kind, known_language(prepared.language), place_shop_id))
        if stored is not None and stored.texts is not None:
            with contextlib.suppress(TemplateFailed):
                return default_typesetter().render(kind, prepared.language, prepared.view, own=stored.texts)
        if stored is not None:
            break
    return default_typesetter().render(kind, prepared.language, prepared.view)


def _as_it_would_go(
    work: Work, debtor: Debtor, notice: Notice, *, around: Circumstances, schedule: Schedule
) -> StillRight:
    listed = notice.listed
    return StillRight(
        step=notice.head_step,
        schedule=schedule,
        kept=(),
        items=listed,
        demanded=tuple(around.demand_of(item, debtor, now=work.now) for item in listed),
        addresses=notice.addresses,
        withdrawn={},
        credits=notice.credits,
    )
