"""The module's own HTTP, in a real PHP, against the real service and against peers that misbehave."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.app import Tenant

WIRE = Path(__file__).parents[2] / "prestashop_bridge" / "tests" / "wire.php"
QUOTE = json.dumps({"company": "3", "amount": "120.00", "currency": "EUR"})


def call(url: str, key: str, method: str, path: str, body: str | None = None, **settings: str) -> dict[str, Any]:
    arguments = ["php", str(WIRE), url, key, method, path, *([] if body is None else [body])]
    done = subprocess.run(
        arguments, capture_output=True, text=True, timeout=60, check=True, env={**os.environ, **settings}
    )
    assert done.stderr == ""
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@contextlib.contextmanager
def peer(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Somebody who takes one connection and does as told with it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)

        def work() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    serve(connection)

        thread = threading.Thread(target=work)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread.join()


async def test_asks_the_service_and_reads_its_answer(live_server: str, tenant: Tenant) -> None:
    answer = call(live_server, tenant.shop_key, "POST", "/v1/quotes", QUOTE)
    assert (answer["status"], answer["body"]["outcome"]) == (200, "declined")
    assert answer["headers"]["content-type"] == "application/json"


async def test_a_second_call_of_a_page_takes_the_same_connection(live_server: str, tenant: Tenant) -> None:
    answer = call(live_server, tenant.shop_key, "GET", "/v1/terms", TIMES="3")
    assert answer["status"] == 200


async def test_a_wrong_key_is_a_refusal(live_server: str, tenant: Tenant) -> None:
    answer = call(live_server, "enc_shop_wrong", "POST", "/v1/quotes", QUOTE)
    assert (answer["status"], answer["body"]["code"]) == (401, "key_invalid")


def test_nobody_listening_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    answer = call(f"http://127.0.0.1:{port}", "k", "GET", "/v1/terms")
    assert answer["curl"] == 7
    assert answer["seconds"] < 0.5


def test_silence_is_given_up_when_the_time_is_over() -> None:
    def keep_silent(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.recv(1)

    with peer(keep_silent) as url:
        answer = call(url, "k", "GET", "/v1/terms", TIMEOUT="0.4")
    assert answer["curl"] == 28
    assert 0.3 < answer["seconds"] < 1.5


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))

    def shake_hands(connection: socket.socket) -> None:
        with contextlib.suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(65536)
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with peer(shake_hands) as url:
        assert call(url.replace("http:", "https:"), "k", "GET", "/v1/terms")["curl"] == 60


def test_a_redirect_is_not_followed() -> None:
    def redirect(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")

    with peer(redirect) as url:
        assert call(url, "k", "GET", "/v1/terms")["status"] == 302


def test_an_endless_answer_is_cut_off() -> None:
    def flood(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(100):
                connection.sendall(b" " * 1_048_576)

    with peer(flood) as url:
        assert call(url, "k", "GET", "/v1/terms", TIMEOUT="20")["curl"] == 23


def test_something_that_is_no_http_is_no_answer() -> None:
    with peer(lambda connection: connection.sendall(b"220 mail.example ESMTP\r\n")) as url:
        assert "unavailable" in call(url, "k", "GET", "/v1/terms")


@pytest.mark.parametrize("url", ["file:///etc/hostname", "gopher://127.0.0.1:1"])
def test_nothing_but_http_is_spoken(url: str) -> None:
    assert call(url, "k", "GET", "")["curl"] == 1


def _self_signed(folder: Path) -> Path:
    """Key and certificate of 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    return file
