"""Use cases of a merchant's own mail server: say which, try it, go back to the operator's."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from service.core.addresses import find_address_problem
from service.core.ids import new_id
from service.infra.signing import SecretBox
from service.infra.work import Work
from service.mails import server_repository
from service.mails.domain import MailKind, NewMail
from service.mails.errors import MailServerMissing, MailServerRefused, SenderMissing
from service.mails.queue_service import queue_mails
from service.mails.servers import Security, StoredServer
from service.merchants.domain import Change
from service.merchants.service import read_shops, record_change, require_integrator

__all__ = ["ServerRules", "WantedServer", "get_server", "remove_server", "send_test", "set_server"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerRules:
    """What the operator decided: the keys that seal passwords, and whether private addresses may be used."""

    secret_box: SecretBox
    allow_private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedServer:
    """A server as somebody says it. `keeps_password`: none was given, and the known one goes on."""

    host: str
    port: int
    security: Security
    username: str | None
    password: str | None
    keeps_password: bool


async def get_server(work: Work) -> StoredServer | None:
    """The merchant's own server, if any. Not for a shop's key."""
    require_integrator(work)
    return await server_repository.read_server(work)


async def set_server(work: Work, rules: ServerRules, wanted: WantedServer, *, reason: str | None) -> StoredServer:
    """Set or replace the merchant's server; mails that wait for it are due. Not for a shop's key. Raises
    MailServerRefused."""
    require_integrator(work)
    before = await server_repository.read_server(work)
    password = _password_for(rules, wanted, before)
    _require_usable(rules, wanted, has_password=password is not None)
    values: dict[str, Any] = {
        "host": wanted.host,
        "port": wanted.port,
        "security": wanted.security.value,
        "username": wanted.username,
        "password": password,
    }
    await server_repository.save_server(work, values)
    await server_repository.release_waiting(work)
    after = await get_server(work)
    assert after is not None
    await _record(work, before=_described(before), after=_described(after), reason=reason)
    return after


async def remove_server(work: Work) -> None:
    """Go back to the operator's server, with the mails that waited for this one. Raises MailServerMissing."""
    before = await get_server(work)
    if before is None:
        raise MailServerMissing
    await server_repository.delete_server(work)
    await server_repository.release_waiting(work)
    await _record(work, before=_described(before), after=None, reason=None)


async def send_test(work: Work, *, recipient: str) -> UUID:
    """Queue a mail that shows whether mails go out; gives its id. Raises SenderMissing."""
    require_integrator(work)
    stored = await server_repository.read_server(work)
    if stored is not None:
        # It goes out as what concerns no single shop: by the settings of the first one.
        senders = [settings.mail.sender_address for _, settings in await read_shops(work)]
        if senders[:1] == [None]:
            raise SenderMissing
    cause = f"test:{new_id()}"
    mail = NewMail(
        kind=MailKind.TEST,
        cause=cause,
        subject_ids={"server": stored.host} if stored is not None else {},
        recipients=(recipient,),
    )
    return (await queue_mails(work, [mail]))[cause]


def _password_for(rules: ServerRules, wanted: WantedServer, before: StoredServer | None) -> bytes | None:
    """The sealed password, the known one where none was given. It is for the server it was given for: another one must
    not be handed it."""
    if wanted.password is not None:
        return rules.secret_box.seal(wanted.password)
    if before is None or (before.host, before.username) != (wanted.host, wanted.username):
        return None
    return before.password if wanted.keeps_password else None


def _require_usable(rules: ServerRules, wanted: WantedServer, *, has_password: bool) -> None:
    """Names are looked up only when mails are sent."""
    is_plain = wanted.security is Security.NONE
    if is_plain and (has_password or not rules.allow_private):
        raise MailServerRefused(
            "A connection without TLS is only for servers on a private network, without a password."
        )
    try:
        address = ip_address(wanted.host)
    except ValueError:
        return
    if find_address_problem(address, is_plain=is_plain, allow_private=rules.allow_private):
        raise MailServerRefused("Nothing may be sent to this address.")


def _described(stored: StoredServer | None) -> dict[str, Any] | None:
    """Without its secrets."""
    if stored is None:
        return None
    return {
        "host": stored.host,
        "port": stored.port,
        "security": stored.security,
        "username": stored.username,
        "version": stored.version,
    }


async def _record(work: Work, *, before: object, after: object, reason: str | None) -> None:
    change = Change(
        subject_kind="merchant",
        subject_id=work.merchant_id,
        field="mail_server",
        before=before,
        after=after,
        reason=reason,
    )
    await record_change(work, change)
