"""The sections of a property's file, each into its dataclass; those on prices and terms are in `property_tariff.py`.

`properties/README.md` tells what every field means.
"""

from __future__ import annotations

from dataclasses import replace

from nightdesk import property_fields as check
from nightdesk import property_tariff as tariff
from nightdesk.hotel.menu import DOES, WHEN, Choice, Menu
from nightdesk.hotel.model import (
    BARGE_IN_MODES,
    TRANSFERS,
    Consent,
    Department,
    Hours,
    Language,
    Limits,
    Live,
    Outbound,
    Property,
    Recommendation,
    Retention,
    RoomType,
)
from nightdesk.hotel.screening import REFUSE, STAFF, TAKE, Screening
from nightdesk.hotel.tariff import STANDARD
from nightdesk.property_fields import Fields

_MOST_RETRIES = 2


def read_property(property_id: str, top: Fields) -> Property:
    """Raises: PropertyFileError for the first field that is wrong. How fields fit together is not looked at here."""
    return Property(
        property_id=property_id,
        name=top.text("name"),
        phone_numbers=top.texts("phone_numbers", check.phone_number, at_least=1),
        time_zone=top.text("time_zone", check=check.zone),
        currency=top.text("currency", check=check.currency),
        language=top.text("language", check=check.language),
        greeting=top.text("greeting"),
        kiosk_greeting=top.text("kiosk_greeting", default=""),
        languages=top.rows("languages", _language),
        personality=top.text("personality", default=""),
        check_in_time=top.clock("check_in_time"),
        check_out_time=top.clock("check_out_time"),
        night_ends=top.clock("night_ends", default="04:00"),
        room_types=top.rows("room_types", _room_type, at_least=1),
        rate_plans=top.rows("rate_plans", tariff.rate_plan) or (STANDARD,),
        seasons=top.rows("seasons", tariff.season),
        taxes=top.rows("taxes", tariff.tax),
        pets=top.section("pets", tariff.pets),
        children=top.section("children", tariff.children),
        extra_guest_cents=top.number("extra_guest_cents", at_least=0, default=0),
        cancellation=top.section("cancellation", tariff.cancellation),
        payment=top.section("payment", tariff.payment),
        pay_connector=top.text("pay_connector", default=""),
        departments=top.rows("departments", _department, at_least=1),
        escalation=top.texts("escalation", check.name) or ("front_desk",),
        transfer=top.text("transfer", default="blind", check=check.one_of(*TRANSFERS)),
        amenities=top.texts("amenities"),
        facts=top.texts("facts"),
        recommendations=top.rows("recommendations", _recommendation),
        voice=top.text("voice", default="marin"),
        live=top.section("live", _live),
        engine=top.text("engine", default="", check=check.name),
        barge_in=top.text("barge_in", default="selective", check=check.one_of(*BARGE_IN_MODES)),
        opening_clip=top.text("opening_clip", default="", check=check.clip_url),
        hold_music=top.text("hold_music", default="", check=check.music_url),
        address=top.text("address", default=""),
        consent=_consent(top),
        consent_notice=top.text("consent_notice", default=""),
        recording=top.flag("recording", default=False),
        record_staff=top.flag("record_staff", default=False),
        retention=top.section("retention", _retention),
        sms_countries=top.texts("sms_countries", check.country),
        outbound=top.section("outbound", _outbound),
        blocked_callers=frozenset(top.texts("blocked_callers", check.phone_number)),
        screening=top.section("screening", _screening),
        limits=top.section("limits", _limits),
        ivr=top.section("ivr", _menu),
    )


def _language(fields: Fields) -> Language:
    return Language(
        language=fields.text("language", check=check.language),
        greeting=fields.text("greeting"),
        kiosk_greeting=fields.text("kiosk_greeting", default=""),
        voice=fields.text("voice", default=""),
        consent_notice=fields.text("consent_notice", default=""),
    )


def _room_type(fields: Fields) -> RoomType:
    room = RoomType(
        room_type=fields.text("room_type", check=check.name),
        name=fields.text("name"),
        rate_cents=fields.number("rate_cents", at_least=1),
        max_guests=fields.number("max_guests", at_least=1),
        rooms=fields.texts("rooms", at_least=1),
        description=fields.text("description", default=""),
    )
    most = room.max_guests
    return replace(room, included_guests=fields.number("included_guests", at_least=1, at_most=most, default=most))


def _department(fields: Fields) -> Department:
    return Department(
        department=fields.text("department", check=check.name),
        name=fields.text("name"),
        number=fields.text("number", check=check.phone_number),
        hours=fields.rows("hours", _hours),
        ring_timeout_s=fields.number("ring_timeout_s", at_least=5, at_most=120, default=25),
        transfer=fields.text("transfer", default="", check=check.one_of(*TRANSFERS)),
        escalation=fields.texts("escalation", check.name),
    )


