"""What the module asks the service for the merchant's staff: configuration, order page, customer page, new orders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.bridge.stories import ATTACH, BUYER, CART, COMPANY, HASH, MOULIN, let_in
from tests.bridge.talk import Talk

__all__ = ["STAFF_STORIES"]

ORDER = "/v1/orders/{order}"
ITEM = "/v1/open-items/{item}"
SHOP = "/v1/shops/{shop}"
ESSENTIALS = "/v1/policy/essentials"


async def connection(talk: Talk) -> None:
    """A key is tried and says what it is."""
    await talk.say("key-shown", "GET", "/v1/key")
    await talk.say("shops-listed", "GET", "/v1/shops?limit=2")
    await talk.say("shops-key-refused", "GET", "/v1/shops?limit=2", key="enc_shop_wrong")


async def configuration(talk: Talk) -> None:
    """The essentials are shown, set, and not set over rules of the merchant's own."""
    await talk.say("essentials-none", "GET", ESSENTIALS)
    await talk.say("terms-listed", "GET", "/v1/terms")
    await talk.say("shop-settings-shown", "GET", "/v1/shops/main/settings", shown=SHOP + "/settings")
    await talk.say("groups-none", "GET", "/v1/groups?limit=200")
    essentials = {
        "admission": "requirements",
        "requirements": {
            "valid_vat_number": True,
            "vat_unknown": "refer",
            "completed_orders": 2,
            "net_spend_12m": "500.00",
        },
        "settings": {
            "currency": "EUR",
            "unpaid_orders_allowed": None,
            "overdue_margin_days": 10,
            "minimum_order": None,
            "maximum_order": None,
            "over_limit": "decline",
            "hide_when_credit_insufficient": False,
        },
        "replace_custom": False,
        "reason": "Configuration page of the shop",
    }
    await talk.say("essentials-put", "PUT", ESSENTIALS, essentials)
    await talk.say("essentials-shown", "GET", ESSENTIALS)
    settings = {
        "start_statuses": ["4", "5"],
        "cancel_statuses": ["6"],
        "default_limit": {"kind": "amount", "amount": "1500.00", "currency": "EUR"},
        "default_terms": "net_30",
        "allowed_terms": ["net_30", "net_60"],
        "terms_agreed_in_contract": True,
        "reminder_policy": "gentle",
        "bank_account": {"holder": "Moulin", "iban": "FR7630006000011234567890189", "bic": None},
    }
    patch = {"settings": settings, "reason": "Configuration page of the shop"}
    await talk.say("shop-patched", "PATCH", "/v1/shops/main", patch, shown=SHOP)
    await talk.say("shop-settings-set", "GET", "/v1/shops/main/settings", shown=SHOP + "/settings")
    wrong = {"bank_account": {"holder": "Moulin", "iban": "FR7630006000011234567890188", "bic": None}}
    await talk.say("shop-iban-refused", "PATCH", "/v1/shops/main", {**patch, "settings": wrong}, shown=SHOP)
    allowing = {
        "name": "Customer",
        "position": "allow",
        "limit": None,
        "default_terms": None,
        "allowed_terms": None,
        "reason": "Configuration page of the shop",
    }
    await talk.say("group-set-by-staff", "PUT", "/v1/groups/ps-3", allowing, shown="/v1/groups/{group}")
    await talk.say("groups-listed", "GET", "/v1/groups?limit=200")
    rules = {"any": [{"fact": "turnover", "op": "gte", "value": "100000.00"}]}
    await talk.prepare("PUT", "/v1/policy", {"rules": rules, "settings": {"currency": "EUR"}, "reason": "Own rules"})
    await talk.say("essentials-custom", "GET", ESSENTIALS)
    await talk.say("essentials-custom-kept", "PUT", ESSENTIALS, essentials)


