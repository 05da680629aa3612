"""A row of every kind that a path can name, made through the API as a shop would.

The generic tests walk the OpenAPI document with these. A route whose path names something new needs a maker in `MAKERS`,
and a route that takes a body an example in `BODIES`; the tests say so when one is missing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from service.infra.database import Database
from service.infra.work import Work
from service.mails.address_repository import mark_undeliverable
from service.mails.domain import MailKind, NewMail
from service.mails.log_repository import update_mail
from service.mails.queue_service import queue_mails
from service.terms.service import install_catalogue
from service.webhooks.jobs import run_fan_out_once
from tests.app import Tenant


@dataclass
class World:
    """One merchant's side: what it calls with, and the path values it has made so far."""

    tenant: Tenant
    client: httpx.AsyncClient
    integrator: httpx.AsyncClient
    database: Database
    made: list[str] = field(default_factory=list)

    async def open_for_business(self) -> None:
        """Everybody may order on ready-made terms, as far as a decision by hand lets a company in."""
        async with self.database.transaction() as session:
            now = self.tenant.merchant.created_at
            await install_catalogue(Work(session=session, caller=self.tenant.caller(), now=now))
        await self.send(
            "PATCH", "/v1/merchant", {"settings": {"default_limit": {"kind": "unlimited"}}}, as_integrator=True
        )

    async def send(self, method: str, path: str, body: Any = None, *, as_integrator: bool = False) -> dict[str, Any]:
        """A request that must succeed."""
        client = self.integrator if as_integrator else self.client
        answer = await client.request(method, path, json=body)
        assert answer.is_success, (method, path, answer.text)
        return answer.json() if answer.content else {}


Maker = Callable[[World, dict[str, str]], Awaitable[str]]


def fresh(prefix: str) -> str:
    """A name that nothing has yet."""
    return f"{prefix}-{uuid4().hex[:12]}"


async def make_shop(world: World, _: dict[str, str]) -> str:
    code = fresh("shop")
    await world.send("POST", "/v1/shops", {"code": code, "name": "Outlet"}, as_integrator=True)
    return code


async def make_key(world: World, _: dict[str, str]) -> str:
    made = await world.send("POST", "/v1/keys", {"name": "extra", "shop": "main"}, as_integrator=True)
    return str(made["id"])


async def make_company(world: World, _: dict[str, str]) -> str:
    ref = fresh("C")
    await world.send("PUT", f"/v1/companies/{ref}", COMPANY)
    return ref


async def make_buyer(world: World, values: dict[str, str]) -> str:
    buyer_ref = fresh("B")
    await world.send("PUT", f"/v1/companies/{values['ref']}/buyers/{buyer_ref}", {"name": "Zoé"})
    return buyer_ref


async def make_group(world: World, _: dict[str, str]) -> str:
    code = fresh("group")
    await world.send("PUT", f"/v1/groups/{code}", {"name": "Resellers"})
    return code


async def make_webhook(world: World, _: dict[str, str]) -> str:
    made = await world.send("POST", "/v1/webhooks", WEBHOOK, as_integrator=True)
    return str(made["id"])


async def make_delivery(world: World, _: dict[str, str]) -> str:
    webhook_id = await make_webhook(world, {})
    await world.send("POST", f"/v1/webhooks/{webhook_id}/test", as_integrator=True)
    await run_fan_out_once(world.database, world.tenant.merchant.created_at)
    deliveries = await world.send("GET", f"/v1/webhooks/{webhook_id}/deliveries", as_integrator=True)
    return str(deliveries["items"][0]["id"])


async def make_terms(world: World, _: dict[str, str]) -> str:
    code = fresh("terms").replace("-", "_")
    await world.send("PUT", f"/v1/terms/{code}", TERMS)
    return code


async def make_hold(world: World, _: dict[str, str]) -> str:
    ref = await make_company(world, {})
    await world.send("PUT", f"/v1/companies/{ref}/override", {"position": "allow", "reason": "Known for years"})
    hold = await world.send("POST", "/v1/holds", {"company": ref, "amount": "120.00", "currency": "EUR"})
    assert hold["outcome"] == "approved", hold
    return str(hold["hold_id"])


