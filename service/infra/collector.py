"""The garbage collector of a process that runs for long: it looks less often, and not at what will never die."""

from __future__ import annotations

import gc
from typing import Final

__all__ = ["settle_collector"]

# Nearly all that a request or a batch makes dies with its last reference; one batch alone makes more than the usual 700.
_COLLECT_EVERY: Final = 10_000


def settle_collector() -> None:
    """Call once all is imported and built: what exists now stays to the end, and is not walked through again and again.

    That walk takes milliseconds out of the middle of a request, and a quarter of the time of a worker that decides reminders.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY)
