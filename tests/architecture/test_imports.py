"""Who may import whom: domains form one order, files have roles, and `domain` code is pure."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SERVICE = Path(__file__).parents[2] / "service"

# From the bottom to the top. A domain imports from those before it, never from one after it, and not from one that
# shares its line. What must flow up goes through the outbox.
ORDER = """
    core
    infra
    merchants
    companies
    terms
    ledger
    receivables
    credit
    eligibility
    orders
    payments
    plans
    mails
    invoicing
    reminders
    exports | webhooks | audit
    integrations
    console | portal
"""

# The edge puts everything together. Only the files that face the outside may know it.
EDGE = {
    "cli",
    "commands",
    "config",
    "dependencies",
    "demo",
    "factory",
    "main",
    "openapi",
    "post_office",
    "replay",
    "worker",
}
MAY_KNOW_THE_EDGE = {"routes", "jobs"}

# What each kind of file must not import from any domain. A file of a domain with another name is domain code, pure.
FORBIDDEN_ROLES = {
    "errors": {"models", "repository", "service", "schemas", "routes", "jobs"},
    "models": {"repository", "service", "schemas", "routes", "jobs"},
    "repository": {"service", "schemas", "routes", "jobs"},
    "schemas": {"models", "repository", "service", "routes", "jobs"},
    # Settings are stored as JSON and read strictly: the one place below the routes where Pydantic says what is right.
    "settings": {"models", "repository", "service", "schemas", "routes", "jobs"},
    "service": {"models", "schemas", "routes", "jobs"},
    "routes": {"models", "repository", "jobs"},
    "jobs": {"models", "schemas", "routes"},
    "client": {"models", "repository", "service", "schemas", "routes", "jobs"},
}
ROLES = set(FORBIDDEN_ROLES)
# Plumbing, adapters and pages have shapes of their own.
WITHOUT_ROLES = {"core", "infra", "integrations", "console", "portal", "audit"}

# Domain code computes from what it is given. Beside the standard library it may use these, which do the same.
PURE_LIBRARIES = {"babel", "holidays", "jinja2", "markupsafe", "stdnum", "zxingcpp"}
IMPURE_STANDARD_LIBRARY = {"asyncio", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess", "threading", "time"}  # fmt: skip
CLOCK_CALLS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}


@dataclass(frozen=True)
class Module:
    """One source file, told apart as `service.<domain>.<role>`."""

    path: Path
    tree: ast.Module

    @property
    def parts(self) -> tuple[str, ...]:
        return self.path.relative_to(SERVICE).with_suffix("").parts

    @property
    def domain(self) -> str:
        return self.parts[0]

    @property
    def role(self) -> str:
        """`repository` for `repository.py`, `checkout_repository.py`, and all files of a folder `repository/`."""
        return role_of(self.parts)

    @property
    def is_domain_code(self) -> bool:
        has_roles = self.domain in LEVELS and self.domain not in WITHOUT_ROLES
        return has_roles and self.role not in ROLES | {"__init__"}

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full name of everything imported, wherever in the file."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.path}:{node.lineno}: imports are absolute"
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def imported_parts(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The same for our own package, as parts below `service`."""
        for line, name in self.imports():
            if name.startswith("service."):
                yield line, tuple(name.split(".")[1:])


def role_of(parts: tuple[str, ...]) -> str:
    name = parts[1] if len(parts) > 1 else ""
    last_word = name.rpartition("_")[2]
    return last_word if last_word in FORBIDDEN_ROLES else name


