"""Links into the portal: read back as they were made, and worthless after the smallest change."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from service.infra.portal_links import PortalLink, PortalLinks
from service.infra.signing import SecretBox

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
KEY, OTHER_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()
LINK = PortalLink(
    merchant_id=UUID(int=1),
    company_id=UUID(int=2),
    shop_id=UUID(int=3),
    version=7,
    issued_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
)


def links_with(*keys: str, base_url: str | None = "https://credit.example/pay") -> PortalLinks:
    return PortalLinks(keys, base_url=base_url)


def token_of(url: str) -> str:
    return url.rpartition("/")[2]


class TestPortalLinks:
    @pytest.mark.parametrize(
        "link",
        [
            LINK,
            PortalLink(
                merchant_id=UUID(int=2**128 - 1),
                company_id=UUID(int=2**127),
                shop_id=None,
                version=2**32 - 1,
                issued_at=LINK.issued_at,
                only_shop=True,
            ),
        ],
    )
    def test_are_read_back(self, link: PortalLink) -> None:
        url = links_with(KEY).url_of(link)
        assert url.startswith("https://credit.example/pay/portal/")
        assert links_with(KEY).read(token_of(url)) == link

    def test_name_nobody(self) -> None:
        token = token_of(links_with(KEY).url_of(LINK))
        assert token_of(links_with(KEY).url_of(LINK)) != token
        # Mail programs that look for links in plain text may leave a mark at the end of one out.
        assert token[-1].isalnum()
        assert set(token) <= set(ALPHABET)

    def test_that_were_changed_anywhere_say_nothing(self) -> None:
        token = token_of(links_with(KEY).url_of(LINK))
        for place, letter in enumerate(token):
            other = ALPHABET[(ALPHABET.index(letter) + 32) % 64]
            assert links_with(KEY).read(token[:place] + other + token[place + 1 :]) is None, place
        assert links_with(KEY).read(token[:-1]) is None
        assert links_with(KEY).read(token + "A") is None

    @pytest.mark.parametrize("token", ["", "x", "é" * 20, "../../etc/passwd", "A" * 162, "A" * 100_000, "\x00"])
    def test_what_is_none_says_nothing(self, token: str) -> None:
        assert links_with(KEY).read(token) is None

    def test_outlive_a_change_of_keys_as_long_as_the_old_one_is_kept(self) -> None:
        token = token_of(links_with(KEY).url_of(LINK))
        assert links_with(OTHER_KEY, KEY).read(token) == LINK
        assert links_with(OTHER_KEY).read(token) is None

    def test_share_no_key_with_other_secrets(self) -> None:
        sealed = SecretBox([KEY]).seal("x" * 54).decode().rstrip("=")
        assert links_with(KEY).read(sealed) is None

    def test_cannot_be_made_where_nobody_said_how_the_world_gets_here(self) -> None:
        links = links_with(KEY, base_url=None)
        assert not links.can_be_made
        assert links.shown_without_token == ""
        assert links.read(token_of(links_with(KEY).url_of(LINK))) == LINK
