"""What the module asks the service, in the order in which a shop would. See `talk.py`.

To record something new, add it here under a name of its own and run `make recordings`; then let PHP tests answer with
`new RecordedTransport('name')`. What changes in a file is what the change of the service means for the module: read it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.bridge.talk import Talk

__all__ = ["STORIES"]

COMPANY = "/v1/companies/{company}"
BUYER = COMPANY + "/buyers/{buyer}"
EVENTS = "/v1/orders/{order}/events"
ATTACH = "/v1/holds/{hold}/orders"
HASH = "8c009171a366773a2393352fdea82cf6795355ce313388bacee017dc8a9f2598"
OTHER_HASH = "69bed71597ea460bcad67fd521c9e5093a82753d6a6b930e23b2764c1e5709c7"


def fact(value: Any, **more: str) -> dict[str, Any]:
    return {"value": value, "source": "shop", "as_of": "2026-03-02T09:00:00Z", **more}


FACTS = {
    "completed_orders": fact(2),
    "completed_orders_12m": fact(2),
    "net_spend_12m": fact("476.00", currency="EUR"),
    "net_spend_total": fact("476.00", currency="EUR"),
    "account_age_days": fact(400),
    "days_since_first_order": fact(200),
    "days_since_last_order": fact(61),
    "return_rate_bp": fact(0),
    "ape_code": fact("1061A"),
    "risk_level": fact("Low"),
}


def report(
    ref: str, *, name: str, vat: str, registration: str, email: str, buyer: str = "Paule Moulin"
) -> dict[str, Any]:
    """What the module reports of a customer."""
    return {
        "legal_name": name,
        "country": "FR",
        "language": "en",
        "registration_number": registration,
        "vat_number": vat,
        "groups": ["ps-3"],
        "addresses": [
            {
                "kind": "billing",
                "line1": "12 rue du Moulin Vert",
                "postcode": "75014",
                "city": "Paris",
                "country": "FR",
                "contact_name": "Paule Moulin",
                "phone": "0140000000",
            }
        ],
        "buyers": [{"ref": ref, "name": buyer, "email": email}],
        "facts": FACTS,
    }


MOULIN = report(
    "3", name="Moulin Vert SARL", vat="FR40303265045", registration="30326504500011", email="pro@example.com"
)


async def customers(talk: Talk) -> None:
    """A customer is reported, joined by a colleague, and confused with another company."""
    await talk.say("company-created", "PUT", "/v1/companies/3", MOULIN, shown=COMPANY)
    invoiced = {**MOULIN, "invoice_email": "pro@example.com"}
    await talk.say("company-with-invoice-email", "PUT", "/v1/companies/3", invoiced, shown=COMPANY)
    await talk.say("company-unchanged", "PUT", "/v1/companies/3", MOULIN, shown=COMPANY)
    await talk.say("company-shown", "GET", "/v1/companies/3", shown=COMPANY)
    joined = report(
        "7",
        name="Moulin Vert SARL",
        vat="FR40303265045",
        registration="30326504500011",
        email="compta@example.com",
        buyer="Ada Compta",
    )
    await talk.say("company-joined", "PUT", "/v1/companies/7", joined, shown=COMPANY)
    await talk.say("company-updated", "PUT", "/v1/companies/3", {**MOULIN, "groups": ["ps-3", "ps-5"]}, shown=COMPANY)
    other = report("9", name="Autre SA", vat="FR96552100554", registration="55210055400013", email="autre@example.com")
    await talk.prepare("PUT", "/v1/companies/9", other)
    confused = {**other, "vat_number": "FR40303265045"}
    await talk.say("company-conflict", "PUT", "/v1/companies/9", confused, shown=COMPANY)
    await talk.say("company-key-refused", "PUT", "/v1/companies/3", MOULIN, shown=COMPANY, key="enc_shop_wrong")
    await talk.say("buyer-removed", "DELETE", "/v1/companies/7/buyers/7", shown=BUYER)
    forgotten = {"reason": "The person asked the shop to be forgotten."}
    await talk.say("company-anonymised", "POST", "/v1/companies/3/anonymise", forgotten, shown=COMPANY + "/anonymise")
    only = {**forgotten, "buyers": ["7"]}
    await talk.say("buyer-anonymised", "POST", "/v1/companies/7/anonymise", only, shown=COMPANY + "/anonymise")


async def groups(talk: Talk) -> None:
    """A customer group is made known; what a merchant said of it in the service survives a new name."""
    shown = "/v1/groups/{group}"
    await talk.say("group-unknown", "GET", "/v1/groups/ps-5", shown=shown)
    made = {"name": "Wholesale", "reason": "A customer group of the shop."}
    await talk.say("group-put", "PUT", "/v1/groups/ps-5", made, shown=shown)
    await talk.say("group-shown", "GET", "/v1/groups/ps-5", shown=shown)
    allowing = {"name": "Wholesale", "position": "allow", "default_terms": "net_30", "reason": "Let in."}
    await talk.prepare("PUT", "/v1/groups/ps-5", allowing)
    await talk.say("group-allowing", "GET", "/v1/groups/ps-5", shown=shown)
    renamed = {
        "name": "Resellers",
        "position": "allow",
        "limit": None,
        "default_terms": "net_30",
        "allowed_terms": None,
        "reason": "The group was renamed in the shop.",
    }
    await talk.say("group-renamed", "PUT", "/v1/groups/ps-5", renamed, shown=shown)


async def b2b_fields(talk: Talk) -> None:
    """PrestaShop's own fields become a start value, and never undo what was decided since."""
    await talk.prepare("PUT", "/v1/companies/3", MOULIN)
    credit, limit = COMPANY + "/credit", COMPANY + "/credit/limit"
    taken_over = {"kind": "amount", "amount": "5000.00", "currency": "EUR", "reason": "Taken over from PrestaShop"}
    await talk.say("credit-without-line", "GET", "/v1/companies/3/credit", shown=credit)
    await talk.say("limit-put", "PUT", "/v1/companies/3/credit/limit", taken_over, shown=limit)
    await talk.say("credit-with-own-limit", "GET", "/v1/companies/3/credit", shown=credit)
    inherit = {"kind": "inherit", "currency": "EUR", "reason": "none of its own"}
    await talk.prepare("PUT", "/v1/companies/3/credit/limit", inherit)
    await talk.say("credit-limit-taken-away", "GET", "/v1/companies/3/credit", shown=credit)
    history = "/credit/history?currency=EUR&limit=200"
    await talk.say("credit-history-with-limit", "GET", f"/v1/companies/3{history}", shown=COMPANY + history)
    company = (await talk.prepare("GET", "/v1/companies/3"))["id"]
    changes = "/v1/changes?subject_kind=company&subject_id={id}&limit=200"
    await talk.say("changes-none", "GET", changes.format(id=company), shown=changes)
    await talk.say("terms-shown", "GET", "/v1/terms/net_45", shown="/v1/terms/{terms}")
    await talk.say("terms-unknown", "GET", "/v1/terms/net_21", shown="/v1/terms/{terms}")
    new = {"net_days": 21, "reason": "Taken over from PrestaShop"}
    await talk.say("terms-put", "PUT", "/v1/terms/net_21", new, shown="/v1/terms/{terms}")
    core = {"legal_name": "Moulin Vert SARL", "country": "FR", "language": "en"}
    default = {**core, "default_terms": "net_45"}
    await talk.say("company-default-terms", "PUT", "/v1/companies/3", default, shown=COMPANY)
    await talk.prepare("PUT", "/v1/companies/3", {**core, "default_terms": None})
    await talk.say("changes-of-terms", "GET", changes.format(id=company), shown=changes)


