"""What the columns of each kind of file mean. Values pass the same checks as in the API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator

from service.commands.importing.problems import ImportProblem
from service.commands.importing.tables import Table, TableLine
from service.companies.schemas import CompanyIn
from service.core.errors import ServiceError
from service.core.money import Money, parse_amount
from service.credit.lines import AgreedLimit
from service.credit.schemas import LimitIn
from service.eligibility.facts import FACTS, FactType
from service.infra.schemas import AmountText, Code, CurrencyCode, Day, Ref, Schema, Text
from service.orders.checkout_schemas import ExchangeRate
from service.orders.opening_service import OpeningOrder

__all__ = [
    "COMPANY_COLUMNS", "LIMIT_COLUMNS", "ORDER_COLUMNS", "CompanyLine", "Defaults", "ImportLine", "LimitLine", "OrderLine",
    "read_lines",
]  # fmt: skip

_LIST_SEPARATOR: Final = "|"
_DECIMAL_COMMA: Final = re.compile(r"-?[0-9]+,[0-9]{1,3}")
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,16}")
_FLAGS: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_FACT: Final = "fact."
_ADDRESS: Final = ("line1", "line2", "postcode", "city", "region")
_MAX_TERM_DAYS: Final = 365
_AMOUNT_SPELLING: Final = "must be an amount such as 1234.50"
_REF_SPELLING: Final = "only letters, digits and ._:#@+- are possible in a reference"
# How a cell is written, in words of people who keep spreadsheets.
_SPELLINGS: Final = {
    "amount": _AMOUNT_SPELLING, "tolerance_amount": _AMOUNT_SPELLING, "open_amount": _AMOUNT_SPELLING,
    "company_ref": _REF_SPELLING, "order_ref": _REF_SPELLING,
    "currency": "must be a currency such as EUR", "facts_currency": "must be a currency such as EUR",
    "country": "must be a country such as FR", "language": "must be a language such as fr or en-GB",
    "exchange_rate": "must be a rate such as 1.0845", "default_terms": "must be a code such as net_30",
    "allowed_terms": "must be codes such as net_30", "terms": "must be a code such as net_30",
    "groups": "must be codes of groups such as wholesale",
}  # fmt: skip

COMPANY_COLUMNS: Final = frozenset(
    {
        "company_ref", "legal_name", "country", "language", "registration_number", "vat_number", "invoice_email",
        "groups", "default_terms", "allowed_terms", "facts_as_of", "facts_currency", *_ADDRESS,
    }
)  # fmt: skip
LIMIT_COLUMNS: Final = frozenset(
    {"company_ref", "kind", "amount", "currency", "tolerance_amount", "tolerance_bp", "allow_exceed", "reason"}
)
ORDER_COLUMNS: Final = frozenset(
    {
        "company_ref", "order_ref", "ordered_on", "open_amount", "currency", "exchange_rate", "started_on", "due_on",
        "terms", "purchase_order_number",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Defaults:
    """What an absent cell means: the shop's own language and currency. `today` is the day where the shop is."""

    language: str
    currency: str
    today: date


@dataclass(frozen=True, slots=True)
class CompanyLine:
    file: str
    number: int
    ref: str
    company: CompanyIn


@dataclass(frozen=True, slots=True)
class LimitLine:
    file: str
    number: int
    ref: str
    currency: str
    agreed: AgreedLimit
    reason: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    file: str
    number: int
    order: OpeningOrder


ImportLine = CompanyLine | LimitLine | OrderLine


class _OrderCells(Schema):
    """One line of open orders as the API would take it."""

    company_ref: Ref
    order_ref: Ref
    ordered_on: Day
    open_amount: AmountText
    currency: CurrencyCode
    exchange_rate: ExchangeRate | None = None
    started_on: Day | None = None
    due_on: Day | None = None
    terms: Code | None = None
    purchase_order_number: Text | None = Field(default=None, max_length=128)

    @model_validator(mode="after")
    def _require_dates_that_go_together(self) -> _OrderCells:
        if (self.started_on is None) != (self.due_on is None):
            raise ValueError("started_on and due_on come together: an order that is due has started")
        if self.started_on is not None and self.due_on is not None:
            if not 0 <= (self.due_on - self.started_on).days <= _MAX_TERM_DAYS:
                raise ValueError("due_on is from the day of started_on up to a year later")
            if self.terms is not None:
                raise ValueError("terms are for orders that have not started; this one has its due date")
        return self


_REF: Final[TypeAdapter[str]] = TypeAdapter(Ref)
Model = TypeVar("Model", bound=BaseModel)


