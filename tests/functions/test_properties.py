import re
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from nightdesk import properties, property_sections, property_tariff
from nightdesk.errors import PropertyFileError
from nightdesk.hotel import tariff
from nightdesk.hotel.model import Department, Hours, Property

DEMO = properties.PACKAGED / "west-bethel-motel.yaml"


def write(folder: Path, name: str = "demo.yaml", /, **changes: object) -> Path:
    """The demo hotel's file with some fields changed; None takes one away."""
    data = {**yaml.safe_load(DEMO.read_text()), **changes}
    path = folder / name
    path.write_text(yaml.safe_dump({key: value for key, value in data.items() if value is not None}))
    return path


def test_the_demo_hotel_is_as_agreed() -> None:
    loaded = properties.load()
    assert loaded.broken == ()
    hotel = loaded.by_number("+12072203501")
    assert hotel is not None
    assert hotel.property_id == "west-bethel-motel"
    assert hotel.front_desk.number == "+12072203502"
    assert [(r.name, r.rate_cents, r.max_guests) for r in hotel.room_types] == [
        ("Standard Queen", 12900, 2),
        ("Deluxe King", 15900, 2),
        ("Suite", 24900, 4),
    ]
    assert [tax.basis_points for tax in hotel.taxes] == [900]
    assert (hotel.pets.allowed, hotel.pets.fee_cents) == (True, 5000)
    assert hotel.greeting.startswith("Thank you for calling West Bethel Motel.")
    assert (hotel.check_in_time, hotel.check_out_time) == (time(15), time(11))
    assert {"free WiFi", "complimentary breakfast", "fitness center", "swimming pool"} <= set(hotel.amenities)
    assert hotel.cancellation == tariff.Cancellation(free_hours=24, fee_nights=1)
    assert hotel.payment.at_booking == "card"
    assert hotel.children == tariff.Children(under=12, fee_cents=0)
    assert hotel.extra_guest_cents == 0
    assert hotel.seasons == ()


