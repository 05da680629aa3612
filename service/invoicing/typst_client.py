"""Sets statements as PDF with Typst: fonts of its own, no network, no file but the layout beside this one."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final, Literal

import orjson
import structlog
import typst

from service.invoicing.sheet import Sheet, describe_sheet

__all__ = ["draw_statement", "typeset_statement"]

_LAYOUT: Final = Path(__file__).resolve().parent / "statement.typ"
# Archivable (ISO 19005-2) and readable by machines and screen readers.
_ARCHIVABLE: Final = "a-2a"
_THREADS: Final = 2
_log: Final = structlog.get_logger()
# A compiler serves one thread; what it has loaded is kept.
_of_thread: Final = threading.local()


async def draw_statement(sheet: Sheet) -> bytes:
    """The statement as a PDF. Takes the processor for some hundredths of a second, so it is done beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_pool(), typeset_statement, sheet)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="typst")


def typeset_statement(sheet: Sheet) -> bytes:
    """The same for callers that may wait. Raises typst.TypstError for a sheet that cannot be set."""
    texts = orjson.dumps(describe_sheet(sheet)).decode()
    try:
        return _compile(texts, sheet, standard=_ARCHIVABLE)
    except typst.TypstError as error:
        # A name in a script that the fonts lack: it is shown as boxes then, which no archive takes, and people do.
        _log.warning("statement.not_archivable", company_id=str(sheet.company.id), error=str(error)[:200])
        return _compile(texts, sheet, standard=None)


def _compile(texts: str, sheet: Sheet, *, standard: Literal["a-2a"] | None) -> bytes:
    pdf = _compiler().compile(
        format="pdf",
        sys_inputs={"sheet": texts},
        pdf_standards=standard,
        timestamp=int(sheet.made_at.timestamp()),
    )
    assert isinstance(pdf, bytes), "one document is one file"
    return pdf


def _compiler() -> typst.Compiler:
    compiler: typst.Compiler | None = getattr(_of_thread, "compiler", None)
    if compiler is None:
        compiler = _of_thread.compiler = typst.Compiler(str(_LAYOUT), font_paths=[], ignore_system_fonts=True)
    return compiler