async def make_order(world: World, _: dict[str, str]) -> str:
    hold_id = await make_hold(world, {})
    order_ref = fresh("O")
    order = {"ref": order_ref, "amount": "120.00", "placed_at": "2026-03-02T08:00:00Z"}
    await world.send("POST", f"/v1/holds/{hold_id}/orders", {"orders": [order]})
    return order_ref


async def make_event(world: World, values: dict[str, str]) -> str:
    event = {**SHIPPED, "event_id": fresh("E")}
    await world.send("POST", f"/v1/orders/{values['order_ref']}/events", event)
    return event["event_id"]


async def make_open_item(world: World, _: dict[str, str]) -> str:
    order_ref = await make_order(world, {})
    await make_event(world, {"order_ref": order_ref})
    items = await world.send("GET", "/v1/open-items")
    return str(items["items"][0]["id"])


async def make_payment(world: World, _: dict[str, str]) -> str:
    made = await world.send("POST", "/v1/payments", await payment_of_company(world))
    return str(made["id"])


async def make_credit_note(world: World, _: dict[str, str]) -> str:
    order_ref = await make_order(world, {})
    await make_event(world, {"order_ref": order_ref})
    await world.send("POST", f"/v1/orders/{order_ref}/mark-paid", {})
    slip = {
        "event_id": fresh("E"),
        "kind": "credit_slip",
        "amount": "20.00",
        "currency": "EUR",
        "occurred_at": "2026-03-02T08:45:00Z",
    }
    await world.send("POST", f"/v1/orders/{order_ref}/events", slip)
    notes = await world.send("GET", "/v1/credit-notes")
    return str(notes["items"][0]["id"])


async def make_mail(world: World, _: dict[str, str]) -> str:
    """One that may have been sent or not."""
    cause = fresh("test")
    async with world.database.transaction() as session:
        work = Work(session=session, caller=world.tenant.caller(), now=world.tenant.merchant.created_at)
        mail = NewMail(
            kind=MailKind.TEST,
            cause=cause,
            subject_ids={},
            shop_id=world.tenant.shop.id,
            recipients=(f"{fresh('c')}@example.org",),
        )
        mail_id = (await queue_mails(work, [mail]))[cause]
        await update_mail(work, mail_id, {"status": "unknown", "message_id": f"{mail_id.hex}.1@encours.example"})
    return str(mail_id)


async def make_undeliverable_address(world: World, _: dict[str, str]) -> str:
    address = f"{fresh('c')}@example.org"
    async with world.database.transaction() as session:
        work = Work(session=session, caller=world.tenant.caller(), now=world.tenant.merchant.created_at)
        await mark_undeliverable(work, {address: ("550 5.1.1 gone", None)}, source="refused")
    return address


async def name_mail_kind(_: World, __: dict[str, str]) -> str:
    return "late_1"


async def make_mail_template(world: World, values: dict[str, str]) -> str:
    """An own text of the shop's, and another of the merchant's."""
    for client in (world.client, world.integrator):
        saved = await client.put(f"/v1/mail-templates/{values['kind']}/en", json=MAIL_TEXTS)
        assert saved.is_success, saved.text
    return "en"


async def name_first_version(_: World, __: dict[str, str]) -> str:
    return "1"


async def report_of_mail(world: World) -> dict[str, str]:
    """That a mail came back."""
    mail_id = await make_mail(world, {})
    message_id = f"{mail_id.replace('-', '')}.1@encours.example"
    status = "Final-Recipient: rfc822; c@example.org\nAction: failed\nStatus: 5.1.1\n"
    parts = {
        "message/delivery-status": f"Reporting-MTA: dns; x\n\n{status}",
        "text/rfc822-headers": f"Message-ID: <{message_id}>\n",
    }
    bodies = "".join(f"--b\nContent-Type: {kind}\n\n{body}\n" for kind, body in parts.items())
    return {"message": f'Content-Type: multipart/report; boundary="b"\n\n{bodies}--b--\n'}