def test_every_field_reaches_the_hotel() -> None:
    """The second hotel's file uses nearly all there are."""
    hotel = properties.load().by_id["hotel-casa-alondra"]
    assert (hotel.time_zone, hotel.currency, hotel.language) == ("Europe/Madrid", "EUR", "es")
    assert [(r.room_type, r.included_guests) for r in hotel.room_types] == [
        ("individual", 1),
        ("doble", 2),
        ("doble_balcon", 2),
        ("familiar", 2),
    ]
    weekend, firm = hotel.rate_plan("weekend"), hotel.rate_plan("non_refundable")
    assert weekend == tariff.RatePlan(
        "weekend", "escapada de fin de semana", -1_000, min_nights=2, max_nights=3, weekdays=frozenset({4, 5, 6})
    )
    assert firm is not None
    assert (firm.cancellation, firm.payment) == (
        tariff.Cancellation(None, fee_basis_points=10_000),
        tariff.Payment("total", hold_minutes=20),
    )
    assert hotel.seasons[0] == tariff.Season(
        "Mobile World Congress", 6_000, tariff.Window("2027-02-28", "2027-03-04"), min_nights=2
    )
    assert hotel.taxes == (
        tariff.Tax("IVA", 1_000, included=True),
        tariff.Tax("tasa turística", per_adult_night_cents=924, nights_at_most=7),
    )
    assert (hotel.children, hotel.extra_guest_cents) == (tariff.Children(17, 1_800), 3_000)
    assert hotel.payment == tariff.Payment("deposit", 60, deposit_basis_points=3_000)
    assert hotel.escalation == ("front_desk", "management")
    assert hotel.retention.recordings_days == 7
    assert hotel.sms_countries[0] == "ES"
    assert hotel.night_ends == time(5)
    assert hotel.in_language("en").greeting == "Thank you for calling Hotel Casa Alondra. How may I help you?"
    assert {place.category for place in hotel.recommendations} == {"restaurants", "sights", "transport", "services"}


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"greeting": None}, "greeting", "is missing"),
        ({"phone_numbers": ["2072203501"]}, r"phone_numbers\[0\]", "must be a phone number"),
        ({"phone_numbers": []}, "phone_numbers", "needs at least 1"),
        ({"time_zone": "Maine"}, "time_zone", "is not a time zone"),
        ({"time_zone": "../etc"}, "time_zone", "is not a time zone"),
        ({"check_in_time": 900}, "check_in_time", "must be a time of day in quotes"),
        ({"room_types": "queen"}, "room_types", "must be a list, not text"),
        ({"room_types": [{"room_type": "queen"}]}, r"room_types\[0\].name", "is missing"),
        (
            {"departments": [{"department": "spa", "name": "Spa", "number": "+12072203502"}]},
            "departments",
            "front_desk",
        ),
        ({"taxes": [{"name": "tax", "percent": "nine"}]}, r"taxes\[0\].percent", "must be a number"),
        ({"taxes": [{"name": "tax", "percent": 900}]}, r"taxes\[0\].percent", "between 0 and 100"),
        ({"pets": {"allowed": "yes"}}, "pets.allowed", "must be true or false, not text"),
        ({"limits": {"call_s": 5}}, "limits.call_s", "must be at least 60"),
        ({"barge_in": False}, "barge_in", "must be text in quotes"),  # what YAML makes of a bare off
        ({"opening_clip": "greeting.wav"}, "opening_clip", "must be an https, gs or file URL"),
        ({"hold_music": "http://waltz.mp3"}, "hold_music", "must be an https URL"),
        ({"transfer": "cold"}, "transfer", "must be one of blind, warm"),
        (
            {
                "departments": [
                    {"department": "front_desk", "name": "x", "number": "+12072203502", "escalation": ["spa"]}
                ]
            },
            r"departments\[0\].escalation\[0\]",
            "is not a department of this hotel",
        ),
        ({"limits": {"wait_s": 5}}, "limits.wait_s", "must be at least 30"),
        ({"barge_in": "polite"}, "barge_in", "must be one of off, immediate, selective"),
        ({"greting": "hi"}, "greting", "is not a field"),
        ({"currency": "JPY"}, "currency", "cannot be JPY"),
        ({"check_in_time": "25:00"}, "check_in_time", "must be a time of day"),
        ({"cancellation": None}, "cancellation.free_hours", "is missing"),
        ({"cancellation": {"free_hours": 24}}, "cancellation.fee_percent", "is missing"),
        ({"cancellation": {"free_hours": 24, "fee_nights": 1, "fee_percent": 5}}, "cancellation.fee_percent", "is not"),
        ({"cancellation": {"refundable": False, "free_hours": 24}}, "cancellation.free_hours", "is not a field"),
        ({"payment": None}, "payment.at_booking", "is missing"),
        ({"payment": {"at_booking": "cash"}}, "payment.at_booking", "must be one of card, total, deposit, nothing"),
        ({"payment": {"at_booking": "deposit"}}, "payment.deposit_percent", "is missing"),
        ({"payment": {"at_booking": "card", "hold_minutes": 1}}, "payment.hold_minutes", "must be at least 5"),
        ({"rate_plans": [{"rate_plan": "x"}]}, r"rate_plans\[0\].name", "is missing"),
        (
            {"rate_plans": [{"rate_plan": "x", "name": "X", "min_nights": 2}]},
            r"rate_plans\[0\]",
            "must take every stay",
        ),
        (
            {"rate_plans": [{"rate_plan": "x", "name": "X", "cancellation": {"refundable": False}}]},
            r"rate_plans\[0\]",
            "must take every stay, on the hotel's own terms",
        ),
        (
            {"rate_plans": [{"rate_plan": "x", "name": "X", "min_nights": 3, "max_nights": 2}]},
            r"rate_plans\[0\].max_nights",
            "must be at least 3",
        ),
        ({"rate_plans": [{"rate_plan": "x", "name": "X"}] * 2}, "rate_plans.rate_plan", "'x' appears twice"),
        (
            {"rate_plans": [{"rate_plan": "x", "name": "X", "percent": -95}]},
            r"rate_plans\[0\].percent",
            "between -90 and 300",
        ),
        (
            {"rate_plans": [{"rate_plan": "x", "name": "X", "cancellation": {"free_hours": "one"}}]},
            r"rate_plans\[0\].cancellation.free_hours",
            "must be a whole number, not text",
        ),
        ({"seasons": [{"name": "x", "first": "12-20"}]}, r"seasons\[0\].last", "is missing"),
        ({"seasons": [{"name": "x", "first": "13-20", "last": "12-21"}]}, r"seasons\[0\].first", "must be a date like"),
        (
            {"seasons": [{"name": "x", "first": "12-20", "last": "2027-01-01"}]},
            r"seasons\[0\].last",
            "both with a year",
        ),
        (
            {"seasons": [{"name": "x", "first": "2027-02-01", "last": "2027-01-01"}]},
            r"seasons\[0\].last",
            "must not be before 2027-02-01",
        ),
        ({"seasons": [{"name": "x", "weekdays": ["fri"]}]}, r"seasons\[0\].weekdays\[0\]", "must be one of monday"),
        (
            {"taxes": [{"name": "t", "per_adult_night_cents": 5, "percent": 3}]},
            r"taxes\[0\].percent",
            "is not a field",
        ),
        ({"children": {"under": 99}}, "children.under", "must be at most 18"),
        ({"pets": {"allowed": True, "per": "week"}}, "pets.per", "must be one of stay, night"),
        ({"escalation": ["manager", "spa"]}, r"escalation\[1\]", "is not a department of this hotel: 'spa'"),
        ({"languages": [{"language": "en", "greeting": "Hi"}]}, "languages.language", "'en' appears twice"),
        ({"languages": [{"language": "es"}]}, r"languages\[0\].greeting", "is missing"),
        ({"sms_countries": ["+1"]}, r"sms_countries\[0\]", "must be a country code like US"),
        ({"sms_countries": [False]}, r"sms_countries\[0\]", "must be text in quotes"),  # what YAML makes of NO
        ({"retention": {"recordings_days": 0}}, "retention.recordings_days", "must be at least 1"),
        ({"recommendations": [{"category": "Food!"}]}, r"recommendations\[0\].category", "must be small letters"),
    ],
)
def test_an_error_names_file_and_field(tmp_path: Path, changes: dict[str, object], field: str, problem: str) -> None:
    with pytest.raises(PropertyFileError, match=rf"properties/demo\.yaml: {field} .*{problem}"):
        properties.load_file(write(tmp_path, **changes))


