"""Every mail in every language, as a phone and as a computer shows it."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.async_api import Page, ViewportSize

from service.mails.domain import MailKind
from service.mails.epc import draw_code
from service.mails.formats import LANGUAGES
from service.mails.samples import sample_views
from service.mails.shipped_repository import load_shipped_templates
from tests.browser.conftest import FindProblems

TEMPLATES = load_shipped_templates()
_PHONE, _DESKTOP = ViewportSize(width=360, height=800), ViewportSize(width=1280, height=900)
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_BROKEN_PICTURES = "[...document.images].filter(each => !each.complete || !each.naturalWidth).map(each => each.alt)"


def whole_mails(kind: MailKind, language: str) -> list[str]:
    """All sample mails of a kind, with the payment code in place as a mail program shows it."""
    mails = []
    for view in sample_views(kind, language):
        html = TEMPLATES.render(kind, language, view).html
        payment = getattr(view, "payment", None)
        if payment is not None and payment.epc:
            code = base64.b64encode(draw_code(payment.epc)).decode()
            html = re.sub(r'src="cid:[^"]+"', f'src="data:image/png;base64,{code}"', html)
        mails.append(html)
    return mails


@pytest.mark.parametrize("kind", list(MailKind))
class TestEveryMail:
    async def test_fits_a_phone_and_a_computer_in_every_language(self, page: Page, kind: MailKind):
        for language in LANGUAGES:
            for html in whole_mails(kind, language):
                await page.set_content(html)
                for size in (_PHONE, _DESKTOP):
                    await page.set_viewport_size(size)
                    assert await page.evaluate(_OVERFLOW) <= 0, (language, size)
                assert await page.evaluate(_BROKEN_PICTURES) == [], language
                assert await page.evaluate("document.documentElement.lang") == language

    async def test_can_be_read_by_everybody(self, page: Page, find_problems: FindProblems, kind: MailKind):
        for html in whole_mails(kind, "fr"):
            await page.set_content(html)
            assert await find_problems(page, is_page=False) == {}
