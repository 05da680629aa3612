"""The PDF of a statement: what it says in each language, over how many pages, and that texts stay texts."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from service.companies.domain import Address, AddressKind
from service.invoicing.typst_client import draw_statement, typeset_statement
from service.invoicing.words import WORDS
from service.mails.formats import LANGUAGES
from tests.invoicing.cases import credit, item, pages_of, sheet, state

# What Typst would act on, were it not for the way it is handed over.
MARKUP = r'#panic("x") *b* _i_ $x$ `r` \ <label> @ref // c /* #import "x" = h'


class TestWhatItSays:
    def test_amounts_days_and_how_to_pay(self) -> None:
        documents = [item(1, days_late=35, amount=123_450), item(2, days_late=-10, amount=90_000, paid=25_000)]
        address = Address(kind=AddressKind.BILLING, line1="1 rue X", postcode="75001", city="Paris", country="FR")
        pdf = typeset_statement(sheet(state(documents, [credit(8_450, reference="VIR 7")]), addresses=(address,)))
        (page,) = pages_of(pdf)
        for said in (
            "Statement of account", "as of 31 March 2026", "Martin & Fils", "75001 Paris", "France", "C-1042",
            "PS-1", "24 February 2026", "35 days late", "€1,234.50", "€900.00 €650.00",
            "Total of the documents €1,884.50", "VIR 7", "Total of the credits -€84.50", "Balance €1,800.00",
            "€650.00 €0.00 €1,234.50 €0.00 €0.00", "FR76 3000 6000 0112 3456 7890 189", "AGRIFRPP",
            "Amount to pay €1,800.00", "accounts@dupont.example", "Page 1 of 1",
        ):  # fmt: skip
            assert said in page
        # The oldest document's own reference is also the one to quote for everything.
        assert page.count("RF24 1000 001") == 2

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_in_each_language(self, language: str) -> None:
        made = sheet(state([item(1, days_late=1)], [credit(100)]), language=language)
        (page,) = pages_of(typeset_statement(made))
        words = WORDS[language]
        for word in (words.title, words.due_on, words.total_open, words.not_due, words.overdue_90, words.how_to_pay):
            assert word in page
        assert words.day_late.replace("{n}", "1") in page
        assert re.fullmatch(r"[A-Za-z-]+-2026-03-31\.pdf", made.filename)

    def test_every_language_says_something_of_its_own(self) -> None:
        assert set(WORDS) == set(LANGUAGES)
        for field in dataclasses.fields(WORDS["en"]):
            said = {language: getattr(words, field.name) for language, words in WORDS.items()}
            assert all(said.values())
            marks = {frozenset(re.findall(r"\{\w+\}", text)) for text in said.values()}
            assert len(marks) == 1, field.name

    @pytest.mark.parametrize(("language", "written_in"), [("nl", "fr"), ("de-AT", "de"), ("es", "es")])
    def test_a_language_without_words_of_its_own_is_the_shop_s(self, language: str, written_in: str) -> None:
        assert sheet(state([]), language=language).language == written_in

    def test_in_the_company_s_favour_there_is_nothing_to_pay(self) -> None:
        (page,) = pages_of(typeset_statement(sheet(state([], [credit(2_500)]))))
        assert "Nothing is open on your account" in page
        assert "Balance in your favour €25.00" in page
        assert "IBAN" not in page

    def test_each_currency_begins_a_page(self) -> None:
        pages = pages_of(typeset_statement(sheet(state([item(1), item(2, currency="USD")]))))
        assert ["Balance €100.00" in pages[0], "Balance US$100.00" in pages[1]] == [True, True]
        assert "Page 2 of 2" in pages[1]
        # No bank in the world takes a euro code for dollars.
        assert ("Scan with" in pages[0], "Scan with" in pages[1]) == (True, False)


class TestPages:
    def test_the_head_of_the_table_and_the_page_number_come_again(self) -> None:
        pages = pages_of(typeset_statement(sheet(state([item(n, days_late=n) for n in range(1, 61)]))))
        assert len(pages) > 2
        for number, page in enumerate(pages, start=1):
            assert f"Page {number} of {len(pages)}" in page
            is_first = number == 1
            assert ("Main shop Statement of account · Martin & Fils · as of 31 March 2026" in page) is not is_first
            if "PS-" in page:
                assert "Document Issued Due date Amount Open" in page
        assert [page.count("PS-") for page in pages].count(0) <= 1
        assert sum(page.count("PS-") for page in pages) == 60


class TestTextsStayTexts:
    def test_markup_is_printed_as_it_is(self) -> None:
        documents = [item(1, document_ref="#sys.inputs", disputed_at=sheet(state([])).made_at)]
        made = sheet(state(documents, [credit(1, reference=MARKUP[:40])]), name=MARKUP)
        (page,) = pages_of(typeset_statement(made))
        plain = " ".join(page.split())
        assert MARKUP in plain
        assert MARKUP[:40].strip() in plain
        assert "#sys.inputs" in plain
        assert "disputed" in plain

    def test_a_long_word_breaks_and_what_is_unseen_is_left_out(self) -> None:
        made = sheet(state([item(1, document_ref="R" * 128)]), name="Mar\ntin\u202e\x07\u200b  SA")
        (page,) = pages_of(typeset_statement(made))
        assert "Mar tin SA" in page
        assert max(len(line) for line in page.splitlines() if line.startswith("RRR")) < 60
        assert sum(line.count("R") for line in page.splitlines() if line.startswith("RRR")) == 128

    def test_a_script_without_a_font_does_not_stop_it(self) -> None:
        (page,) = pages_of(typeset_statement(sheet(state([item(1)]), name="漢字 GmbH")))
        assert "GmbH" in page


class TestFile:
    def test_is_an_archivable_and_tagged_document(self) -> None:
        reader = PdfReader(io.BytesIO(typeset_statement(sheet(state([item(1)]), language="de"))), strict=True)
        root: Any = reader.trailer["/Root"]
        assert root["/Lang"] == "de"
        assert {"/OutputIntents", "/StructTreeRoot"} <= set(root)
        assert "<pdfaid:part>2</pdfaid:part>" in root["/Metadata"].get_data().decode()
        assert reader.metadata is not None
        assert reader.metadata.title == "Kontoauszug · Martin & Fils · Stand 31. März 2026"

    async def test_the_same_sheet_is_the_same_file_on_every_thread(self) -> None:
        made = sheet(state([item(n, days_late=n) for n in range(1, 20)], [credit(5)]))
        drawn = await asyncio.gather(*(draw_statement(made) for _ in range(8)))
        assert set(drawn) == {typeset_statement(made)}
