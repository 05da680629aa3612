"""What merchants write is rendered like what is shipped; what attackers write ends soon, small and with a clear error."""

from __future__ import annotations

import resource
import tracemalloc
from dataclasses import replace

import pytest

from service.mails.domain import MailKind
from service.mails.formats import LANGUAGES
from service.mails.own_templates import OwnTemplate
from service.mails.rendering import PARTS
from service.mails.samples import sample_views
from service.mails.sandbox import MAX_SOURCE, Sandbox, TemplateFailed
from service.mails.shipped_repository import load_shipped_templates
from service.mails.typesetting import Typesetter
from service.mails.variables import DESCRIPTIONS, variables_of
from service.mails.views import ReminderView

SHIPPED = load_shipped_templates()
TYPESETTER = Typesetter(SHIPPED)
MANY_DOCUMENTS = 500


def sandbox() -> Sandbox:
    return Sandbox(SHIPPED.sources, language="en", words=SHIPPED.words["en"], styles=SHIPPED.styles)


def view(*, documents: int = 2) -> ReminderView:
    view = sample_views(MailKind.LATE_1, "en")[0]
    assert isinstance(view, ReminderView)
    return replace(view, documents=(view.documents * documents)[:documents])


def render(text: str, *, documents: int = 2, part: str = "text") -> str:
    texts = replace(OwnTemplate("subject", "text", "html"), **{part: text})
    rendered = sandbox().render(texts, view(documents=documents))
    return {"subject": rendered.subject, "text": rendered.text, "html": rendered.html}[part]


def failure(text: str, *, documents: int = 2, part: str = "text") -> TemplateFailed:
    with pytest.raises(TemplateFailed) as caught:
        render(text, documents=documents, part=part)
    return caught.value


class TestHonestTemplates:
    @pytest.mark.parametrize("kind", list(MailKind))
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_shipped_texts_are_good_own_texts(self, kind: MailKind, language: str) -> None:
        own = OwnTemplate(*(SHIPPED.source(kind, language, part) for part in PARTS))
        for sample in sample_views(kind, language):
            assert TYPESETTER.render(kind, language, sample, own=own) == SHIPPED.render(kind, language, sample)

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("{{ company.name | upper }}", "BOULANGERIE MARTIN & FILS\n"),
            ("{% for d in documents %}{{ loop.index }}:{{ d.reference }} {% endfor %}", "1:PS-1042 2:PS-1057\n"),
            ("{% for d in documents if d.is_partly_paid %}{{ d.reference }}{% else %}-{% endfor %}", "PS-1057\n"),
            ("{{ documents | length | plural('one', '{n} of them') }}", "2 of them\n"),
            ("{% if tone == 'firm' or days_late > 20 %}now{% endif %}", "now\n"),
            ("{{ documents[0].reference ~ '!' }}", "PS-1042!\n"),
            ("{{ 'a' if payment else 'b' }}{{ words.total_due }}", "aAmount due\n"),
        ],
    )
    def test_say_what_they_like(self, source: str, expected: str) -> None:
        assert render(source) == expected

    def test_values_are_text_in_html(self) -> None:
        html = sandbox().render(OwnTemplate("x", "x", "<p>{{ company.name }}</p>"), view()).html
        assert html == "<p>Boulangerie Martin &amp; Fils</p>"

    def test_many_documents_are_no_attack(self) -> None:
        own = OwnTemplate(*(SHIPPED.source(MailKind.LATE_1, "en", part) for part in PARTS))
        assert sandbox().render(own, view(documents=MANY_DOCUMENTS)).text.count("PS-10") == MANY_DOCUMENTS


class TestErrorsNameTheirLine:
    @pytest.mark.parametrize(
        ("source", "line", "words"),
        [
            ("one\ntwo {{ nothing }}", 2, "'nothing' is undefined"),
            ("one\n{% if %}", 2, "Expected an expression"),
            ("{% for d in documents %}\n{{ d.colour }}\n{% endfor %}", 2, "has no attribute 'colour'"),
            ("\n\n{{ tone | shout }}", 3, "no filter `shout`"),
            ("{% endif %}", 1, "unknown tag 'endif'"),
            ("a\n{% include '_base/nothing.txt' %}", None, "no part `_base/nothing.txt`"),
            ("{{ company.name - 1 }}", 1, "used in a way"),
        ],
    )
    def test_of(self, source: str, line: int | None, words: str) -> None:
        error = failure(source)
        assert (error.part, error.line) == ("body.txt", line)
        assert words in error.detail

    def test_and_their_part(self) -> None:
        assert failure("{{ nothing }}", part="subject").part == "subject.txt"
        assert failure("{{ nothing }}", part="html").part == "body.html"


