"""What a property's file says of prices and terms, each section into its dataclass of `hotel/tariff.py`.

`properties/README.md` tells what every field means.
"""

from __future__ import annotations

from nightdesk import property_fields as check
from nightdesk.hotel.tariff import Cancellation, Children, Payment, Pets, RatePlan, Season, Tax, Window
from nightdesk.property_fields import Fields


def rate_plan(fields: Fields) -> RatePlan:
    min_nights = fields.number("min_nights", at_least=1, default=1)
    return RatePlan(
        rate_plan=fields.text("rate_plan", check=check.name),
        name=fields.text("name"),
        basis_points=fields.percent("percent", lowest=-90, highest=300, default=0),
        min_nights=min_nights,
        max_nights=fields.number("max_nights", at_least=min_nights) if "max_nights" in fields else 0,
        weekdays=fields.weekdays("weekdays"),
        window=_window(fields),
        cancellation=fields.section("cancellation", cancellation) if "cancellation" in fields else None,
        payment=fields.section("payment", payment) if "payment" in fields else None,
    )


def season(fields: Fields) -> Season:
    return Season(
        name=fields.text("name"),
        basis_points=fields.percent("percent", lowest=-90, highest=300, default=0),
        window=_window(fields),
        weekdays=fields.weekdays("weekdays"),
        min_nights=fields.number("min_nights", at_least=1, default=1),
    )


def _window(fields: Fields) -> Window | None:
    if "first" not in fields and "last" not in fields:
        return None
    first, last = fields.day("first"), fields.day("last")
    if len(first) != len(last):
        raise fields.wrong("last", f"must be written like first: both with a year or both without, not {last!r}")
    if len(first) == 10 and last < first:
        raise fields.wrong("last", f"must not be before {first}")
    return Window(first, last)


def tax(fields: Fields) -> Tax:
    tax_name = fields.text("name")
    if "per_adult_night_cents" in fields:
        return Tax(
            name=tax_name,
            per_adult_night_cents=fields.number("per_adult_night_cents", at_least=1),
            nights_at_most=fields.number("nights_at_most", at_least=1) if "nights_at_most" in fields else 0,
        )
    return Tax(tax_name, fields.percent("percent"), included=fields.flag("included", default=False))


def pets(fields: Fields) -> Pets:
    return Pets(
        allowed=fields.flag("allowed", default=False),
        fee_cents=fields.number("fee_cents", at_least=0, default=0),
        max_pets=fields.number("max_pets", at_least=0, default=0),
        per="night" if fields.text("per", check=check.one_of("stay", "night"), default="stay") == "night" else "stay",
    )


def children(fields: Fields) -> Children:
    return Children(
        under=fields.number("under", at_least=1, at_most=18, default=12),
        fee_cents=fields.number("fee_cents", at_least=0, default=0),
    )


def cancellation(fields: Fields) -> Cancellation:
    if not fields.flag("refundable", default=True):
        return Cancellation(free_hours=None, fee_basis_points=10_000)
    free_hours = fields.number("free_hours", at_least=0)
    if "fee_nights" in fields:
        return Cancellation(free_hours, fee_nights=fields.number("fee_nights", at_least=1))
    return Cancellation(free_hours, fee_basis_points=fields.percent("fee_percent"))


def payment(fields: Fields) -> Payment:
    at_booking = fields.text("at_booking", check=check.one_of("card", "total", "deposit", "nothing"))
    hold_minutes = fields.number("hold_minutes", at_least=5, at_most=7 * 24 * 60, default=30)
    match at_booking:
        case "card":
            return Payment("card", hold_minutes)
        case "total":
            return Payment("total", hold_minutes)
        case "nothing":
            return Payment("nothing", hold_minutes)
    if "deposit_cents" in fields:
        return Payment("deposit", hold_minutes, deposit_cents=fields.number("deposit_cents", at_least=1))
    if "deposit_nights" in fields:
        return Payment("deposit", hold_minutes, deposit_nights=fields.number("deposit_nights", at_least=1))
    return Payment("deposit", hold_minutes, deposit_basis_points=fields.percent("deposit_percent", lowest=1))
