"""Rules tried on real companies before they go live: who would gain, who would lose (N02)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from service.eligibility.domain import Decision, Outcome

__all__ = ["SimulatedEffect", "SimulatedOutcome"]

CompanyKey = TypeVar("CompanyKey")


class SimulatedEffect(StrEnum):
    """Seen from the company. Declined to referred is a gain, approved to referred a loss."""

    GAINS = "gains"
    LOSES = "loses"
    UNCHANGED = "unchanged"


_RANKS: Final = {Outcome.DECLINED: 0, Outcome.REFERRED: 1, Outcome.APPROVED: 2}


@dataclass(frozen=True, slots=True)
class SimulatedOutcome(Generic[CompanyKey]):
    """One company under two policies; both decisions are whole, so that each can be explained.

    Overrides, groups and limits are the same in both: a company denied by hand gains from no rule.
    """

    company: CompanyKey
    before: Decision
    after: Decision

    @property
    def effect(self) -> SimulatedEffect:
        change = _RANKS[self.after.outcome] - _RANKS[self.before.outcome]
        if change == 0:
            return SimulatedEffect.UNCHANGED
        return SimulatedEffect.GAINS if change > 0 else SimulatedEffect.LOSES
