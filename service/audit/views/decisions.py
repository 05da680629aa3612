"""Decisions and messages: nobody was given credit that the record does not allow, and nothing was told that is not there."""

from __future__ import annotations

from typing import Final

from service.audit.domain import Invariant, View, Within

__all__ = ["DECISIONS", "DELIVERIES", "HOLDS_PLACED"]

_NUMBER: Final = r"'^-?[0-9]+(\.[0-9]+)?$'"
_TRACE: Final = """
    LATERAL json_to_record(CASE WHEN json_typeof(decision.trace) = 'object' THEN decision.trace ELSE '{}' END)
        AS kept(outcome text, amount text, credit json, staff_override json)
"""
# Approved above the limit: by a person who took the responsibility, or because the agreement allows it.
_WAS_ALLOWED: Final = """
    coalesce(kept.staff_override ->> 'effect' = 'applied', false) OR coalesce(kept.credit ->> 'allow_exceed' = 'true', false)
"""


def _select_decisions(within: Within) -> str:
    return f"""
        SELECT decision.merchant_id, decision.id AS decision_id, decision.company_id, decision.outcome,
            kept.outcome AS recorded_outcome, decision.currency, decision.amount_minor,
            kept.amount AS recorded_amount, kept.credit ->> 'available' AS recorded_available,
            kept.credit IS NOT NULL AS has_credit, kept.credit ->> 'status' AS recorded_status,
            {_WAS_ALLOWED} AS was_allowed,
            coalesce(kept.amount, '') ~ {_NUMBER} AND coalesce(kept.credit ->> 'available', '0') ~ {_NUMBER} AS is_readable,
            (hold.company_id, hold.shop_id, hold.currency, hold.amount_minor) IS NOT DISTINCT FROM
                (decision.company_id, decision.shop_id, decision.currency, decision.amount_minor) AS is_of_hold
        FROM decisions decision
        CROSS JOIN {_TRACE}
        LEFT JOIN holds hold ON hold.merchant_id = decision.merchant_id AND hold.id = decision.id
        WHERE {within.companies("decision")}
    """  # noqa: S608 - built of this package's own constants


DECISIONS: Final = View(
    name="decisions",
    ids=("decision_id", "company_id"),
    select=_select_decisions,
    invariants=(
        Invariant(
            name="approved_decision_has_its_hold",
            description="An approved decision reserved its amount for the same company at the same shop.",
            broken="outcome = 'approved' AND NOT is_of_hold",
            shown=("outcome", "currency", "amount_minor"),
        ),
        Invariant(
            name="decision_follows_its_trace",
            description="A decision is what its trace says: approved only with room, by agreement, or by a person.",
            broken="recorded_outcome IS DISTINCT FROM outcome OR (outcome = 'approved' AND NOT was_allowed AND CASE"
            " WHEN NOT has_credit OR NOT is_readable OR recorded_status <> 'active' THEN true"
            " ELSE coalesce(recorded_amount::numeric > recorded_available::numeric, false) END)",
            shown=("outcome", "recorded_outcome", "recorded_amount", "recorded_available", "recorded_status"),
        ),
    ),
)


def _select_placed(within: Within) -> str:
    return f"""
        SELECT entry.merchant_id, entry.id AS entry_id, entry.subject_id AS hold_id, entry.line_id,
            entry.exposure_after_minor, entry.available_after_minor, coalesce(allowed.was_allowed, false) AS was_allowed
        FROM journal_entries entry
        LEFT JOIN LATERAL (
            SELECT {_WAS_ALLOWED} AS was_allowed FROM decisions decision CROSS JOIN {_TRACE}
            WHERE decision.merchant_id = entry.merchant_id AND decision.id = entry.subject_id
        ) allowed ON true
        WHERE entry.kind = 'hold_placed' AND entry.available_after_minor < 0 AND {within.lines("entry")}
    """  # noqa: S608 - built of this package's own constants


HOLDS_PLACED: Final = View(
    name="holds_placed",
    ids=("hold_id", "line_id", "entry_id"),
    select=_select_placed,
    invariants=(
        Invariant(
            name="hold_fitted_when_it_was_placed",
            description="No hold went over the limit of its moment, unless the agreement or a person allowed it.",
            broken="NOT was_allowed",
            shown=("exposure_after_minor", "available_after_minor"),
        ),
    ),
)


def _select_deliveries(within: Within) -> str:
    return f"""
        SELECT delivery.merchant_id, delivery.id AS delivery_id, delivery.message_id, delivery.status,
            message.id IS NOT NULL AS has_message,
            (message.sequence, message.subject_id) IS NOT DISTINCT FROM (delivery.sequence, delivery.subject_id)
                AS is_in_order,
            delivery.delivered_at IS NOT NULL AS is_delivered
        FROM webhook_deliveries delivery
        LEFT JOIN outbox_messages message
            ON message.merchant_id = delivery.merchant_id AND message.id = delivery.message_id
        WHERE {within.merchant("delivery")}
    """  # noqa: S608 - built of this package's own constants


DELIVERIES: Final = View(
    name="deliveries",
    ids=("delivery_id", "message_id"),
    select=_select_deliveries,
    is_of_lines=False,
    invariants=(
        Invariant(
            name="delivery_has_its_message",
            description="What is delivered to others is a message of the outbox, in its order.",
            broken="NOT has_message OR NOT is_in_order OR (status = 'delivered' AND NOT is_delivered)",
            shown=("status", "has_message", "is_in_order", "is_delivered"),
        ),
    ),
)
