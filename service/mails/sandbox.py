"""Merchants' own templates: Jinja2 that can read the given names and nothing else, and whose work is bounded.

What could run on or grow without end cannot be said in it: no calls, no assignments, no macros, no repetition of texts,
and loops only over what a mail lists. What is left costs about as much as there are nodes in a template, times the turns
of the loops around them; that is counted, and ends at a limit that no honest template comes near.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from jinja2 import (
    BaseLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
    pass_context,
)
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from service.mails.formats import formats_for
from service.mails.own_templates import OwnTemplate
from service.mails.rendering import PARTS, Rendered, context_of, inline_styles, tidy
from service.mails.views import MailView

__all__ = ["FILTERS", "MAX_SOURCE", "Sandbox", "TemplateFailed"]

# In characters; the longest shipped one has about three thousand.
MAX_SOURCE: Final = 30_000
# Texts of merchants that are kept ready.
_COMPILED: Final = 256
_MAX_COST: Final = 300_000
_MAX_OUTPUT: Final = 1_000_000
_MAX_LOOP_DEPTH: Final = 3
_MAX_DEPTH: Final = 60
_MAX_LITERAL_DIGITS: Final = 18
_BASE: Final = "_base/"
_COUNTER: Final = "_counted"
# What an included part costs beside its own loops, which pay for themselves.
_INCLUDE_COST: Final = 100
_BUDGET: Final = "_budget"
FILTERS: Final = ("abs", "capitalize", "count", "default", "d", "e", "escape", "first", "int", "last", "length", "lower", "sort", "title", "trim", "upper")  # fmt: skip
_TESTS: Final = ("defined", "divisibleby", "even", "false", "in", "none", "odd", "true", "undefined", "eq", "ne", "lt", "le", "gt", "ge", "==", "!=", "<", "<=", ">", ">=")  # fmt: skip

_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Slice,
    nodes.For, nodes.If, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or,
    nodes.Not, nodes.Add, nodes.Sub, nodes.Neg, nodes.Concat, nodes.Block, nodes.Extends, nodes.Include, nodes.Tuple,
    nodes.List, nodes.Keyword,
)  # fmt: skip


class TemplateFailed(Exception):
    """A template cannot be used: which of its parts, in which line if that is known, and why."""

    def __init__(self, detail: str, *, part: str, line: int | None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.part = part
        self.line = line


class _Budget:
    """What one rendering may still cost."""

    def __init__(self) -> None:
        self.left = _MAX_COST

    def spend(self, cost: int) -> None:
        self.left -= cost
        if self.left < 0:
            raise SecurityError("the template does far more work than any mail needs")


@pass_context
def _counted(context: Context, values: Any, cost: int) -> Iterator[Any]:
    """The values of a loop, each turn paid for."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise SecurityError("a loop goes over a list that the mail has")
    budget: _Budget = context[_BUDGET]
    for value in values:
        budget.spend(cost)
        yield value


