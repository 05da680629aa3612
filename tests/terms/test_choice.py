"""Which terms a company may choose: narrower beats wider, and nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.terms.choice import (
    DroppedTerms,
    DropReason,
    TermsLevel,
    TermsStatement,
    allowed_terms_for,
)

KNOWN = {"net_7": True, "net_30": True, "net_45": True, "net_60": True, "old": False}
COMPANY, GROUP, SHOP, MERCHANT = TermsLevel


def says(level: TermsLevel, *, default: str | None = None, allowed: list[str] | None = None) -> TermsStatement:
    return TermsStatement(level=level, default=default, allowed=allowed)


class TestAllowedTermsFor:
    @pytest.mark.parametrize(
        ("statements", "allowed", "default"),
        [
            # Nobody says anything.
            ([], (), None),
            # The merchant's default alone.
            ([says(MERCHANT, default="net_30")], ("net_30",), "net_30"),
            # Narrower lists replace wider ones, they are not added up.
            (
                [says(COMPANY, allowed=["net_60"]), says(GROUP, allowed=["net_45"]), says(MERCHANT, allowed=["net_7"])],
                ("net_60",),
                "net_60",
            ),
            ([says(GROUP, allowed=["net_45"]), says(SHOP, allowed=["net_7"])], ("net_45",), "net_45"),
            ([says(SHOP, allowed=["net_7"]), says(MERCHANT, allowed=["net_30"])], ("net_7",), "net_7"),
            # Lists of several groups count together, in the order of the groups; the first default wins.
            (
                [
                    says(GROUP, allowed=["net_45", "net_30"]),
                    says(GROUP, default="net_30", allowed=["net_60", "net_30"]),
                    says(GROUP, default="net_60"),
                ],
                ("net_45", "net_30", "net_60"),
                "net_30",
            ),
            # A default from a narrower level than the list is allowed without being listed.
            (
                [says(COMPANY, default="net_60"), says(MERCHANT, allowed=["net_30", "net_45"])],
                ("net_60", "net_30", "net_45"),
                "net_60",
            ),
            # So is one from the same level.
            ([says(SHOP, default="net_60", allowed=["net_30"])], ("net_60", "net_30"), "net_60"),
            # A wider default counts when the narrower list has it, wherever it stands there.
            (
                [says(COMPANY, allowed=["net_45", "net_30"]), says(SHOP, default="net_30")],
                ("net_45", "net_30"),
                "net_30",
            ),
            # Else the first of the list stands in.
            (
                [says(COMPANY, allowed=["net_45", "net_60"]), says(SHOP, default="net_30")],
                ("net_45", "net_60"),
                "net_45",
            ),
            # An empty list allows nothing and inherits nothing.
            ([says(COMPANY, allowed=[]), says(SHOP, default="net_30", allowed=["net_30"])], (), None),
        ],
    )
    def test_narrower_beats_wider(self, statements, allowed, default):
        choice = allowed_terms_for(statements, known=KNOWN)
        assert (choice.allowed, choice.default) == (allowed, default)
        assert choice.dropped == ()

    def test_says_who_decided(self):
        choice = allowed_terms_for([says(COMPANY, default="net_30"), says(SHOP, allowed=["net_30"])], known=KNOWN)
        assert (choice.allowed_by, choice.default_by) == (SHOP, COMPANY)

    def test_unknown_and_inactive_codes_are_left_out_and_reported(self):
        choice = allowed_terms_for([says(COMPANY, allowed=["gone", "net_30", "old"])], known=KNOWN)
        assert choice.allowed == ("net_30",)
        assert choice.dropped == (DroppedTerms("gone", DropReason.UNKNOWN), DroppedTerms("old", DropReason.INACTIVE))

    def test_a_broken_list_falls_back_to_no_wider_one(self):
        choice = allowed_terms_for([says(COMPANY, allowed=["gone"]), says(MERCHANT, allowed=["net_30"])], known=KNOWN)
        assert (choice.allowed, choice.default) == ((), None)

    @pytest.mark.parametrize("broken", ["gone", "old"])
    def test_a_broken_default_leaves_the_choice_to_the_buyer(self, broken):
        choice = allowed_terms_for(
            [says(COMPANY, default=broken), says(MERCHANT, default="net_30", allowed=["net_30", "net_60"])], known=KNOWN
        )
        assert (choice.allowed, choice.default, choice.default_by) == (("net_30", "net_60"), None, None)
        assert [dropped.code for dropped in choice.dropped] == [broken]

    @given(
        statements=st.lists(
            st.builds(
                TermsStatement,
                level=st.sampled_from(TermsLevel),
                default=st.none() | st.sampled_from([*KNOWN, "gone"]),
                allowed=st.none() | st.lists(st.sampled_from([*KNOWN, "gone"]), max_size=4),
            ),
            max_size=6,
        )
    )
    def test_offers_only_active_terms_each_once_and_a_default_among_them(self, statements):
        choice = allowed_terms_for(statements, known=KNOWN)
        assert all(KNOWN.get(code) for code in choice.allowed)
        assert len(set(choice.allowed)) == len(choice.allowed)
        assert choice.default is None or choice.default in choice.allowed
        named = {code for said in statements for code in [said.default, *(said.allowed or [])]}
        assert set(choice.allowed) <= named
        assert {dropped.code for dropped in choice.dropped} <= named