async def callback(talk: Talk) -> None:
    """The service is told where the shop listens; the secret is shown once."""
    body = {"url": "https://shop.test/module/encours/callback", "event_types": ["order.settled"]}
    await talk.say("webhooks-none", "GET", "/v1/webhooks?limit=200")
    await talk.say("callback-put", "PUT", "/v1/callback", body)
    again = await talk.say("callback-put-again", "PUT", "/v1/callback", body)
    await talk.say("webhooks-listed", "GET", "/v1/webhooks?limit=200")
    webhook, path = again["id"], "/v1/webhooks/{webhook}"
    rotate = {"overlap_hours": 0}
    await talk.say(
        "callback-secret", "POST", f"/v1/webhooks/{webhook}/rotate-secret", rotate, shown=path + "/rotate-secret"
    )
    await talk.prepare("PATCH", f"/v1/webhooks/{webhook}", {"is_enabled": False})
    await talk.say("callback-put-disabled", "PUT", "/v1/callback", body)


async def order_page(talk: Talk) -> None:
    """An order is looked at, grows over the limit, is shipped, extended, disputed, promised and paid in parts."""
    await let_in(talk, limit="150.00")
    hold = (await talk.prepare("POST", "/v1/holds", {**CART, "cart": "55", "terms": "net_30"}))["hold_id"]
    one = {"ref": "REFAAAA55", "amount": "120.00", "placed_at": "2026-03-02T09:00:00.000000Z"}
    await talk.prepare("POST", f"/v1/holds/{hold}/orders", {"orders": [one]})
    path, events = "/v1/orders/REFAAAA55", "/v1/orders/REFAAAA55/events"
    await talk.say("order-held", "GET", path, shown=ORDER)
    await talk.say("decision-approved", "GET", f"/v1/decisions/{hold}", shown="/v1/decisions/{hold}")
    grown = {
        "event_id": "edit-1-1",
        "kind": "edited",
        "occurred_at": "2026-03-02T09:00:20Z",
        "amount": "200.00",
        "currency": "EUR",
    }
    talk.at("2026-03-02T09:01:00+00:00")
    await talk.prepare("POST", events, grown)
    await talk.say("order-flagged", "GET", path, shown=ORDER)
    await talk.say("events-flagged", "GET", events, shown=ORDER + "/events")
    accepted = {"reason": "Known customer (Ada Admin)"}
    await talk.say(
        "event-confirmed", "POST", f"{events}/edit-1-1/confirm", accepted, shown=ORDER + "/events/{event}/confirm"
    )
    await talk.say("events-confirmed", "GET", events, shown=ORDER + "/events")
    talk.at("2026-03-03T09:01:00+00:00")
    shipped = {"event_id": "history-3", "kind": "status", "occurred_at": "2026-03-03T09:00:00Z", "status": "4"}
    await talk.prepare("POST", events, shipped)
    await talk.say("order-invoiced", "GET", path, shown=ORDER)
    listed = "/v1/open-items?document={order}&limit=50"
    items = await talk.say("items-of-order", "GET", listed.format(order="REFAAAA55"), shown=listed)
    item = items["items"][0]["id"]
    part = {"method": "cheque", "reference": "CHQ 88", "received_on": "2026-03-03", "amount": "50.00"}
    await talk.say("order-part-paid", "POST", f"{path}/mark-paid", part, shown=ORDER + "/mark-paid")
    much = {**part, "amount": "1000.00"}
    await talk.say("order-paid-too-much", "POST", f"{path}/mark-paid", much, shown=ORDER + "/mark-paid")
    later = {"due_on": "2026-09-30", "reason": "Agreed by phone (Ada Admin)"}
    await talk.say("item-extended", "POST", f"/v1/open-items/{item}/extend", later, shown=ITEM + "/extend")
    broken = {"reason": "One mug broken (Ada Admin)"}
    await talk.say("item-disputed", "POST", f"/v1/open-items/{item}/dispute", broken, shown=ITEM + "/dispute")
    promise = {"on": "2026-03-20", "amount": "20.00"}
    await talk.say("item-promised", "POST", f"/v1/open-items/{item}/promise", promise, shown=ITEM + "/promise")
    await talk.say("items-disputed", "GET", listed.format(order="REFAAAA55"), shown=listed)
    await talk.say("dispute-ended", "DELETE", f"/v1/open-items/{item}/dispute", shown=ITEM + "/dispute")
    await talk.say("promise-ended", "DELETE", f"/v1/open-items/{item}/promise", shown=ITEM + "/promise")
    rest = {"method": "bank_transfer", "received_on": "2026-03-03"}
    await talk.say("order-settled", "POST", f"{path}/mark-paid", rest, shown=ORDER + "/mark-paid")
    await talk.say("order-nothing-open", "POST", f"{path}/mark-paid", rest, shown=ORDER + "/mark-paid")
    await talk.say("order-unknown", "GET", "/v1/orders/NOBODYS", shown=ORDER)
    nobodys = "/v1/decisions/018f0000-0000-7000-8000-000000009999"
    await talk.say("decision-unknown", "GET", nobodys, shown="/v1/decisions/{hold}")