class _Loader(BaseLoader):
    """The shipped parts, the same that shipped templates are made of."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources

    def get_source(self, environment: Any, template: str) -> tuple[str, str | None, None]:  # noqa: ARG002
        if not template.startswith(_BASE) or template not in self._sources:
            raise TemplateNotFound(template)
        return self._sources[template], template, None


class _Environment(ImmutableSandboxedEnvironment):
    """Reads and compiles nothing that was not looked through node by node."""

    def __init__(self, sources: Mapping[str, str], *, language: str, words: Mapping[str, str], is_html: bool) -> None:
        super().__init__(
            loader=_Loader(sources),
            undefined=StrictUndefined,
            autoescape=is_html,
            trim_blocks=True,
            lstrip_blocks=True,
            # Constants are not worked out while compiling: that would be work without a limit.
            optimized=False,
            auto_reload=False,
        )
        self.filters = {name: self.filters[name] for name in FILTERS} | {
            "plural": formats_for(language).plural,
            _COUNTER: _counted,
        }
        self.tests = {name: self.tests[name] for name in _TESTS}
        self.globals = {"words": words, "language": language}

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002
        return False

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template = super()._parse(source, name, filename)
        _require_harmless(template, depth=0, loops=0)
        _count_loops(template)
        return template


def _require_harmless(node: nodes.Node, *, depth: int, loops: int) -> None:
    """Raises TemplateSyntaxError for whatever is not known to be harmless."""
    problem = _find_problem(node, depth=depth, loops=loops)
    if problem is not None:
        raise TemplateSyntaxError(problem, node.lineno or 1)
    inner = loops + 1 if isinstance(node, nodes.For) else loops
    for child in node.iter_child_nodes():
        _require_harmless(child, depth=depth + 1, loops=inner)


def _find_problem(node: nodes.Node, *, depth: int, loops: int) -> str | None:
    if depth > _MAX_DEPTH:
        return "this is nested too deeply"
    if not isinstance(node, _ALLOWED):
        return f"`{type(node).__name__.lower()}` is not for templates of mails"
    match node:
        case nodes.For(recursive=True):
            return "a loop cannot be recursive"
        case nodes.For() if loops >= _MAX_LOOP_DEPTH:
            return f"loops are nested at most {_MAX_LOOP_DEPTH} deep"
        case nodes.Name(name="self"):
            return "a template cannot look at itself"
        case nodes.Name(name=name) if name.startswith("_"):
            return "names do not begin with an underscore"
        case nodes.Getattr(attr=attribute) if attribute.startswith("_"):
            return "names do not begin with an underscore"
        case nodes.Filter(name=name) if name not in FILTERS and name != "plural":
            return f"there is no filter `{name}`"
        case nodes.Test(name=name) if name not in _TESTS:
            return f"there is no test `{name}`"
        case nodes.Extends(template=target) | nodes.Include(template=target) if not _is_shipped(target):
            return f"only parts whose name begins with `{_BASE}` can be used, by their name"
        case nodes.Const(value=int() as number) if len(hex(number)) > _MAX_LITERAL_DIGITS:
            return "this number is too large"
    return None


def _is_shipped(target: nodes.Expr) -> bool:
    return isinstance(target, nodes.Const) and isinstance(target.value, str) and target.value.startswith(_BASE)


def _count_loops(template: nodes.Template) -> None:
    """Let every loop pay for each of its turns as much as there is inside it."""
    for loop in template.find_all(nodes.For):
        parts = [*loop.body, *loop.else_, *([loop.test] if loop.test is not None else [])]
        cost = 1 + sum(_cost_of(part) for part in parts)
        loop.iter = nodes.Filter(loop.iter, _COUNTER, [nodes.Const(cost)], [], None, None, lineno=loop.lineno)


def _cost_of(node: nodes.Node) -> int:
    own = _INCLUDE_COST if isinstance(node, nodes.Include) else 1
    return own + sum(_cost_of(child) for child in node.iter_child_nodes())


class Sandbox:
    """Renders merchants' own templates of one language."""

    def __init__(
        self, sources: Mapping[str, str], *, language: str, words: Mapping[str, str], styles: Mapping[str, str]
    ) -> None:
        self._styles = styles
        self._compiled = lru_cache(maxsize=_COMPILED)(self._compile)
        self._environments = {
            is_html: _Environment(sources, language=language, words=words, is_html=is_html) for is_html in (False, True)
        }

    def render(self, template: OwnTemplate, view: MailView) -> Rendered:
        """The whole mail. Raises TemplateFailed."""
        subject, text, html = (self._render_part(part, template.part(part), view) for part in PARTS)
        return Rendered(subject=" ".join(subject.split()), text=tidy(text), html=html)

    def _render_part(self, part: str, source: str, view: MailView) -> str:
        if len(source) > MAX_SOURCE:
            raise TemplateFailed(f"it is longer than {MAX_SOURCE} characters", part=part, line=None)
        is_html = part.endswith(".html")
        try:
            template = self._compiled(source, is_html=is_html)
            context = template.new_context(context_of(view) | {_BUDGET: _Budget()})
            return _gather(template.root_render_func(context))
        except TemplateSyntaxError as error:
            raise TemplateFailed(error.message or "it cannot be read", part=part, line=error.lineno) from None
        except TemplateNotFound as error:
            raise TemplateFailed(f"there is no part `{error.name}`", part=part, line=None) from None
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise TemplateFailed(_say(error), part=part, line=_line_of(error)) from None
        except (RecursionError, MemoryError, SyntaxError):
            raise TemplateFailed("it is too large or too deeply nested", part=part, line=None) from None

    def _compile(self, source: str, *, is_html: bool) -> Template:
        if is_html:
            source = inline_styles(source, self._styles)
        return self._environments[is_html].from_string(source)


def _gather(pieces: Iterable[str]) -> str:
    """Put the output together while it is of a size that a mail can have."""
    output, size = [], 0
    for piece in pieces:
        size += len(piece) + 1
        if size > _MAX_OUTPUT:
            raise SecurityError(f"it gives more than {_MAX_OUTPUT} characters")
        output.append(piece)
    return "".join(output)


def _say(error: Exception) -> str:
    if isinstance(error, UndefinedError):
        return f"{error.message}".replace("service.mails.views.", "")
    if isinstance(error, TemplateError):
        return error.message or "it cannot be rendered"
    return "a value is used in a way that it cannot be used"


def _line_of(error: BaseException) -> int | None:
    """The line of the template's source: the compiled code knows which of its own lines came from where."""
    line = None
    traceback = error.__traceback__
    while traceback is not None:
        template = traceback.tb_frame.f_globals.get("__jinja_template__")
        # A shipped part has a name; what is wanted is where the merchant's own text uses it.
        if template is not None and template.name is None:
            line = template.get_corresponding_lineno(traceback.tb_lineno)
        traceback = traceback.tb_next
    return line
