"""Prepare the mails of reminders when they are about to be sent: decide once more, then say what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from service.companies.domain import CompanyRef
from service.companies.repository import read_company, read_refs
from service.core.clock import day_in_zone
from service.infra.work import Work
from service.invoicing.mail_service import enclose_statement
from service.invoicing.statement_service import statement_sheet
from service.mails.domain import MailKind, Prepared, QueuedMail, Skipped
from service.mails.formats import formats_for, known_language
from service.mails.views import CompanyView, SenderView
from service.merchants.domain import EffectiveSettings, Merchant, Shop
from service.merchants.service import get_merchant, read_shops
from service.reminders import due_repository, repository
from service.reminders.charge import ChargeKind, LateClaim
from service.reminders.charge_repository import read_open_charges
from service.reminders.charges_service import compute_claim
from service.reminders.circumstances import Circumstances, Debtor, KnownItem
from service.reminders.domain import ReminderStatus
from service.reminders.due_repository import Relevant
from service.reminders.loading_service import load
from service.reminders.mail_views import Claim, LateCharges, reminder_view
from service.reminders.policy import Action, Recipient, Template
from service.reminders.reminder import Reminder
from service.reminders.sending import Dropped, StillRight, last_look

__all__ = ["REMINDER_KINDS", "prepare_reminders", "write_reminder"]

REMINDER_KINDS: Final = tuple(MailKind(template) for template in Template)


async def prepare_reminders(work: Work, mails: Sequence[QueuedMail]) -> Mapping[UUID, Prepared | Skipped]:
    """What each mail says now, or why it is not sent any more (S43): paid, paused or promised in between.

    What is withdrawn may be decided again later, and is looked at at once.
    """
    reminder_ids = [UUID(reminder_id) for mail in mails for reminder_id in mail.subject_ids["reminders"]]
    reminders = dict(await repository.read_queued(work, reminder_ids))
    company_ids = {mail.company_id for mail in mails if mail.company_id is not None}
    known = await due_repository.read_debtors(work, company_ids)
    item_ids = tuple(reminder.open_item_id for of_mail in reminders.values() for reminder in of_mail)
    only = Relevant(work.now, item_ids)
    debtors, around = await load(work, known, only=only, besides_mails={mail.id for mail in mails})
    resumed = _resumed(work, reminders, around)
    await repository.resume_reminders(work, resumed)
    writer = await _Writer.open(work, debtors)
    await writer.read_charges(reminders)
    by_id = {debtor.id: debtor for debtor in debtors}
    prepared: dict[UUID, Prepared | Skipped] = {}
    issued: list[UUID] = []
    withdrawn: dict[UUID, str] = {}
    for mail in mails:
        assert mail.company_id is not None, "a reminder goes to a company"
        debtor = by_id[mail.company_id]
        look = last_look(reminders.get(mail.id, []), debtor, around, template=mail.kind.value, now=work.now)
        withdrawn |= look.withdrawn
        if isinstance(look, Dropped):
            prepared[mail.id] = Skipped(look.reason, "Decided when it was about to be sent.")
        else:
            issued += [reminder.id for reminder in look.kept]
            prepared[mail.id] = await writer.enclose(writer.write(debtor, look, around), debtor, look)
    await repository.issue_reminders(work, issued)
    await repository.withdraw_reminders(work, withdrawn)
    changed = withdrawn.keys() | resumed.keys()
    items = [one.open_item_id for of_mail in reminders.values() for one in of_mail if one.id in changed]
    await due_repository.look_now(work, items)
    return prepared


def _resumed(work: Work, reminders: dict[UUID, list[Reminder]], around: Circumstances) -> dict[UUID, date]:
    """Reminders whose mail a person sends again after it was not taken: they count from the day on which it goes."""
    days: dict[UUID, date] = {}
    for mail_id, of_mail in reminders.items():
        undelivered = [one for one in of_mail if one.status is ReminderStatus.UNDELIVERED]
        for one in undelivered:
            shop = around.shops.get(one.shop_id)
            days[one.id] = one.decided_on if shop is None else day_in_zone(work.now, shop.place.time_zone)
        if undelivered:
            reminders[mail_id] = [
                one._replace(decided_on=days[one.id], status=ReminderStatus.QUEUED) if one.id in days else one
                for one in of_mail
            ]
    return days


async def write_reminder(
    work: Work, debtor: Debtor, look: StillRight, around: Circumstances, *, charged: Sequence[UUID]
) -> Prepared:
    """One reminder as it would be written now, with what its steps would charge on these documents; for previews."""
    writer = await _Writer.open(work, [debtor])
    await writer.read_charges({})
    for item_id in charged:
        writer.claims[item_id] = await compute_claim(work, item_id)
    return await writer.enclose(writer.write(debtor, look, around), debtor, look)


class _Writer:
    """What the mails of a batch share: the merchant, its shops, and the names that companies go by."""

    def __init__(
        self,
        work: Work,
        merchant: Merchant,
        shops: Mapping[UUID, tuple[Shop, EffectiveSettings]],
        refs: Mapping[UUID, tuple[CompanyRef, ...]],
    ) -> None:
        self.work = work
        self.merchant = merchant
        self.shops = shops
        self.refs = refs
        self.debtors: Sequence[Debtor] = ()
        self.charge_items: Mapping[UUID, ChargeKind] = {}
        self.claims: dict[UUID, LateClaim] = {}

    @classmethod
    async def open(cls, work: Work, debtors: Sequence[Debtor]) -> _Writer:
        shops = {shop.id: (shop, settings) for shop, settings in await read_shops(work)}
        refs = await read_refs(work, [debtor.id for debtor in debtors])
        writer = cls(work, await get_merchant(work), shops, refs)
        writer.debtors = debtors
        return writer

    async def read_charges(self, reminders: Mapping[UUID, Sequence[Reminder]]) -> None:
        """Which open items are late charges, and what the steps of these mails will charge."""
        item_ids = [item.id for debtor in self.debtors for item in debtor.items]
        self.charge_items = await read_open_charges(self.work, item_ids)
        for reminder in (one for of_mail in reminders.values() for one in of_mail):
            if Action.LATE_FEE in reminder.pending_actions and reminder.open_item_id in item_ids:
                self.claims[reminder.open_item_id] = await compute_claim(
                    self.work, reminder.open_item_id, until_on=reminder.decided_on
                )

    def write(self, debtor: Debtor, look: StillRight, around: Circumstances) -> Prepared:
        shop, settings = self.shops[look.items[0].shop_id]
        currency = look.items[0].currency
        items, demanded, charges = self._split(look)
        claim = Claim(
            step=look.step,
            currency=currency,
            items=items,
            demanded=demanded,
            charges=charges,
            credits=look.credits,
            previous_reminder_on=_previous(look, around),
        )
        language = known_language(debtor.language, shop.language)
        view = reminder_view(
            claim,
            sender=SenderView(
                name=settings.mail.sender_name or shop.name,
                merchant_name=self.merchant.name,
                reply_to=settings.mail.reply_to or "",
            ),
            company=CompanyView(name=debtor.legal_name, reference=self._reference(debtor, shop)),
            account=settings.bank_account,
            today=look.schedule.today(self.work.now),
            formats=formats_for(debtor.language if language == debtor.language[:2] else language),
        )
        staff = settings.mail.staff_address if Recipient.STAFF_COPY in look.step.recipients else None
        return Prepared(view=view, recipients=look.addresses, language=language, copies=(staff,) if staff else ())

    async def enclose(self, prepared: Prepared, debtor: Debtor, look: StillRight) -> Prepared:
        """The mail with what its step attaches: all that the company owes in this currency, late or not."""
        if look.step.attachment is None:
            return prepared
        shop, _ = self.shops[look.items[0].shop_id]
        company = await read_company(self.work, debtor.id)
        assert company is not None, "companies are never deleted"
        sheet = await statement_sheet(self.work, company, stated_by=shop, currency=look.items[0].currency)
        # The demand goes on time, with the statement or without it.
        enclosure = enclose_statement(sheet, is_needed=False)
        view = replace(prepared.view, attachments=(enclosure.filename,))
        return replace(prepared, view=view, enclosures=(enclosure,))

    def _split(self, look: StillRight) -> tuple[list[KnownItem], list[int], LateCharges]:
        """Documents apart from late charges, unless nothing else is left."""
        pairs = list(zip(look.items, look.demanded, strict=True))
        documents = [pair for pair in pairs if pair[0].id not in self.charge_items]
        charged = dict.fromkeys(ChargeKind, 0)
        rate_bp = None
        if documents:
            for item, demanded in pairs:
                if item.id in self.charge_items:
                    charged[self.charge_items[item.id]] += demanded
            for claim in (self.claims[item.id] for item, _ in documents if item.id in self.claims):
                charged[ChargeKind.RECOVERY_SUM] += claim.recovery_minor
                if claim.interest.missing_on is None:
                    charged[ChargeKind.LATE_INTEREST] += claim.interest.amount_minor
                    rate_bp = claim.interest.last_rate_bp or rate_bp
        shown = documents or pairs
        charges = LateCharges(charged[ChargeKind.LATE_INTEREST], charged[ChargeKind.RECOVERY_SUM], rate_bp)
        return [item for item, _ in shown], [demanded for _, demanded in shown], charges

    def _reference(self, debtor: Debtor, shop: Shop) -> str:
        return next((ref.ref for ref in self.refs[debtor.id] if ref.shop_code == shop.code), "")


def _previous(look: StillRight, around: Circumstances) -> date | None:
    """When the company was last reminded of any of these documents."""
    days = [one.decided_on for item in look.items for one in around.past.get(item.id, ()) if one.was_told]
    return max(days, default=None)
