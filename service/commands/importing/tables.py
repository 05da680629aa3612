"""CSV as it comes: whatever its encoding, byte order mark and delimiter, as lines of named cells."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.commands.importing.problems import ImportProblem

__all__ = ["Table", "TableLine", "find_files", "read_table"]

_MAX_BYTES: Final = 200_000_000
_DELIMITERS: Final = ",;\t|"


@dataclass(frozen=True, slots=True)
class TableLine:
    """Cells by column, without the spaces around them; an empty cell is absent. `number` counts lines of the file."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """One file. With another delimiter than the comma a decimal comma is possible."""

    name: str
    columns: tuple[str, ...]
    lines: list[TableLine]
    has_decimal_comma: bool


def find_files(sources: Sequence[Path], problems: list[ImportProblem]) -> list[Path]:
    """The files given, and all CSV files of the folders given."""
    found: list[Path] = []
    for source in sources:
        if source.is_dir():
            inside = sorted(path for path in source.iterdir() if path.suffix.lower() == ".csv")
            found.extend(inside)
            if not inside:
                problems.append(ImportProblem(source.name, 0, "", "the folder holds no .csv file"))
        elif source.is_file():
            found.append(source)
        else:
            problems.append(ImportProblem(source.name, 0, "", "there is no such file"))
    return list(dict.fromkeys(found))


class _Unreadable(Exception):
    """Why a file is no table, and on which line."""

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(what)
        self.line = line


def read_table(path: Path, *, encoding: str | None, problems: list[ImportProblem]) -> Table | None:
    """None when the file cannot be read as a table; `problems` then says why."""
    try:
        text = _read_text(path, encoding)
        delimiter = max(_DELIMITERS, key=text.lstrip("\r\n").split("\n", 1)[0].count)
        rows = _read_rows(text, delimiter)
        columns = _read_header(*rows[0])
    except _Unreadable as error:
        problems.append(ImportProblem(path.name, error.line, "", str(error)))
        return None
    lines = []
    for number, row in rows[1:]:
        if len(row) > len(columns):
            what = f"the line has {len(row)} cells, the header {len(columns)}"
            problems.append(ImportProblem(path.name, number, "", what))
            continue
        named = zip(columns, (cell.strip() for cell in row), strict=False)
        lines.append(TableLine(number, {column: cell for column, cell in named if cell}))
    return Table(path.name, columns, lines, has_decimal_comma=delimiter != ",")


def _read_text(path: Path, encoding: str | None) -> str:
    if path.stat().st_size > _MAX_BYTES:
        raise _Unreadable("the file is larger than 200 MB")
    text = _decode(path.read_bytes(), encoding)
    if text is None:
        raise _Unreadable(f"the file is not {encoding or 'text that can be read'}; name its encoding with --encoding")
    if "\x00" in text:
        raise _Unreadable("the file holds NUL bytes; it is not text, or in another encoding")
    return text


def _read_rows(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Each line that is not empty, with the number of the line of the file on which it ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise _Unreadable(f"not readable as CSV: {error}", reader.line_num) from None
    if not rows:
        raise _Unreadable("the file is empty")
    return rows


def _read_header(number: int, cells: list[str]) -> tuple[str, ...]:
    columns = tuple(cell.strip().lower() for cell in cells)
    repeated = sorted({column for column in columns if column and columns.count(column) > 1})
    if repeated:
        raise _Unreadable(f"the column {repeated[0]} occurs twice", number)
    return columns


def _decode(content: bytes, encoding: str | None) -> str | None:
    """UTF-16 says so in its first bytes; what is not UTF-8 comes from a spreadsheet in Western Europe."""
    if encoding is not None:
        candidates = [encoding]
    elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8", "windows-1252"]
    for candidate in candidates:
        try:
            return content.decode(candidate).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    return None
