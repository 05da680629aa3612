"""What a mail can be sent to, and how its address goes over the wire."""

from __future__ import annotations

import pytest

from service.core.mail_addresses import to_plain_address, to_wire_address


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
            ("jürgen.müller@example.org", "jürgen.müller@example.org"),
            # Composed, and with a mark of its own: one and the same.
            ("ju\u0308rgen@example.org", "jürgen@example.org"),
            ("ü" * 32 + "@example.org", "ü" * 32 + "@example.org"),
            ("ü" * 33 + "@example.org", None),
            ("संपर्क@example.org", "संपर्क@example.org"),
            ("mar\u200btin@example.org", None),
            ("mar\u202etin@example.org", None),
            ("ü\r\nRCPT TO:<c@d.example", None),
            ("ü b@example.org", None),
            ("ü..b@example.org", None),
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

    def test_in_ascii_throughout_where_every_server_has_to_understand_it(self) -> None:
        assert to_plain_address("Martin@müller.example") == "Martin@xn--mller-kva.example"
        assert to_plain_address("jürgen@example.org") is None