def read_lines(tables: Iterable[Table], defaults: Defaults, *, problems: list[ImportProblem]) -> list[ImportLine]:
    """All lines in the order in which they can be written: companies, then limits, then orders."""
    by_kind: dict[int, list[ImportLine]] = {0: [], 1: [], 2: []}
    for table in tables:
        kind = _kind_of(table, problems)
        if kind is not None:
            by_kind[kind].extend(_Reader(table, defaults, problems).lines(kind))
    lines = [line for kind in sorted(by_kind) for line in by_kind[kind]]
    _refuse_repetition(lines, problems)
    return lines


def _kind_of(table: Table, problems: list[ImportProblem]) -> int | None:
    """By the column that only this kind of file has."""
    for kind, (mark, known) in enumerate(
        (("legal_name", COMPANY_COLUMNS), ("kind", LIMIT_COLUMNS), ("order_ref", ORDER_COLUMNS))
    ):
        if mark not in table.columns:
            continue
        unknown = [name for name in table.columns if name not in known and not (kind == 0 and _is_fact(name))]
        problems.extend(ImportProblem(table.name, 1, name or "(empty)", "no such column") for name in unknown)
        return kind
    what = "neither companies (legal_name), limits (kind) nor open orders (order_ref)"
    problems.append(ImportProblem(table.name, 1, "", what))
    return None


def _is_fact(column: str) -> bool:
    return column.startswith(_FACT) and column.removeprefix(_FACT) in FACTS


def _refuse_repetition(lines: Sequence[ImportLine], problems: list[ImportProblem]) -> None:
    """Twice the same thing in one import: nobody can say which of the two is meant."""
    seen: dict[tuple[str, ...], ImportLine] = {}
    for line in lines:
        name, column = _name_of(line)
        first = seen.setdefault(name, line)
        if first is not line:
            what = f"{name[1]} was already on {first.file}:{first.number}"
            problems.append(ImportProblem(line.file, line.number, column, what))


def _name_of(line: ImportLine) -> tuple[tuple[str, ...], str]:
    """What must not occur twice, and the column that says it."""
    match line:
        case CompanyLine():
            return ("company", line.ref), "company_ref"
        case LimitLine():
            return ("limit", line.ref, line.currency), "company_ref"
        case OrderLine():
            return ("order", line.order.ref), "order_ref"


