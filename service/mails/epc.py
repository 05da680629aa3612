"""The code that a banking app scans to fill in a transfer: European Payments Council guideline EPC069-12, version 2."""

from __future__ import annotations

import struct
import zlib
from typing import Final

import zxingcpp

from service.core.money import format_amount

__all__ = ["draw_code", "draw_vector_code", "epc_content"]

_MAX_HOLDER: Final = 70
# Version 13 of the code, the largest allowed, holds no more.
_MAX_BYTES: Final = 331
_MAX_AMOUNT_MINOR: Final = 99_999_999_999
_SCALE: Final = 4
# A code may use any of eight masks. Trying them all for the most even picture takes eight times as long, and phones read all.
_MASK: Final = 2
# Of the effort that compressing may take, as little as a picture of some hundred bytes needs.
_FAST: Final = 3
# A module that is drawn for us is black or white, 0 or 255; in a grey picture of one bit, 1 is white. Four pixels are one
# hexadecimal digit.
_DIGITS: Final = b"0" + b"?" * 254 + b"f"


def epc_content(*, holder: str, iban: str, bic: str, amount_minor: int, currency: str, reference: str) -> str:
    """What the code says; empty where there can be none: it is for euros, and for amounts above nothing.

    `reference` is a structured creditor reference (ISO 11649).
    """
    if currency != "EUR" or not 0 < amount_minor <= _MAX_AMOUNT_MINOR:
        return ""
    amount = f"EUR{format_amount(amount_minor, currency)}"
    before, after = ("BCD", "002", "1", "SCT", bic), (iban.replace(" ", ""), amount, "", reference)
    room = _MAX_BYTES - len("\n".join((*before, "", *after)).encode())
    name = holder[:_MAX_HOLDER].encode()[:room].decode(errors="ignore").strip()
    return "\n".join((*before, name, *after))


def draw_code(content: str) -> bytes:
    """The code as a PNG, as large as a phone reads it from a screen, with its quiet zone."""
    image = zxingcpp.write_barcode_to_image(_make_code(content))
    modules = bytes(memoryview(image))  # type: ignore[arg-type]  # its types do not say that it is a buffer
    return _png(modules.translate(_DIGITS).decode(), size=image.shape[0])


def draw_vector_code(content: str) -> str:
    """The code as SVG with its quiet zone, for paper."""
    return zxingcpp.write_barcode_to_svg(_make_code(content))


def _make_code(content: str) -> zxingcpp.Barcode:
    # As bytes: UTF-8 is what the content itself declares, and nothing before it may say so again.
    return zxingcpp.create_barcode(content.encode(), zxingcpp.BarcodeFormat.QRCode, ec_level="M", data_mask=_MASK)


def _png(digits: str, *, size: int) -> bytes:
    """One bit a pixel, from a digit for each module of a square code; modules are `_SCALE` pixels wide and high."""
    assert _SCALE == 4, "a digit is four pixels"
    width = size * _SCALE
    # Before each line stands a byte that says how it is filtered: not at all. Lines end with whole bytes.
    end = "f" * (size % 2)
    lines = (bytes.fromhex(f"00{digits[at : at + size]}{end}") * _SCALE for at in range(0, len(digits), size))
    header = struct.pack(">IIBBBBB", width, width, 1, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), _FAST)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