LEVELS = {domain.strip(): level for level, line in enumerate(ORDER.strip().splitlines()) for domain in line.split("|")}
MODULES = [Module(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(SERVICE.rglob("*.py"))]


def is_refused_order(importer: str, imported: str) -> bool:
    """True if a domain reaches up, or sideways to one on its own line."""
    if importer == imported:
        return False
    return LEVELS[imported] >= LEVELS[importer]


class TestOrder:
    def test_every_folder_has_its_place(self) -> None:
        folders = {module.domain for module in MODULES if len(module.parts) > 1}
        assert folders <= set(LEVELS) | EDGE

    def test_every_file_beside_the_folders_is_the_edge(self) -> None:
        files = {module.domain for module in MODULES if len(module.parts) == 1}
        assert files - {"__init__"} <= EDGE

    def test_nobody_imports_upwards(self) -> None:
        wrong = [
            f"{module.path.relative_to(SERVICE)}:{line} imports {'.'.join(parts)}"
            for module in MODULES
            if module.domain in LEVELS
            for line, parts in module.imported_parts()
            if parts[0] in LEVELS and is_refused_order(module.domain, parts[0])
        ]
        assert not wrong, "\n".join(["", *wrong])

    def test_only_what_faces_the_outside_knows_the_edge(self) -> None:
        wrong = [
            f"{module.path.relative_to(SERVICE)}:{line} imports {parts[0]}"
            for module in MODULES
            if module.domain in LEVELS and module.role not in MAY_KNOW_THE_EDGE
            for line, parts in module.imported_parts()
            if parts[0] in EDGE
        ]
        assert not wrong, "\n".join(["", *wrong])

    @pytest.mark.parametrize(
        ("importer", "imported", "is_refused"),
        [
            ("orders", "credit", False),
            ("orders", "orders", False),
            ("credit", "orders", True),
            ("core", "infra", True),
            ("audit", "webhooks", True),
        ],
    )
    def test_the_order_itself(self, importer: str, imported: str, is_refused: bool) -> None:
        assert is_refused_order(importer, imported) == is_refused


class TestRoles:
    def test_files_import_only_what_their_role_may(self) -> None:
        wrong = [
            f"{module.path.relative_to(SERVICE)}:{line} imports {'.'.join(parts)}"
            for module in MODULES
            if module.domain in LEVELS and module.domain not in WITHOUT_ROLES and module.role in ROLES
            for line, parts in module.imported_parts()
            if parts[0] not in WITHOUT_ROLES and role_of(parts) in FORBIDDEN_ROLES[module.role]
        ]
        assert not wrong, "\n".join(["", *wrong])


class TestPurity:
    def test_core_imports_only_the_standard_library(self) -> None:
        wrong = [
            f"{module.path.relative_to(SERVICE)}:{line} imports {name}"
            for module in MODULES
            if module.domain == "core"
            for line, name in module.imports()
            if not name.startswith("service.core") and not is_standard_library(name)
        ]
        assert not wrong, "\n".join(["", *wrong])

    def test_domain_code_imports_only_domain_code(self) -> None:
        wrong = [
            f"{module.path.relative_to(SERVICE)}:{line} imports {name}"
            for module in MODULES
            if module.is_domain_code
            for line, name in module.imports()
            if not may_domain_code_import(name)
        ]
        assert not wrong, "\n".join(["", *wrong])

    def test_domain_code_neither_waits_nor_looks_at_the_clock(self) -> None:
        wrong = [
            f"{module.path.relative_to(SERVICE)}:{node.lineno}"
            for module in MODULES
            if module.is_domain_code or module.domain == "core"
            for node in ast.walk(module.tree)
            if waits(node) or (is_clock_call(node) and module.parts != ("core", "clock"))
            if isinstance(node, ast.stmt | ast.expr)
        ]
        assert not wrong, "\n".join(["", *wrong])


def is_standard_library(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in sys.stdlib_module_names


def may_domain_code_import(name: str) -> bool:
    top, *rest = name.split(".")
    if top == "service":
        if rest[0] == "core":
            return True
        return (
            rest[0] in LEVELS
            and rest[0] not in WITHOUT_ROLES
            and role_of(tuple(rest)) not in ROLES - {"errors", "settings"}
        )
    if is_standard_library(name):
        return top not in IMPURE_STANDARD_LIBRARY
    return top in PURE_LIBRARIES


def waits(node: ast.AST) -> bool:
    """True for asynchronous code; a Protocol's method without a body only says what somebody else does."""
    if isinstance(node, ast.AsyncFunctionDef):
        last = node.body[-1]
        return not (isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant) and last.value.value is ...)
    return isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith)


def is_clock_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in CLOCK_CALLS
    )


class TestTheseRulesThemselves:
    """A rule that can never fail protects nothing."""

    @pytest.mark.parametrize(
        ("code", "is_refused"),
        [
            ("async def load(): return await fetch()", True),
            ("async def check(self): ...", False),
            ("def add(a, b): return a + b", False),
        ],
    )
    def test_waiting(self, code: str, is_refused: bool) -> None:
        assert any(waits(node) for node in ast.walk(ast.parse(code))) == is_refused

    @pytest.mark.parametrize(
        ("code", "is_refused"), [("datetime.now(UTC)", True), ("date.today()", True), ("clock.now()", False)]
    )
    def test_looking_at_the_clock(self, code: str, is_refused: bool) -> None:
        assert any(is_clock_call(node) for node in ast.walk(ast.parse(code))) == is_refused

    @pytest.mark.parametrize(
        ("name", "is_refused"),
        [
            ("service.core.money.Money", False),
            ("service.terms.domain.PaymentTerms", False),
            ("service.terms.errors.TermsInvalid", False),
            ("service.terms.repository.load", True),
            ("service.infra.database.Database", True),
            ("datetime.datetime", False),
            ("logging", True),
            ("stdnum.eu.vat", False),
            ("sqlalchemy.select", True),
        ],
    )
    def test_importing_into_domain_code(self, name: str, is_refused: bool) -> None:
        assert may_domain_code_import(name) != is_refused