def test_a_room_number_belongs_to_one_room_type(tmp_path: Path) -> None:
    room = {"name": "Q", "rate_cents": 1, "max_guests": 1, "rooms": ["101"]}
    two = [{**room, "room_type": "a"}, {**room, "room_type": "b"}]
    with pytest.raises(PropertyFileError, match="'101' appears twice"):
        properties.load_file(write(tmp_path, room_types=two))


def test_a_field_that_is_there_twice_is_a_mistake(tmp_path: Path) -> None:
    path = write(tmp_path, pets=None)
    once = path.read_text()
    for more, field in (("pets: {max_pets: 1, max_pets: 2}", "max_pets"), ("pets: {}\npets: {}", "pets")):
        path.write_text(f"{once}\n{more}\n")
        with pytest.raises(PropertyFileError, match=f"{field} is there twice"):
            properties.load_file(path)


def test_a_broken_file_leaves_the_other_hotels_in_service(tmp_path: Path) -> None:
    write(tmp_path, "good.yaml")
    (tmp_path / "bad.yaml").write_text("name: [unclosed")
    loaded = properties.load(tmp_path)
    assert list(loaded.by_id) == ["good"]
    assert [error.file for error in loaded.broken] == ["bad.yaml"]


def test_a_number_is_answered_by_one_hotel_only(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    write(tmp_path, "b.yaml")
    loaded = properties.load(tmp_path)
    assert list(loaded.by_id) == ["a"]
    assert "phone_numbers[0] a.yaml has it already" in str(loaded.broken[0])


def test_the_demo_files_room_that_holds_fewer_than_its_rate_is_for_is_a_mistake(tmp_path: Path) -> None:
    room = {"room_type": "q", "name": "Q", "rate_cents": 1, "max_guests": 2, "included_guests": 3, "rooms": ["1"]}
    with pytest.raises(PropertyFileError, match=r"room_types\[0\].included_guests must be at most 2, not 3"):
        properties.load_file(write(tmp_path, room_types=[room]))


def test_what_a_file_does_not_say_has_a_plain_default(tmp_path: Path) -> None:
    left_out = ("rate_plans", "languages", "children", "escalation", "recommendations", "retention", "sms_countries")
    hotel = properties.load_file(write(tmp_path, **dict.fromkeys(left_out)))
    assert hotel.rate_plans == (tariff.STANDARD,)
    assert hotel.escalation == ("front_desk",)
    assert hotel.sms_countries == ()
    assert (hotel.retention.recordings_days, hotel.retention.conversations_days) == (30, 365)


# the page that documents the fields


def documented() -> set[str]:
    page = (properties.PACKAGED / "README.md").read_text()
    return set(re.findall(r"`([a-z_]+)\??(?::[^`]*)?`", page)) | set(re.findall(r"`{(\w+):", page))


def test_every_field_is_documented_and_nothing_else_is() -> None:
    source = Path(property_sections.__file__).read_text() + Path(property_tariff.__file__).read_text()
    read = set(re.findall(r'(?:fields|top)\.\w+\(\s*"(\w+)"', source))
    assert {"name", "rate_cents", "deposit_nights", "weekdays", "first", "concurrent_calls"} <= read
    assert read - documented() == set()
    values = {"property_id", "card", "total", "deposit", "nothing", "stay", "night", "off", "immediate", "selective"}
    values |= {"responses", "client", "front_desk", "marin", "false", "title", "keywords"}
    values |= {"blind", "warm", "twilio"}
    values |= {"take", "staff", "refuse"}
    values |= {"never", "before", "instead", "agent", "message"}
    assert documented() - read - values == set()


# people


MOTEL = properties.load().by_id["west-bethel-motel"]
CASA = properties.load().by_id["hotel-casa-alondra"]


def at(hotel: Property, local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(hotel.time_zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("hotel", "moment", "asked", "reached"),
    [
        (MOTEL, "2026-11-20 10:00", "manager", ["manager", "front_desk"]),  # a Friday
        (MOTEL, "2026-11-20 17:00", "manager", ["front_desk"]),  # closes is not open
        (MOTEL, "2026-11-21 10:00", "manager", ["front_desk"]),  # a Saturday
        (MOTEL, "2026-11-21 03:00", "front_desk", ["front_desk"]),
        (MOTEL, "2026-11-20 10:00", "front_desk", ["front_desk", "manager"]),
        (MOTEL, "2026-11-22 08:00", "housekeeping", ["housekeeping", "front_desk"]),
        (MOTEL, "2026-11-20 10:00", "spa", ["front_desk", "manager"]),  # no such department
        (MOTEL, "2026-11-20 10:00", "maintenance", ["maintenance", "front_desk", "manager"]),  # its own order
        (CASA, "2026-11-19 16:00", "maintenance", ["maintenance", "management", "front_desk"]),
        (CASA, "2026-11-20 15:00", "management", ["front_desk"]),  # siesta
        (CASA, "2026-11-19 16:00", "management", ["management", "front_desk"]),
        (CASA, "2026-11-20 16:00", "management", ["front_desk"]),  # Friday afternoon
        (CASA, "2026-11-21 01:00", "cafe", ["cafe", "front_desk"]),  # Friday's hours, after midnight
        (CASA, "2026-11-20 01:00", "cafe", ["front_desk"]),  # Thursday closed at eleven
        (CASA, "2026-11-21 01:30", "cafe", ["front_desk"]),
    ],
)
def test_a_call_goes_to_who_is_there_in_the_order_of_escalation(
    hotel: Property, moment: str, asked: str, reached: list[str]
) -> None:
    assert [d.department for d in hotel.reachable(asked, at(hotel, moment))] == reached


def test_every_call_has_somebody_to_go_to() -> None:
    """Also where the front desk has hours and everything is closed."""
    daytime = (Hours(frozenset(range(7)), time(9), time(17)),)
    hotel = replace(MOTEL, departments=tuple(replace(d, hours=daytime) for d in MOTEL.departments))
    assert [d.department for d in hotel.reachable("manager", at(hotel, "2026-11-20 03:00"))] == ["front_desk"]


def test_who_is_told_first_what_a_call_is_about_is_the_hotels_choice_for_each_department() -> None:
    assert MOTEL.transfer == "blind"
    assert MOTEL.warm_departments == {"maintenance"}
    assert CASA.transfer == "warm"
    assert CASA.warm_departments == {d.department for d in CASA.departments} - {"housekeeping"}
    rings = [d.ring_timeout_s for d in CASA.departments if d.department in ("front_desk", "maintenance")]
    assert rings == [25, 30]


def test_the_same_time_twice_is_the_whole_day() -> None:
    sunday = Department("x", "x", "+12072203502", (Hours(frozenset({6}), time(0), time(0)),))
    assert [sunday.is_open(datetime(2026, 11, day, 12)) for day in (21, 22, 23)] == [False, True, False]  # noqa: DTZ001


def test_a_hotel_speaks_its_languages_and_else_its_own() -> None:
    assert CASA.in_language("en").voice == "sage"
    assert MOTEL.in_language("es").voice == MOTEL.voice  # it has none of its own
    assert MOTEL.in_language("es").greeting.startswith("Gracias por llamar al West Bethel Motel.")
    for unknown in ("fr", ""):
        assert MOTEL.in_language(unknown).greeting == MOTEL.greeting
        assert MOTEL.in_language(unknown).language == "en"
