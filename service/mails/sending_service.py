"""Claiming what is due and finding out, in the same transaction, what each mail says, to whom, and whether it still goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import structlog

from service.core.mail_addresses import to_wire_address
from service.infra.database import DatabaseUnavailable
from service.infra.portal_links import PortalLinks
from service.infra.signing import SecretBox
from service.infra.work import Work
from service.mails import queue_repository
from service.mails.address_repository import find_undeliverable, mark_undeliverable
from service.mails.domain import LEASE, MailKind, MailStatus, Prepared, QueuedMail, Skipped
from service.mails.formats import known_language
from service.mails.links_service import add_portal_links
from service.mails.outcomes import FinishedMail, dead_addresses, fail
from service.mails.own_templates import StoredTemplate, TemplatePlace
from service.mails.queue_service import Preparers
from service.mails.server_repository import read_server
from service.mails.servers import MailServer, Security, StoredServer
from service.mails.template_repository import read_current
from service.mails.undelivered_service import announce_undelivered
from service.mails.writing import Letterhead, letterhead
from service.merchants.service import get_merchant, read_shops

__all__ = ["ClaimedMail", "MailBatch", "claim_mails", "open_server", "record_results"]

_log: Final = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedMail:
    """A claimed mail that is to go out, with all that writing it takes."""

    mail: QueuedMail
    prepared: Prepared
    head: Letterhead
    template: StoredTemplate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBatch:
    """What one claim came to. `server` is the merchant's own, if any; `is_last`: nothing more was due."""

    merchant_id: UUID
    mails: Sequence[ClaimedMail]
    server: StoredServer | None
    is_last: bool


