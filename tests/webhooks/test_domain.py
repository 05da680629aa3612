"""Who gets what, when again, and where to: the rules by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.addresses import find_address_problem
from service.core.ids import new_id
from service.webhooks.domain import (
    RETRY_DELAYS,
    Destination,
    Message,
    SendResult,
    find_url_problem,
    is_wanted,
    parse_retry_after,
    retry_at,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MERCHANT, OTHER_MERCHANT = UUID(int=1), UUID(int=2)
SHOP, OTHER_SHOP = UUID(int=3), UUID(int=4)
WEBHOOK, OTHER_WEBHOOK = UUID(int=5), UUID(int=6)
SUBJECT = UUID(int=9)


def message(event_type: str = "order.settled", *, shop_id: UUID | None = None, subject_id: UUID = SUBJECT):
    return Message(MERCHANT, UUID(int=8), 1, event_type, shop_id, subject_id)


def destination(*event_types: str, shop_id: UUID | None = None, merchant_id: UUID = MERCHANT):
    return Destination(merchant_id, WEBHOOK, shop_id, frozenset(event_types or ("*",)))


class TestIsWanted:
    @pytest.mark.parametrize(
        ("of_message", "of_destination", "wanted"),
        [
            (None, None, True),
            (SHOP, None, True),
            (None, SHOP, True),
            (SHOP, SHOP, True),
            (OTHER_SHOP, SHOP, False),
        ],
    )
    def test_a_shop_gets_its_own_and_what_concerns_no_shop(
        self, of_message: UUID | None, of_destination: UUID | None, wanted: bool
    ):
        assert is_wanted(message(shop_id=of_message), destination(shop_id=of_destination)) == wanted

    @pytest.mark.parametrize(
        ("event_types", "wanted"),
        [
            (("*",), True),
            (("order.settled",), True),
            (("order.held", "order.settled"), True),
            (("order.held",), False),
            (("order",), False),
        ],
    )
    def test_only_the_types_it_asked_for(self, event_types: tuple[str, ...], wanted: bool):
        assert is_wanted(message("order.settled"), destination(*event_types)) == wanted

    def test_never_another_merchants(self):
        assert not is_wanted(message(), destination(merchant_id=OTHER_MERCHANT))
        test = message("webhook.test", subject_id=WEBHOOK)
        assert not is_wanted(test, destination(merchant_id=OTHER_MERCHANT))

    def test_a_test_is_for_the_tested_webhook_alone_whatever_it_subscribed(self):
        assert is_wanted(message("webhook.test", subject_id=WEBHOOK), destination("order.held"))
        assert not is_wanted(message("webhook.test", subject_id=OTHER_WEBHOOK), destination("*"))


class TestRetryAt:
    @pytest.mark.parametrize("failures", range(1, len(RETRY_DELAYS) + 1))
    def test_waits_longer_each_time_by_up_to_a_fifth(self, failures: int):
        delay = RETRY_DELAYS[failures - 1]
        for delivery_id in (new_id() for _ in range(50)):
            again = retry_at(NOW, failures=failures, retry_after=None, delivery_id=delivery_id)
            assert again is not None
            assert NOW + delay <= again < NOW + 1.2 * delay

    def test_deliveries_that_failed_together_come_back_apart(self):
        found = {retry_at(NOW, failures=1, retry_after=None, delivery_id=new_id()) for _ in range(100)}
        assert len(found) > 50

    def test_ends_after_the_last_delay(self):
        assert retry_at(NOW, failures=9, retry_after=timedelta(hours=1), delivery_id=UUID(int=1)) is None

    @pytest.mark.parametrize(
        ("retry_after", "expected"),
        [
            (timedelta(seconds=1), timedelta(seconds=10)),
            (timedelta(hours=1), timedelta(hours=1)),
            (timedelta(days=30), timedelta(hours=24)),
        ],
    )
    def test_a_receiver_may_ask_for_more_time_but_not_for_ever(self, retry_after: timedelta, expected: timedelta):
        assert retry_at(NOW, failures=1, retry_after=retry_after, delivery_id=UUID(int=1000)) == NOW + expected


class TestParseRetryAfter:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (None, None),
            ("120", timedelta(seconds=120)),
            (" 7 ", timedelta(seconds=7)),
            ("Mon, 02 Mar 2026 09:01:00 GMT", timedelta(seconds=60)),
            ("Mon, 02 Mar 2026 08:00:00 GMT", timedelta(0)),
            ("Mon, 02 Mar 2026 09:01:00 -0000", timedelta(seconds=60)),
            ("soon", None),
            ("-5", None),
            ("1.5", None),
            ("9" * 40, None),
            ("", None),
        ],
    )
    def test_reads_seconds_and_dates(self, value: str | None, expected: timedelta | None):
        assert parse_retry_after(value, now=NOW) == expected

    @given(st.text())
    def test_never_fails(self, value: str):
        found = parse_retry_after(value, now=NOW)
        assert found is None or found >= timedelta(0)


class TestFindUrlProblem:
    @pytest.mark.parametrize(
        "url",
        [
            "https://shop.example/module/encours/callback",
            "https://shop.example:8443/hooks?shop=1&lang=fr",
            "https://xn--bcher-kva.example/",
            "https://93.184.216.34/hooks",
            "https://[2606:2800:220:1:248:1893:25c8:1946]/hooks",
        ],
    )
    def test_accepts(self, url: str):
        assert find_url_problem(url, allow_private=False) is None

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "shop.example",
            "ftp://shop.example/",
            "javascript:alert(1)",
            "https://",
            "https:///path",
            "https://user@shop.example/",
            "https://user:secret@shop.example/",
            "https://shop.example/#part",
            "https://shop.example:99999/",
            "https://shop.example:port/",
            "https://bücher.example/",
            "https://shop.example/a b",
            "https://shop.example\\@evil.example/",
            "https://shop.example/\nHost: evil",
            "https://[::1/",
            "http://shop.example/",
            "https://127.0.0.1/",
            "https://10.0.0.8/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data/",
        ],
    )
    def test_refuses_on_a_server(self, url: str):
        assert find_url_problem(url, allow_private=False) is not None

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:8080/hooks", "http://prestashop/hooks", "http://localhost/", "https://192.168.1.20/"]
    )
    def test_accepts_private_addresses_where_they_are_allowed(self, url: str):
        assert find_url_problem(url, allow_private=True) is None

    @pytest.mark.parametrize("url", ["http://93.184.216.34/", "http://169.254.169.254/", "https://169.254.169.254/"])
    def test_some_are_refused_even_there(self, url: str):
        assert find_url_problem(url, allow_private=True) is not None

    @given(st.text())
    def test_never_fails(self, url: str):
        find_url_problem(url, allow_private=False)


class TestFindAddressProblem:
    PRIVATE = ("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "::1", "fd12::1")
    NEVER = (
        "0.0.0.0",  # noqa: S104 - an address to refuse, not to bind
        "169.254.169.254",
        "169.254.1.1",
        "100.100.100.200",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "fe80::1",
        "ff02::1",
        "fd00:ec2::254",
        "2001:db8::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
    )
    WRAPPED_PRIVATE = ("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:c0a8:1::")

    @pytest.mark.parametrize("address", ["93.184.216.34", "172.32.0.1", "2606:2800:220:1:248:1893:25c8:1946"])
    def test_public_ones_need_tls_and_nothing_else(self, address: str):
        for allow_private in (True, False):
            assert find_address_problem(ip_address(address), is_plain=False, allow_private=allow_private) is None
            assert find_address_problem(ip_address(address), is_plain=True, allow_private=allow_private) is not None

    @pytest.mark.parametrize("address", [*PRIVATE, *WRAPPED_PRIVATE])
    def test_private_ones_only_where_the_operator_allows_them(self, address: str):
        for is_plain in (True, False):
            assert find_address_problem(ip_address(address), is_plain=is_plain, allow_private=True) is None
            assert find_address_problem(ip_address(address), is_plain=is_plain, allow_private=False) is not None

    @pytest.mark.parametrize("address", NEVER)
    def test_reserved_ones_never(self, address: str):
        for allow_private in (True, False):
            assert find_address_problem(ip_address(address), is_plain=False, allow_private=allow_private) is not None

    @given(st.ip_addresses())
    def test_without_permission_only_addresses_of_the_internet_pass(self, address):
        if find_address_problem(address, is_plain=False, allow_private=False) is None:
            assert address.is_global
            assert not address.is_multicast


class TestSendResult:
    @pytest.mark.parametrize(
        ("status", "delivered"), [(200, True), (204, True), (299, True), (199, False), (300, False), (500, False)]
    )
    def test_only_2xx_is_delivered(self, status: int, delivered: bool):
        assert SendResult(status_code=status, duration_ms=1).is_delivered == delivered

    def test_no_answer_is_not_delivered(self):
        assert not SendResult(status_code=None, duration_ms=1, error="timeout").is_delivered