async def make_reminder_policy(world: World, _: dict[str, str]) -> str:
    code = fresh("policy").replace("-", "_")
    await world.send("PUT", f"/v1/reminder-policies/{code}", REMINDER_POLICY, as_integrator=True)
    return code


async def make_reminder_pause(world: World, _: dict[str, str]) -> str:
    pause = {"open_item": await make_open_item(world, {}), "reason": "Waiting"}
    made = await world.send("POST", "/v1/reminder-pauses", pause)
    return str(made["id"])


async def make_reminder(world: World, _: dict[str, str]) -> str:
    item_id = await make_open_item(world, {})
    await world.send("PUT", f"/v1/open-items/{item_id}/reminder-policy", {"policy": "standard"})
    made = await world.send("POST", f"/v1/open-items/{item_id}/reminders/skip", {"reason": "He pays tomorrow"})
    return str(made["id"])


async def pause_of_open_item(world: World) -> dict[str, str]:
    return {"open_item": await make_open_item(world, {}), "reason": "Waiting"}


async def payment_of_company(world: World) -> dict[str, str]:
    order = await order_of_company(world)
    return {**order, "method": "bank_transfer", "received_on": "2026-03-02"}


async def link_to_another(world: World) -> dict[str, str]:
    return {"to": await make_company(world, {}), "reason": "Same company"}


async def order_of_company(world: World) -> dict[str, str]:
    return {"company": await make_company(world, {}), "amount": "120.00", "currency": "EUR"}


COMPANY = {"legal_name": "Moulin Vert SARL", "country": "FR", "language": "fr"}
TERMS = {"net_days": 30}
POLICY = {"rules": {"fact": "country", "op": "eq", "value": "FR"}}
SHIPPED = {"event_id": "E-1", "kind": "status", "status": "shipped", "occurred_at": "2026-03-02T08:30:00Z"}
MAIL_TEXTS = {"subject": "Own", "text": "Own", "html": "<p>Own</p>"}


REMINDER_POLICY = {
    "name": "Patient",
    "steps": [{"code": "late_1", "level": 1, "anchor": "after_due", "offset_days": 7, "template": "late_1"}],
}
WEBHOOK = {"url": "https://erp.example/hooks", "event_types": ["order.settled"]}

# By the path up to and including the parameter.
MAKERS: dict[str, Maker] = {
    "/v1/shops/{code}": make_shop,
    "/v1/keys/{key_id}": make_key,
    "/v1/companies/{ref}": make_company,
    "/v1/companies/{ref}/buyers/{buyer_ref}": make_buyer,
    "/v1/groups/{code}": make_group,
    "/v1/terms/{code}": make_terms,
    "/v1/holds/{hold_id}": make_hold,
    # An approved decision has the id of its hold.
    "/v1/decisions/{decision_id}": make_hold,
    "/v1/orders/{order_ref}": make_order,
    "/v1/orders/{order_ref}/events/{event_id}": make_event,
    "/v1/open-items/{item_id}": make_open_item,
    "/v1/payments/{payment_id}": make_payment,
    "/v1/reminder-policies/{policy_code}": make_reminder_policy,
    "/v1/reminder-pauses/{pause_id}": make_reminder_pause,
    "/v1/reminders/{reminder_id}": make_reminder,
    "/v1/credit-notes/{note_id}": make_credit_note,
    "/v1/mails/{mail_id}": make_mail,
    "/v1/undeliverable-addresses/{address}": make_undeliverable_address,
    "/v1/mail-templates/{kind}": name_mail_kind,
    "/v1/mail-templates/{kind}/{language}": make_mail_template,
    "/v1/mail-templates/{kind}/{language}/versions/{version}": name_first_version,
    "/v1/webhooks/{webhook_id}": make_webhook,
    "/v1/deliveries/{delivery_id}": make_delivery,
}

