"""Settings: read once at the edge from `ENCOURS_*` variables, frozen, and passed in."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Annotated, Literal

from cryptography.fernet import Fernet
from pydantic import Field, HttpUrl, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.core.mail_addresses import to_plain_address
from service.infra.database import PoolOptions, asyncpg_dsn, default_hot_pool_size
from service.mails.servers import parse_server_url

__all__ = ["ConfigurationError", "Settings", "encryption_keys"]


class ConfigurationError(RuntimeError):
    """The service cannot start with these settings; the message says which one and what to do."""


class Settings(BaseSettings):
    """Everything an operator can decide. Each field is the variable `ENCOURS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="ENCOURS_", frozen=True, extra="forbid", hide_input_in_errors=True)

    # Where data is. Without a URL an embedded PostgreSQL runs in the data folder.
    database_url: Annotated[str | None, Field(repr=False)] = None
    data_dir: Path = Path(".data")
    session_pool_size: Annotated[int, Field(ge=1, le=100)] = 5
    hot_pool_size: int = Field(default_factory=default_hot_pool_size, ge=1, le=100)
    statement_timeout_ms: Annotated[int, Field(ge=100, le=600_000)] = 15_000
    lock_timeout_ms: Annotated[int, Field(ge=100, le=60_000)] = 3_000

    # Where the service listens, and under which address the world knows it.
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8600
    public_url: HttpUrl | None = None

    # Encrypts what must be kept and cannot be hashed, such as webhook secrets. Several keys, separated by commas:
    # the first one encrypts, all decrypt, so that a key can be changed without a stop.
    secret_key: SecretStr | None = None

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"

    # As the `limits` library writes them. The first is counted per API key, the second per address without a valid one.
    rate_limit: str = "1000/second"
    rate_limit_anonymous: str = "120/minute"

    # How long a repeated request is answered from memory.
    idempotency_retention_days: Annotated[int, Field(ge=1, le=365)] = 30
    # How long delivered messages and the log of their attempts are kept.
    message_retention_days: Annotated[int, Field(ge=7, le=3650)] = 90

    # Whether callbacks and webhooks may go to loopback and private addresses, also without TLS. Merchants choose the
    # URLs, so on a server this opens the operator's own network to them; on the embedded database it is one's own machine.
    allow_private_callbacks: bool = Field(default_factory=lambda known: known.get("database_url") is None)

    # Where mails of merchants without a server of their own are handed over, and the address they then come from.
    smtp_url: SecretStr | None = None
    mail_from: str | None = None
    # Without a server: files that `/mailbox` shows, on the embedded database; with a database of its own mails wait.
    mail_backend: Literal["smtp", "file", "console"] = Field(
        default_factory=lambda known: (
            "file" if known.get("database_url") is None and known.get("smtp_url") is None else "smtp"
        )
    )
    # How long the texts of mails are kept; that they were sent is kept for good.
    mail_retention_days: Annotated[int, Field(ge=30, le=36_500)] = 1_095

    vies_base_url: HttpUrl = HttpUrl("https://ec.europa.eu/taxation_customs/vies/rest-api")
    # VIES issues a consultation number, the proof of a check, only to a requester who gives a VAT number of his own.
    vies_requester_vat_number: str | None = None

    @field_validator("database_url")
    @classmethod
    def _read_database_url(cls, value: str | None) -> str | None:
        return asyncpg_dsn(value) if value else None

    @field_validator("smtp_url")
    @classmethod
    def _read_smtp_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_server_url(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _read_mail_from(cls, value: str | None) -> str | None:
        address = to_plain_address(value) if value is not None else None
        if value is not None and address is None:
            raise ValueError("this is not an address that mails can come from")
        return address

    @model_validator(mode="after")
    def _require_sender(self) -> Settings:
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError(
                "ENCOURS_MAIL_FROM is needed together with ENCOURS_SMTP_URL: the address that mails come from"
            )
        return self

    @field_validator("secret_key")
    @classmethod
    def _read_secret_key(cls, value: SecretStr | None) -> SecretStr | None:
        for key in _split_keys(value):
            Fernet(key)  # Raises a ValueError that says what a key looks like.
        return value

    @property
    def base_url(self) -> str:
        """The address to print in links, without a trailing slash."""
        if self.public_url is not None:
            return str(self.public_url).rstrip("/")
        return f"http://{self.host}:{self.port}"

    @property
    def portal_base_url(self) -> str | None:
        """What links into the portal begin with; None where nobody said how the world reaches the service.

        On the embedded database links are for the machine that it runs on.
        """
        return self.base_url if self.public_url is not None or self.database_url is None else None

    def pool_options(self, application_name: str = "encours") -> PoolOptions:
        """The part of the settings that the database wants to know."""
        return PoolOptions(
            session_pool_size=self.session_pool_size,
            hot_pool_size=self.hot_pool_size,
            statement_timeout_ms=self.statement_timeout_ms,
            lock_timeout_ms=self.lock_timeout_ms,
            application_name=application_name,
        )


def encryption_keys(settings: Settings) -> tuple[str, ...]:
    """The Fernet keys; the first one encrypts.

    On the embedded database a key is made once and kept in the data folder. With a database of its own the service
    may run on several machines, which must share a key that the operator gave.
    """
    if settings.secret_key is not None:
        return _split_keys(settings.secret_key)
    if settings.database_url is not None:
        raise ConfigurationError(
            "ENCOURS_SECRET_KEY is needed together with ENCOURS_DATABASE_URL: 32 random bytes in URL-safe base64, "
            "for example from `head -c 32 /dev/urandom | base64 | tr '+/' '-_'`. Keep it: without it stored secrets "
            "cannot be read."
        )
    return (_key_in_data_folder(settings.data_dir / "secret.key"),)


def _split_keys(value: SecretStr | None) -> tuple[str, ...]:
    text = value.get_secret_value() if value is not None else ""
    return tuple(key.strip() for key in text.split(",") if key.strip())


def _key_in_data_folder(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return path.read_text(encoding="ascii")
    # Written aside and linked into place: of two processes that start together, one makes the key, both read it.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(Fernet.generate_key().decode())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
    return path.read_text(encoding="ascii")