async def let_in(talk: Talk, *, limit: str = "5000.00") -> None:
    """A company that may order on terms, in a shop that tells statuses by their ids."""
    await talk.prepare("PUT", "/v1/companies/3", MOULIN)
    await talk.prepare("PUT", "/v1/companies/3/override", {"position": "allow", "reason": "A customer for years."})
    amount = {"kind": "amount", "amount": limit, "currency": "EUR", "reason": "Agreed"}
    await talk.prepare("PUT", "/v1/companies/3/credit/limit", amount)
    settings = {
        "start_statuses": ["4", "5"],
        "cancel_statuses": ["6"],
        "allowed_terms": ["net_30", "net_60", "end_of_month"],
    }
    await talk.prepare("PATCH", "/v1/shops/main", {"settings": settings})


CART = {"company": "3", "buyer": "3", "amount": "120.00", "currency": "EUR"}
SUBMITTED = {**CART, "cart": "55", "cart_hash": HASH, "quoted_cart_hash": HASH, "terms": "net_60"}


async def checkout(talk: Talk) -> None:
    """A cart is quoted, reserved and ordered."""
    await talk.say("quote-unknown-company", "POST", "/v1/quotes", CART)
    await let_in(talk)
    await talk.say("quote-approved", "POST", "/v1/quotes", CART)
    numbered = {**SUBMITTED, "purchase_order_number": "PO 4711"}
    hold = (await talk.say("hold-approved", "POST", "/v1/holds", numbered))["hold_id"]
    changed = {**SUBMITTED, "cart_hash": OTHER_HASH}
    await talk.say("hold-cart-changed", "POST", "/v1/holds", changed)
    await talk.say("hold-terms-not-offered", "POST", "/v1/holds", {**SUBMITTED, "terms": "net_45"})
    await talk.say("hold-key-refused", "POST", "/v1/holds", SUBMITTED, key="enc_shop_wrong")
    two = [
        {"ref": "REFAAAA55-1", "amount": "90.01", "placed_at": "2026-03-02T09:00:00.000000Z"},
        {"ref": "REFAAAA55-2", "amount": "29.99", "placed_at": "2026-03-02T09:00:00.000000Z"},
    ]
    await talk.say("attach-two", "POST", f"/v1/holds/{hold}/orders", {"orders": two}, shown=ATTACH)


