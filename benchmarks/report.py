"""The table for people, and one line of JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from statistics import median
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Measured

__all__ = ["print_report"]

_TITLES: Final = {
    "floor": "Bare FastAPI with Pydantic in and out",
    "quote": "Quote, explained",
    "quote_many": "Quote, explained, many companies",
    "pgbench": "pgbench, one transaction for each hold",
    "pgbench_many": "pgbench, many companies",
    "pgbench_hot": "pgbench, one account",
    "hold": "Hold",
    "hold_many": "Hold, many companies",
    "hold_hot": "Hold, one account",
    "hold_half_load": "Hold, at half of its rate",
    "attach_capture": "Attach an order and capture it",
    "peer": "django-hordak with its balance guard",
}
# Name, what is compared with what, and what it should reach.
_RATIOS: Final = (
    ("quote_to_floor", "quote", "floor", 0.6),
    ("hold_to_pgbench", "hold", "pgbench", 0.5),
    ("hold_hot_to_pgbench_hot", "hold_hot", "pgbench_hot", 1.2),
    ("hold_to_peer", "hold", "peer", 10.0),
    ("hold_million_to_thousand", "hold_many", "hold", 0.9),
    ("quote_million_to_thousand", "quote_many", "quote", 0.8),
    ("attach_capture_to_peer", "attach_capture", "peer", None),
)
# What the numbers of mails are called, and what they should reach.
_MAIL_TARGETS: Final[dict[str, tuple[str, int | None]]] = {
    "mail_build_us": ("Render and write a mail of two parts, µs of the processor", 700),
    "mail_build_with_code_us": ("The same with a payment code, µs", None),
    "smtp_per_s": ("Mails a second over four connections, written before", None),
    "smtp_aiosmtplib_per_s": ("The same with aiosmtplib's own dialogue", None),
    "queue_per_s": ("Mails a second into the queue", 15_000),
    "mail_sent_per_s": ("Mails a second from the queue to marked as sent", 1_500),
    "mail_sent_us": ("The worker's share of that, µs of the processor", None),
}
_P99_MS: Final = 50.0
_MEMORY_MB: Final = 200.0


def print_report(
    measured: dict[str, Measured], *, mails: Mapping[str, float], memory_mb: float, companies: int
) -> None:
    """Print both. Ratios are medians over the rounds, each round compared with itself."""
    console = Console(file=sys.stdout)
    rates = Table("", "per second", "lowest", "highest", "p99 ms", title="Measured")
    for name, title in _TITLES.items():
        if (one := measured.get(name)) is not None:
            p99_ms = median(one.p99_ms)
            rates.add_row(
                title,
                *(f"{rate:,.0f}" for rate in (one.rate, min(one.per_s), max(one.per_s))),
                f"{p99_ms:.1f}" if p99_ms else "",
            )
    console.print(rates)
    values: dict[str, float | int | None] = {}
    targets = Table("", "ratio", "target", "", title="Compared")
    for name, what, base, target in _RATIOS:
        value = _ratio(measured.get(what), measured.get(base))
        values[name] = value
        reached = target is None or (value is not None and value >= target)
        targets.add_row(name, "-" if value is None else f"{value:.2f}", f"{target or ''}", "" if reached else "missed")
    p99_ms = round(median(measured["hold_half_load"].p99_ms), 1)
    for name, value, highest in (("p99_half_load_ms", p99_ms, _P99_MS), ("rss_mb", round(memory_mb), _MEMORY_MB)):
        targets.add_row(name, str(value), f"under {highest:.0f}", "" if value < highest else "missed")
    console.print(targets)
    _print_mails(console, mails)
    values |= {
        **mails,
        "p99_half_load_ms": p99_ms,
        "rss_mb": round(memory_mb),
        "companies": companies,
        **{f"{name}_per_s": round(one.rate) for name, one in measured.items()},
    }
    print(json.dumps(values))


def _print_mails(console: Console, mails: Mapping[str, float]) -> None:
    table = Table("", "", "target", "", title="Mails")
    for name, (title, target) in _MAIL_TARGETS.items():
        value = mails[name]
        # What is said in microseconds should stay below its target, a rate above.
        missed = target is not None and (value > target if name.endswith("_us") else value < target)
        table.add_row(title, f"{value:,.0f}", f"{target:,}" if target else "", "missed" if missed else "")
    console.print(table)


def _ratio(one: Measured | None, other: Measured | None) -> float | None:
    if one is None or other is None:
        return None
    return round(median(rate / base for rate, base in zip(one.per_s, other.per_s, strict=True)), 3)
