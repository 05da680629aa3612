"""What the service counts about itself, as Prometheus reads it. No merchant, company or key is ever a label."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

__all__ = ["METRICS_CONTENT_TYPE", "count_request", "render_metrics", "tick_failures", "tick_missed", "tick_seconds"]

METRICS_CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_requests: Final = Counter("encours_http_requests", "Answered requests.", ["method", "route", "status"])
_request_seconds: Final = Histogram(
    "encours_http_request_seconds",
    "Time from the first byte of a request to the last of its answer.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0),
)

tick_seconds: Final = Histogram(
    "encours_worker_tick_seconds",
    "Time a tick of the worker took.",
    ["tick"],
    buckets=(0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0),
)
tick_failures: Final = Counter("encours_worker_tick_failures", "Ticks that ended with an error.", ["tick"])
tick_missed: Final = Counter("encours_worker_ticks_missed", "Ticks that could not start in time.", ["tick"])

# Looking a labelled child up costs more than counting on it. Routes and statuses are few, so these stay small.
_request_counters: Final[dict[tuple[str, str, int], Counter]] = {}
_request_histograms: Final[dict[tuple[str, str], Histogram]] = {}


def count_request(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer. `route` is the template, never the path, so that the number of series stays bounded."""
    counter = _request_counters.get((method, route, status))
    if counter is None:
        counter = _request_counters[method, route, status] = _requests.labels(method, route, str(status))
    counter.inc()
    histogram = _request_histograms.get((method, route))
    if histogram is None:
        histogram = _request_histograms[method, route] = _request_seconds.labels(method, route)
    histogram.observe(seconds)


def render_metrics() -> bytes:
    """The text format of all metrics of this process."""
    return generate_latest()