async def refusals(talk: Talk) -> None:
    """A cart that does not fit under the limit: refused aloud or hidden, as the policy says."""
    await let_in(talk, limit="100.00")
    await talk.say("quote-over-limit-hidden", "POST", "/v1/quotes", CART)
    essentials = {
        "admission": "by_hand",
        "requirements": {},
        "settings": {"over_limit": "decline", "hide_when_credit_insufficient": False},
    }
    await talk.prepare("PUT", "/v1/policy/essentials", essentials)
    await talk.say("quote-over-limit-aloud", "POST", "/v1/quotes", CART)
    await talk.say("hold-declined", "POST", "/v1/holds", SUBMITTED)
    await talk.prepare("PATCH", "/v1/shops/main", {"settings": {"show_due_estimates": False, "allowed_terms": None}})
    await talk.say("quote-without-day", "POST", "/v1/quotes", {**CART, "amount": "20.00"})


async def another_currency(talk: Talk) -> None:
    """A cart in dollars, against a credit line in euros."""
    await let_in(talk)
    dollars = {**CART, "amount": "110.00", "currency": "USD", "exchange_rate": "0.9090909091"}
    await talk.say("quote-in-dollars", "POST", "/v1/quotes", dollars)


async def orders(talk: Talk) -> None:
    """The life of an order: edited, shipped, credited, cancelled, reopened, paid and deleted."""
    await let_in(talk)
    asked = {**CART, "cart": "55"}
    hold = (await talk.say("sweep-hold-approved", "POST", "/v1/holds", asked))["hold_id"]
    await talk.say("sweep-hold-declined", "POST", "/v1/holds", {**asked, "amount": "90000.00"})
    path = "/v1/orders/REFAAAA55/events"
    talk.at("2026-03-02T09:01:00+00:00")
    waiting = {
        "event_id": "history-1",
        "kind": "status",
        "occurred_at": "2026-03-02T09:00:00.000001Z",
        "status": "14",
    }
    await talk.say("event-waiting", "POST", path, waiting, shown=EVENTS)
    one = [{"ref": "REFAAAA55", "amount": "120.00", "placed_at": "2026-03-02T09:00:00.000000Z"}]
    await talk.say("attach-one", "POST", f"/v1/holds/{hold}/orders", {"orders": one}, shown=ATTACH)
    await talk.say(
        "event-status",
        "POST",
        path,
        {"event_id": "history-2", "kind": "status", "occurred_at": "2026-03-02T09:00:10.000002Z", "status": "3"},
        shown=EVENTS,
    )
    edited = {
        "event_id": "edit-1-1",
        "kind": "edited",
        "occurred_at": "2026-03-02T09:00:20.000002Z",
        "amount": "100.00",
        "currency": "EUR",
    }
    await talk.say("event-edited", "POST", path, edited, shown=EVENTS)
    talk.at("2026-03-07T10:00:00+00:00")
    shipped = {
        "event_id": "history-3",
        "kind": "status",
        "occurred_at": "2026-03-03T09:00:10.000003Z",
        "status": "4",
    }
    await talk.say("event-shipped", "POST", path, shipped, shown=EVENTS)
    slip = {
        "event_id": "slip-1",
        "kind": "credit_slip",
        "occurred_at": "2026-03-04T09:00:10.000003Z",
        "amount": "16.78",
        "currency": "EUR",
    }
    await talk.say("event-slip", "POST", path, slip, shown=EVENTS)
    await talk.say("event-reused", "POST", path, {**slip, "amount": "17.00"}, shown=EVENTS)
    await talk.say("event-key-refused", "POST", path, waiting, shown=EVENTS, key="enc_shop_wrong")
    await talk.say(
        "event-cancelled",
        "POST",
        path,
        {"event_id": "history-4", "kind": "status", "occurred_at": "2026-03-05T09:00:10.000004Z", "status": "6"},
        shown=EVENTS,
    )
    reopened = {"event_id": "reopened-5", "kind": "reopened", "occurred_at": "2026-03-06T09:00:10.000005Z"}
    await talk.say("event-reopened", "POST", path, reopened, shown=EVENTS)
    paid = {"reference": "REFAAAA55"}
    await talk.say(
        "order-marked-paid", "POST", "/v1/orders/REFAAAA55/mark-paid", paid, shown="/v1/orders/{order}/mark-paid"
    )
    deleted = {"event_id": "deleted-1", "kind": "deleted", "occurred_at": "2026-03-07T09:00:10Z"}
    await talk.say("event-deleted", "POST", path, deleted, shown=EVENTS)


