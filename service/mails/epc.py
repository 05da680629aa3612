"""The code that a banking app scans to fill in a transfer: European Payments Council guideline EPC069-12, version 2."""

from __future__ import annotations

import struct
import zlib
from typing import Final

import zxingcpp

from service.core.money import format_amount

__all__ = ["draw_code", "epc_content"]

_MAX_HOLDER: Final = 70
_MAX_AMOUNT_MINOR: Final = 99_999_999_999
_SCALE: Final = 4
# A byte of the picture that is drawn for us is black or white; in a grey picture of one bit, 1 is white.
_BITS: Final = bytes([ord("0")]) + b"?" * 254 + bytes([ord("1")])


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
    """The code as a PNG, as large as a phone reads it from a screen, with its quiet zone."""
    # As bytes: UTF-8 is what the content itself declares, and nothing before it may say so again.
    code = zxingcpp.create_barcode(content.encode(), zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = zxingcpp.write_barcode_to_image(code, scale=_SCALE)
    height, width = image.shape
    pixels = bytes(memoryview(image))  # type: ignore[arg-type]  # its types do not say that it is a buffer
    return _png(pixels.translate(_BITS), width=width, height=height)


def _png(bits: bytes, *, width: int, height: int) -> bytes:
    """One bit a pixel, written from a digit for each. Lines repeat, as modules are `_SCALE` pixels high."""
    padding = b"1" * (-width % 8)
    rows = [bits[at * width : (at + 1) * width] + padding for at in range(0, height, _SCALE)]
    lines = b"".join((b"\x00" + int(row, 2).to_bytes(len(row) // 8, "big")) * _SCALE for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
