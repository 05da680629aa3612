"""What can be wrong with the books from a caller's point of view."""

from __future__ import annotations

from service.core.errors import ServiceError

__all__ = ["LineUnknown"]


class LineUnknown(ServiceError):
    """There is no credit line with that id for this merchant."""

    code = "credit_line_unknown"
    status = 404
    title = "There is no such credit line"
