"""What a mail can be sent to, and how its address goes over the wire."""

from __future__ import annotations

import pytest

from service.core.mail_addresses import to_wire_address


class TestToWireAddress:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("martin@example.org", "martin@example.org"),
            (" Martin@Example.ORG ", "Martin@example.org"),
            ("a+b.c@sub.example.org", "a+b.c@sub.example.org"),
            ("martin@müller.example", "martin@xn--mller-kva.example"),
            ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
            ("a" * 65 + "@example.org", None),
            ("ä@example.org", None),
            ("martin@localhost", None),
            ("martin@example..org", None),
            ("@example.org", None),
            ("martin", None),
            ("", None),
            ("a@b.example\r\nRCPT TO:<c@d.example>", None),
            ("a b@example.org", None),
            ("<a@b.example>", None),
        ],
    )
    def test_wire_form(self, text: str, expected: str | None) -> None:
        assert to_wire_address(text) == expected
