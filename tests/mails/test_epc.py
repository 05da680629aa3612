"""The code that pays: what it says, and that it is a picture of just that."""

from __future__ import annotations

import struct
import zlib

import pytest

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


class TestPicture:
    def test_is_a_png_with_whole_modules_and_a_quiet_zone(self) -> None:
        png = draw_code(epc_content(**FACTS, amount_minor=123_450, currency="EUR"))
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
        assert (depth, colour) == (1, 0)
        assert width == height
        start = png.index(b"IDAT") + 4
        length = struct.unpack(">I", png[start - 8 : start - 4])[0]
        lines = zlib.decompress(png[start : start + length])
        stride = 1 + -(-width // 8)
        assert len(lines) == stride * height
        pixels = [
            "".join(f"{byte:08b}" for byte in lines[row * stride + 1 : (row + 1) * stride])[:width]
            for row in range(height)
        ]
        modules = [line[::4] for line in pixels[::4]]
        assert all(line == "1" * len(line) for line in (*modules[:4], *modules[-4:]))
        # The upper left finder pattern, seven modules wide.
        assert [line[4:11] for line in modules[4:11]] == [
            "0000000", "0111110", "0100010", "0100010", "0100010", "0111110", "0000000"
        ]  # fmt: skip

    def test_on_paper_it_has_as_many_modules(self) -> None:
        content = epc_content(**FACTS, amount_minor=123_450, currency="EUR")
        (pixels,) = struct.unpack(">I", draw_code(content)[16:20])
        assert draw_vector_code(content).startswith(f'<svg xmlns="http://www.w3.org/2000/svg" width="{pixels // 4}" ')
