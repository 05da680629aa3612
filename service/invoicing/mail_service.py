"""The mail that brings a statement: asked for by a person, and decided when it goes like every other mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from service.companies.repository import read_all_buyers, read_company
from service.core.ids import new_id
from service.infra.work import Work
from service.invoicing.domain import OpenCredit
from service.invoicing.sheet import Sheet
from service.invoicing.statement_service import find_debtor, read_statements, statement_sheet
from service.invoicing.typst_client import draw_statement
from service.invoicing.words import WORDS
from service.mails.automatic_service import recipients_of
from service.mails.composing import document_view, payment_block
from service.mails.domain import Enclosure, LoggedMail, MailKind, NewMail, Prepared, QueuedMail, Skipped
from service.mails.errors import CompanyHasNoAddress
from service.mails.formats import Formats
from service.mails.log_repository import find_mail
from service.mails.queue_service import queue_mails
from service.mails.views import CompanyView, CreditNoteView, StatementView
from service.merchants.errors import SettingsBroken
from service.merchants.service import get_shop

__all__ = ["enclose_statement", "prepare_statements", "send_statement"]

# The mail names the oldest documents, the file all of them: mail programs cut off what is long.
_NAMED: Final = 50


async def send_statement(
    work: Work, company_ref: str, *, shop_code: str | None, currency: str | None, recipients: Sequence[str]
) -> list[LoggedMail]:
    """Queue a statement for each currency in which something is open, or for one; at the company's own addresses unless
    others are given.

    Raises CompanyNotFound, UnknownCurrency or CompanyHasNoAddress.
    """
    company, shop = await find_debtor(work, company_ref, shop_code=shop_code)
    stated = await read_statements(work, company, shop=shop, currency=currency)
    if not recipients and not recipients_of(company, await read_all_buyers(work, company.id)):
        raise CompanyHasNoAddress
    mails = [
        NewMail(
            kind=MailKind.STATEMENT,
            cause=f"statement:{new_id()}",
            subject_ids={"currency": statement.currency},
            shop_id=None if shop is None else shop.id,
            company_id=company.id,
            recipients=tuple(recipients),
        )
        for statement in stated.statements
    ]
    queued = await queue_mails(work, mails)
    return [await find_mail(work, queued[mail.cause]) for mail in mails]


async def prepare_statements(work: Work, mails: Sequence[QueuedMail]) -> Mapping[UUID, Prepared | Skipped]:
    """What each mail says now. Where nothing is open any more, it says that."""
    return {mail.id: await _prepare(work, mail) for mail in mails}


async def _prepare(work: Work, mail: QueuedMail) -> Prepared | Skipped:
    assert mail.company_id is not None, "a statement goes to a company"
    company = await read_company(work, mail.company_id)
    assert company is not None, "companies are never deleted"
    shop = None if mail.shop_id is None else await get_shop(work, mail.shop_id)
    try:
        sheet = await statement_sheet(work, company, shop=shop, currency=str(mail.subject_ids["currency"]))
    except SettingsBroken:
        return Skipped("settings_broken", "what the shop wants is not known")
    recipients = mail.recipients or tuple(recipients_of(company, await read_all_buyers(work, company.id)))
    enclosure = enclose_statement(sheet, is_needed=True)
    return Prepared(
        view=_view(sheet, attachments=(enclosure.filename,)),
        recipients=recipients,
        language=sheet.language,
        enclosures=(enclosure,),
    )


def enclose_statement(sheet: Sheet, *, is_needed: bool) -> Enclosure:
    """The sheet as a file that is drawn when its mail is written."""
    return Enclosure(
        filename=sheet.filename,
        media_type="application/pdf",
        draw=partial(draw_statement, sheet),
        is_needed=is_needed,
    )


def _view(sheet: Sheet, *, attachments: tuple[str, ...]) -> StatementView:
    (statement,) = sheet.statements
    formats, words = sheet.formats, WORDS[sheet.language]
    rest = len(statement.items) - _NAMED

    def money(amount_minor: int) -> str:
        return formats.money(amount_minor, statement.currency)

    return StatementView(
        sender=sheet.sender,
        company=CompanyView(name=sheet.company.legal_name, reference=sheet.reference),
        today=formats.day(sheet.on),
        attachments=attachments,
        documents=tuple(document_view(item, today=sheet.on, formats=formats) for item in statement.items[:_NAMED]),
        more=formats.plural(rest, words.one_more_enclosed, words.more_enclosed) if rest > 0 else "",
        total_open=money(statement.open_minor),
        total_due=money(statement.due_minor),
        total_late=money(statement.late_minor) if statement.late_minor else "",
        credits=tuple(_credit_view(credit, formats) for credit in statement.credits),
        credits_total=money(statement.credit_minor) if statement.credits else "",
        payment=payment_block(
            sheet.account,
            amount_minor=statement.due_minor,
            currency=statement.currency,
            reference=statement.payment_reference,
            formats=formats,
        ),
    )


def _credit_view(credit: OpenCredit, formats: Formats) -> CreditNoteView:
    return CreditNoteView(
        reference=credit.reference,
        issued_on=formats.day(credit.given_on),
        amount=formats.money(credit.left_minor, credit.currency),
    )
