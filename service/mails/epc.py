"""The code that a banking app scans to fill in a transfer: European Payments Council guideline EPC069-12, version 2."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Final

import segno

from service.core.money import format_amount

__all__ = ["draw_code", "draw_vector_code", "epc_content"]

_MAX_HOLDER: Final = 70
_MAX_AMOUNT_MINOR: Final = 99_999_999_999
_SCALE: Final = 4
_BORDER: Final = 4
# A code may use any of eight masks. Trying them all for the most even picture takes five times as long as the code.
_MASK: Final = 2


def epc_content(*, holder: str, iban: str, bic: str, amount_minor: int, currency: str, reference: str) -> str:
    """What the code says; empty where there can be none: it is for euros, and for amounts above nothing.

    `reference` is a structured creditor reference (ISO 11649).
    """
    if currency != "EUR" or not 0 < amount_minor <= _MAX_AMOUNT_MINOR:
        return ""
    amount = f"EUR{format_amount(amount_minor, currency)}"
    lines = ("BCD", "002", "1", "SCT", bic, holder[:_MAX_HOLDER].strip(), iban.replace(" ", ""), amount, "", reference)
    return "\n".join(lines)


def draw_code(content: str) -> bytes:
    """The code as a PNG, as large as a phone reads it from a screen."""
    code = _make_code(content)
    quiet = b"\x00" * _BORDER
    rows = [quiet + bytes(row) + quiet for row in code.matrix]
    empty = bytes(len(rows[0]))
    return _png([*[empty] * _BORDER, *rows, *[empty] * _BORDER])


def draw_vector_code(content: str) -> str:
    """The code as SVG with its quiet zone, for paper."""
    drawn = io.BytesIO()
    _make_code(content).save(drawn, kind="svg", border=_BORDER, xmldecl=False, nl=False)
    return drawn.getvalue().decode()


def _make_code(content: str) -> segno.QRCode:
    return segno.make_qr(content, error="m", encoding="utf-8", boost_error=False, mask=_MASK)


def _png(rows: list[bytes]) -> bytes:
    """One bit a pixel, each module of the code `_SCALE` pixels wide and high."""
    width = len(rows[0]) * _SCALE
    lines = b"".join(_line(row, width) * _SCALE for row in rows)
    header = struct.pack(">IIBBBBB", width, len(rows) * _SCALE, 1, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _line(row: bytes, width: int) -> bytes:
    # In a grey image of one bit, 1 is white.
    bits = "".join(("0" if module else "1") * _SCALE for module in row)
    padded = -(-width // 8) * 8
    return b"\x00" + int(bits.ljust(padded, "1"), 2).to_bytes(padded // 8, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
