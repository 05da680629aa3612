"""`encours merchant`, `shop` and `key`: what must exist before the first request."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import select

from service.commands.shell import AUTHOR, console, error_console, in_context, in_transaction, print_table
from service.core.ids import new_id
from service.core.paging import MAX_PAGE_SIZE
from service.factory import Context
from service.infra.work import Caller, Work
from service.merchants import service as merchants
from service.merchants.domain import ApiKey, Merchant, Shop
from service.merchants.models import MerchantRow
from service.terms.service import install_catalogue

__all__ = ["register"]

MerchantOption = Annotated[str, typer.Option("--merchant", help="Id or exact name of the merchant.")]

merchant_app = typer.Typer(help="Merchants: the tenants of this service.", no_args_is_help=True)
shop_app = typer.Typer(help="Shops of a merchant.", no_args_is_help=True)
key_app = typer.Typer(help="API keys. A secret is printed once, when it is made.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(merchant_app, name="merchant")
    app.add_typer(shop_app, name="shop")
    app.add_typer(key_app, name="key")


@merchant_app.command("create")
def create_merchant(
    name: str,
    country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-2.")] = "FR",
    currency: Annotated[str, typer.Option(help="ISO 4217.")] = "EUR",
    time_zone: Annotated[str, typer.Option(help="IANA name.")] = "Europe/Paris",
) -> None:
    """Create a merchant with ready-made payment terms, and print its id."""

    async def create(context: Context) -> Merchant:
        async with context.database.transaction() as session:
            work = Work(session=session, caller=Caller.system(new_id(), AUTHOR), now=context.clock.now())
            merchant = await merchants.create_merchant(
                work, name=name, country=country.upper(), currency=currency.upper(), time_zone=time_zone
            )
            await install_catalogue(work)
            return merchant

    console().print(str(in_context(create).id))


@merchant_app.command("list")
def list_merchants() -> None:
    """List all merchants."""

    async def read(context: Context) -> list[tuple[str, ...]]:
        async with context.database.read() as session:
            statement = select(MerchantRow.id, MerchantRow.name, MerchantRow.country, MerchantRow.currency)
            rows = (await session.execute(statement.order_by(MerchantRow.id))).all()
        return [(str(row.id), row.name, row.country, row.currency) for row in rows]

    print_table(("id", "name", "country", "currency"), in_context(read))


@shop_app.command("create")
def create_shop(
    code: str,
    merchant: MerchantOption,
    name: Annotated[str, typer.Option(help="As people know it; the code otherwise.")] = "",
    language: Annotated[str, typer.Option(help="BCP 47.")] = "en",
) -> None:
    """Open a shop with the merchant's country, currency and time zone."""

    async def create(work: Work) -> Shop:
        return await merchants.create_shop(work, code=code, name=name or code, language=language, defaults={})

    console().print(str(in_transaction(merchant, create).id))


@shop_app.command("list")
def list_shops(merchant: MerchantOption) -> None:
    """List the shops of a merchant."""

    async def read(work: Work) -> list[tuple[str, ...]]:
        shops = await merchants.list_shops(work, before=None, limit=MAX_PAGE_SIZE)
        return [(shop.code, shop.name, shop.country, shop.currency, shop.time_zone, str(shop.id)) for shop in shops]

    print_table(("code", "name", "country", "currency", "time zone", "id"), in_transaction(merchant, read))


@key_app.command("create")
def create_key(
    name: str,
    merchant: MerchantOption,
    shop: Annotated[str | None, typer.Option(help="Code of the shop; without it the key is an integrator's.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Give it several times; all scopes otherwise.")] = None,
) -> None:
    """Make a key and print its secret, this once."""

    async def create(work: Work) -> tuple[ApiKey, str]:
        return await merchants.create_key(work, name=name, shop_code=shop, scopes=scope or None)

    _print_secret(*in_transaction(merchant, create))


@key_app.command("rotate")
def rotate_key(
    key_id: UUID,
    merchant: MerchantOption,
    overlap_hours: Annotated[int, typer.Option(min=0, help="How long the old key works on.")] = 24,
) -> None:
    """Make a successor and print its secret; the old key ends after the overlap."""

    async def rotate(work: Work) -> tuple[ApiKey, str]:
        return await merchants.rotate_key(work, key_id, overlap=timedelta(hours=overlap_hours))

    _print_secret(*in_transaction(merchant, rotate))


@key_app.command("revoke")
def revoke_key(key_id: UUID, merchant: MerchantOption) -> None:
    """End a key at once."""

    async def revoke(work: Work) -> None:
        await merchants.revoke_key(work, key_id)

    in_transaction(merchant, revoke)
    error_console().print("[green]The key is revoked.[/green]")


@key_app.command("list")
def list_keys(merchant: MerchantOption) -> None:
    """List the keys of a merchant, without their secrets."""

    async def read(work: Work) -> list[tuple[str, ...]]:
        keys = await merchants.list_keys(work, before=None, limit=MAX_PAGE_SIZE)
        return [(str(key.id), key.name, key.shop_code or "(all)", f"...{key.hint}", _state(key, work)) for key in keys]

    print_table(("id", "name", "shop", "secret", "state"), in_transaction(merchant, read))


def _state(key: ApiKey, work: Work) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if not key.is_usable(work.now):
        return "expired"
    return f"until {key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at is not None else "in use"


def _print_secret(key: ApiKey, secret: str) -> None:
    error_console().print(f"Key {key.id} ({key.name}). Keep the secret: it is shown only now.")
    console().print(secret)
