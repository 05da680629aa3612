"""The commands as somebody types them: processes of their own, with what they print and how they end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from service.infra.database import Database
from tests.app import Tenant

COMMAND = (sys.executable, "-m", "service.cli")


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "ENCOURS_DATABASE_URL": database_url,
        "ENCOURS_SECRET_KEY": Fernet.generate_key().decode(),
        "ENCOURS_DATA_DIR": str(tmp_path / "data"),
        "COLUMNS": "200",
    }


def encours(environment: dict[str, str], *arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run(
        [*COMMAND, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert finished.returncode == expect, finished.stderr
    return finished


class TestImport:
    def test_names_faults_on_standard_error_and_fails(
        self, environment: dict[str, str], tenant: Tenant, tmp_path: Path
    ):
        file = tmp_path / "companies.csv"
        file.write_text("company_ref,legal_name,country\nC-1,Moulin,FR\nC-2,,FR\n", encoding="utf-8")
        options = ("--merchant", tenant.merchant.name, "--shop", "main")
        finished = encours(environment, "import", *options, file, expect=1)
        assert finished.stdout == ""
        assert finished.stderr.splitlines()[-2:] == [
            "companies.csv:3: legal_name: is missing",
            "1 problem; nothing was imported.",
        ]
        file.write_text("company_ref,legal_name,country\nC-1,Moulin,FR\n", encoding="utf-8")
        assert encours(environment, "import", *options, file).stdout == "companies: 1 created\n"


class TestDemo:
    def test_shows_the_same_key_at_each_start(self, environment: dict[str, str], database: Database):
        first = encours(environment, "demo", "--days", "1").stdout
        again = encours(environment, "demo", "--days", "1").stdout
        assert "KEY=enc_shop_" in first
        assert again.strip() == first.strip().partition("\n\n")[2]


class TestReplay:
    def test_refuses_what_cannot_be_replayed(self, environment: dict[str, str], tmp_path: Path):
        file = tmp_path / "history.csv"
        file.write_text("when,what\n", encoding="utf-8")
        finished = encours(environment, "replay", "--start", file, expect=2)
        assert finished.stderr.startswith("The history has no column")

    def test_says_that_nobody_answers(self, environment: dict[str, str], tmp_path: Path):
        file = tmp_path / "history.csv"
        file.write_text(
            "ordered_at,order_ref,customer_id,country,amount_eur\n2026-01-01T10:00,1,A,France,5.00\n", encoding="utf-8"
        )
        # Nothing can listen on port 1 of a machine that runs tests.
        finished = encours(environment, "replay", "--url", "http://127.0.0.1:1", "--key", "none", file, expect=1)
        assert "ConnectError" in finished.stderr
        assert "Traceback" not in finished.stderr


class TestCompany:
    def test_sets_a_limit_freezes_and_shows_both(self, environment: dict[str, str], tenant: Tenant, tmp_path: Path):
        file = tmp_path / "companies.csv"
        file.write_text("company_ref,legal_name,country\nC-1,Moulin,FR\n", encoding="utf-8")
        options = ("--merchant", tenant.merchant.name, "--shop", "main")
        encours(environment, "import", *options, file)
        listed = encours(environment, "company", "list", "--merchant", tenant.merchant.name, "--name", "Mou").stdout
        assert "C-1" in listed
        encours(environment, "company", "limit", "C-1", "5000.00", *options, "--reason", "agreed")
        encours(environment, "company", "freeze", "C-1", *options, "--reason", "late")
        shown = encours(environment, "company", "show", "C-1", *options).stdout
        assert "frozen" in shown
        assert "5000.00" in shown
        encours(environment, "company", "override", "C-1", "deny", *options, "--reason", "fraud")
        encours(environment, "company", "unfreeze", "C-1", *options, "--reason", "paid")
        assert "active" in encours(environment, "company", "show", "C-1", *options).stdout

    def test_refuses_an_amount_that_is_none(self, environment: dict[str, str], tenant: Tenant, tmp_path: Path):
        file = tmp_path / "companies.csv"
        file.write_text("company_ref,legal_name,country\nC-1,Moulin,FR\n", encoding="utf-8")
        options = ("--merchant", tenant.merchant.name, "--shop", "main")
        encours(environment, "import", *options, file)
        wrong = encours(environment, "company", "limit", "C-1", "5.001", *options, "--reason", "typo", expect=1)
        assert wrong.stderr.startswith("amount_invalid")
