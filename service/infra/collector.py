"""The garbage collector of a process that runs for long: it looks less often, and not at what will never die."""

from __future__ import annotations

import gc
from typing import Final

__all__ = ["OF_A_SERVER", "OF_A_WORKER", "settle_collector"]

# How much is made between two looks. Nearly all of it dies with its last reference: what a few dozen requests make, or
# what a batch of reminders does.
OF_A_SERVER: Final = 10_000
OF_A_WORKER: Final = 50_000


def settle_collector(made_between: int) -> None:
    """Call once all is imported and built: what exists now stays to the end, and is not walked through again and again.

    That walk takes milliseconds out of the middle of a request, and a third of the time of a worker that decides reminders.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(made_between)