async def customer_page(talk: Talk) -> None:
    """A customer's credit is changed, limited for a time, frozen, and the customer denied by hand."""
    credit, override = COMPANY + "/credit", COMPANY + "/override"
    await talk.say("staff-company-unknown", "GET", "/v1/companies/3", shown=COMPANY)
    await talk.prepare("PUT", "/v1/companies/3", MOULIN)
    agreed = {
        "kind": "amount",
        "amount": "5000.00",
        "currency": "EUR",
        "tolerance_amount": "10.00",
        "tolerance_bp": 100,
        "allow_exceed": True,
        "reason": "Agreed (Ada Admin)",
    }
    await talk.say("staff-limit", "PUT", "/v1/companies/3/credit/limit", agreed, shown=credit + "/limit")
    await talk.say("staff-credit", "GET", "/v1/companies/3/credit", shown=credit)
    until = {"amount": "9000.00", "currency": "EUR", "until": "2026-06-30T23:59:59+02:00", "reason": "Fair (Ada Admin)"}
    path = "/v1/companies/3/credit/temporary-limit"
    await talk.say("staff-temporary", "PUT", path, until, shown=credit + "/temporary-limit")
    ended = "?reason={reason}&currency={currency}"
    await talk.say(
        "staff-temporary-ended",
        "DELETE",
        path + ended.format(reason="Over", currency="EUR"),
        shown=credit + "/temporary-limit" + ended,
    )
    why = {"reason": "Cheque bounced (Ada Admin)", "currency": "EUR"}
    await talk.say("staff-frozen", "POST", "/v1/companies/3/credit/freeze", why, shown=credit + "/freeze")
    await talk.say("staff-frozen-already", "POST", "/v1/companies/3/credit/freeze", why, shown=credit + "/freeze")
    await talk.say("staff-unfrozen", "POST", "/v1/companies/3/credit/unfreeze", why, shown=credit + "/unfreeze")
    denied = {"position": "deny", "reason": "Owes elsewhere (Ada Admin)", "until": "2026-06-30T23:59:59+02:00"}
    await talk.say("staff-denied", "PUT", "/v1/companies/3/override", denied, shown=override)
    await talk.say("staff-company-denied", "GET", "/v1/companies/3", shown=COMPANY)
    lifted = "/v1/companies/3/override?reason=Paid"
    await talk.say("staff-denial-lifted", "DELETE", lifted, shown=override + "?reason={reason}")


