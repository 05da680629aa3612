"""The digest: one mail a morning that tells staff what happened since the last one, if anything did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from service.core.clock import day_in_zone
from service.infra.work import Work
from service.mails.domain import MailKind, NewMail, Prepared, QueuedMail, Skipped
from service.mails.formats import formats_for, known_language
from service.mails.kind_words import KIND_WORDS
from service.mails.queue_service import queue_mails
from service.mails.views import CompanyView, DigestEntry, DigestSection, DigestView, SenderView
from service.merchants.domain import EffectiveSettings, Merchant, Shop
from service.merchants.service import get_merchant, read_shops
from service.reminders import digest_repository
from service.reminders.charges_service import find_missing_rate
from service.reminders.loading_service import known_policies
from service.reminders.policy import Action, ReminderPolicy
from service.reminders.rates import RateBase, half_year_of

__all__ = ["prepare_digests", "queue_digest"]

_FIRST_SPAN: Final = timedelta(days=1)
_ABOUT_MAILS: Final = frozenset({"failed_mails", "unknown_mails"})
_SAID_AT_MOST: Final = 160
_NO_ADDRESS: Final = {
    "en": "no address",
    "fr": "aucune adresse",
    "it": "nessun indirizzo",
    "de": "keine Adresse",
    "es": "sin dirección",
}
# As those who publish them call them.
_RATE_NAMES: Final = {
    RateBase.ECB: "European Central Bank, main refinancing operations",
    RateBase.FR_LEGAL: "Taux de l'intérêt légal",
    RateBase.DE_BASE: "Basiszinssatz (§ 247 BGB)",
    RateBase.BOE: "Bank of England, Bank Rate",
}


async def queue_digest(work: Work, _merchant_id: UUID) -> bool:
    """Make today's digest: a mail when staff can be written to and there is something to tell."""
    merchant = await get_merchant(work)
    today = day_in_zone(work.now, merchant.time_zone)
    last = await digest_repository.last_digest(work)
    if last is not None and last[0] >= today:
        return False
    since_on, since_at = last if last is not None else (today - _FIRST_SPAN, work.now - _FIRST_SPAN)
    mail_id = None
    staff = await _staff(work)
    if staff is not None:
        sections, _ = await _read_sections(
            work, merchant, since_on=since_on, today=today, since_at=since_at, until_at=work.now
        )
        if sections:
            mail = NewMail(
                kind=MailKind.DIGEST,
                cause=f"digest:{today.isoformat()}",
                subject_ids={
                    "since_on": since_on.isoformat(),
                    "today": today.isoformat(),
                    "since_at": since_at.isoformat(),
                    "until_at": work.now.isoformat(),
                },
                shop_id=staff[0].id,
            )
            mail_id = (await queue_mails(work, [mail])).get(mail.cause)
    await digest_repository.insert_digest(work, day=today, mail_id=mail_id)
    return True


async def _read_sections(
    work: Work, merchant: Merchant, *, since_on: date, today: date, since_at: datetime, until_at: datetime
) -> tuple[dict[str, tuple[list[Any], int]], list[tuple[str, int]]]:
    """What the database knows, and whether what policies charge can be computed."""
    policies = await _policies_in_use(work)
    sections, totals = await digest_repository.read_sections(
        work,
        since_on=since_on,
        today=today,
        since_at=since_at,
        until_at=until_at,
        reminds=bool(policies),
    )
    if any(Action.LATE_FEE in step.actions for policy in policies for step in policy.steps):
        base = await find_missing_rate(work, merchant.country, today)
        if base is not None:
            sections["missing_rate"] = [(half_year_of(today), _RATE_NAMES[base], None, "")], 1
    return sections, totals


async def _policies_in_use(work: Work) -> list[ReminderPolicy]:
    """Those that a shop or anybody else was given."""
    codes = {settings.reminder_policy for _, settings in await read_shops(work)}
    codes |= await digest_repository.read_assigned_policies(work)
    known = await known_policies(work)
    return [known[code] for code in codes if code in known]


async def _staff(work: Work) -> tuple[Shop, EffectiveSettings] | None:
    """The first shop that says where staff read; the merchant's settings hold in all that say nothing."""
    return next(((shop, settings) for shop, settings in await read_shops(work) if settings.mail.staff_address), None)


async def prepare_digests(work: Work, mails: Sequence[QueuedMail]) -> Mapping[UUID, Prepared | Skipped]:
    """What each digest says, by what is still so when it is sent."""
    merchant = await get_merchant(work)
    staff = await _staff(work)
    prepared: dict[UUID, Prepared | Skipped] = {}
    for mail in mails:
        if staff is None:
            prepared[mail.id] = Skipped("no_address", "No address of staff is set any more.")
            continue
        shop, settings = staff
        subject = mail.subject_ids
        sections, totals = await _read_sections(
            work,
            merchant,
            since_on=date.fromisoformat(subject["since_on"]),
            today=date.fromisoformat(subject["today"]),
            since_at=datetime.fromisoformat(subject["since_at"]),
            until_at=datetime.fromisoformat(subject["until_at"]),
        )
        if not sections:
            prepared[mail.id] = Skipped("nothing_to_tell", "Everything was dealt with before it was sent.")
            continue
        address = settings.mail.staff_address
        assert address is not None, "asked for a shop that has one"
        view = _view(merchant, shop, sections, totals, today=date.fromisoformat(subject["today"]))
        prepared[mail.id] = Prepared(view=view, recipients=(address,), language=known_language(shop.language))
    return prepared


def _view(
    merchant: Merchant,
    shop: Shop,
    sections: Mapping[str, tuple[list[Any], int]],
    totals: Sequence[tuple[str, int]],
    *,
    today: date,
) -> DigestView:
    language = shop.language
    formats = formats_for(language)
    return DigestView(
        sender=SenderView(name=shop.name, merchant_name=merchant.name),
        company=CompanyView(name=merchant.name),
        today=formats.day(today),
        sections=tuple(
            DigestSection(kind=name, entries=tuple(_entry(name, row, language) for row in rows), more=found - len(rows))
            for name, (rows, found) in sections.items()
        ),
        total_late=tuple(formats.money(amount, currency) for currency, amount in totals),
    )


def _entry(section: str, row: Sequence[Any], language: str) -> DigestEntry:
    title, company, amount, currency, *about_mail = row
    formats, words = formats_for(language), known_language(language)
    if isinstance(title, date):
        title = formats.day(title)
    if section in _ABOUT_MAILS:
        title = KIND_WORDS[words].get(title, title)
    detail = company
    if about_mail:
        address, said = about_mail
        detail = ", ".join(filter(None, (company, address or _NO_ADDRESS[words])))
        detail += f": {' '.join(said.split())[:_SAID_AT_MOST]}" if said else ""
    return DigestEntry(title=title, detail=detail, amount="" if amount is None else formats.money(amount, currency))