class _Reader:
    """Reads the lines of one table and collects what is wrong with them."""

    def __init__(self, table: Table, defaults: Defaults, problems: list[ImportProblem]) -> None:
        self._table = table
        self._defaults = defaults
        self._problems = problems

    def lines(self, kind: int) -> Iterable[ImportLine]:
        read = (self._company, self._limit, self._order)[kind]
        for line in self._table.lines:
            before = len(self._problems)
            found = read(line)
            if found is not None and len(self._problems) == before:
                yield found

    def _company(self, line: TableLine) -> CompanyLine | None:
        cells = line.cells
        values: dict[str, Any] = {"language": self._defaults.language}
        for column in (
            "legal_name",
            "country",
            "language",
            "registration_number",
            "vat_number",
            "invoice_email",
            "default_terms",
        ):
            if column in cells:
                values[column] = cells[column]
        for column in ("groups", "allowed_terms"):
            if column in cells:
                values[column] = _parts(cells[column])
        address = {column: cells[column] for column in _ADDRESS if column in cells}
        if address:
            values["addresses"] = [{"kind": "billing", "country": cells.get("country"), **address}]
        facts = self._facts(line)
        if facts:
            values["facts"] = facts
        ref = self._ref(line)
        company = self._validated(line, CompanyIn, values)
        return None if company is None or ref is None else CompanyLine(self._table.name, line.number, ref, company)

    def _facts(self, line: TableLine) -> dict[str, Any]:
        named = [column for column in line.cells if column.startswith(_FACT)]
        as_of = self._day(line, "facts_as_of") if "facts_as_of" in line.cells else None
        if named and "facts_as_of" not in line.cells:
            self._report(line, "facts_as_of", "facts need the day they were true")
        if as_of is None:
            return {}
        facts = {}
        for column in named:
            name = column.removeprefix(_FACT)
            value = self._fact_value(line, column, FACTS[name].type)
            fact: dict[str, Any] = {
                "value": value,
                "source": "import",
                "as_of": datetime.combine(as_of, datetime.min.time(), UTC),
            }
            if FACTS[name].type is FactType.AMOUNT:
                fact["currency"] = line.cells.get("facts_currency", self._defaults.currency)
            if value is not None:
                facts[name] = fact
        return facts

    def _fact_value(self, line: TableLine, column: str, fact_type: FactType) -> Any:
        cell = line.cells[column]
        match fact_type:
            case FactType.AMOUNT:
                return self._decimal(cell)
            case FactType.INTEGER | FactType.DAYS:
                return self._whole_number(line, column)
            case FactType.BOOLEAN:
                return self._flag(line, column)
            case FactType.TEXT_SET:
                return _parts(cell)
            case _:
                return cell

    def _limit(self, line: TableLine) -> LimitLine | None:
        cells = line.cells
        values: dict[str, Any] = {"reason": "imported", "currency": self._defaults.currency}
        values.update({name: cells[name] for name in ("kind", "currency", "reason") if name in cells})
        values.update({name: self._decimal(cells[name]) for name in ("amount", "tolerance_amount") if name in cells})
        if "tolerance_bp" in cells:
            values["tolerance_bp"] = self._whole_number(line, "tolerance_bp")
        if "allow_exceed" in cells:
            values["allow_exceed"] = self._flag(line, "allow_exceed")
        ref = self._ref(line)
        limit = self._validated(line, LimitIn, values)
        if limit is None or ref is None:
            return None
        try:
            agreed = limit.to_agreed(limit.currency or self._defaults.currency)
        except ServiceError as error:
            self._report(line, "amount", error.detail)
            return None
        return LimitLine(self._table.name, line.number, ref, values["currency"], agreed, limit.reason)

    def _order(self, line: TableLine) -> OrderLine | None:
        cells = dict(line.cells)
        if "open_amount" in cells:
            cells["open_amount"] = self._decimal(cells["open_amount"])
        found = self._validated(line, _OrderCells, {"currency": self._defaults.currency, **cells})
        if found is None:
            return None
        for column, day in (("ordered_on", found.ordered_on), ("started_on", found.started_on)):
            if day is not None and day > self._defaults.today:
                self._report(line, column, "lies in the future")
        try:
            amount = Money(parse_amount(found.open_amount, found.currency), found.currency)
        except ServiceError as error:
            self._report(line, "open_amount", error.detail)
            return None
        if amount.amount_minor <= 0:
            self._report(line, "open_amount", "nothing is open; leave paid orders out")
            return None
        order = OpeningOrder(
            company_ref=found.company_ref,
            ref=found.order_ref,
            amount=amount,
            ordered_on=found.ordered_on,
            started_on=found.started_on,
            due_on=found.due_on,
            terms=found.terms,
            exchange_rate=found.exchange_rate,
            purchase_order_number=found.purchase_order_number,
        )
        return OrderLine(self._table.name, line.number, order)

    # Cells

    def _report(self, line: TableLine, column: str, what: str) -> None:
        self._problems.append(ImportProblem(self._table.name, line.number, column, what))

    def _validated(self, line: TableLine, model: type[Model], values: dict[str, Any]) -> Model | None:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            for problem in error.errors(include_input=False, include_url=False):
                location = [str(part) for part in problem["loc"]]
                column = location[0] if location else ""
                if column == "addresses":
                    column = location[-1]
                elif column == "facts" and len(location) > 1:
                    column = f"{_FACT}{location[1]}"
                self._report(line, column, _sentence(problem["type"], problem["msg"], column))
            return None

    def _ref(self, line: TableLine) -> str | None:
        cell = line.cells.get("company_ref")
        if cell is None:
            self._report(line, "company_ref", "is missing")
            return None
        try:
            return _REF.validate_python(cell)
        except ValidationError:
            self._report(line, "company_ref", _SPELLINGS["company_ref"])
            return None

    def _decimal(self, cell: str) -> str:
        """A decimal comma where the comma does not separate cells; what is left is for the amount's own check."""
        if self._table.has_decimal_comma and _DECIMAL_COMMA.fullmatch(cell):
            return cell.replace(",", ".")
        return cell

    def _whole_number(self, line: TableLine, column: str) -> int | None:
        if _WHOLE_NUMBER.fullmatch(line.cells[column]):
            return int(line.cells[column])
        self._report(line, column, "must be a whole number")
        return None

    def _flag(self, line: TableLine, column: str) -> bool | None:
        value = _FLAGS.get(line.cells[column].lower())
        if value is None:
            self._report(line, column, "must be yes or no")
        return value

    def _day(self, line: TableLine, column: str) -> date | None:
        try:
            return date.fromisoformat(line.cells[column])
        except ValueError:
            self._report(line, column, "must be a day such as 2026-03-31")
            return None


def _sentence(kind: str, message: str, column: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "string_pattern_mismatch" and column in _SPELLINGS:
        return _SPELLINGS[column]
    return message.removeprefix("Value error, ")


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(_LIST_SEPARATOR) if part.strip()]
