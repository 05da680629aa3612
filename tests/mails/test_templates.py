"""The shipped texts: complete in every language, right in number, and with nothing left to fill in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from service.mails.domain import MailKind
from service.mails.formats import LANGUAGES, formats_for, known_language
from service.mails.kind_words import KIND_WORDS
from service.mails.rendering import PARTS, inline_styles, parse_styles
from service.mails.samples import sample_views
from service.mails.shipped_repository import load_shipped_templates, templates_folder
from service.mails.views import ReminderView

SHIPPED = load_shipped_templates()
EVERY = [(kind, language) for kind in MailKind for language in LANGUAGES]


def reminder(language: str, index: int = 0) -> ReminderView:
    view = sample_views(MailKind.LATE_1, language)[index]
    assert isinstance(view, ReminderView)
    return view


class TestEveryTemplate:
    def test_the_folder_holds_exactly_the_kinds_and_languages(self) -> None:
        found = {path.relative_to(templates_folder()).as_posix() for path in templates_folder().glob("*/*/*")}
        assert found == {f"{kind}/{language}/{part}" for kind, language in EVERY for part in PARTS}

    def test_every_kind_has_a_name_that_staff_know_it_by(self) -> None:
        assert set(KIND_WORDS) == set(LANGUAGES)
        for words in KIND_WORDS.values():
            assert set(words) == set(MailKind)
            assert len(set(words.values())) == len(words)

    @pytest.mark.parametrize(("kind", "language"), EVERY)
    def test_is_complete_on_every_sample(self, kind: MailKind, language: str) -> None:
        for view in sample_views(kind, language):
            mail = SHIPPED.render(kind, language, view)
            assert mail.subject
            assert "\n" not in mail.subject
            assert len(mail.subject) <= 120
            for text in (mail.subject, mail.text, mail.html):
                assert "{{" not in text
                assert "{%" not in text
                assert "{n}" not in text
                assert "None" not in text
                assert "  ," not in text
            assert "\n\n\n" not in mail.text
            assert f'<html lang="{language}">' in mail.html
            assert view.sender.name in mail.text

    @pytest.mark.parametrize(("kind", "language"), EVERY)
    def test_writes_every_style_into_its_element(self, kind: MailKind, language: str) -> None:
        mail = SHIPPED.render(kind, language, sample_views(kind, language)[0])
        classes = re.findall(r'class="([^"]*)"( style=")?', mail.html)
        assert classes
        assert all(style for _, style in classes)

    @pytest.mark.parametrize(("kind", "language"), EVERY)
    def test_every_sentence_is_in_a_paragraph(self, kind: MailKind, language: str) -> None:
        for view in sample_views(kind, language):
            mail = SHIPPED.render(kind, language, view)
            assert _text_directly_in(mail.html, "body") == ""

    @pytest.mark.parametrize("kind", MailKind)
    def test_italian_puts_no_article_before_a_day(self, kind: MailKind) -> None:
        """It would be `l'8 marzo` and `il 9 marzo`."""
        for part in PARTS:
            source = SHIPPED.source(kind, "it", part)
            assert not re.search(r"\b(il|al|del|dal|nel) '? ?(~ |\{\{ )[a-z_.\[\]0-9]*(_on|today|pay_by)\b", source)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_languages_share_the_same_words(self, language: str) -> None:
        assert SHIPPED.words[language].keys() == SHIPPED.words["en"].keys()
        assert all(SHIPPED.words[language].values())


class TestReminders:
    @pytest.mark.parametrize(
        ("language", "one", "two"),
        [
            ("en", "invoice PS-1042 is overdue", "2 invoices are overdue"),
            ("fr", "facture PS-1042 échue", "2 factures échues"),
            ("it", "fattura PS-1042 scaduta", "2 fatture scadute"),
            ("de", "Rechnung PS-1042 ist überfällig", "2 Rechnungen sind überfällig"),
            ("es", "factura PS-1042 vencida", "2 facturas vencidas"),
        ],
    )
    def test_count_their_documents(self, language: str, one: str, two: str) -> None:
        several = reminder(language)
        single = replace(several, documents=several.documents[:1])
        assert one in SHIPPED.render(MailKind.LATE_1, language, single).subject
        assert two in SHIPPED.render(MailKind.LATE_1, language, several).subject

    @pytest.mark.parametrize(
        ("language", "one", "many"),
        [
            ("en", "1 day late", "28 days late"),
            ("fr", "1 jour de retard", "28 jours de retard"),
            ("it", "1 giorno di ritardo", "28 giorni di ritardo"),
            ("de", "seit 1 Tag überfällig", "seit 28 Tagen überfällig"),
            ("es", "1 día de retraso", "28 días de retraso"),
        ],
    )
    def test_count_days(self, language: str, one: str, many: str) -> None:
        mail = SHIPPED.render(MailKind.LATE_1, language, reminder(language))
        for text in (mail.text, mail.html):
            assert one in text
            assert many in text

    @pytest.mark.parametrize("kind", [MailKind.LATE_1, MailKind.LATE_2, MailKind.LATE_3])
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_each_tone_has_its_own_words(self, kind: MailKind, language: str) -> None:
        texts = {
            SHIPPED.render(kind, language, replace(reminder(language), tone=tone)).text
            for tone in ("gentle", "standard", "firm")
        }
        assert len(texts) == 3

    @pytest.mark.parametrize(
        ("language", "today", "mixed", "later"),
        [
            ("en", "is due today", "are due today or soon", "falls due on 3 April 2026"),
            (
                "fr",
                "est à régler aujourd’hui",
                "sont à régler aujourd’hui ou prochainement",
                "échéance le 3 avril 2026",
            ),
            ("it", "scade oggi", "scadono oggi o a breve", "scade in data 3 aprile 2026"),
            ("de", "ist heute fällig", "sind heute oder demnächst fällig", "wird am 3. April 2026 fällig"),
            ("es", "vence hoy", "vencen hoy o próximamente", "vence el 3 de abril de 2026"),
        ],
    )
    def test_call_due_today_only_what_is(self, language: str, today: str, mixed: str, later: str) -> None:
        """A notice about what is due soon goes along in the same mail, and one for a Sunday goes on the Friday before."""
        both = sample_views(MailKind.DUE_TODAY, language)[0]
        assert isinstance(both, ReminderView)
        views = {
            today: replace(both, documents=both.documents[:1]),
            mixed: both,
            later: replace(both, documents=both.documents[1:]),
        }
        for words, view in views.items():
            assert words in SHIPPED.render(MailKind.DUE_TODAY, language, view).subject
        texts = {SHIPPED.render(MailKind.DUE_TODAY, language, view).text.split("\n\n")[1] for view in views.values()}
        assert len(texts) == 3

    @pytest.mark.parametrize("tone", ["gentle", "standard", "firm"])
    @pytest.mark.parametrize("kind", [MailKind.LATE_2, MailKind.LATE_3, MailKind.FINAL_DEMAND])
    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("en", ("our reminder", "second", "third")),
            ("fr", ("notre rappel", "nos rappels", "deuxième", "troisième")),
            ("it", ("nostro sollecito", "nostro promemoria", "nostri", "secondo", "terzo")),
            ("de", ("unserer erinnerung", "unsere erinnerung", "zweite", "dritte")),
            ("es", ("nuestro recordatorio", "nuestros", "segundo", "tercer")),
        ],
    )
    def test_speak_of_an_earlier_one_only_where_there_was_one(
        self, kind: MailKind, tone: str, language: str, words: tuple[str, ...]
    ) -> None:
        """A policy may begin with any of them, or repeat it."""
        view = replace(reminder(language), tone=tone, previous_reminder_on="")
        mail = SHIPPED.render(kind, language, view)
        for text in (mail.subject.lower(), mail.text.lower(), mail.html.lower()):
            assert not [word for word in words if word in text]
        if kind is not MailKind.LATE_2:
            earlier = formats_for(language).day(date(2026, 3, 17))
            view = replace(view, previous_reminder_on=earlier)
            is_named = kind is MailKind.FINAL_DEMAND or tone != "gentle"
            assert (earlier in SHIPPED.render(kind, language, view).text) is is_named

    def test_what_a_company_is_called_is_text_and_not_markup(self) -> None:
        view = reminder("en")
        documents = (replace(view.documents[0], reference="<b>&{{ 7 }}</b>"),)
        mail = SHIPPED.render(MailKind.LATE_1, "en", replace(view, documents=documents))
        assert "&lt;b&gt;&amp;{{ 7 }}&lt;/b&gt;" in mail.html
        assert "<b>&{{ 7 }}</b>" in mail.text
        assert "<b>&{{ 7 }}</b>" in mail.subject

    def test_say_nothing_of_charges_that_there_are_not(self) -> None:
        bare = SHIPPED.render(MailKind.LATE_2, "en", reminder("en", index=3))
        assert "interest" not in bare.text
        assert "IBAN" not in bare.text
        assert "cid:" not in bare.html

    def test_show_how_to_pay(self) -> None:
        view = reminder("en")
        mail = SHIPPED.render(MailKind.LATE_2, "en", view)
        assert view.payment is not None
        for text in (mail.text, mail.html):
            assert view.payment.iban in text
            assert view.payment.reference in text
            assert view.payment.amount in text
        assert 'src="cid:epc"' in mail.html


class TestFormats:
    @pytest.mark.parametrize(
        ("language", "money", "day"),
        [
            ("en", "€1,234.50", "1 March 2026"),
            ("en-US", "€1,234.50", "March 1, 2026"),
            ("fr", "1\u202f234,50\xa0€", "1er mars 2026"),
            ("fr-BE", "1\u202f234,50\xa0€", "1er mars 2026"),
            ("it", "1.234,50\xa0€", "1º marzo 2026"),
            ("de", "1.234,50\xa0€", "1. März 2026"),
            ("es", "1.234,50\xa0€", "1 de marzo de 2026"),
            ("pl", "€1,234.50", "1 March 2026"),
        ],
    )
    def test_money_and_days(self, language: str, money: str, day: str) -> None:
        formats = formats_for(language)
        assert formats.money(123_450, "EUR") == money
        assert formats.day(date(2026, 3, 1)) == day

    def test_decimals_are_the_currencys(self) -> None:
        formats = formats_for("de")
        assert formats.money(1_234, "JPY") == "1.234\xa0¥"
        assert formats.money(1_234_567, "KWD") == "1.234,567\xa0KWD"
        assert formats.money(-5, "EUR") == "-0,05\xa0€"

    def test_percent(self) -> None:
        assert formats_for("fr").percent(1_215) == "12,15\xa0%"
        assert formats_for("en").percent(1_000) == "10%"

    def test_french_says_zero_in_the_singular(self) -> None:
        assert formats_for("fr").plural(0, "{n} jour", "{n} jours") == "0 jour"
        assert formats_for("en").plural(0, "{n} day", "{n} days") == "0 days"

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [(("de-AT", "fr"), "de"), ((None, "fr"), "fr"), (("pl", "it-CH"), "it"), (("pl", None), "en"), ((), "en")],
    )
    def test_the_first_language_that_is_known(self, wanted: tuple[str | None, ...], expected: str) -> None:
        assert known_language(*wanted) == expected


class TestStyles:
    def test_classes_become_styles_and_jinja_stays(self) -> None:
        styles = parse_styles("/* .no */\n.a { color: red; }\n.b-c { margin: 0; }\n")
        source = '{% for x in y %}<tr class="a b-c d">{{ x > 1 }}</tr>{% endfor %}<p class="d">'
        assert inline_styles(source, styles) == (
            '{% for x in y %}<tr class="a b-c d" style="color: red; margin: 0;">{{ x > 1 }}</tr>{% endfor %}<p class="d">'
        )


def _text_directly_in(html: str, cell: str) -> str:
    """What stands in the layout's cell outside of any element."""
    found: list[str] = []
    stack: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in {"meta", "br", "img"}:
                stack.append(dict(attrs).get("class") or "")

        def handle_endtag(self, tag: str) -> None:
            stack.pop()

        def handle_data(self, data: str) -> None:
            if stack and stack[-1] == cell:
                found.append(data.strip())

    Reader().feed(html)
    return "".join(found)