async def claim_mails(
    work: Work, preparers: Preparers, *, limit: int, operator_sender: str | None, links: PortalLinks | None = None
) -> MailBatch:
    """Claim the merchant's mails that are due, as many as its rate allows, and prepare them.

    A mail that cannot be prepared holds up nobody else: it alone is tried again later.
    """
    desk = await _open_desk(work, operator_sender=operator_sender)
    room = limit
    if desk.per_minute is not None:
        room = min(limit, desk.per_minute - await queue_repository.lock_rate(work))
    claimed = await queue_repository.claim_due(work, until=work.now + LEASE, limit=room) if room > 0 else []
    if desk.per_minute is not None and claimed:
        await queue_repository.take_from_rate(work, len(claimed))
    if not claimed:
        return MailBatch(merchant_id=work.merchant_id, mails=(), server=desk.server, is_last=True)
    answers, failed = await _prepare(work, preparers, claimed)
    prepared = answers
    answers = await _leave_out_undeliverable(work, answers)
    if links is not None:
        answers = await add_portal_links(work, claimed, answers, links=links, unlinked_shops=desk.unlinked_shops)
    templates = await read_current(work, kinds=sorted({mail.kind for mail in claimed}))
    ready = []
    skipped: dict[UUID, tuple[str, str]] = {}
    for mail in claimed:
        answer = answers.get(mail.id)
        if isinstance(answer, Skipped):
            skipped[mail.id] = (answer.reason, answer.detail)
            if answer is not prepared[mail.id]:
                await announce_undelivered(work, mail, MailStatus.SKIPPED, reason=answer.reason)
        elif isinstance(answer, Prepared):
            head = desk.heads.get(mail.shop_id)
            if head is None:
                failed.append(fail(mail, "no address is known that mails could come from", now=work.now))
                continue
            template = _choose(templates, mail, language=answer.language)
            ready.append(ClaimedMail(mail=mail, prepared=answer, head=head, template=template))
    await queue_repository.skip_mails(work, skipped)
    await _finish(work, failed)
    if skipped:
        _log.info("mails.skipped", merchant_id=str(work.merchant_id), mails=len(skipped))
    return MailBatch(merchant_id=work.merchant_id, mails=ready, server=desk.server, is_last=len(claimed) < limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What is read once for a batch. `heads` has the letterhead of every shop, and under None the merchant's.

    Mails of `unlinked_shops` have no link to the company's account."""

    server: StoredServer | None
    per_minute: int | None
    heads: Mapping[UUID | None, Letterhead | None]
    unlinked_shops: frozenset[UUID | None]


async def _open_desk(work: Work, *, operator_sender: str | None) -> _Desk:
    server = await read_server(work)
    own = server is not None
    merchant = await get_merchant(work)
    heads: dict[UUID | None, Letterhead | None] = {}
    per_minute = None
    link_days: dict[UUID | None, int] = {}
    # Nothing is sent in the name of a shop whose settings are broken: nobody knows what it wants (G07).
    for shop, effective in await read_shops(work):
        settings = effective.mail
        per_minute = settings.per_minute
        link_days[shop.id] = effective.portal_link_days
        heads[shop.id] = letterhead(
            settings, shop_name=shop.name, shop_code=shop.code, own_server=own, operator_sender=operator_sender
        )
        link_days.setdefault(None, effective.portal_link_days)
        # What concerns no single shop goes out in the name of the merchant, by the settings of its first one.
        heads.setdefault(
            None,
            letterhead(
                replace(settings, sender_name=settings.sender_name or merchant.name),
                shop_name=merchant.name,
                shop_code="all",
                own_server=own,
                operator_sender=operator_sender,
            ),
        )
    unlinked = frozenset(shop_id for shop_id, days in link_days.items() if not days)
    return _Desk(server=server, per_minute=per_minute, heads=heads, unlinked_shops=unlinked)


async def _prepare(
    work: Work, preparers: Preparers, claimed: Sequence[QueuedMail]
) -> tuple[dict[UUID, Prepared | Skipped], list[FinishedMail]]:
    """An answer for each mail, or why there is none. The mails of a kind are prepared together, after a failure one by
    one, each in a savepoint of its own, so that what a failing one had written is undone."""
    answers: dict[UUID, Prepared | Skipped] = {}
    failed: list[FinishedMail] = []
    by_kind: dict[MailKind, list[QueuedMail]] = {}
    for mail in claimed:
        by_kind.setdefault(mail.kind, []).append(mail)
    for kind, mails in by_kind.items():
        if kind not in preparers:
            answers |= {mail.id: Skipped("kind_not_sent", "nothing sends mails of this kind") for mail in mails}
            continue
        waiting = [mails]
        while waiting:
            group = waiting.pop()
            try:
                async with work.session.begin_nested():
                    answered = await preparers[kind](work, group)
                    missing = [mail.id for mail in group if mail.id not in answered]
                    assert not missing, f"the preparer of {kind} gave no answer for {missing}"
            except DatabaseUnavailable:
                raise
            except Exception as error:
                if len(group) > 1:
                    waiting += [[mail] for mail in group]
                    continue
                _log.exception("mails.preparing_failed", merchant_id=str(work.merchant_id), mail_id=str(group[0].id))
                failed.append(fail(group[0], f"could not be prepared: {type(error).__name__}", now=work.now))
            else:
                answers |= answered
    return answers, failed


async def _leave_out_undeliverable(
    work: Work, answers: Mapping[UUID, Prepared | Skipped]
) -> dict[UUID, Prepared | Skipped]:
    """Only addresses that can take mails stay; a mail without any is not sent."""
    prepared = {mail_id: answer for mail_id, answer in answers.items() if isinstance(answer, Prepared)}
    wire = {
        mail_id: tuple(dict.fromkeys(filter(None, map(to_wire_address, answer.recipients))))
        for mail_id, answer in prepared.items()
    }
    dead = await find_undeliverable(work, {address for addresses in wire.values() for address in addresses})
    result = dict(answers)
    for mail_id, answer in prepared.items():
        alive = tuple(address for address in wire[mail_id] if address not in dead)
        if alive:
            result[mail_id] = replace(answer, recipients=alive, language=answer.language or known_language(None))
        elif wire[mail_id]:
            result[mail_id] = Skipped("address_undeliverable", ", ".join(wire[mail_id]))
        else:
            result[mail_id] = Skipped("address_missing", ", ".join(answer.recipients))
    return result


def _choose(
    templates: Mapping[TemplatePlace, StoredTemplate], mail: QueuedMail, *, language: str
) -> StoredTemplate | None:
    """The shop's own, else the merchant's; None for the shipped one."""
    for shop_id in dict.fromkeys((mail.shop_id, None)):
        found = templates.get(TemplatePlace(mail.kind, known_language(language), shop_id))
        if found is not None:
            return found if found.texts is not None else None
    return None


def open_server(stored: StoredServer | None, secret_box: SecretBox) -> MailServer | None:
    """The merchant's own server, ready to be called; raises SecretUnreadable."""
    if stored is None:
        return None
    return MailServer(
        host=stored.host,
        port=stored.port,
        security=Security(stored.security),
        username=stored.username,
        password=secret_box.open(stored.password) if stored.password is not None else None,
    )


async def record_results(work: Work, results: Sequence[FinishedMail]) -> set[UUID]:
    """Write down how mails go on, and which addresses turned out to be dead; gives those that were still wanted."""
    wanted = await _finish(work, results)
    dead = {
        address: (said, finished.mail.id) for finished in results for address, said in dead_addresses(finished).items()
    }
    await mark_undeliverable(work, dead, source="refused")
    return wanted


async def _finish(work: Work, results: Sequence[FinishedMail]) -> set[UUID]:
    wanted = await queue_repository.finish_mails(work, results)
    for finished in results:
        if finished.status in {MailStatus.REFUSED, MailStatus.FAILED} and finished.mail.id in wanted:
            await announce_undelivered(work, finished.mail, finished.status)
    return wanted
