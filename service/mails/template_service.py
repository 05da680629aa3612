"""Use cases of merchants' own templates: look, try, save, go back to an earlier version or to the shipped one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from service.infra.work import Work
from service.mails import template_repository
from service.mails.domain import MailKind
from service.mails.epc import draw_code
from service.mails.errors import TemplateBroken, TemplateNotFound
from service.mails.formats import LANGUAGES
from service.mails.own_templates import OwnTemplate, StoredTemplate, TemplatePlace
from service.mails.rendering import PARTS, Rendered
from service.mails.samples import sample_views
from service.mails.sandbox import TemplateFailed
from service.mails.shipped_repository import load_shipped_templates
from service.mails.typesetting import Typesetter
from service.mails.views import PaymentBlock
from service.merchants.domain import Change
from service.merchants.service import record_change, resolve_shop

__all__ = [
    "Preview", "TemplateNow", "default_typesetter", "find_place", "list_templates", "list_versions", "preview", "restore_version", "save_template",
    "show_template", "use_shipped",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateNow:
    """What holds at a place: its own version, if there is one with texts, and the texts that are used."""

    place: TemplatePlace
    shop_code: str | None
    own: StoredTemplate | None
    texts: OwnTemplate


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as it would look; `code` is the picture that the HTML shows as `cid:epc`, if it does."""

    rendered: Rendered
    code: bytes | None


@cache
def default_typesetter() -> Typesetter:
    """The process's, with the shipped texts."""
    return Typesetter(load_shipped_templates())


async def find_place(work: Work, kind: MailKind, language: str, *, shop_code: str | None) -> TemplatePlace:
    """A shop's key means its own shop; an integrator's a shop, or the merchant. Raises NotFound or TemplateNotFound."""
    if language not in LANGUAGES:
        raise TemplateNotFound("Mails are not written in this language.", languages=list(LANGUAGES))
    shop_id = work.caller.shop_id
    if shop_code is not None:
        shop_id = (await resolve_shop(work, shop_code)).id
    return TemplatePlace(kind, language, shop_id)


async def list_templates(work: Work) -> Sequence[StoredTemplate]:
    """The own templates that hold now. A shop's key sees those of its shop and of the merchant."""
    found = await template_repository.read_current(work)
    visible = {None, work.caller.shop_id}
    return sorted(
        (
            template
            for place, template in found.items()
            if template.texts is not None and (work.caller.shop_id is None or place.shop_id in visible)
        ),
        key=lambda template: (template.place.kind, template.place.language, template.shop_code or ""),
    )


async def show_template(work: Work, typesetter: Typesetter, place: TemplatePlace) -> TemplateNow:
    """What a mail is written with there: the shop's own, else the merchant's, else the shipped texts."""
    current = await template_repository.read_current(work, kinds=[place.kind])
    own = current.get(place)
    texts = own.texts if own is not None else None
    if own is None and place.shop_id is not None:
        merchants = current.get(TemplatePlace(place.kind, place.language, None))
        texts = merchants.texts if merchants is not None else None
    return TemplateNow(
        place=place,
        shop_code=own.shop_code if own is not None else None,
        own=own,
        texts=texts or shipped_texts(typesetter, place),
    )


def shipped_texts(typesetter: Typesetter, place: TemplatePlace) -> OwnTemplate:
    """The texts that come with the service."""
    return OwnTemplate(*(typesetter.shipped.source(place.kind, place.language, part) for part in PARTS))


async def save_template(
    work: Work, typesetter: Typesetter, place: TemplatePlace, texts: OwnTemplate, *, reason: str | None
) -> TemplateNow:
    """A new version, which holds from now on. Raises TemplateBroken, which names the part and the line."""
    _require_renders(typesetter, place, texts)
    return await _insert(work, typesetter, place, texts, reason=reason)


async def use_shipped(work: Work, typesetter: Typesetter, place: TemplatePlace, *, reason: str | None) -> TemplateNow:
    """The shipped texts hold again; earlier versions can be restored. Raises TemplateNotFound where there are none."""
    current = (await template_repository.read_current(work, kinds=[place.kind])).get(place)
    if current is None or current.texts is None:
        raise TemplateNotFound
    return await _insert(work, typesetter, place, None, reason=reason)


async def list_versions(
    work: Work, place: TemplatePlace, *, before: int | None, limit: int
) -> Sequence[StoredTemplate]:
    """Newest first."""
    return await template_repository.list_versions(work, place, before=before, limit=limit)


async def restore_version(
    work: Work, typesetter: Typesetter, place: TemplatePlace, version: int, *, reason: str | None
) -> TemplateNow:
    """The texts of an earlier version as a new one. Raises TemplateNotFound or TemplateBroken."""
    stored = await template_repository.read_version(work, place, version)
    if stored is None:
        raise TemplateNotFound
    if stored.texts is not None:
        _require_renders(typesetter, place, stored.texts)
    return await _insert(work, typesetter, place, stored.texts, reason=reason)


def preview(typesetter: Typesetter, place: TemplatePlace, texts: OwnTemplate, *, sample: int) -> Preview:
    """A made-up mail with these texts. Raises TemplateBroken."""
    views = sample_views(place.kind, place.language)
    view = views[sample % len(views)]
    try:
        rendered = typesetter.render(place.kind, place.language, view, own=texts)
    except TemplateFailed as error:
        raise _broken(error) from None
    payment = getattr(view, "payment", None)
    shows_code = isinstance(payment, PaymentBlock) and payment.epc and "cid:epc" in rendered.html
    return Preview(rendered, draw_code(payment.epc) if shows_code and isinstance(payment, PaymentBlock) else None)


async def _insert(
    work: Work, typesetter: Typesetter, place: TemplatePlace, texts: OwnTemplate | None, *, reason: str | None
) -> TemplateNow:
    version = await template_repository.insert_version(work, place, texts, reason=reason)
    await record_change(
        work,
        Change(
            subject_kind="shop" if place.shop_id is not None else "merchant",
            subject_id=place.shop_id or work.merchant_id,
            field=f"mail_template.{place.kind}.{place.language}",
            before=version - 1 or None,
            after=version,
            reason=reason,
        ),
    )
    return await show_template(work, typesetter, place)


def _require_renders(typesetter: Typesetter, place: TemplatePlace, texts: OwnTemplate) -> None:
    """On every sample, so that what is only there sometimes is tried, too."""
    for view in sample_views(place.kind, place.language):
        try:
            rendered = typesetter.render(place.kind, place.language, view, own=texts)
        except TemplateFailed as error:
            raise _broken(error) from None
        if not rendered.subject:
            raise TemplateBroken("The subject is empty.", part="subject.txt", line=1)


def _broken(error: TemplateFailed) -> TemplateBroken:
    where = f"{error.part}, line {error.line}" if error.line is not None else error.part
    return TemplateBroken(f"{where}: {error.detail}", part=error.part, line=error.line)
