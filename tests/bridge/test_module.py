"""What PrestaShop asks of a module's files, and the archive that shops install."""

from __future__ import annotations

import re
import runpy
import zipfile
from pathlib import Path

import pytest

import service
from service.core import money
from service.reminders.domain import WhyNot

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "prestashop_bridge" / "encours"
builder = runpy.run_path(str(ROOT / "prestashop_bridge" / "build.py"))
PHP = sorted(MODULE.rglob("*.php"))
# Long because there is much of one kind in them: a getter for each part, and for each setting.
LISTS = ("Factory.php", "Settings.php")


def relative(path: Path) -> str:
    return str(path.relative_to(MODULE))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    built: Path = builder["build"](tmp_path)
    return built


def test_the_archive_is_named_by_the_version_of_module_and_service(archive: Path) -> None:
    assert archive.name == f"encours-{service.__version__}.zip"


def test_the_archive_holds_one_folder_named_as_the_module(archive: Path) -> None:
    names = zipfile.ZipFile(archive).namelist()
    assert {name.split("/")[0] for name in names} == {"encours"}
    assert {"encours/encours.php", "encours/logo.png", "encours/LICENSE", "encours/index.php"} <= set(names)


def test_the_archive_ships_what_runs_and_nothing_else(archive: Path) -> None:
    kinds = {Path(name).suffix for name in zipfile.ZipFile(archive).namelist() if name != "encours/LICENSE"}
    assert kinds <= builder["SHIPPED"]


def test_the_same_sources_give_the_same_archive(archive: Path, tmp_path: Path) -> None:
    again: Path = builder["build"](tmp_path / "again")
    assert again.read_bytes() == archive.read_bytes()


def test_a_stray_file_stops_the_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "encours").mkdir()
    (tmp_path / "encours" / "index.php").touch()
    (tmp_path / "encours" / "notes.txt").touch()
    names = builder["shipped_files"].__globals__
    monkeypatch.setitem(names, "BRIDGE", tmp_path)
    monkeypatch.setitem(names, "MODULE", tmp_path / "encours")
    with pytest.raises(ValueError, match=r"notes\.txt would be shipped"):
        list(builder["shipped_files"]())


@pytest.mark.parametrize("path", PHP, ids=relative)
def test_php_files_say_their_licence_and_cannot_be_called_directly(path: Path) -> None:
    text = path.read_text()
    assert "@license   https://opensource.org/licenses/AFL-3.0" in text[:400]
    assert "@author    Encours contributors" in text[:400]
    if path.name in ("index.php", "autoload.php") or "translations" in path.parts:
        return
    if "src" in path.relative_to(MODULE).parts:
        assert "declare(strict_types=1);" in text
    else:
        assert "if (!defined('_PS_VERSION_')) {\n    exit;\n}" in text


@pytest.mark.parametrize("path", sorted((MODULE / "src").rglob("*.php")), ids=relative)
def test_classes_can_be_held_in_the_head(path: Path) -> None:
    text = path.read_text()
    declared = re.search(r"^(abstract |final )?(class|interface) ", text, re.MULTILINE)
    if path.name == "index.php":
        return
    assert declared is not None
    assert text[declared.start() :].count("\n") <= (400 if path.name in LISTS else 300)


def test_no_text_is_printed_unescaped() -> None:
    """In the front office core escapes all output, and its `escape` does nothing there: `nofilter` would undo both."""
    allowed = ("{$body nofilter}", "|htmlspecialchars nofilter}")
    for path in MODULE.rglob("*.tpl"):
        for line in path.read_text().splitlines():
            rest = line
            for form in allowed:
                rest = rest.replace(form, "")
            assert "nofilter" not in rest, f"{relative(path)}: {line.strip()}"


def test_both_sides_count_decimals_of_currencies_alike() -> None:
    code = (MODULE / "src" / "Money.php").read_text()
    module = {name: int(decimals) for name, decimals in re.findall(r"'([A-Z]{3})' => ([0-9])", code)}
    assert module == {name: decimals for name, decimals in money._EXPONENTS.items() if decimals != 2}


def test_every_hook_has_its_method() -> None:
    code = (MODULE / "encours.php").read_text()
    hooks = re.findall(
        r"'([a-zA-Z]+)',\n", code[code.index("const HOOKS") : code.index("];", code.index("const HOOKS"))]
    )
    methods = re.findall(r"public function hook([A-Za-z]+)\(", code)
    assert sorted(hook[0].upper() + hook[1:] for hook in hooks) == sorted(methods)


def test_the_module_has_words_for_every_reason_why_no_reminder_goes() -> None:
    texts = (MODULE / "src/Reminder/ReminderTexts.php").read_text()
    assert [reason for reason in WhyNot if f"'{reason}' => " not in texts] == []
