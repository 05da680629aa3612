"""The pages of the portal: words, templates and the one style sheet, read once for the process."""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from service.mails.formats import LANGUAGES
from service.mails.shipped_repository import load_shipped_templates

__all__ = ["page_headers", "render_page", "words_of"]

_FOLDER: Final = Path(__file__).resolve().parent


@cache
def _style() -> str:
    return (_FOLDER / "pages/style.css").read_text(encoding="utf-8")


@cache
def words_of(language: str) -> Mapping[str, Any]:
    """The words of the mails and the portal's own, in one of `LANGUAGES`."""
    own = tomllib.loads((_FOLDER / "words.toml").read_text(encoding="utf-8"))
    return {**load_shipped_templates().words[language], **own[language]}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals = {
        "style": Markup(_style()),  # noqa: S704 - a file of ours
        "languages": {language: words_of(language)["language"] for language in LANGUAGES},
    }
    return environment


@cache
def page_headers() -> Mapping[str, str]:
    """A page runs nothing, loads nothing and sends nothing, is in nobody's frame and in no search engine; and it tells
    nobody where a reader came from, for the address is the key."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def render_page(name: str, language: str, **values: object) -> str:
    """A page in one of `LANGUAGES`."""
    return _environment().get_template(name).render(language=language, words=words_of(language), **values)
