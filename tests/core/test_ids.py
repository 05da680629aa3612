from __future__ import annotations

import time

import pytest

from service.core import ids
from service.core.ids import new_id

NEW_YEAR_NS = 1_767_225_600_000_000_000  # 2026-01-01


class TestNewId:
    @pytest.fixture(autouse=True)
    def _first_id_of_the_process(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(ids, "_last_tick", 0)

    def test_is_a_version_7_that_tells_its_time(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(time, "time_ns", lambda: NEW_YEAR_NS + 123_500_000)
        made = new_id()
        assert (made.version, made.variant) == (7, "specified in RFC 4122")
        assert made.int >> 80 == NEW_YEAR_NS // 1_000_000 + 123
        assert made.int >> 64 & 0xFFF == 2048  # half a millisecond

    def test_sorts_by_birth_within_a_millisecond_and_when_the_clock_goes_back(self, monkeypatch: pytest.MonkeyPatch):
        moments = iter([NEW_YEAR_NS] * 5000 + [0] * 10)
        monkeypatch.setattr(time, "time_ns", lambda: next(moments))
        made = [new_id() for _ in range(5010)]
        assert made == sorted(made)
        assert len(set(made)) == len(made)
