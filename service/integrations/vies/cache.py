"""Clear answers kept for a while in this process, so that one company seen in many shops is asked about once."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta

from service.companies.vat import VatCheckResult, VatNumber, VatStatus
from service.core.clock import Clock

__all__ = ["VatAnswerCache"]

# The requester is part of the key: a consultation number proves the check for the merchant who asked, no other.
CacheKey = tuple[VatNumber, VatNumber | None]


class VatAnswerCache:
    """Bounded; the answer used longest ago makes room. An `unknown` is never kept: it must be asked again."""

    def __init__(self, *, clock: Clock, max_entries: int, valid_for: timedelta, invalid_for: timedelta) -> None:
        self._clock = clock
        self._max_entries = max_entries
        self._lifetime = {VatStatus.VALID: valid_for, VatStatus.INVALID: invalid_for}
        self._answers: OrderedDict[CacheKey, VatCheckResult] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, number: VatNumber, requester: VatNumber | None) -> VatCheckResult | None:
        key = (number, requester)
        answer = self._answers.get(key)
        if answer is None:
            return None
        if self._clock.now() - answer.checked_at >= self._lifetime[answer.status]:
            del self._answers[key]
            return None
        self._answers.move_to_end(key)
        return answer

    def put(self, number: VatNumber, requester: VatNumber | None, answer: VatCheckResult) -> None:
        assert answer.is_clear, "only a yes or a no may be kept"
        self._answers[number, requester] = answer
        self._answers.move_to_end((number, requester))
        while len(self._answers) > self._max_entries:
            self._answers.popitem(last=False)
