"""Ways to break the books behind the service's back, each with what the audit has to name for it.

`{...}` in a statement is a name of the life, or one of `WORDS`. What a finding is about is a name of the life too, or an
order's reference.
"""

from __future__ import annotations

from dataclasses import dataclass

# What statements may name besides the life: an id that nobody has, and the entry of the pending hold.
WORDS = {
    "nobody": "'00000000-0000-7000-8000-000000000000'",
    "placed": "(SELECT id FROM journal_entries WHERE kind = 'hold_placed' AND subject_id = '{pending_hold}')",
}


@dataclass(frozen=True, slots=True)
class Break:
    """Statements that do harm, which invariants name it, and the id that they give."""

    name: str
    sql: tuple[str, ...]
    named: frozenset[str]
    about: str


def _break(name: str, *sql: str, named: str, about: str) -> Break:
    return Break(name, sql, frozenset(named.split()), about)


BREAKS = (
    # The journal
    _break(
        "a posting of nothing",
        "ALTER TABLE postings DROP CONSTRAINT ck_postings_amount_positive",
        "INSERT INTO postings SELECT merchant_id, entry_id, 7, debit_account, credit_account, phase, 0, currency"
        " FROM postings WHERE entry_id = {placed}",
        named="posting_moves_something",
        about="line_id",
    ),
    _break(
        "a reservation booked as final",
        "UPDATE postings SET phase = 'posted' WHERE entry_id = {placed}",
        named="posting_keeps_to_its_phase",
        about="line_id",
    ),
    _break(
        "a posting in another currency",
        "UPDATE postings SET currency = 'USD' WHERE entry_id = {placed}",
        named="posting_is_in_currency_of_its_line",
        about="line_id",
    ),
    _break(
        "a posting that was removed",
        "DELETE FROM postings WHERE entry_id = {placed}",
        named="balances_equal_journal history_is_unbroken held_equals_holds hold_equals_its_journal",
        about="pending_hold",
    ),
    _break(
        "an entry that claims another exposure",
        "UPDATE journal_entries SET exposure_after_minor = exposure_after_minor + 1 WHERE id = {placed}",
        named="history_is_unbroken",
        about="line_id",
    ),
    _break(
        "a limit change that claims an exposure there never was",
        "UPDATE journal_entries SET exposure_after_minor = 12345 WHERE kind = 'line_frozen'",
        named="history_is_unbroken",
        about="line_id",
    ),
    # Lines
    _break(
        "an agreement in another currency than its books",
        "UPDATE credit_lines SET currency = 'USD' WHERE id = '{line_id}'",
        named="line_has_its_agreement",
        about="line_id",
    ),
    _break(
        "a balance one cent too high",
        "UPDATE balances SET receivable_minor = receivable_minor + 1 WHERE line_id = '{line_id}'",
        named="balances_equal_journal",
        about="line_id",
    ),
    _break(
        "a balance below zero",
        "ALTER TABLE balances DROP CONSTRAINT ck_balances_held_not_negative",
        "UPDATE balances SET held_minor = -1 WHERE line_id = '{line_id}'",
        named="balances_equal_journal no_account_below_zero",
        about="line_id",
    ),
    _break(
        "a hold on another line",
        "UPDATE holds SET line_id = {nobody} WHERE id = '{pending_hold}'",
        named="held_equals_holds",
        about="line_id",
    ),
    _break(
        "one unpaid document too many",
        "UPDATE credit_lines SET unpaid_count = unpaid_count + 1 WHERE id = '{line_id}'",
        named="unpaid_facts_equal_open_items",
        about="line_id",
    ),
    _break(
        "an oldest due date that is forgotten",
        "UPDATE credit_lines SET oldest_due_on = NULL WHERE id = '{line_id}'",
        named="unpaid_facts_equal_open_items",
        about="line_id",
    ),
    _break(
        "a paid document counted twice",
        "UPDATE credit_lines SET settled_count = settled_count + 1 WHERE id = '{line_id}'",
        named="punctuality_counts_paid_items",
        about="line_id",
    ),
    # Holds
    _break(
        "a hold called released that still reserves",
        "UPDATE holds SET status = 'released', resolved_at = created_at WHERE id = '{pending_hold}'",
        named="hold_resolves_at_most_once",
        about="pending_hold",
    ),
    _break(
        "a hold resolved twice",
        "ALTER TABLE holds DROP CONSTRAINT ck_holds_resolved_at_most_once",
        "UPDATE holds SET line_released_minor = 2 * line_amount_minor WHERE id = '{pending_hold}'",
        named="hold_resolves_at_most_once hold_equals_its_journal held_equals_holds",
        about="pending_hold",
    ),
    _break(
        "a hold of one cent more",
        "UPDATE holds SET line_amount_minor = line_amount_minor + 1 WHERE id = '{pending_hold}'",
        named="hold_equals_its_journal held_equals_holds",
        about="pending_hold",
    ),
    _break(
        "a hold that is gone",
        "DELETE FROM holds WHERE id = '{pending_hold}'",
        named="hold_equals_its_journal held_equals_holds approved_decision_has_its_hold",
        about="pending_hold",
    ),
    _break(
        "a hold without orders that claims some",
        "UPDATE holds SET is_attached = true WHERE id = '{pending_hold}'",
        named="hold_equals_its_orders",
        about="pending_hold",
    ),
    # Orders
    _break(
        "an order of another company than its hold",
        "UPDATE orders SET company_id = {nobody} WHERE ref = 'O-split-1'",
        named="order_belongs_to_its_hold",
        about="O-split-1",
    ),
    _break(
        "an order in two buckets",
        "UPDATE orders SET line_held_minor = 100 WHERE ref = 'O-part'",
        named="order_sits_in_one_bucket hold_equals_its_orders",
        about="O-part",
    ),
    _break(
        "an order called settled that is still held",
        "UPDATE orders SET status = 'settled' WHERE ref = 'O-split-1'",
        named="order_sits_in_one_bucket",
        about="O-split-1",
    ),
    _break(
        "an order billed for more than it is",
        "UPDATE orders SET line_billed_minor = line_billed_minor + 1 WHERE ref = 'O-monthly'",
        named="order_carries_what_is_owed order_equals_its_journal uninvoiced_equals_orders",
        about="O-monthly",
    ),
    _break(
        "a capture booked for nobody",
        "UPDATE journal_entries SET subject_id = {nobody} WHERE kind = 'capture'"
        " AND subject_id = (SELECT id FROM orders WHERE ref = 'O-part')",
        named="order_equals_its_journal hold_equals_its_journal",
        about="O-part",
    ),
    _break(
        "a correction called a goodwill",
        "UPDATE credit_notes SET kind = 'goodwill'",
        named="order_equals_its_document",
        about="O-returned",
    ),
    _break(
        "an order that owes a cent more than was reported",
        "UPDATE orders SET owed_minor = owed_minor + 1 WHERE ref = 'O-split-1'",
        named="order_carries_what_is_owed order_follows_its_events",
        about="O-split-1",
    ),
    _break(
        "a credit slip that is forgotten",
        "DELETE FROM order_events WHERE order_ref = 'O-part' AND kind = 'credit_slip'",
        named="order_follows_its_events",
        about="O-part",
    ),
    _break(
        "a cancellation that is forgotten",
        "UPDATE order_events SET outcome = 'flagged' WHERE order_ref = 'O-split-2'",
        named="order_follows_its_events",
        about="O-split-2",
    ),
    _break(
        "a capture for which nothing started",
        "UPDATE order_events SET payload = payload - 'meaning' WHERE order_ref = 'O-monthly'",
        named="order_follows_its_events",
        about="O-monthly",
    ),
    # Money
    _break(
        "a document that is open and called settled",
        "UPDATE open_items SET settled_on = issued_on WHERE document_ref = 'O-part'",
        named="open_item_adds_up",
        about="O-part",
    ),
    _break(
        "a document whose line carries a cent more",
        "UPDATE open_items SET line_open_minor = line_open_minor + 1 WHERE document_ref = 'O-part'",
        named="open_item_is_carried_by_its_line receivable_equals_open_items",
        about="O-part",
    ),
    _break(
        "an allocation taken back behind everybody's back",
        "UPDATE allocations SET reversed_at = allocated_at WHERE payment_id = '{part_payment}'",
        named="open_item_equals_its_allocations payment_adds_up",
        about="part_payment",
    ),
    _break(
        "a document of another shop than its order",
        "UPDATE open_items SET shop_id = {nobody} WHERE document_ref = 'O-part'",
        named="open_item_belongs_to_its_order",
        about="O-part",
    ),
    _break(
        "a payment refunded and used",
        "UPDATE payments SET refunded_minor = 1 WHERE id = '{part_payment}'",
        named="payment_adds_up",
        about="part_payment",
    ),
    _break(
        "a bounced payment that is in use",
        "UPDATE allocations SET reversed_at = NULL WHERE payment_id = '{bounced_payment}'",
        named="payment_adds_up open_item_equals_its_allocations",
        about="bounced_payment",
    ),
    _break(
        "money on account that its line does not carry",
        "UPDATE payments SET line_unallocated_minor = line_unallocated_minor + 1 WHERE id = '{over_payment}'",
        named="payment_is_carried_by_its_line on_account_equals_payments",
        about="over_payment",
    ),
    _break(
        "a credit note refunded and still there",
        "UPDATE credit_notes SET refunded_minor = 1",
        named="credit_note_adds_up",
        about="line_id",
    ),
    _break(
        "credit that its line does not carry",
        "UPDATE credit_notes SET line_unallocated_minor = line_unallocated_minor + 1",
        named="credit_note_is_carried_by_its_line credit_equals_credit_notes",
        about="line_id",
    ),
    # Decisions and messages
    _break(
        "a decision about another amount than was held",
        "UPDATE decisions SET amount_minor = amount_minor + 1 WHERE id = '{pending_hold}'",
        named="approved_decision_has_its_hold",
        about="pending_hold",
    ),
    _break(
        "a refusal called an approval",
        "UPDATE decisions SET outcome = 'approved' WHERE id = '{refused_decision}'",
        named="decision_follows_its_trace approved_decision_has_its_hold",
        about="refused_decision",
    ),
    _break(
        "an approval without room",
        "UPDATE decisions SET trace = jsonb_set(trace::jsonb, '{{credit,available}}', '\"0.01\"')::json"
        " WHERE id = '{pending_hold}'",
        named="decision_follows_its_trace",
        about="pending_hold",
    ),
    _break(
        "a trace that says nothing",
        "UPDATE decisions SET trace = '[]' WHERE id = '{pending_hold}'",
        named="decision_follows_its_trace",
        about="pending_hold",
    ),
    _break(
        "an approval above the limit by nobody",
        "UPDATE decisions SET trace = (trace::jsonb - 'staff_override')::json WHERE id = '{override_hold}'",
        named="decision_follows_its_trace hold_fitted_when_it_was_placed",
        about="override_hold",
    ),
    _break(
        "deliveries of a message that is gone",
        "DELETE FROM outbox_messages WHERE fanned_out_at IS NOT NULL",
        named="delivery_has_its_message",
        about="",
    ),
)