async def reminders_on_the_order_page(talk: Talk) -> None:
    """An order is reminded before its day, a step is left out, reminders are paused and resumed, and it is paid."""
    await let_in(talk)
    await talk.prepare("PATCH", "/v1/shops/main", {"settings": {"reminder_policy": "standard"}})
    item = await _shipped(talk)
    state, history = ORDER + "/reminders", "/v1/reminders?open_item={item}&limit=5"
    by_hand = f"/v1/open-items/{item}/reminders"
    await talk.say("reminders-planned", "GET", "/v1/orders/REFAAAA55/reminders", shown=state)
    await talk.say("reminder-history-none", "GET", history.format(item=item), shown=history)
    why = {"reason": "The buyer asked for a copy", "step": "before_due", "occurrence": 1}
    await talk.say("reminder-sent", "POST", f"{by_hand}/send-now", why, shown=ITEM + "/reminders/send-now")
    talk.at("2026-04-08T10:00:00+00:00")
    await talk.say("reminder-differs", "POST", f"{by_hand}/send-now", why, shown=ITEM + "/reminders/send-now")
    why = {"reason": "He pays on Friday", "step": "late_1", "occurrence": 1}
    await talk.say("reminder-skipped", "POST", f"{by_hand}/skip", why, shown=ITEM + "/reminders/skip")
    await talk.say("reminder-history", "GET", history.format(item=item), shown=history)
    paused = {"reason": "Waiting for the supplier", "until": "2026-04-20"}
    await talk.say("reminders-paused", "POST", "/v1/orders/REFAAAA55/reminders/pause", paused, shown=state + "/pause")
    over = {**paused, "until": "2026-04-07"}
    await talk.say("pause-in-past", "POST", "/v1/orders/REFAAAA55/reminders/pause", over, shown=state + "/pause")
    await talk.say("reminders-stopped", "GET", "/v1/orders/REFAAAA55/reminders", shown=state)
    why = {"reason": "He pays on Friday"}
    await talk.say("reminder-refused", "POST", f"{by_hand}/send-now", why, shown=ITEM + "/reminders/send-now")
    why = {"reason": "It came"}
    await talk.say("reminders-resumed", "POST", "/v1/orders/REFAAAA55/reminders/resume", why, shown=state + "/resume")
    short = {"reason": "Easter", "until": "2026-04-10"}
    await talk.prepare("POST", "/v1/orders/REFAAAA55/reminders/pause", short)
    talk.at("2026-04-11T10:00:00+00:00")
    await talk.say("reminders-in-grace", "GET", "/v1/orders/REFAAAA55/reminders", shown=state)
    rest = {"method": "bank_transfer", "received_on": "2026-04-11"}
    await talk.prepare("POST", "/v1/orders/REFAAAA55/mark-paid", rest)
    await talk.say("reminders-settled", "GET", "/v1/orders/REFAAAA55/reminders", shown=state)


async def _shipped(talk: Talk) -> str:
    """The open item of an order of 120 euros that was shipped on 3 March 2026 and is due 30 days later."""
    hold = (await talk.prepare("POST", "/v1/holds", {**CART, "cart": "55", "terms": "net_30"}))["hold_id"]
    one = {"ref": "REFAAAA55", "amount": "120.00", "placed_at": "2026-03-02T09:00:00.000000Z"}
    await talk.prepare("POST", f"/v1/holds/{hold}/orders", {"orders": [one]})
    talk.at("2026-03-03T09:01:00+00:00")
    shipped = {"event_id": "history-3", "kind": "status", "occurred_at": "2026-03-03T09:00:00Z", "status": "4"}
    await talk.prepare("POST", "/v1/orders/REFAAAA55/events", shipped)
    items = await talk.prepare("GET", "/v1/open-items?document=REFAAAA55")
    return str(items["items"][0]["id"])


