"""Signatures over raw bytes, and secrets that lie encrypted."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from standardwebhooks import Webhook, WebhookVerificationError

from service.core.clock import SystemClock
from service.infra.signing import SecretBox, SecretUnreadable, new_signing_secret, sign_message

BODY = '{"id": "m1", "name": "Café"}'.encode()


def sign(*secrets: str, late: timedelta = timedelta(0)) -> dict[str, str]:
    return sign_message(BODY, message_id="m1", sent_at=SystemClock().now() - late, signing_secrets=secrets)


class TestSignMessage:
    def test_the_subscriber_can_verify_it(self):
        secret = new_signing_secret()
        Webhook(secret).verify(BODY, sign(secret))

    def test_gives_the_signature_of_the_standards_own_example(self):
        headers = sign_message(
            b'{"test": 2432232314}',
            message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            sent_at=datetime.fromtimestamp(1614265330, tz=UTC),
            signing_secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        )
        assert headers == {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }

    @pytest.mark.parametrize("changed", [BODY + b" ", BODY.replace(b"m1", b"m2"), b""])
    def test_a_changed_byte_is_noticed(self, changed: bytes):
        secret = new_signing_secret()
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(changed, sign(secret))

    def test_a_message_under_another_id_is_noticed(self):
        secret = new_signing_secret()
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(BODY, sign(secret) | {"webhook-id": "m2"})

    def test_two_secrets_give_two_signatures(self):
        old, new = new_signing_secret(), new_signing_secret()
        headers = sign(new, old)
        assert len(headers["webhook-signature"].split(" ")) == 2
        Webhook(old).verify(BODY, headers)
        Webhook(new).verify(BODY, headers)

    def test_a_third_secret_verifies_nothing(self):
        headers = sign(new_signing_secret(), new_signing_secret())
        with pytest.raises(WebhookVerificationError):
            Webhook(new_signing_secret()).verify(BODY, headers)

    @pytest.mark.parametrize("late", [timedelta(minutes=6), -timedelta(minutes=6)])
    def test_an_old_or_future_message_is_refused(self, late: timedelta):
        secret = new_signing_secret()
        with pytest.raises(WebhookVerificationError, match="too"):
            Webhook(secret).verify(BODY, sign(secret, late=late))

    def test_nothing_goes_out_unsigned(self):
        with pytest.raises(ValueError, match="at least one"):
            sign()


class TestNewSigningSecret:
    def test_holds_32_random_bytes(self):
        first, second = new_signing_secret(), new_signing_secret()
        assert first != second
        assert first.startswith("whsec_")
        assert len(base64.b64decode(first.removeprefix("whsec_"), validate=True)) == 32


class TestSecretBox:
    def test_gives_back_what_was_put_in(self):
        box = SecretBox([Fernet.generate_key().decode()])
        sealed = box.seal("whsec_abc")
        assert b"whsec_abc" not in sealed
        assert box.open(sealed) == "whsec_abc"

    def test_a_new_key_reads_what_the_old_one_sealed(self):
        old, new = (Fernet.generate_key().decode() for _ in range(2))
        sealed = SecretBox([old]).seal("whsec_abc")
        assert SecretBox([new, old]).open(sealed) == "whsec_abc"
        with pytest.raises(SecretUnreadable):
            SecretBox([old]).open(SecretBox([new, old]).seal("whsec_abc"))

    def test_a_lost_key_is_said_clearly(self):
        sealed = SecretBox([Fernet.generate_key().decode()]).seal("whsec_abc")
        with pytest.raises(SecretUnreadable, match="ENCOURS_SECRET_KEY"):
            SecretBox([Fernet.generate_key().decode()]).open(sealed)