# What these name is no row, but a word that everybody knows.
WORDS = frozenset(
    {
        "/v1/mail-templates/{kind}",
        "/v1/mail-templates/{kind}/{language}",
        "/v1/mail-templates/{kind}/{language}/versions/{version}",
    }
)

# Requests that the owner may make on what was made above; some name a further row. Routes without a body are not listed.
BODIES: dict[str, Any] = {
    "PUT /v1/reminder-policies/{policy_code}": REMINDER_POLICY,
    "PUT /v1/companies/{ref}/reminder-policy": {"policy": "gentle"},
    "PUT /v1/groups/{code}/reminder-policy": {"policy": "gentle"},
    "PUT /v1/open-items/{item_id}/reminder-policy": {"policy": "gentle"},
    "POST /v1/orders/{order_ref}/reminders/pause": {"reason": "Waiting"},
    "POST /v1/orders/{order_ref}/reminders/resume": {},
    "POST /v1/open-items/{item_id}/reminders/send-now": {},
    "POST /v1/open-items/{item_id}/reminders/skip": {"reason": "He pays tomorrow"},
    "POST /v1/reminder-pauses": pause_of_open_item,
    "POST /v1/reminder-pauses/{pause_id}/resume": {},
    "POST /v1/open-items/{item_id}/late-charges": {},
    "POST /v1/open-items/{item_id}/late-charges/waive": {"reason": "First delay"},
    "PUT /v1/late-interest-rates": {"base": "ecb", "from_on": "2026-07-01", "rate_bp": 215, "source": "OJ C"},
    "POST /v1/quotes": order_of_company,
    "POST /v1/holds": order_of_company,
    "PATCH /v1/shops/{code}": {"name": "Renamed"},
    "POST /v1/keys/{key_id}/rotate": {},
    "PUT /v1/companies/{ref}": COMPANY,
    "PUT /v1/companies/{ref}/override": {"position": "deny", "reason": "Never pays"},
    "POST /v1/companies/{ref}/link": link_to_another,
    "POST /v1/companies/{ref}/anonymise": {},
    "POST /v1/companies/{ref}/portal-links/revoke": {"reason": "Sent to the wrong company"},
    "PUT /v1/companies/{ref}/buyers/{buyer_ref}": {"name": "Renamed"},
    "PUT /v1/groups/{code}": {"name": "Renamed"},
    "PUT /v1/companies/{ref}/credit/limit": {"kind": "unlimited", "reason": "Largest customer"},
    "PUT /v1/companies/{ref}/credit/temporary-limit": {
        "amount": "5000.00",
        "until": "2026-04-01T00:00:00Z",
        "reason": "Spring fair",
    },
    "POST /v1/companies/{ref}/credit/freeze": {"reason": "Two invoices bounced"},
    "POST /v1/companies/{ref}/credit/unfreeze": {"reason": "Paid in full"},
    "POST /v1/companies/{ref}/credit/close": {"reason": "Out of business"},
    "PUT /v1/policy": POLICY,
    "PUT /v1/policy/essentials": {"admission": "everyone", "replace_custom": True},
    "POST /v1/policy/simulate": POLICY,
    "POST /v1/payments": payment_of_company,
    "POST /v1/payments/{payment_id}/allocate": {},
    "POST /v1/payments/{payment_id}/bounce": {"reason": "Insufficient funds"},
    "POST /v1/payments/{payment_id}/refund": {"amount": "5.00"},
    "POST /v1/credit-notes/{note_id}/allocate": {},
    "POST /v1/credit-notes/{note_id}/refund": {"amount": "5.00"},
    "POST /v1/orders/{order_ref}/mark-paid": {},
    "POST /v1/open-items/{item_id}/write-off": {"amount": "5.00", "reason": "Too little to ask for"},
    "POST /v1/open-items/{item_id}/write-off/reverse": {"reason": "Paid after all"},
    "POST /v1/open-items/{item_id}/dispute": {"reason": "Half of the goods were missing"},
    "POST /v1/open-items/{item_id}/promise": {"on": "2026-04-15"},
    "POST /v1/open-items/{item_id}/extend": {"due_on": "2026-12-31", "reason": "Agreed by phone"},
    "PUT /v1/terms/{code}": TERMS,
    "POST /v1/terms/preview": TERMS,
    "POST /v1/holds/{hold_id}/orders": {
        "orders": [{"ref": "O-1", "amount": "120.00", "placed_at": "2026-03-02T08:00:00Z"}]
    },
    "POST /v1/holds/{hold_id}/release": {},
    "POST /v1/holds/{hold_id}/extend": {"minutes": 30},
    "POST /v1/orders/{order_ref}/events": SHIPPED,
    "POST /v1/orders/{order_ref}/events/{event_id}/confirm": {"reason": "The director agreed"},
    "POST /v1/mails/{mail_id}/resend": {},
    "POST /v1/mails/{mail_id}/mark-sent": {},
    "POST /v1/mails/{mail_id}/cancel": {},
    "POST /v1/companies/{ref}/credit/mail": {},
    "POST /v1/companies/{ref}/statement/send": {},
    "POST /v1/mail-bounces": report_of_mail,
    "PUT /v1/mail-templates/{kind}/{language}": MAIL_TEXTS,
    "POST /v1/mail-templates/{kind}/{language}/preview": MAIL_TEXTS,
    "POST /v1/mail-templates/{kind}/{language}/versions/{version}/restore": {},
    "PATCH /v1/webhooks/{webhook_id}": {"description": "Renamed"},
    "POST /v1/webhooks/{webhook_id}/rotate-secret": {},
    "POST /v1/webhooks/{webhook_id}/replay": {"since": "2026-03-02T09:00:00Z"},
}

