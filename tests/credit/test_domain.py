"""Which limit binds, what fits under it, and what becomes of a hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.credit.domain import (
    CreditLimit,
    CreditPosition,
    HeldAmount,
    HoldStatus,
    LimitKind,
    LimitSource,
    LineStatus,
    TemporaryLimit,
    effective_limit,
)
from service.credit.errors import CaptureExceedsHold, HoldAlreadyResolved, ReleaseExceedsHold
from service.ledger.domain import Balances

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def amount(amount_minor: int, source: LimitSource = LimitSource.COMPANY, ref: str | None = None) -> CreditLimit:
    return CreditLimit(LimitKind.AMOUNT, amount_minor, source, ref)


def none(source: LimitSource = LimitSource.COMPANY) -> CreditLimit:
    return CreditLimit(LimitKind.NONE, None, source)


def unlimited(source: LimitSource = LimitSource.COMPANY) -> CreditLimit:
    return CreditLimit(LimitKind.UNLIMITED, None, source)


def position(
    limit: CreditLimit, *, held: int = 0, receivable: int = 0, tolerance_minor: int = 0, tolerance_bp: int = 0
) -> CreditPosition:
    return CreditPosition(
        currency="EUR",
        status=LineStatus.ACTIVE,
        limit=limit,
        balances=Balances(held=held, receivable=receivable),
        tolerance_minor=tolerance_minor,
        tolerance_bp=tolerance_bp,
    )


class TestCreditLimit:
    def test_an_amount_needs_an_amount(self) -> None:
        with pytest.raises(AssertionError):
            CreditLimit(LimitKind.AMOUNT, None, LimitSource.COMPANY)

    @pytest.mark.parametrize("kind", [LimitKind.NONE, LimitKind.UNLIMITED])
    def test_only_an_amount_has_one(self, kind: LimitKind) -> None:
        with pytest.raises(AssertionError):
            CreditLimit(kind, 0, LimitSource.COMPANY)

    def test_is_not_negative(self) -> None:
        with pytest.raises(AssertionError):
            amount(-1)


class TestEffectiveLimit:
    LEVELS = (
        ("company", amount(4, LimitSource.COMPANY)),
        ("group", amount(3, LimitSource.GROUP)),
        ("shop", amount(2, LimitSource.SHOP)),
        ("merchant", amount(1, LimitSource.MERCHANT)),
    )

    @pytest.mark.parametrize("first_set", range(4))
    def test_the_narrowest_level_that_sets_one_binds(self, first_set: int) -> None:
        given_levels = dict(self.LEVELS[first_set:])
        group = given_levels.get("group")
        limit = effective_limit(
            given_levels.get("company"),
            groups=() if group is None else (group,),
            shop=given_levels.get("shop"),
            merchant=given_levels.get("merchant"),
            now=NOW,
        )
        assert limit is self.LEVELS[first_set][1]

    def test_nothing_set_anywhere_gives_no_credit(self) -> None:
        limit = effective_limit(now=NOW)
        assert (limit.kind, limit.source) == (LimitKind.NONE, LimitSource.DEFAULT)

    def test_an_explicit_none_is_not_overruled_by_a_wider_level(self) -> None:
        assert effective_limit(none(), shop=unlimited(LimitSource.SHOP), now=NOW).kind is LimitKind.NONE

    @pytest.mark.parametrize("order", [1, -1])
    def test_the_lowest_of_several_groups_binds(self, order: int) -> None:
        groups = [amount(500, LimitSource.GROUP, "b2b"), amount(300, LimitSource.GROUP, "new")][::order]
        assert effective_limit(groups=groups, now=NOW).source_ref == "new"

    @pytest.mark.parametrize("order", [1, -1])
    def test_among_groups_an_amount_is_lower_than_unlimited(self, order: int) -> None:
        groups = [unlimited(LimitSource.GROUP), amount(300, LimitSource.GROUP)][::order]
        assert effective_limit(groups=groups, now=NOW).amount_minor == 300

    @pytest.mark.parametrize("order", [1, -1])
    def test_among_groups_none_is_lower_than_any_amount(self, order: int) -> None:
        groups = [none(LimitSource.GROUP), amount(0, LimitSource.GROUP)][::order]
        assert effective_limit(groups=groups, now=NOW).kind is LimitKind.NONE

    @pytest.mark.parametrize("own", [None, none(), amount(100), amount(900), unlimited()])
    def test_a_temporary_limit_replaces_the_companys_own(self, own: CreditLimit | None) -> None:
        until = NOW + timedelta(days=1)
        limit = effective_limit(own, temporary=TemporaryLimit(500, until), now=NOW)
        assert limit == CreditLimit(LimitKind.AMOUNT, 500, LimitSource.TEMPORARY, until.isoformat())

    def test_a_temporary_limit_binds_until_just_before_its_end(self) -> None:
        temporary = TemporaryLimit(500, NOW)
        just_before = NOW - timedelta(microseconds=1)
        assert effective_limit(amount(100), temporary=temporary, now=just_before).amount_minor == 500

    def test_a_temporary_limit_is_over_at_its_end(self) -> None:
        temporary = TemporaryLimit(500, NOW)
        assert effective_limit(amount(100), temporary=temporary, now=NOW).amount_minor == 100


class TestCreditPosition:
    def test_exposure_counts_each_bucket_once(self) -> None:
        balances = Balances(held=1, uninvoiced=20, receivable=300, on_account=4, credit_notes=50)
        line = CreditPosition(currency="EUR", status=LineStatus.ACTIVE, limit=amount(1000), balances=balances)
        assert line.exposure_minor == 1 + 20 + 300 - 4 - 50

    def test_reaching_the_limit_exactly_is_allowed(self) -> None:
        assert position(amount(1000), held=400).fits(600)

    def test_one_minor_unit_above_the_limit_is_not(self) -> None:
        assert not position(amount(1000), held=400).fits(601)

    @pytest.mark.parametrize(
        ("tolerance_minor", "tolerance_bp", "ceiling"),
        [(0, 0, 1000), (50, 0, 1050), (0, 500, 1050), (50, 500, 1100), (0, 5, 1001), (0, 4, 1000)],
    )
    def test_both_tolerances_add_to_the_limit(self, tolerance_minor: int, tolerance_bp: int, ceiling: int) -> None:
        line = position(amount(1000), tolerance_minor=tolerance_minor, tolerance_bp=tolerance_bp)
        assert (line.ceiling_minor, line.fits(ceiling), line.fits(ceiling + 1)) == (ceiling, True, False)

    @pytest.mark.parametrize("limit", [none(), amount(0)])
    def test_nothing_fits_where_there_is_no_credit_whatever_the_tolerance(self, limit: CreditLimit) -> None:
        line = position(limit, tolerance_minor=500, tolerance_bp=10_000)
        assert (line.ceiling_minor, line.fits(1)) == (0, False)

    def test_the_smallest_limit_is_credit(self) -> None:
        line = position(amount(1))
        assert (line.fits(1), line.fits(2), line.over_limit_minor) == (True, False, 0)

    def test_money_on_account_gives_no_credit_where_the_limit_is_none(self) -> None:
        for limit in (none(), amount(0)):
            balances = Balances(on_account=10_000)
            line = CreditPosition(currency="EUR", status=LineStatus.ACTIVE, limit=limit, balances=balances)
            assert not line.fits(1)

    def test_money_on_account_makes_room_at_once(self) -> None:
        balances = Balances(receivable=1000, on_account=300)
        line = CreditPosition(currency="EUR", status=LineStatus.ACTIVE, limit=amount(1000), balances=balances)
        assert (line.fits(300), line.fits(301)) == (True, False)

    def test_unlimited_has_no_ceiling(self) -> None:
        line = position(unlimited(), receivable=10**12)
        assert (line.ceiling_minor, line.available_minor, line.available_credit) == (None, None, None)
        assert line.fits(10**12)
        assert line.over_limit_minor == 0

    def test_a_lowered_limit_leaves_less_than_nothing_but_shows_zero(self) -> None:
        line = position(amount(600), receivable=1000)
        assert (line.available_minor, line.available_credit, line.over_limit_minor) == (-400, 0, 400)

    def test_what_is_above_the_limit_is_said_tolerated_or_not(self) -> None:
        line = position(amount(1000), receivable=1030, tolerance_minor=50)
        assert (line.over_limit_minor, line.available_minor) == (30, 20)

    def test_all_exposure_is_above_a_limit_of_none(self) -> None:
        assert position(none(), receivable=70).over_limit_minor == 70


class TestHeldAmount:
    def test_starts_pending_with_all_of_it_open(self) -> None:
        hold = HeldAmount(1000)
        assert (hold.status, hold.open_minor) == (HoldStatus.PENDING, 1000)

    def test_reserves_something(self) -> None:
        with pytest.raises(AssertionError):
            HeldAmount(0)

    def test_captures_and_releases_something(self) -> None:
        with pytest.raises(AssertionError):
            HeldAmount(1000).capture(0)
        with pytest.raises(AssertionError):
            HeldAmount(1000).release(0)

    def test_a_single_minor_unit_is_captured_or_released(self) -> None:
        assert HeldAmount(1).capture(1).status is HoldStatus.CAPTURED
        assert HeldAmount(1).release(1).status is HoldStatus.RELEASED

    def test_captured_whole(self) -> None:
        assert HeldAmount(1000).capture(1000) == HeldAmount(1000, 1000, 0, HoldStatus.CAPTURED)

    def test_a_captured_part_leaves_the_rest_reserved(self) -> None:
        hold = HeldAmount(1000).capture(400)
        assert (hold.status, hold.open_minor) == (HoldStatus.PENDING, 600)

    def test_a_captured_part_can_give_back_the_rest(self) -> None:
        assert HeldAmount(1000).capture(400, release_rest=True) == HeldAmount(1000, 400, 600, HoldStatus.CAPTURED)

    def test_capturing_exactly_what_is_open_is_allowed(self) -> None:
        assert HeldAmount(1000).capture(400).capture(600).status is HoldStatus.CAPTURED

    def test_capturing_one_minor_unit_more_is_refused(self) -> None:
        hold = HeldAmount(1000).capture(400)
        with pytest.raises(CaptureExceedsHold) as refused:
            hold.capture(601)
        assert refused.value.facts == {"open_minor": 600, "requested_minor": 601}

    def test_released_whole(self) -> None:
        assert HeldAmount(1000).release() == HeldAmount(1000, 0, 1000, HoldStatus.RELEASED)

    def test_a_released_part_leaves_the_rest_reserved(self) -> None:
        hold = HeldAmount(1000).release(300)
        assert (hold.status, hold.open_minor) == (HoldStatus.PENDING, 700)

    def test_a_release_never_reaches_what_is_captured(self) -> None:
        hold = HeldAmount(1000).capture(400)
        with pytest.raises(ReleaseExceedsHold):
            hold.release(601)

    def test_with_a_part_captured_it_counts_as_captured_however_it_ends(self) -> None:
        hold = HeldAmount(1000).capture(400)
        assert hold.release() == hold.expire() == HeldAmount(1000, 400, 600, HoldStatus.CAPTURED)

    def test_expired(self) -> None:
        assert HeldAmount(1000).expire() == HeldAmount(1000, 0, 1000, HoldStatus.EXPIRED)

    @pytest.mark.parametrize(
        "resolved", [HeldAmount(1000).capture(1000), HeldAmount(1000).release(), HeldAmount(1000).expire()]
    )
    def test_resolves_at_most_once(self, resolved: HeldAmount) -> None:
        again: tuple[Callable[[], HeldAmount], ...] = (lambda: resolved.capture(1), resolved.release, resolved.expire)
        for attempt in again:
            with pytest.raises(HoldAlreadyResolved) as refused:
                attempt()
            assert refused.value.facts == {"hold_status": resolved.status.value}

    @given(
        amount_minor=st.integers(1, 50),
        steps=st.lists(st.tuples(st.sampled_from(["capture", "release", "expire"]), st.integers(1, 20)), max_size=12),
    )
    def test_no_unit_is_captured_and_released(self, amount_minor: int, steps: list[tuple[str, int]]) -> None:
        hold, captured, released = HeldAmount(amount_minor), 0, 0
        for verb, part in steps:
            try:
                match verb:
                    case "capture":
                        hold, captured = hold.capture(part), captured + part
                    case "release":
                        hold, released = hold.release(part), released + part
                    case _:
                        released += hold.open_minor
                        hold = hold.expire()
            except (CaptureExceedsHold, ReleaseExceedsHold, HoldAlreadyResolved):
                pass
            assert (hold.captured_minor, hold.released_minor) == (captured, released)
            assert captured + released + hold.open_minor == amount_minor