def _menu(fields: Fields) -> Menu:
    standard = Menu()
    return Menu(
        when=fields.text("when", default=standard.when, check=check.one_of(*WHEN)),
        choices=fields.rows("choices", _choice) or standard.choices,
        hours=fields.rows("hours", _hours),
    )


def _choice(fields: Fields) -> Choice:
    does = fields.text("does", check=check.one_of(*DOES))
    department = fields.text("department", check=check.name) if does == "department" else ""
    return Choice(fields.text("key", check=check.menu_key), does, department)


def _hours(fields: Fields) -> Hours:
    return Hours(fields.weekdays("weekdays") or frozenset(range(7)), fields.clock("opens"), fields.clock("closes"))


def _recommendation(fields: Fields) -> Recommendation:
    return Recommendation(
        category=fields.text("category", check=check.name),
        name=fields.text("name"),
        details=fields.text("details"),
        phone=fields.text("phone", default="", check=check.phone_number),
    )


def _consent(top: Fields) -> Consent:
    """A hotel with words of its own says them on every call, unless it says otherwise."""
    usual = "always" if "consent_notice" in top else Consent().announce
    return top.section("consent", lambda fields: _announced(fields, usual))


def _announced(fields: Fields, usual: str) -> Consent:
    return Consent(
        announce=fields.text("announce", check=check.one_of("always", "by_law"), default=usual),
        region=fields.text("region", check=check.region, default=""),
    )


def _retention(fields: Fields) -> Retention:
    standard = Retention()
    return Retention(
        recordings_days=fields.number("recordings_days", at_least=1, default=standard.recordings_days),
        conversations_days=fields.number("conversations_days", at_least=1, default=standard.conversations_days),
    )


def _live(fields: Fields) -> Live:
    standard = Live()
    delegation = check.one_of("responses", "client")
    return Live(
        delegation=fields.text("delegation", check=delegation, default=standard.delegation),
        backend_model=fields.text("backend_model", default=standard.backend_model),
    )


def _screening(fields: Fields) -> Screening:
    standard = Screening()
    people = check.one_of(STAFF, REFUSE)
    return Screening(
        calls_per_hour=fields.number("calls_per_hour", at_least=0, at_most=1000, default=standard.calls_per_hour),
        calls_at_once=fields.number("calls_at_once", at_least=0, at_most=1000, default=standard.calls_at_once),
        silent_calls=fields.number("silent_calls", at_least=0, at_most=50, default=standard.silent_calls),
        silent_hours=fields.number("silent_hours", at_least=1, at_most=7 * 24, default=standard.silent_hours),
        withheld=fields.text("withheld", check=check.one_of(TAKE, STAFF, REFUSE), default=standard.withheld),
        busy=fields.text("busy", check=people, default=standard.busy),
        too_many_calls=fields.text("too_many_calls", check=people, default=standard.too_many_calls),
        never_refused=frozenset(fields.texts("never_refused", check.phone_number)),
    )


def _outbound(fields: Fields) -> Outbound:
    standard = Outbound()
    pauses = fields.numbers("retries_after_s", at_least=60, at_most=86_400) if "retries_after_s" in fields else None
    if pauses is not None and len(pauses) > _MOST_RETRIES:
        raise fields.wrong("retries_after_s", f"must be {_MOST_RETRIES} at most: a guest is called three times in all")
    return Outbound(
        countries=fields.texts("countries", check.country),
        hours=fields.rows("hours", _hours) or standard.hours,
        lawful_hours=fields.rows("lawful_hours", _hours) or standard.lawful_hours,
        lawful_offer_hours=fields.rows("lawful_offer_hours", _hours) or standard.lawful_offer_hours,
        concurrent_calls=fields.number("concurrent_calls", at_least=1, default=standard.concurrent_calls),
        ring_s=fields.number("ring_s", at_least=5, at_most=120, default=standard.ring_s),
        retries_after_s=standard.retries_after_s if pauses is None else pauses,
    )


def _limits(fields: Fields) -> Limits:
    standard = Limits()
    return Limits(
        call_s=fields.number("call_s", at_least=60, default=standard.call_s),
        idle_s=fields.number("idle_s", at_least=5, default=standard.idle_s),
        budget_usd=fields.amount("budget_usd", default=standard.budget_usd),
        concurrent_calls=fields.number("concurrent_calls", at_least=1, default=standard.concurrent_calls),
        turns=fields.number("turns", at_least=10, default=standard.turns),
        hold_s=fields.number("hold_s", at_least=0, default=standard.hold_s),
        repeats=fields.number("repeats", at_least=0, default=standard.repeats),
        stale_turns=fields.number("stale_turns", at_least=0, default=standard.stale_turns),
        wait_s=fields.number("wait_s", at_least=30, at_most=900, default=standard.wait_s),
    )
