"""A decision as it is kept with the hold: complete, plain and small."""

from __future__ import annotations

import json
from datetime import timedelta

from service.credit.domain import CreditLimit, LimitKind, LimitSource
from service.eligibility.domain import decide
from service.eligibility.inputs import ManualOverride, OverridePosition, PolicySettings, StaffOverride
from service.eligibility.trace import to_trace
from tests.eligibility.cases import NOW, TWO_ORDERS, credit, facts, inputs, rules


class TestToTrace:
    def test_of_an_approval(self) -> None:
        known = facts(completed_orders=5, unpaid_orders=1, overdue_days=0)
        settings = PolicySettings(unpaid_orders_allowed=3, overdue_margin_days=0, minimum_order_minor=1_000)
        line = credit(used_minor=20_000, tolerance_bp=500)
        trace = to_trace(decide(inputs(facts=known, settings=settings, credit=line), rules(TWO_ORDERS)))
        assert trace == {
            "outcome": "approved",
            "decided_by": "rules",
            "reasons": [{"code": "rules_met"}],
            "amount": "100.00",
            "currency": "EUR",
            "steps": {
                "silent": [
                    "company",
                    "line",
                    "manual_deny",
                    "manual_allow",
                    "group_deny",
                    "group_allow",
                    "default_deny",
                    "unpaid_block",
                    "overdue_block",
                    "order_amount",
                    "credit",
                    "staff_override",
                ],
                "approve": ["rules"],
            },
            "rules_version": 7,
            "rules": [
                {
                    "fact": "completed_orders",
                    "op": "gte",
                    "required": 2,
                    "measured": 5,
                    "answer": "pass",
                    "source": "shop",
                    "as_of": "2026-03-01",
                }
            ],
            "credit": {
                "status": "active",
                "limit": "1000.00",
                "limit_from": "company",
                "limit_ref": "C-1",
                "exposure": "200.00",
                "available": "850.00",
                "ceiling": "1050.00",
            },
            "blocks": {
                "unpaid_orders": {"measured": 1, "allowed": 3},
                "overdue_days": {"measured": 0, "allowed": 0},
                "minimum_order": "10.00",
            },
        }

    def test_of_a_decline_with_nothing_known(self) -> None:
        settings = PolicySettings(unpaid_orders_allowed=0, maximum_order_minor=5_000)
        trace = to_trace(decide(inputs(credit=None, facts={}, settings=settings), None))
        assert trace["reasons"] == [{"code": "no_credit_line"}]
        assert trace["steps"]["decline"] == ["line", "default_deny", "unpaid_block", "order_amount"]
        assert trace["blocks"] == {"unpaid_orders": {"measured": None, "allowed": 0}, "maximum_order": "50.00"}
        assert trace.keys().isdisjoint({"rules", "rules_version", "credit", "groups", "overrides", "staff_override"})

    def test_shows_an_unlimited_line(self) -> None:
        line = credit(used_minor=500, allow_exceed=True)
        unlimited = CreditLimit(LimitKind.UNLIMITED, None, LimitSource.MERCHANT)
        trace = to_trace(decide(inputs(credit=line._replace(limit=unlimited)), None))
        assert trace["credit"] == {
            "status": "active",
            "limit": "unlimited",
            "limit_from": "merchant",
            "exposure": "5.00",
            "available": None,
            "allow_exceed": True,
        }

    def test_shows_overrides_and_groups_whether_they_decided_or_not(self) -> None:
        ended = ManualOverride(OverridePosition.DENY, "pays nobody", "ana", NOW - timedelta(days=1))
        standing = ManualOverride(OverridePosition.ALLOW, "known for years", "ben")
        trace = to_trace(
            decide(inputs(overrides=(ended, standing), denied_by_groups=("late",), allowed_by_groups=("vip",)), None)
        )
        assert trace["decided_by"] == "manual_allow"
        assert trace["groups"] == {"deny": ["late"], "allow": ["vip"]}
        assert trace["overrides"] == [
            {
                "position": "deny",
                "reason": "pays nobody",
                "author": "ana",
                "until": "2026-03-01T09:00:00+00:00",
                "is_active": False,
            },
            {"position": "allow", "reason": "known for years", "author": "ben", "until": None, "is_active": True},
        ]

    def test_keeps_what_staff_overruled(self) -> None:
        override = StaffOverride("ana", "paid half in advance")
        trace = to_trace(decide(inputs(credit=credit(limit_minor=9_000), staff_override=override), rules(TWO_ORDERS)))
        assert trace["staff_override"] == {
            "author": "ana",
            "reason": "paid half in advance",
            "effect": "applied",
            "overruled": {
                "outcome": "declined",
                "decided_by": "credit",
                "reasons": [{"code": "over_limit", "subject": "10.00"}],
            },
        }

    def test_shows_an_override_that_could_not_help(self) -> None:
        trace = to_trace(decide(inputs(credit=None, staff_override=StaffOverride("ana", "a friend")), None))
        assert trace["staff_override"] == {"author": "ana", "reason": "a friend", "effect": "refused"}

    def test_amounts_have_the_decimals_of_their_currency(self) -> None:
        line = credit()
        yen = line._replace(currency="JPY")
        trace = to_trace(decide(inputs(currency="JPY", credit=yen), None))
        assert (trace["amount"], trace["credit"]["available"]) == ("10000", "100000")

    def test_of_eight_rules_stays_small(self) -> None:
        names = ["completed_orders", "completed_orders_12m", "employees", "return_rate_bp", "account_age_days"]
        names += ["days_since_first_order", "average_days_late", "max_days_late"]
        eight = rules({"all": [{"fact": name, "op": "lte", "value": 5_000} for name in names]})
        trace = to_trace(decide(inputs(facts=facts(**dict.fromkeys(names, 1234))), eight))
        assert len(json.dumps(trace, separators=(",", ":"))) < 1_500