async def reminders_on_the_customer_page(talk: Talk) -> None:
    """How a customer is reminded is looked at, chosen, paused and resumed."""
    await let_in(talk)
    state, history = COMPANY + "/reminders", "/v1/reminders?company={company}&limit=5"
    await talk.say("staff-reminders-off", "GET", "/v1/companies/3/reminders", shown=state)
    await talk.say("staff-reminders-none", "GET", history.format(company="3"), shown=history)
    await talk.prepare("PATCH", "/v1/shops/main", {"settings": {"reminder_policy": "standard"}})
    steps = [
        {"code": "late", "level": 1, "anchor": "after_due", "template": "late_1"},
        {"code": "later", "level": 2, "anchor": "previous_step", "offset_days": 14, "template": "late_2"},
    ]
    await talk.prepare("PUT", "/v1/reminder-policies/patient", {"name": "Patient", "steps": steps}, as_integrator=True)
    await talk.say("reminder-policies", "GET", "/v1/reminder-policies")
    chosen = {"policy": "patient", "reason": "A customer for years"}
    policy = COMPANY + "/reminder-policy"
    await talk.say("staff-policy-chosen", "PUT", "/v1/companies/3/reminder-policy", chosen, shown=policy)
    unknown = {"policy": "nobody_s"}
    await talk.say("staff-policy-unknown", "PUT", "/v1/companies/3/reminder-policy", unknown, shown=policy)
    item = await _shipped(talk)
    talk.at("2026-04-08T10:00:00+00:00")
    await talk.prepare("POST", f"/v1/open-items/{item}/reminders/send-now", {})
    paused = {"company": "3", "reason": "Talks with their bank", "until": "2026-04-20"}
    pause = await talk.say("staff-reminders-paused", "POST", "/v1/reminder-pauses", paused)
    await talk.say("staff-reminders-stopped", "GET", "/v1/companies/3/reminders", shown=state)
    await talk.say("staff-reminders-sent", "GET", history.format(company="3"), shown=history)
    path, shown = f"/v1/reminder-pauses/{pause['id']}/resume", "/v1/reminder-pauses/{pause}/resume"
    await talk.say("staff-reminders-resumed", "POST", path, {"reason": "Agreed"}, shown=shown)
    await talk.say("staff-reminders-resumed-already", "POST", path, {}, shown=shown)
    await talk.prepare("POST", f"/v1/open-items/{item}/dispute", {"reason": "One mug broken"})
    await talk.say("staff-reminders-disputed", "GET", "/v1/companies/3/reminders", shown=state)


async def account_of_known_company(talk: Talk) -> None:
    """A second account of a company is barred, shown without rights, and allowed."""
    path = "/v1/companies/31/buyers/31"
    await talk.prepare("PUT", "/v1/companies/3", MOULIN)
    joining = {**MOULIN, "buyers": [{"ref": "31", "name": "Ada Martin", "email": "ada@example.com"}]}
    await talk.prepare("PUT", "/v1/companies/31", joining)
    await talk.say("staff-company-shared", "GET", "/v1/companies/31", shown=COMPANY)
    await talk.say("staff-buyer-barred", "DELETE", path, shown=BUYER)
    await talk.say("staff-buyer-without-rights", "GET", path, shown=BUYER)
    allowed = {"name": "Ada Martin", "may_use_credit": True, "may_see_credit": True}
    await talk.say("staff-buyer-allowed", "PUT", path, allowed, shown=BUYER)


async def new_order(talk: Talk) -> None:
    """Staff ask about a cart with all reasons, are refused, and order against the decision."""
    asked = {**CART, "explain": True}
    await talk.say("staff-quote-unknown", "POST", "/v1/quotes", asked)
    await let_in(talk, limit="100.00")
    await talk.say("staff-quote-declined", "POST", "/v1/quotes", asked)
    await talk.say("staff-quote-approved", "POST", "/v1/quotes", {**asked, "amount": "80.00"})
    submitted = {**CART, "cart": "55", "cart_hash": HASH, "terms": "net_60", "purchase_order_number": "PO 1"}
    await talk.say("staff-hold-declined", "POST", "/v1/holds", submitted)
    against = {**submitted, "override": {"reason": "Boss said so (Ada Admin)"}}
    hold = (await talk.say("staff-hold-overridden", "POST", "/v1/holds", against))["hold_id"]
    one = [{"ref": "REFAAAA55", "amount": "120.00", "placed_at": "2026-03-02T09:00:00.000000Z"}]
    await talk.say("staff-attached", "POST", f"/v1/holds/{hold}/orders", {"orders": one}, shown=ATTACH)
    await talk.say("decision-overridden", "GET", f"/v1/decisions/{hold}", shown="/v1/decisions/{hold}")


STAFF_STORIES: tuple[Callable[[Talk], Awaitable[None]], ...] = (
    connection, configuration, callback, order_page, customer_page,
    reminders_on_the_order_page, reminders_on_the_customer_page, account_of_known_company, new_order,
)  # fmt: skip
