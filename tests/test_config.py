"""Settings: what the environment may say, and where the secret key comes from."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr, ValidationError

from service.config import ConfigurationError, Settings, encryption_keys


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ENCOURS_{name.upper()}", raising=False)


class TestSettings:
    def test_need_nothing(self) -> None:
        settings = Settings()
        assert settings.database_url is None
        assert settings.base_url == "http://127.0.0.1:8600"

    def test_come_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ENCOURS_DATABASE_URL", "postgresql+asyncpg://encours:secret@db/encours")
        monkeypatch.setenv("ENCOURS_PUBLIC_URL", "https://credit.example/")
        settings = Settings()
        assert settings.database_url == "postgresql://encours:secret@db/encours"
        assert settings.base_url == "https://credit.example"

    def test_an_empty_url_means_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ENCOURS_DATABASE_URL", "")
        assert Settings().database_url is None

    def test_are_frozen(self) -> None:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(Settings(), "port", 1)  # noqa: B010 - the type checker refuses it, too

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_URL", "mysql://db/encours"),
            ("PORT", "70000"),
            ("SECRET_KEY", "too-short"),
            ("IDEMPOTENCY_RETENTION_DAYS", "0"),
        ],
    )
    def test_refuse_what_cannot_be(self, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
        monkeypatch.setenv(f"ENCOURS_{name}", value)
        with pytest.raises(ValidationError, match=name.lower()):
            Settings()

    def test_never_print_a_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ENCOURS_SECRET_KEY", "not-a-key-but-secret")
        with pytest.raises(ValidationError) as raised:
            Settings()
        assert "not-a-key-but-secret" not in str(raised.value)
        monkeypatch.setenv("ENCOURS_SECRET_KEY", Fernet.generate_key().decode())
        monkeypatch.setenv("ENCOURS_DATABASE_URL", "postgresql://encours:hunter2@db/encours")
        settings = Settings()
        assert "hunter2" not in repr(settings)
        assert settings.secret_key is not None
        assert settings.secret_key.get_secret_value() not in repr(settings)


class TestEncryptionKeys:
    def test_a_given_key_wins_and_several_allow_a_change(self, tmp_path: Path) -> None:
        new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        settings = Settings(secret_key=SecretStr(f"{new}, {old}"), data_dir=tmp_path)
        assert encryption_keys(settings) == (new, old)
        assert list(tmp_path.iterdir()) == []

    def test_on_the_embedded_database_a_key_is_made_once_for_the_owner_only(self, tmp_path: Path) -> None:
        settings = Settings(data_dir=tmp_path / "data")
        keys = encryption_keys(settings)
        assert encryption_keys(settings) == keys
        assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600
        assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]

    def test_a_database_of_its_own_needs_a_key_of_its_own(self, tmp_path: Path) -> None:
        settings = Settings(database_url="postgresql://db/encours", data_dir=tmp_path)
        with pytest.raises(ConfigurationError, match="ENCOURS_SECRET_KEY"):
            encryption_keys(settings)
