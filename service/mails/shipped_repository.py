"""Reads the templates that come with the service from their folder."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from service.mails.rendering import ShippedTemplates, parse_styles

__all__ = ["load_shipped_templates", "templates_folder"]


def templates_folder() -> Path:
    """Inside the package once installed, beside it in a work tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "email_templates"
    return installed if installed.is_dir() else package.parent / "email_templates"


@cache
def load_shipped_templates() -> ShippedTemplates:
    """All of them; they cannot change while the process runs."""
    folder = templates_folder()
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in {".txt", ".html"}]
    return ShippedTemplates(
        {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files},
        words=tomllib.loads((folder / "_base/words.toml").read_text(encoding="utf-8")),
        styles=parse_styles((folder / "_base/style.css").read_text(encoding="utf-8")),
    )
