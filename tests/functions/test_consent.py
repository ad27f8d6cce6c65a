"""Guests are told that they are recorded where the law of either end wants it, or the hotel does."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import phonenumbers
import pytest
from flask.testing import FlaskClient
from nightdesk import properties
from nightdesk.consent import ABROAD, ALL_PARTIES, notice
from nightdesk.hotel.model import Consent, Property
from phonenumbers import geocoder

from .conftest import Twilio
from .test_properties import write
from .twiml_answers import names, said

MAINE, CALIFORNIA, BARCELONA, TORONTO = "+12075550142", "+14155550142", "+34930000199", "+14165550142"
_STATES = {
    "US-CA": "California", "US-CT": "Connecticut", "US-DE": "Delaware", "US-FL": "Florida", "US-IL": "Illinois",
    "US-MD": "Maryland", "US-MA": "Massachusetts", "US-MI": "Michigan", "US-MT": "Montana", "US-NV": "Nevada",
    "US-NH": "New Hampshire", "US-OR": "Oregon", "US-PA": "Pennsylvania", "US-WA": "Washington State",
}  # fmt: skip


def motel(**changes: object) -> Property:
    hotel = properties.load(properties.PACKAGED).by_id["west-bethel-motel"]
    return replace(hotel, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [CALIFORNIA, BARCELONA, TORONTO, "", "+266696687", "+18005550142"])
def test_where_one_end_wants_everybody_told_they_are(number: str) -> None:
    assert notice(motel(), number, "en", is_recorded=True) == "This call may be recorded."


def test_within_states_of_one_partys_consent_nobody_is_told() -> None:
    assert notice(motel(), MAINE, "en", is_recorded=True) == ""


def test_a_hotel_in_another_place_tells_everybody() -> None:
    for region in ("US-CA", "ES", ""):
        assert notice(motel(consent=Consent("by_law", region)), MAINE, "en", is_recorded=True)


def test_a_hotel_may_tell_everybody() -> None:
    assert notice(motel(consent=Consent("always", "US-ME")), MAINE, "es", is_recorded=True) == (
        "Esta llamada puede ser grabada."
    )


def test_nobody_is_told_where_nothing_is_recorded() -> None:
    assert notice(motel(), BARCELONA, "en", is_recorded=False) == ""


def test_its_own_words_are_said_in_the_language_of_the_call() -> None:
    spanish = replace(motel().languages[0], consent_notice="Grabamos esta llamada.")
    hotel = motel(consent_notice="We record this call.", languages=(spanish,))
    assert notice(hotel, BARCELONA, "en", is_recorded=True) == "We record this call."
    assert notice(hotel, BARCELONA, "es", is_recorded=True) == "Grabamos esta llamada."
    assert notice(hotel, MAINE, "en", is_recorded=True) == ""


def _place(area: str) -> str:
    """Where a state's area code is, by the numbering plan of Google's libphonenumber."""
    return geocoder.description_for_number(phonenumbers.parse(f"+1{area}2345678"), "en")


def test_the_area_codes_are_of_these_states() -> None:
    for region, codes in ALL_PARTIES.items():
        for area in codes.split():
            place = _place(area)
            assert not place or place.endswith((_STATES[region], f", {region[3:]}")), (region, area, place)


def test_the_area_codes_abroad_are_of_no_state() -> None:
    for area in ABROAD.split():
        assert phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{area}2345678")) != "US", area


def test_a_state_that_wants_everybody_told_has_all_of_its_codes() -> None:
    listed = set(" ".join(ALL_PARTIES.values()).split())
    found = {str(area): _place(str(area)) for area in range(201, 990)}
    names_of = tuple(_STATES.values())
    missing = {area: place for area, place in found.items() if place in names_of and area not in listed}
    assert missing == {}


@pytest.mark.parametrize(("settings", "told"), [({}, True), ({"RECORDING_SOURCE": "off"}, False)])
def test_the_notice_comes_before_the_stream(
    client: Callable[..., FlaskClient], settings: dict[str, str], told: bool
) -> None:
    answer = Twilio(client("twilio", **settings)).post("/voice/twilio/inbound", From=BARCELONA)
    assert names(answer) == (["Say"] if told else []) + ["Connect", "Redirect"]
    assert said(answer) == ("This call may be recorded." if told else "")


def test_a_file_says_where_the_hotel_is(tmp_path: Path) -> None:
    write(tmp_path, consent={"announce": "always", "region": "US-CA"})
    (hotel,) = properties.load(tmp_path).by_id.values()
    assert hotel.consent == Consent("always", "US-CA")
    write(tmp_path, consent={"region": "California"})
    assert properties.load(tmp_path).broken[0].field == "consent.region"
