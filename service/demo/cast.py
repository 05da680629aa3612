"""Who trades in the demo: invented companies, each with habits of its own. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

__all__ = ["CAST", "Character", "Mishap", "Paying"]


class Paying(StrEnum):
    """How a company pays what it owes."""

    EACH_ORDER = "each_order"
    IN_TWO_PARTS = "in_two_parts"
    MONTHLY_FOR_ALL = "monthly_for_all"
    ROUNDED_UP = "rounded_up"
    NEVER = "never"


class Mishap(StrEnum):
    """What goes wrong now and then, beside being late."""

    CANCELS = "cancels"
    RETURNS_GOODS = "returns_goods"
    ABANDONS_CARTS = "abandons_carts"
    CHEQUE_BOUNCES = "cheque_bounces"
    DISPUTES = "disputes"
    INSOLVENT = "insolvent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """One company. `limit` is its own in euros: a number, "unlimited", or None to inherit its group's or the shop's.

    Orders come every `every_days` for amounts within `euros`; money comes `days_from_due` after the due date, negative
    is early. `frozen_after` is the share of the half-year after which its line is frozen.
    """

    ref: str
    name: str
    country: str
    city: str
    shop: str = "main"
    groups: tuple[str, ...] = ()
    limit: str | None = None
    terms: str | None = None
    completed_orders: int = 12
    every_days: tuple[int, int] = (5, 9)
    euros: tuple[int, int] = (120, 900)
    days_from_due: tuple[int, int] = (-5, 0)
    paying: Paying = Paying.EACH_ORDER
    mishap: Mishap | None = None
    frozen_after: float | None = None
    exchange_rate: tuple[str, str] | None = None
    buyers: tuple[str, ...] = field(default=())


CAST: Final[tuple[Character, ...]] = (
    Character(ref="D-101", name="Moulin Vert SARL", country="FR", city="Lyon", limit="6000.00", buyers=("Anna Roy", "Paul Roy")),
    Character(ref="D-102", name="Atelier Brun", country="FR", city="Nantes", limit="4000.00", groups=("wholesale",)),
    Character(ref="D-103", name="Boulangerie des Quais", country="FR", city="Bordeaux", groups=("wholesale",), euros=(60, 400)),
    Character(ref="D-104", name="Librairie du Canal", country="FR", city="Lille", groups=("wholesale",), days_from_due=(-12, -3)),
    Character(ref="D-105", name="Hôtel Beau Rivage", country="FR", city="Nice", limit="9000.00", terms="end_of_month_45", euros=(300, 1500)),
    Character(ref="D-106", name="Garage Lemoine", country="FR", city="Rennes", groups=("wholesale",), days_from_due=(0, 0)),
    Character(ref="D-107", name="Pharmacie de la Gare", country="FR", city="Dijon", limit="5000.00", terms="monthly_net_30"),
    Character(ref="D-108", name="Traiteur Olivier", country="FR", city="Toulouse", groups=("wholesale",), paying=Paying.MONTHLY_FOR_ALL),
    # Late payers, from the absent-minded to the one whom the overdue block stops.
    Character(ref="D-201", name="Menuiserie Faure", country="FR", city="Grenoble", limit="5000.00", days_from_due=(2, 9)),
    Character(ref="D-202", name="Café des Arts", country="FR", city="Paris", groups=("wholesale",), days_from_due=(5, 13)),
    Character(ref="D-203", name="Imprimerie Nord", country="FR", city="Roubaix", limit="7000.00", days_from_due=(12, 28)),
    Character(ref="D-204", name="Fleurs et Cie", country="FR", city="Angers", limit="6000.00", days_from_due=(20, 40)),
    # Orders that outgrow their limit.
    Character(ref="D-301", name="Cycles Martin", country="FR", city="Tours", limit="1500.00", euros=(300, 900)),
    Character(ref="D-302", name="Épicerie Fine Durand", country="FR", city="Metz", limit="800.00", euros=(150, 600), every_days=(3, 6)),
    # Each with something of its own.
    Character(ref="D-401", name="Bureau Clair", country="FR", city="Reims", limit="6000.00", mishap=Mishap.CANCELS),
    Character(ref="D-402", name="Mode Sept", country="FR", city="Marseille", limit="6000.00", mishap=Mishap.RETURNS_GOODS),
    Character(ref="D-403", name="Studio Pixel", country="FR", city="Montpellier", limit="4000.00", mishap=Mishap.ABANDONS_CARTS),
    Character(ref="D-404", name="Bricolage Petit", country="FR", city="Le Mans", limit="5000.00", mishap=Mishap.CHEQUE_BOUNCES),
    Character(ref="D-405", name="Clinique du Parc", country="FR", city="Nancy", limit="8000.00", euros=(300, 1200), mishap=Mishap.DISPUTES),
    Character(ref="D-406", name="Meubles Anciens", country="FR", city="Limoges", limit="3000.00", paying=Paying.NEVER, mishap=Mishap.INSOLVENT),
    Character(ref="D-407", name="École Montessori", country="FR", city="Annecy", groups=("associations",), paying=Paying.IN_TWO_PARTS),
    Character(ref="D-408", name="Club Nautique", country="FR", city="La Rochelle", groups=("associations",), paying=Paying.ROUNDED_UP),
    Character(ref="D-409", name="Transports Vidal", country="FR", city="Perpignan", limit="5000.00", days_from_due=(3, 12), frozen_after=0.6),
    # Standing in the precedence: let in without history, kept out whatever the history, and too new for the rules.
    Character(ref="D-501", name="Groupe Horizon SA", country="FR", city="Paris", groups=("key_accounts",), limit="unlimited", completed_orders=0, euros=(800, 6000)),
    Character(ref="D-502", name="Discount Express", country="FR", city="Calais", groups=("blocked",), limit="2000.00"),
    Character(ref="D-503", name="Jeune Pousse", country="FR", city="Strasbourg", limit="2000.00", completed_orders=0),
    # The second shop, and one that orders in a currency of its own.
    Character(ref="X-101", name="Brasserie du Midi", country="BE", city="Bruxelles", shop="export", limit="5000.00"),
    Character(ref="X-102", name="Harrow Stationers", country="GB", city="London", shop="export", limit="5000.00", exchange_rate=("GBP", "1.1520")),
)  # fmt: skip