FORBIDDEN = [
    "{{ ''.__class__ }}", "{{ documents.__class__.__mro__ }}", "{{ tone['__class__'] }}", "{{ tone|attr('__class__') }}",
    "{{ sender.__init__.__globals__ }}", "{{ (1).__class__ }}", "{{ self }}", "{{ self._TemplateReference__context }}",
    "{{ tone.format(1) }}", "{{ '{0.__class__}'.format(tone) }}", "{{ sender.name() }}", "{{ super() }}", "{{ loop() }}",
    "{{ cycler }}", "{{ lipsum() }}", "{{ namespace() }}", "{{ _budget }}", "{{ documents|_counted(0) }}",
    "{% for x in range(1000000000) %}{% endfor %}", "{{ 'a'*1000000000 }}", "{{ 9**9**9 }}", "{{ tone % (1,) }}",
    "{{ 1/0 }}", "{{ 7//0 }}", "{{ 'x'|center(1000000000) }}", "{{ 'x'|indent(1000000000) }}",
    "{{ 'x'|replace('x', 'xxxx') }}", "{{ documents|join('x') }}", "{{ documents|map(attribute='x') }}",
    "{{ 'x'|format(1) }}", "{{ 'x'|safe }}", "{{ 'x'|wordwrap(1) }}", "{{ documents|tojson }}", "{{ documents|batch(1) }}",
    "{% set x = 1 %}", "{% macro m() %}{% endmacro %}", "{% import '_base/layout.html' as x %}",
    "{% from '_base/layout.html' import x %}", "{% include 'late_1/en/body.txt' %}", "{% include tone %}",
    "{% include ['_base/layout.txt'] %}", "{% extends tone %}", "{% extends '/etc/passwd' %}",
    "{% include '_base/../late_1/en/body.txt' %}", "{% filter upper %}x{% endfilter %}", "{% call x() %}{% endcall %}",
    "{% for x in documents recursive %}{{ loop(documents) }}{% endfor %}", "{% autoescape false %}{% endautoescape %}",
    "{% with x = 1 %}{% endwith %}", "{% do x %}", "{% debug %}", "{{ 99999999999999999999999999 }}", "{{ 1e400 }}x{{ {} }}",
    "{% for x in tone %}{% endfor %}", "{% for x in sender %}{% endfor %}",
]  # fmt: skip

EXPENSIVE = {
    "loops in loops": "{% for a in documents %}{% for b in documents %}{% for c in documents %}x{% endfor %}{% endfor %}{% endfor %}",
    "loops in loops in loops": "{% for a in documents %}" * 4 + "{% endfor %}" * 4,
    "silent loops": "{% for a in documents %}{% for b in documents %}"
    + "{% if a %}{% endif %}" * 500
    + "{% endfor %}{% endfor %}",
    "parts in loops": "{% for a in documents %}{% for b in documents %}{% include '_base/documents.txt' %}{% endfor %}{% endfor %}",
    "parts upon parts": "{% include '_base/documents.txt' %}" * 800,
    "much output": "{% for a in documents %}" + "x" * 20_000 + "{% endfor %}",
    "long": "x" * (MAX_SOURCE + 1),
    "nested blocks": "{% if 1 %}" * 500 + "{% endif %}" * 500,
    "nested parentheses": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "nested lists": "{{ " + "[" * 5_000 + "]" * 5_000 + " }}",
    "long sums": "{{ 1" + "+1" * 10_000 + " }}",
    "nots": "{{ " + "not " * 6_000 + "1 }}",
    "itself": "{% extends '_base/layout.txt' %}{% block content %}{% include '_base/layout.txt' %}{% endblock %}{% block foot %}{% endblock %}"
    + "{" * 100,
    "dots": "{{ tone" + ".a" * 10_000 + " }}",
    "filters": "{{ tone" + "|upper" * 4_000 + " }}",
}


class TestAttacks:
    @pytest.mark.parametrize("source", FORBIDDEN)
    def test_what_could_reach_out_or_run_on_cannot_be_said(self, source: str) -> None:
        assert failure(source).detail

    @pytest.mark.parametrize("name", EXPENSIVE)
    def test_what_is_expensive_ends_within_bounds(self, name: str) -> None:
        tracemalloc.start()
        before_s = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        try:
            error = failure(EXPENSIVE[name], documents=MANY_DOCUMENTS)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert error.detail
        # Processor time, which others on the machine do not add to; tracing memory alone makes it several times longer.
        assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before_s < 20
        assert peak < 100_000_000

    def test_concatenation_grows_only_with_the_template(self) -> None:
        text = render("{{ " + "company.name ~ " * 1_500 + "tone }}")
        assert len(text) < 100_000


class TestVariables:
    @pytest.mark.parametrize("kind", list(MailKind))
    def test_every_listed_name_can_be_used(self, kind: MailKind) -> None:
        sample = sample_views(kind, "en")[0]
        for variable in variables_of(kind):
            assert variable.description.endswith(".")
            steps = variable.name.split("[].")
            source = "".join(f"{{% for v{n} in {_at(n, step)} %}}" for n, step in enumerate(steps[:-1]))
            source += "{{ " + _at(len(steps) - 1, steps[-1]) + " is defined }}" + "{% endfor %}" * (len(steps) - 1)
            text = sandbox().render(OwnTemplate("x", source, "x"), sample).text
            assert "False" not in text, variable.name

    def test_nothing_is_explained_that_is_not_there(self) -> None:
        named = {variable.description for kind in MailKind for variable in variables_of(kind)}
        assert set(DESCRIPTIONS.values()) == named


def _at(depth: int, name: str) -> str:
    return f"v{depth - 1}.{name}" if depth else name
