"""The PrestaShop module under every PHP that its shops run on.

Debian's PHP runs natively, the others as WebAssembly, which `make` installs. Nothing is skipped: what is missing fails.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "prestashop_bridge" / "tests"
OLDEST, OTHERS = "7.2", ("7.4", "8.1", "8.4")

pytestmark = pytest.mark.timeout(600)


def run(*command: str) -> str:
    """What the command says; its failure is the test's."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=590, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def php(version: str | None, script: str, *arguments: str) -> str:
    if version is None:
        return run("php", str(TESTS / script), *arguments)
    return run("node", str(TESTS / "wasm" / "php.mjs"), version, script, *arguments)


@pytest.mark.parametrize("version", [OLDEST, *OTHERS, None])
def test_every_file_compiles(version: str | None) -> None:
    assert php(version, "lint.php").startswith(f"PHP {version or ''}")


@pytest.mark.slow
@pytest.mark.parametrize("version", [None, *OTHERS])
def test_phpunit(version: str | None) -> None:
    # PHP as WebAssembly starts no processes; what needs them is tested natively.
    group = [] if version is None else ["--exclude-group", "processes"]
    assert "\nOK (" in php(version, "phpunit.php", *group)


def test_a_file_that_does_not_compile_is_named(tmp_path: Path) -> None:
    """The control: a checker that compiles nothing would be content with everything."""
    (tmp_path / "encours").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "lint.php").write_text((TESTS / "lint.php").read_text())
    (tmp_path / "encours" / "broken.php").write_text("<?php\n\ndeclare(strict_types=1);\n\nnamespace A;\n\nclass B {\n")
    with pytest.raises(AssertionError, match=r"cannot compile broken\.php|complains of broken\.php"):
        run("php", str(tmp_path / "tests" / "lint.php"))


def test_the_coding_standard_holds() -> None:
    run("phpcs", f"--standard={ROOT / 'prestashop_bridge' / 'phpcs.xml'}", "-q", "--report=emacs")


@pytest.mark.parametrize(
    "script", sorted((ROOT / "prestashop_bridge/encours/views/js").glob("*.js")), ids=os.path.basename
)
def test_scripts_parse(script: Path) -> None:
    run("node", "--check", str(script))
