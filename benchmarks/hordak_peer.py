"""The peer: django-hordak with the guard its users add, in an environment of its own and on the same server.

`setup URL` makes its tables and accounts, `run URL SECONDS` prints how many reservations it booked per second. A
reservation locks the company's account, sums it, compares it with the limit and transfers: no key that makes it
repeatable, no rules and no kept decision.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from typing import Final
from urllib.parse import parse_qs, urlsplit

import django  # type: ignore[import-not-found]
from django.conf import settings  # type: ignore[import-not-found]
from django.core.management import call_command  # type: ignore[import-not-found]
from django.db import connection, transaction  # type: ignore[import-not-found]

_COMPANIES: Final = 200
_PROCESSES: Final = 4
_LIMIT: Final = 10**9


def main() -> None:
    """Do what the command line says."""
    what, url = sys.argv[1:3]
    _configure(url)
    if what == "setup":
        _set_up()
    else:
        print(_run(float(sys.argv[3])))


def _configure(url: str) -> None:
    address = urlsplit(url)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": address.path.lstrip("/"),
                "USER": address.username,
                "HOST": parse_qs(address.query)["host"][0],
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
        USE_TZ=True,
        SECRET_KEY="benchmark",  # noqa: S106 - it signs nothing
        DEFAULT_CURRENCY="EUR",
        CURRENCIES=["EUR"],
    )
    django.setup()


def _set_up() -> None:
    from hordak.models import Account  # type: ignore[import-not-found]  # noqa: PLC0415 - after django.setup()

    call_command("migrate", verbosity=0)
    Account.objects.create(name="Commitments", code="0", type="IN", currencies=["EUR"])
    for number in range(1, _COMPANIES + 1):
        Account.objects.create(name=f"Company {number}", code=str(number), type="AS", currencies=["EUR"])


def _run(seconds: float) -> float:
    connection.close()
    with multiprocessing.get_context("fork").Pool(_PROCESSES) as pool:
        return sum(pool.map(_reserve, [seconds] * _PROCESSES, chunksize=1)) / seconds


def _reserve(seconds: float) -> int:
    from hordak.models import Account  # noqa: PLC0415 - after django.setup()
    from moneyed import Money  # type: ignore[import-not-found]  # noqa: PLC0415 - after django.setup()

    amount, limit = Money("4.80", "EUR"), Money(_LIMIT, "EUR")
    commitments = Account.objects.get(code="0")
    count, ends_s = 0, time.perf_counter() + seconds
    while time.perf_counter() < ends_s:
        with transaction.atomic():
            company = Account.objects.select_for_update().get(code=str(random.randint(1, _COMPANIES)))
            if company.get_balance()["EUR"] + amount <= limit:
                commitments.transfer_to(company, amount)
                count += 1
    return count


if __name__ == "__main__":
    main()
