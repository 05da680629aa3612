"""The code that pays: what it says, and that it is a picture of just that."""

from __future__ import annotations

import struct
import zlib

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from service.mails.epc import draw_code, draw_vector_code, epc_content

FACTS = {
    "holder": "Dupont Négoce SAS",
    "iban": "FR76 3000 6000 0112 3456 7890 189",
    "bic": "AGRIFRPP",
    "reference": "RF18539007547034",
}


class TestContent:
    def test_lines_are_in_the_order_of_the_guideline(self) -> None:
        assert epc_content(**FACTS, amount_minor=123_450, currency="EUR").split("\n") == [
            "BCD", "002", "1", "SCT", "AGRIFRPP", "Dupont Négoce SAS", "FR7630006000011234567890189", "EUR1234.50", "",
            "RF18539007547034",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("amount_minor", "currency", "has_code"),
        [(1, "EUR", True), (0, "EUR", False), (-1, "EUR", False), (99_999_999_999, "EUR", True), (100_000_000_000, "EUR", False), (100, "GBP", False)],
    )  # fmt: skip
    def test_only_for_euros_and_for_amounts_a_transfer_can_have(
        self, amount_minor: int, currency: str, has_code: bool
    ) -> None:
        assert bool(epc_content(**FACTS, amount_minor=amount_minor, currency=currency)) == has_code

    def test_a_long_name_is_cut(self) -> None:
        content = epc_content(**(FACTS | {"holder": "x" * 71}), amount_minor=1, currency="EUR")
        assert content.split("\n")[5] == "x" * 70

    def test_a_name_of_many_bytes_is_cut_between_its_letters(self) -> None:
        content = epc_content(**(FACTS | {"holder": "😀" * 70}), amount_minor=1, currency="EUR")
        name = content.split("\n")[5]
        assert set(name) == {"😀"}
        assert 331 - 4 < len(content.encode()) <= 331


class TestPicture:
    @settings(max_examples=50, deadline=None)
    @given(
        holder=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=70),
        amount_minor=st.integers(1, 99_999_999_999),
        reference=st.from_regex(r"RF[0-9]{2}[0-9A-Z]{1,21}", fullmatch=True),
    )
    def test_is_read_as_just_what_it_says(self, holder: str, amount_minor: int, reference: str) -> None:
        facts = FACTS | {"holder": holder, "reference": reference}
        content = epc_content(**facts, amount_minor=amount_minor, currency="EUR")
        width, pixels = _pixels(draw_code(content))
        picture = memoryview(pixels).cast("B", (width, width))
        code = zxingcpp.read_barcode(picture)
        assert code is not None
        assert code.bytes == content.encode()
        # The guideline: error correction M, at most version 13, and no declaration of characters besides its own.
        assert (code.ec_level, code.symbology_identifier) == ("M", "]Q1")
        assert width <= _SCALE * (69 + 2 * _QUIET_ZONE)

    def test_has_a_quiet_zone_and_whole_modules(self) -> None:
        width, pixels = _pixels(draw_code(epc_content(**FACTS, amount_minor=123_450, currency="EUR")))
        lines = [pixels[at : at + width] for at in range(0, len(pixels), width)]
        margin = _QUIET_ZONE * _SCALE
        assert all(set(line) == {255} for line in (*lines[:margin], *lines[-margin:]))
        assert all(set(line[:margin] + line[-margin:]) == {255} for line in lines)
        assert all(lines[at : at + _SCALE] == [lines[at]] * _SCALE for at in range(0, width, _SCALE))

    def test_on_paper_it_has_as_many_modules(self) -> None:
        content = epc_content(**FACTS, amount_minor=123_450, currency="EUR")
        width, _ = _pixels(draw_code(content))
        assert f'<svg width="{width // _SCALE}" height="{width // _SCALE}"' in draw_vector_code(content)


_SCALE = 4
_QUIET_ZONE = 4


def _pixels(png: bytes) -> tuple[int, bytes]:
    """The width of a square picture of one bit a pixel, and its pixels from black 0 to white 255."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (width, depth, colour) == (height, 1, 0)
    start = png.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", png[start - 8 : start - 4])
    lines = zlib.decompress(png[start : start + length])
    stride = 1 + -(-width // 8)
    assert len(lines) == stride * height
    bits = (
        "".join(f"{byte:08b}" for byte in lines[row * stride + 1 : (row + 1) * stride])[:width] for row in range(height)
    )
    return width, bytes(255 * int(bit) for line in bits for bit in line)
