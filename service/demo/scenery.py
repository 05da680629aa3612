"""What is set up before anybody trades: terms, groups, the policy, companies and their limits. All through the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from service.demo.cast import Character
from service.infra.api_client import ApiClient, path_of

__all__ = ["SHOPS", "introduce", "set_scene"]

SHOPS: Final = ("main", "export")

_TERMS: Final[dict[str, dict[str, Any]]] = {
    "net_30": {"net_days": 30, "label": "30 jours net"},
    "net_60": {"net_days": 60, "label": "60 jours net"},
    "end_of_month_45": {"net_days": 45, "end_of_month": "end_of_month_then_days", "label": "45 jours fin de mois"},
    "monthly_net_30": {"net_days": 30, "billing_period": "monthly", "label": "relevé mensuel, 30 jours"},
}
_GROUPS: Final[dict[str, dict[str, Any]]] = {
    "wholesale": {"name": "Wholesale", "limit": {"kind": "amount", "amount": "4500.00", "currency": "EUR"}},
    "associations": {
        "name": "Associations and schools",
        "limit": {"kind": "amount", "amount": "2500.00", "currency": "EUR"},
        "default_terms": "net_60",
    },
    "key_accounts": {"name": "Key accounts", "position": "allow", "allowed_terms": ["net_60", "net_30"]},
    "blocked": {"name": "No terms for these", "position": "deny"},
}
_RULES: Final[dict[str, Any]] = {
    "all": [
        {"fact": "completed_orders", "op": "gte", "value": 2},
        {"fact": "account_age_days", "op": "gte", "value": 60},
        {
            "any": [
                {"fact": "vat_status", "op": "eq", "value": "valid", "on_unknown": "pass"},
                {"fact": "running_contract", "op": "is_true"},
                {"fact": "net_spend_12m", "op": "gte", "value": "2000.00"},
            ]
        },
        {"fact": "return_rate_bp", "op": "lte", "value": 2500, "on_unknown": "pass"},
    ]
}
_POLICY: Final[dict[str, Any]] = {
    "currency": "EUR",
    "overdue_margin_days": 21,
    "minimum_order": "50.00",
    "over_limit": "decline",
}


async def set_scene(api: ApiClient) -> None:
    """The merchant's decisions."""
    for code, terms in _TERMS.items():
        await api.send("PUT", path_of("terms", code), terms)
    for code, group in _GROUPS.items():
        await api.send("PUT", path_of("groups", code), group)
    settings = {
        "default_terms": "net_30",
        "allowed_terms": ["net_30", "end_of_month_45"],
        "hold_minutes": 240,
        # An IBAN of documentation, so that mails and statements show how to pay; no bank has this account.
        "bank_account": {"holder": "Encours demo", "iban": "FR7630006000011234567890189", "bic": "AGRIFRPP"},
    }
    await api.send("PATCH", path_of("merchant"), {"settings": settings, "reason": "opening"})
    await api.send("PUT", path_of("policy"), {"rules": _RULES, "settings": _POLICY, "reason": "opening"})


async def introduce(api: ApiClient, characters: Sequence[Character], *, at: datetime) -> None:
    """The companies of one shop as the shop knows them, and what was agreed with each."""
    for character in characters:
        await api.send("PUT", path_of("companies", character.ref), describe(character, at=at))
        if character.limit is not None:
            limit = (
                {"kind": "unlimited"}
                if character.limit == "unlimited"
                else {"kind": "amount", "amount": character.limit}
            )
            agreed = {**limit, "currency": "EUR", "reason": "agreed when the account was opened"}
            await api.send("PUT", path_of("companies", character.ref, "credit", "limit"), agreed)


def describe(character: Character, *, at: datetime, completed_orders: int | None = None) -> dict[str, Any]:
    """What the shop reports of a company; the history of orders before the demo is made up."""
    orders = character.completed_orders if completed_orders is None else completed_orders
    as_of = at.isoformat()
    slug = character.ref.lower()

    def fact(value: Any, **more: str) -> dict[str, Any]:
        return {"value": value, "source": "shop", "as_of": as_of, **more}

    company: dict[str, Any] = {
        "legal_name": character.name,
        "country": character.country,
        "language": "en" if character.country == "GB" else "fr",
        "invoice_email": f"invoices@{slug}.example",
        "groups": list(character.groups),
        "addresses": [
            {"kind": "billing", "line1": "1 rue de la Démo", "city": character.city, "country": character.country}
        ],
        "facts": {
            "completed_orders": fact(orders),
            "net_spend_12m": fact(f"{orders * 250}.00", currency="EUR"),
            "account_age_days": fact(30 + 40 * orders),
        },
        "buyers": [{"ref": f"{slug}-{number}", "name": name} for number, name in enumerate(character.buyers, start=1)],
    }
    if character.terms is not None:
        company |= {"default_terms": character.terms, "allowed_terms": [character.terms, "net_30"]}
    return company
