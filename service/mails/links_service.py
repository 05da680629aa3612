"""The link to a company's account in its mails: made when a mail is about to be written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from service.companies.domain import PortalAccess
from service.companies.repository import read_portal_access
from service.core.mail_addresses import to_wire_address
from service.infra.portal_links import PortalLink, PortalLinks
from service.infra.work import Work
from service.mails.domain import Prepared, QueuedMail, Skipped

__all__ = ["add_portal_links"]


async def add_portal_links(
    work: Work,
    mails: Sequence[QueuedMail],
    answers: Mapping[UUID, Prepared | Skipped],
    *,
    links: PortalLinks,
    unlinked_shops: Collection[UUID | None],
) -> dict[UUID, Prepared | Skipped]:
    """Each mail about a company with a link to its account, in one statement for all.

    A mail that also goes to somebody who may not see the credit has none.
    """
    result = dict(answers)
    if not links.can_be_made:
        return result
    about = {
        mail.company_id for mail in mails if mail.company_id is not None and isinstance(answers.get(mail.id), Prepared)
    }
    access = await read_portal_access(work, about) if about else {}
    for mail in mails:
        answer = answers.get(mail.id)
        if mail.company_id is None or not isinstance(answer, Prepared) or mail.shop_id in unlinked_shops:
            continue
        known = access[mail.company_id]
        if _may_all_see(answer, known):
            link = PortalLink(
                merchant_id=work.merchant_id,
                company_id=mail.company_id,
                shop_id=mail.shop_id,
                version=known.version,
                issued_at=work.now,
            )
            result[mail.id] = replace(answer, view=replace(answer.view, portal_url=links.url_of(link)))
    return result


def _may_all_see(prepared: Prepared, access: PortalAccess) -> bool:
    if not access.shut_out:
        return True
    # Recipients are written as the mail server is told them by now.
    shut_out = {(to_wire_address(address) or address).lower() for address in access.shut_out}
    return shut_out.isdisjoint(address.lower() for address in prepared.recipients)