# The reference is the caller's own, so another merchant's request makes another merchant's row.
MAKES_ITS_OWN = frozenset(
    {
        "PUT /v1/companies/{ref}",
        "PUT /v1/groups/{code}",
        "PUT /v1/terms/{code}",
        # Every merchant has texts of its own for each kind of mail.
        "GET /v1/mail-templates/{kind}/{language}",
        "PUT /v1/mail-templates/{kind}/{language}",
        "DELETE /v1/mail-templates/{kind}/{language}",
        "GET /v1/mail-templates/{kind}/{language}/versions",
        "POST /v1/mail-templates/{kind}/{language}/versions/{version}/restore",
        "POST /v1/mail-templates/{kind}/{language}/preview",
        "PUT /v1/reminder-policies/{policy_code}",
        # It may come before its order, so it is kept for whatever order of the caller's own will have this name.
        "POST /v1/orders/{order_ref}/events",
    }
)

# What these bodies name is the merchant's own by nature; the others without a path parameter name rows, as in `BODIES`.
BODIES_WITHOUT_ROWS = frozenset(
    {
        "PATCH /v1/merchant",
        "PUT /v1/late-interest-rates",
        "POST /v1/shops",
        "PUT /v1/callback",
        "PUT /v1/mail-server",
        "POST /v1/mail-server/test",
        "POST /v1/terms/preview",
        "PUT /v1/policy",
        "PUT /v1/policy/essentials",
        "POST /v1/policy/simulate",
    }
)
# A company nobody knows is declined like any other: a decision, not an error.
DECLINES_STRANGERS = frozenset({"POST /v1/quotes", "POST /v1/holds"})
FOREIGN_SHOP_IN_BODY: dict[str, dict[str, Any]] = {
    "POST /v1/keys": {"name": "extra", "shop": "main"},
    "POST /v1/webhooks": {**WEBHOOK, "shop": "main"},
}


async def open_world(
    tenant: Tenant, *, client: httpx.AsyncClient, integrator: httpx.AsyncClient, database: Database
) -> World:
    """A merchant that is open for business."""
    world = World(tenant=tenant, client=client, integrator=integrator, database=database)
    await world.open_for_business()
    return world


async def body_for(world: World, route: str) -> Any:
    """The body of a request that the owner may make."""
    body = BODIES.get(route)
    return await body(world) if callable(body) else body
