"""The one family of errors that reaches a caller: a stable code, an HTTP status, and facts."""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = ["FieldProblem", "InvalidInput", "NotFound", "ServiceError"]

FactValue = str | int | bool | None | list[str] | list[dict[str, Any]]


class ServiceError(Exception):
    """Base of all refusals that are the caller's to act on.

    `code` is stable and for machines, `detail` for people; `facts` are extra members of the RFC 9457
    document and never hold a secret or another merchant's id.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(self, detail: str | None = None, **facts: FactValue) -> None:
        self.detail = detail or self.title
        self.facts = facts
        super().__init__(self.detail)


class FieldProblem(dict[str, str]):
    """One wrong field: `pointer` is a JSON pointer into the body, `code` and `detail` say what is wrong."""

    def __init__(self, *, pointer: str, code: str, detail: str) -> None:
        super().__init__(pointer=pointer, code=code, detail=detail)


class InvalidInput(ServiceError):
    """The request is well-formed JSON but says something that cannot be."""

    code = "invalid_input"
    status = 422
    title = "The request contains a value that cannot be used"


class NotFound(ServiceError):
    """Unknown and forbidden answer alike, so that nobody can probe another merchant's rows."""

    code = "not_found"
    status = 404
    title = "There is no such thing here"
