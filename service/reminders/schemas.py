"""Bodies about where documents stand, about pauses, the history and the preview."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from service.core.money import format_amount
from service.infra.schemas import AmountText, Code, CurrencyCode, Day, FreeText, InstantText, Page, Ref, Schema
from service.reminders.circumstances import Chooser
from service.reminders.domain import NextStep, Pause, PauseScope, ReminderStatus, WhyNot
from service.reminders.policy import Action, Template
from service.reminders.reminder import HistoryLine
from service.reminders.views import CompanyState, HeldItem, ItemState, PreviewedMail, PreviewPage

__all__ = [
    "CompanyStateOut", "ItemStateOut", "PauseOut", "PausePage", "PauseRemindersIn", "PausesEndedOut", "PreviewRemindersOut",
    "ReminderOut", "ReminderPage", "ResumeIn", "SendNowIn", "SkipReminderIn", "WholePauseIn",
]  # fmt: skip


class PauseOut(Schema):
    """Reminders stopped on purpose. Without `until` it lasts until somebody ends it."""

    id: UUID
    scope: PauseScope
    subject_id: UUID = Field(description="Id of the open item, credit line, company or merchant.")
    reason: str
    author: str
    paused_at: InstantText
    until: Day | None = Field(description="Its last day.")
    resumed_at: InstantText | None
    resumed_by: str | None
    resume_reason: str | None

    @classmethod
    def of(cls, pause: Pause) -> PauseOut:
        return cls(
            id=pause.id,
            scope=pause.scope,
            subject_id=pause.subject_id,
            reason=pause.reason,
            author=pause.author,
            paused_at=pause.paused_at,
            until=pause.until_on,
            resumed_at=pause.resumed_at,
            resumed_by=pause.resumed_by,
            resume_reason=pause.resume_reason,
        )


class PausePage(Page[PauseOut]):
    """One page of pauses."""


class PauseRemindersIn(Schema):
    """Why reminders stop, and until when."""

    reason: FreeText = Field(examples=["Waiting for the credit note of the supplier"])
    until: Day | None = Field(default=None, description="The last day; without it, until somebody ends it.")


class WholePauseIn(PauseRemindersIn):
    """What is paused: one of these, or nothing of it for everybody."""

    open_item: Annotated[UUID, Field(strict=False)] | None = None
    credit_line: Annotated[UUID, Field(strict=False)] | None = None
    company: Ref | None = Field(default=None, description="The shop's reference of the company, or `id:` and its id.")


class ResumeIn(Schema):
    """Why reminders go on."""

    reason: FreeText | None = Field(default=None, examples=["The credit note was sent"])


class PausesEndedOut(Schema):
    """The pauses that were ended; none when there was none."""

    items: list[PauseOut]


class NextReminderOut(Schema):
    """The next step and when it may go, if nothing changes until then."""

    step: str
    level: int
    occurrence: int
    template: Template | None
    planned_on: Day = Field(description="The day that the policy names.")
    at: InstantText = Field(description="When it may go: on a day and at an hour that the step allows.")

    @classmethod
    def of(cls, planned: NextStep) -> NextReminderOut:
        return cls(
            step=planned.step.code,
            level=planned.step.level,
            occurrence=planned.occurrence,
            template=planned.step.template,
            planned_on=planned.planned_on,
            at=planned.at,
        )


class ItemStateOut(Schema):
    """Where a document stands. `why_not` is null when a reminder goes out with the next run."""

    open_item_id: UUID
    document: str
    company_id: UUID
    currency: CurrencyCode
    open_amount: AmountText
    due_on: Day
    policy: str | None = Field(description="The policy that holds for it; null without one.")
    level: int | None = Field(description="The level it has reached; null before the first reminder.")
    last_reminder_on: Day | None
    last_step: str | None
    why_not: WhyNot | None
    next: NextReminderOut | None
    paused_until: Day | None = Field(
        description="The last day of the pause that ends last, also in the days of grace after it; null without an end."
    )
    resumes_on: Day | None = Field(description="The first day after everything that stops it, days of grace included.")
    pauses: list[PauseOut] = Field(description="Those that hold today.")
    can_send_now: bool = Field(description="Whether a person may send the next reminder now.")
    can_skip: bool = Field(description="Whether a person may leave the next reminder out.")

    @classmethod
    def of(cls, state: ItemState) -> ItemStateOut:
        last = state.last_reminder
        return cls(
            open_item_id=state.open_item_id,
            document=state.document,
            company_id=state.company_id,
            currency=state.currency,
            open_amount=format_amount(state.open_minor, state.currency),
            due_on=state.due_on,
            policy=state.policy,
            level=state.level,
            last_reminder_on=last.decided_on if last else None,
            last_step=last.step if last else None,
            why_not=state.why_not,
            next=NextReminderOut.of(state.next) if state.next else None,
            paused_until=state.paused_until,
            resumes_on=state.resumes_on,
            pauses=[PauseOut.of(pause) for pause in state.pauses],
            can_send_now=state.can_send_now,
            can_skip=state.can_skip,
        )


class CompanyStateOut(Schema):
    """What holds for a company, and where all its open items stand, oldest due date first."""

    policy: str | None = Field(
        description="The policy for its documents that were given none of their own; `none` for no reminders. Null when "
        "it is up to the shop, and none was named or its settings are broken."
    )
    chosen_by: Chooser = Field(description="Whose choice that is. The merchant's holds in each shop without its own.")
    pauses: list[PauseOut] = Field(description="Pauses that hold today for the company, a credit line or everybody.")
    items: list[ItemStateOut]

    @classmethod
    def of(cls, state: CompanyState) -> CompanyStateOut:
        return cls(
            policy=state.policy,
            chosen_by=state.chosen_by,
            pauses=[PauseOut.of(pause) for pause in state.pauses],
            items=[ItemStateOut.of(item) for item in state.items],
        )


class ReminderOut(Schema):
    """A step that was decided for a document, and what became of it. A `withdrawn` one counts as if it had not been."""

    id: UUID
    open_item_id: UUID
    document: str
    company_id: UUID
    policy: str
    policy_version: int
    step: str
    level: int
    occurrence: int
    template: Template | None
    status: ReminderStatus
    reason: str | None
    by_hand: bool
    author: str
    currency: CurrencyCode
    amount: AmountText = Field(description="What was asked for of this document when it was decided.")
    planned_on: Day
    decided_at: InstantText
    actions: list[Action] = Field(description="What the step does beside its mail.")
    acted_at: InstantText | None
    mail_id: UUID | None = Field(description="The mail that carried it, as it was sent.")
    mail_status: str | None

    @classmethod
    def of(cls, line: HistoryLine) -> ReminderOut:
        reminder = line.reminder
        return cls(
            id=reminder.id,
            open_item_id=reminder.open_item_id,
            document=line.document_ref,
            company_id=reminder.company_id,
            policy=reminder.policy,
            policy_version=reminder.policy_version,
            step=reminder.step,
            level=reminder.level,
            occurrence=reminder.occurrence,
            template=reminder.template,
            status=reminder.status,
            reason=reminder.reason,
            by_hand=reminder.is_by_hand,
            author=reminder.author,
            currency=reminder.currency,
            amount=format_amount(reminder.demand_minor, reminder.currency),
            planned_on=reminder.planned_on,
            decided_at=reminder.decided_at,
            actions=list(reminder.actions),
            acted_at=reminder.acted_at,
            mail_id=reminder.mail_id,
            mail_status=line.mail_status,
        )


class ReminderPage(Page[ReminderOut]):
    """One page of reminders."""


class SeenStepIn(Schema):
    """Which step is meant: the next one, whatever it is, unless it is named."""

    step: Code | None = Field(
        default=None,
        description="`next.step` as it was shown. If another one comes next by now, nothing is done.",
        examples=["late_1"],
    )
    occurrence: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="`next.occurrence` as it was shown; only beside `step`.", examples=[1]
    )

    @model_validator(mode="after")
    def _require_step(self) -> Self:
        if self.occurrence is not None and self.step is None:
            raise ValueError("`occurrence` is one of `step`, which is missing")
        return self


class SendNowIn(SeenStepIn):
    """Why the next reminder goes now."""

    reason: FreeText | None = Field(default=None, examples=["The buyer asked for a copy"])


class SkipReminderIn(SeenStepIn):
    """Why the next reminder is left out."""

    reason: FreeText = Field(examples=["Spoke to Ms Roy, she pays on Friday"])


class PreviewDocumentOut(Schema):
    """A document of a mail, and the step that is due for it; null for one that is only named."""

    open_item_id: UUID
    document: str
    step: str | None
    level: int | None
    occurrence: int | None


class PreviewMailOut(Schema):
    """A mail that would go, as it would be written."""

    company_id: UUID
    company: str
    currency: CurrencyCode
    template: str
    recipients: list[str]
    copies: list[str]
    language: str
    total: AmountText = Field(description="What is asked for of the documents, before credits and late charges.")
    documents: list[PreviewDocumentOut]
    attachments: list[str] = Field(description="Names of the files it would bring along.")
    subject: str
    text: str
    html: str

    @classmethod
    def of(cls, mail: PreviewedMail) -> PreviewMailOut:
        notice = mail.notice
        due = {item.id: step for item, step in notice.due}
        return cls(
            company_id=mail.debtor.id,
            company=mail.debtor.legal_name,
            currency=notice.currency,
            template=mail.kind.value,
            recipients=list(mail.prepared.recipients),
            copies=list(mail.prepared.copies),
            language=mail.prepared.language,
            total=format_amount(notice.total_minor, notice.currency),
            documents=[
                PreviewDocumentOut(
                    open_item_id=item.id,
                    document=item.document_ref,
                    step=due[item.id].step.code if item.id in due else None,
                    level=due[item.id].step.level if item.id in due else None,
                    occurrence=due[item.id].occurrence if item.id in due else None,
                )
                for item in notice.listed
            ],
            attachments=[enclosure.filename for enclosure in mail.prepared.enclosures],
            subject=mail.rendered.subject,
            text=mail.rendered.text,
            html=mail.rendered.html,
        )


class PreviewSilentOut(Schema):
    """A step that would be done without a mail."""

    open_item_id: UUID
    document: str
    step: str


class PreviewHeldOut(Schema):
    """A document of which nothing would go, why, and when the next step may."""

    open_item_id: UUID
    document: str
    company_id: UUID
    company: str
    why_not: WhyNot
    next: NextReminderOut | None

    @classmethod
    def of(cls, held: HeldItem) -> PreviewHeldOut:
        decision = held.decision
        return cls(
            open_item_id=held.item.id,
            document=held.item.document_ref,
            company_id=held.debtor.id,
            company=held.debtor.legal_name,
            why_not=decision.reason,
            next=NextReminderOut.of(decision.next) if decision.next else None,
        )


class PreviewRemindersOut(Schema):
    """What would happen at a moment if nothing changed until then. Pass `next_cursor` back for more companies."""

    at: InstantText
    mails: list[PreviewMailOut]
    silent: list[PreviewSilentOut]
    held: Annotated[list[PreviewHeldOut], Field(description="What would not go, and why.")]
    next_cursor: str | None

    @classmethod
    def of(cls, page: PreviewPage, *, at: InstantText, next_cursor: str | None) -> PreviewRemindersOut:
        return cls(
            at=at,
            mails=[PreviewMailOut.of(mail) for mail in page.mails],
            silent=[
                PreviewSilentOut(open_item_id=item.id, document=item.document_ref, step=step)
                for item, step in page.silent
            ],
            held=[PreviewHeldOut.of(held) for held in page.held],
            next_cursor=next_cursor,
        )
