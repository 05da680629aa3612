"""Texts of mails, the merchant's own where there are, the shipped ones otherwise."""

from __future__ import annotations

from functools import cached_property

from service.mails.domain import MailKind
from service.mails.formats import LANGUAGES, known_language
from service.mails.own_templates import OwnTemplate
from service.mails.rendering import Rendered, ShippedTemplates
from service.mails.sandbox import Sandbox
from service.mails.views import MailView

__all__ = ["Typesetter"]


class Typesetter:
    """Renders mails. One for a process: what it has compiled is kept."""

    def __init__(self, shipped: ShippedTemplates) -> None:
        self.shipped = shipped

    @cached_property
    def _sandboxes(self) -> dict[str, Sandbox]:
        shipped = self.shipped
        return {
            language: Sandbox(shipped.sources, language=language, words=shipped.words[language], styles=shipped.styles)
            for language in LANGUAGES
        }

    def render(self, kind: MailKind, language: str, view: MailView, *, own: OwnTemplate | None = None) -> Rendered:
        """A whole mail, in the nearest language there is. Raises TemplateFailed for an own template only."""
        language = known_language(language)
        if own is None:
            return self.shipped.render(kind, language, view)
        return self._sandboxes[language].render(own, view)
