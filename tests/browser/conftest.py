"""A real browser, that of the system: what people see is looked at where they see it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import resources
from typing import Any, TypeAlias

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright

# Without these Chromium calls home, and cannot run as root.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# What a page breaks of the rules of accessibility, by rule.
FindProblems: TypeAlias = Callable[..., Awaitable[dict[str, list[str]]]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, or the one that `CHROMIUM` names. Nothing is skipped where there is none."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert program, "Chromium is needed: install it (Debian: apt-get install chromium), or name one in CHROMIUM"
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        yield opened
        await opened.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page that may load from this machine only, and that reports what goes wrong in it."""
    context = await browser.new_context()
    opened = await context.new_page()
    wrong: list[str] = []

    async def guard(route: Route) -> None:
        if route.request.url.startswith("http://127.0.0.1:"):
            await route.continue_()
        else:
            wrong.append(f"asks for {route.request.url}")
            await route.abort()

    await context.route("**/*", guard)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    yield opened
    await context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def find_problems() -> FindProblems:
    """axe-core, asked in the page itself. What is in frames of their own is looked at by itself."""
    source = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

    async def find(page: Page, *, is_page: bool = True) -> dict[str, list[str]]:
        """Mails have no landmarks, which pages must have: they are held to the guidelines (WCAG 2.1 AA) alone."""
        rules = {} if is_page else {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
        await page.evaluate(source)
        result: dict[str, Any] = await page.evaluate("rules => axe.run(document, {iframes: false, ...rules})", rules)
        return {each["id"]: [str(node["target"]) for node in each["nodes"]] for each in result["violations"]}

    return find
