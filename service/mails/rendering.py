"""Texts of mails from templates and views: the shipped ones, written by us and trusted.

A merchant's own templates are rendered in `sandbox`, with the same names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from markupsafe import escape

from service.mails.domain import MailKind
from service.mails.formats import LANGUAGES, formats_for
from service.mails.views import MailView

__all__ = ["PARTS", "Rendered", "ShippedTemplates", "Words", "context_of", "inline_styles", "parse_styles", "tidy"]

# The three files of a template.
PARTS: Final = ("subject.txt", "body.txt", "body.html")
Words = Mapping[str, Mapping[str, str]]

_RULE: Final = re.compile(r"^\.([a-z-]+) *\{ *([^}]*?) *\}", re.MULTILINE)
_CLASS: Final = re.compile(r'class="([a-z -]+)"(?: style="([^"]*)")?')
_INCLUDE: Final = re.compile(r'{% include "([^"]+)" %}(?:\n|$)')
_WORD: Final = re.compile(r"{{ words\.([a-z_]+) }}")
_BLANK_LINES: Final = re.compile(r"\n(?:[ \t]*\n){2,}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail as it is read."""

    subject: str
    text: str
    html: str


class ShippedTemplates:
    """The templates that come with the service, by kind and language. Each is compiled when it is first used."""

    def __init__(self, sources: Mapping[str, str], *, words: Words, styles: Mapping[str, str]) -> None:
        self._as_shipped = sources
        # A part is put in once, here, and not each time a mail is rendered.
        whole = {name: _put_in_parts(source, sources) for name, source in sources.items()}
        self.sources = {name: inline_styles(source, styles) for name, source in whole.items()}
        self.words = words
        self.styles = styles
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def _environment(self, language: str) -> Environment:
        words = self.words[language]
        sources = {
            name: _put_in_words(source, words, is_html=name.endswith(".html"))
            for name, source in self.sources.items()
            if name.startswith("_base/") or f"/{language}/" in name
        }
        environment = Environment(
            loader=DictLoader(sources),
            undefined=StrictUndefined,
            autoescape=select_autoescape(["html"]),
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        environment.filters["plural"] = formats_for(language).plural
        environment.globals = {"words": words, "language": language}
        return environment

    def render(self, kind: MailKind, language: str, view: MailView) -> Rendered:
        """A whole mail in one of `LANGUAGES`."""
        environment = self._environments[language]
        context = context_of(view)
        subject, text, html = (environment.get_template(f"{kind}/{language}/{part}").render(context) for part in PARTS)
        return Rendered(subject=" ".join(subject.split()), text=tidy(text), html=html)

    def source(self, kind: MailKind, language: str, part: str) -> str:
        """A file as it is shipped."""
        return self._as_shipped[f"{kind}/{language}/{part}"]


def _put_in_parts(source: str, sources: Mapping[str, str]) -> str:
    """The source with what it includes in place, as Jinja would read it: without the line end that ends a file."""
    return _INCLUDE.sub(lambda match: _put_in_parts(sources[match[1]], sources).removesuffix("\n"), source)


def _put_in_words(source: str, words: Mapping[str, str], *, is_html: bool) -> str:
    """The source with the words of its language in place."""
    return _WORD.sub(lambda match: str(escape(words[match[1]])) if is_html else words[match[1]], source)


def tidy(text: str) -> str:
    """Plain text without the gaps that absent parts leave."""
    return _BLANK_LINES.sub("\n\n", text.strip()) + "\n"


def context_of(view: MailView) -> dict[str, Any]:
    """The names a template knows."""
    return {each.name: getattr(view, each.name) for each in fields(view)}


def parse_styles(sheet: str) -> dict[str, str]:
    """The declarations of each class of a style sheet that has only rules for single classes."""
    return dict(_RULE.findall(sheet))


def inline_styles(source: str, styles: Mapping[str, str]) -> str:
    """Write the styles of known classes beside them, once and not for each mail: many mail programs read nothing else.

    Works on the template's source, so that whatever stands between Jinja's tags stays as it is.
    """

    def spell_out(match: re.Match[str]) -> str:
        known = [styles[name] for name in match[1].split() if name in styles]
        # What stands beside the class already comes last, and so counts.
        return f'class="{match[1]}" style="{" ".join([*known, match[2] or ""]).strip()}"' if known else match[0]

    return _CLASS.sub(spell_out, source)
