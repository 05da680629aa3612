"""SQL of forgetting to whom mails went: that one of a kind went at a time stays."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import text

from service.companies.domain import ANONYMISED_NAME
from service.infra.statements import Statement
from service.infra.work import Work

__all__ = ["forget_addresses", "forget_recipients"]

# One that is about to go is decided anew, by who can be written to now.
_BLANK: Final = Statement(
    text("""
    WITH before AS (
        SELECT id, recipients, refused_recipients FROM mails
        WHERE merchant_id = :merchant_id AND company_id = :company_id
        FOR NO KEY UPDATE
    ), touched AS (
        UPDATE mails SET
            recipients = ARRAY(
                SELECT CASE WHEN :everybody OR lower(one.address) = ANY (CAST(:addresses AS text[]))
                            THEN CAST(:nobody AS varchar) ELSE one.address END
                FROM unnest(before.recipients) WITH ORDINALITY AS one(address, place) ORDER BY one.place
            ),
            refused_recipients = (
                SELECT coalesce(jsonb_object_agg(one.key, one.value), '{}') FROM jsonb_each(before.refused_recipients) one
                WHERE NOT :everybody AND NOT lower(one.key) = ANY (CAST(:addresses AS text[]))
            ),
            last_error = NULL,
            status = CASE WHEN step = 'claimed' THEN 'queued' ELSE status END,
            claimed_until = CASE WHEN step = 'claimed' THEN NULL ELSE claimed_until END,
            step = NULLIF(step, 'claimed')
        FROM before
        WHERE mails.merchant_id = :merchant_id AND mails.id = before.id AND (
            :everybody
            OR EXISTS (SELECT FROM unnest(before.recipients) one
                       WHERE lower(one) = ANY (CAST(:addresses AS text[])))
            OR EXISTS (SELECT FROM jsonb_object_keys(before.refused_recipients) one
                       WHERE lower(one) = ANY (CAST(:addresses AS text[])))
        )
        RETURNING mails.id, mails.recipients, before.recipients AS known, before.refused_recipients AS refused
    ), texts AS (
        DELETE FROM mail_contents WHERE merchant_id = :merchant_id AND mail_id IN (
            SELECT id FROM touched WHERE :nobody = ALL (recipients)
        )
    ), reports AS (
        DELETE FROM mail_bounces WHERE merchant_id = :merchant_id AND mail_id IN (SELECT id FROM touched)
          AND (:everybody OR lower(recipient) = ANY (CAST(:addresses AS text[])))
    )
    SELECT DISTINCT lower(address) FROM touched, unnest(known || ARRAY(SELECT jsonb_object_keys(refused))) AS one(address)
    WHERE :everybody OR lower(address) = ANY (CAST(:addresses AS text[]))
    """)
)


async def forget_recipients(work: Work, company_id: UUID, *, addresses: Collection[str] | None) -> set[str]:
    """Forget these addresses in a company's mails, or all, and the texts of mails that went to nobody else; gives those
    that were forgotten. All are lower-case."""
    rows = await _BLANK.rows(
        work.session,
        merchant_id=work.merchant_id,
        company_id=company_id,
        everybody=addresses is None,
        addresses=list(addresses or ()),
        nobody=ANONYMISED_NAME,
    )
    return {address for (address,) in rows}


# What a server said of an address is about whoever still has it.
_CLEAR: Final = Statement(
    text("""
    DELETE FROM undeliverable_addresses dead
    WHERE dead.merchant_id = :merchant_id AND lower(dead.address) = ANY (CAST(:addresses AS text[]))
      AND NOT EXISTS (SELECT FROM companies
                      WHERE companies.merchant_id = :merchant_id AND lower(companies.invoice_email) = lower(dead.address))
      AND NOT EXISTS (SELECT FROM buyers
                      WHERE buyers.merchant_id = :merchant_id AND lower(buyers.email) = lower(dead.address))
    """)
)


async def forget_addresses(work: Work, addresses: Collection[str]) -> None:
    """Forget what is known against addresses that nobody has any more; they are lower-case."""
    if addresses:
        await _CLEAR.execute(work.session, merchant_id=work.merchant_id, addresses=list(addresses))