async def given_back(talk: Talk) -> None:
    """No order came of a cart, so its credit is given back; a second time changes nothing."""
    await let_in(talk)
    hold = (await talk.prepare("POST", "/v1/holds", {**CART, "cart": "56"}))["hold_id"]
    reason = {"reason": "No order came of the cart."}
    await talk.say("hold-released", "POST", f"/v1/holds/{hold}/release", reason, shown="/v1/holds/{hold}/release")


async def account(talk: Talk) -> None:
    """What a buyer sees of the company's credit and of his own orders."""
    settings = {
        "start_statuses": ["4", "5"],
        "cancel_statuses": ["6"],
        "default_limit": {"kind": "amount", "amount": "2000.00", "currency": "EUR"},
        "allowed_terms": ["net_30", "net_45_end_of_month"],
    }
    await talk.prepare("PATCH", "/v1/shops/main", {"settings": settings})
    await talk.prepare("PUT", "/v1/policy/essentials", {"admission": "everyone"})
    await talk.prepare("PUT", "/v1/companies/3", MOULIN)
    limit = {"kind": "amount", "amount": "5000.00", "currency": "EUR", "reason": "Agreed"}
    await talk.prepare("PUT", "/v1/companies/3/credit/limit", limit)
    colleague = {"name": "Ada Martin", "email": "ada@example.com", "may_see_credit": False}
    await talk.prepare("PUT", "/v1/companies/3/buyers/31", colleague)
    for cart, ref, amount, shipped in (
        ("1", "CFRFFWPRZ", "36.96", "2026-01-05T10:00:00Z"),
        ("2", "TESTREFJJ", "240.00", "2026-01-20T10:00:00Z"),
        ("3", "DUESOONAA", "96.00", "2026-02-05T10:00:00Z"),
        ("4", "TESTREFAA", "124.80", None),
    ):
        # One after the other, or their order in a list is chance.
        talk.at(f"2026-03-02T09:00:0{cart}+00:00")
        hold = (await talk.prepare("POST", "/v1/holds", {**CART, "amount": amount, "cart": cart}))["hold_id"]
        one = {"ref": ref, "amount": amount, "placed_at": shipped or "2026-03-02T08:00:00Z"}
        await talk.prepare("POST", f"/v1/holds/{hold}/orders", {"orders": [one]})
        if shipped is not None:
            event = {"event_id": f"history-{cart}", "kind": "status", "occurred_at": shipped, "status": "4"}
            await talk.prepare("POST", f"/v1/orders/{ref}/events", event)
    await talk.prepare("POST", "/v1/orders/CFRFFWPRZ/mark-paid", {})
    await talk.prepare("POST", "/v1/orders/TESTREFJJ/mark-paid", {"amount": "100.00"})
    await talk.say("buyer-shown", "GET", "/v1/companies/3/buyers/3", shown=BUYER)
    await talk.say("buyer-may-not-see", "GET", "/v1/companies/3/buyers/31", shown=BUYER)
    await talk.say("buyer-unknown", "GET", "/v1/companies/3/buyers/999", shown=BUYER)
    await talk.say("credit-in-use", "GET", "/v1/companies/3/credit", shown=COMPANY + "/credit")
    await talk.say("account-in-use", "GET", "/v1/companies/3/account", shown=COMPANY + "/account")
    await talk.say("company-terms", "GET", "/v1/companies/3/terms", shown=COMPANY + "/terms")
    await talk.say(
        "orders-of-a-buyer",
        "GET",
        "/v1/orders?limit=200&ref=TESTREFAA&ref=TESTREFJJ&ref=CFRFFWPRZ",
        shown="/v1/orders?limit={limit}&ref={order}&ref={order}&ref={order}",
    )
    await talk.say("order-in-use", "GET", "/v1/orders/TESTREFJJ", shown="/v1/orders/{order}")
    await talk.say(
        "orders-of-none", "GET", "/v1/orders?limit=200&ref=NOBODYS", shown="/v1/orders?limit={limit}&ref={order}"
    )
    await talk.prepare("PATCH", "/v1/shops/main", {"settings": {**settings, "default_limit": None}})
    other = report(
        "4", name="Nouvelle Enseigne SAS", vat="FR96552100554", registration="55210055400013", email="new@example.com"
    )
    await talk.prepare("PUT", "/v1/companies/4", other)
    await talk.say("account-without-line", "GET", "/v1/companies/4/account", shown=COMPANY + "/account")


STORIES: tuple[Callable[[Talk], Awaitable[None]], ...] = (
    customers, groups, b2b_fields, checkout, refusals, another_currency, orders, given_back, account,
)  # fmt: skip
