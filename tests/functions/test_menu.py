"""The menu of keys: what is offered, what a key brings about."""

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from nightdesk import menu, phone_words, properties, voicemail
from nightdesk.hotel.menu import Choice, Menu
from nightdesk.hotel.model import Hours, Property
from nightdesk.menu import Asked, Next
from nightdesk.then import Then

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # a Friday: noon in Maine, six in the evening in Barcelona
LOADED = properties.load()
MOTEL, CASA = LOADED.by_id["west-bethel-motel"], LOADED.by_id["hotel-casa-alondra"]
CHOICES = (
    Choice("1", "agent"),
    Choice("2", "hours"),
    Choice("3", "department", "housekeeping"),
    Choice("9", "message"),
)
PERSON = Then("transfer", to="front_desk", reason="key")


def with_menu(hotel: Property, when: str, **more: tuple[Hours, ...]) -> Property:
    return replace(hotel, ivr=Menu(when, CHOICES, **more))


def text(hotel: Property, asked: Asked) -> str:
    return " ".join(line.text for line in menu.lines(hotel, asked))


def test_each_language_is_offered_in_itself_and_to_twilios_voice_as_such() -> None:
    lines = menu.lines(CASA, menu.first(CASA))
    assert [(line.text, line.locale) for line in lines] == [
        ("Para español, oprima 1.", "es-ES"),
        ("For English, press 2.", "en-GB"),
        ("Para hablar con una persona, oprima 0 en cualquier momento.", "es-ES"),
        ("For a person, press 0 at any time.", "en-GB"),
    ]


@pytest.mark.parametrize(("key", "language"), [("1", "es"), ("2", "en")])
def test_before_the_agent_a_key_chooses_its_language(key: str, language: str) -> None:
    hotel = with_menu(CASA, "before")
    assert menu.press(hotel, menu.first(hotel), key, NOW) == Next(agent=language)


def test_who_presses_nothing_is_asked_twice_and_then_gets_the_agent() -> None:
    hotel = with_menu(CASA, "before")
    again = menu.press(hotel, menu.first(hotel), "", NOW)
    assert again.asked is not None
    assert again.asked.tries == 1
    assert menu.press(hotel, again.asked, "", NOW) == Next(agent="es")


def test_instead_of_the_agent_a_language_leads_to_the_menu_in_it() -> None:
    hotel = with_menu(CASA, "instead")
    following = menu.press(hotel, menu.first(hotel), "2", NOW)
    assert following.asked == Asked("main", "en")


def test_a_hotel_of_one_language_is_not_asked_for_it() -> None:
    hotel = replace(with_menu(MOTEL, "instead"), languages=())
    assert menu.first(hotel) == Asked("main", "en")


def test_the_menu_names_its_keys_and_departments_in_the_guests_language() -> None:
    hotel = with_menu(MOTEL, "instead")
    assert text(hotel, Asked("main", "en")) == (
        "To speak with our assistant, press 1. For our hours, press 2. For housekeeping, press 3. "
        "To leave a message, press 9. For a person, press 0 at any time."
    )
    assert "Para el servicio de limpieza, oprima 3." in text(hotel, Asked("main", "es"))


@pytest.mark.parametrize("asked", [Asked("language", "es"), Asked("main", "en"), Asked("main", "es", last=True)])
def test_zero_is_a_person_wherever_it_is_pressed(asked: Asked) -> None:
    assert menu.press(with_menu(CASA, "instead"), asked, "0", NOW) == Next(then=PERSON)


@pytest.mark.parametrize(
    ("key", "following"),
    [
        ("1", Next(agent="en")),
        ("3", Next(then=Then("transfer", to="housekeeping", reason="key"))),
        ("9", Next(then=Then("voicemail", reason="key"))),
    ],
)
def test_every_key_does_what_it_says(key: str, following: Next) -> None:
    assert menu.press(with_menu(MOTEL, "instead"), Asked("main", "en"), key, NOW) == following


def test_the_hours_are_told_and_the_menu_goes_on() -> None:
    following = menu.press(with_menu(MOTEL, "instead"), Asked("main", "en", tries=2), "2", NOW)
    assert following.asked == Asked("main", "en")
    [told] = following.first
    assert told.text.startswith("Check-in is from 3 PM, and check-out is until 11 AM. You reach the front desk at any")
    assert "Today you reach the manager from 9 AM to 5 PM." in told.text


def test_hours_of_a_day_on_which_nobody_is_there_and_in_spanish() -> None:
    assert "Nobody is at the manager today." in phone_words.hours(MOTEL, 6, "en")
    assert "Hoy puede hablar con la dirección de 9:00 a 14:00 y de 16:00 a 19:00." in phone_words.hours(CASA, 0, "es")


def test_who_presses_no_key_of_the_menu_gets_a_person_in_the_end() -> None:
    hotel, asked = with_menu(MOTEL, "instead"), Asked("main", "en")
    for key in ("", "8"):
        following = menu.press(hotel, asked, key, NOW)
        assert following.asked is not None
        assert [line.text for line in following.first] == ["I am sorry, that is not one of the choices." if key else ""]
        asked = following.asked
    assert menu.press(hotel, asked, "", NOW).then == Then(
        "transfer", to="front_desk", reason="no_key", last_resort=True
    )


def test_the_last_rung_has_no_agent() -> None:
    hotel, asked = with_menu(MOTEL, "before"), Asked("main", "en", attempt=3, last=True)
    assert "assistant" not in text(hotel, asked)
    assert menu.press(hotel, asked, "1", NOW).agent == ""
    assert not menu.has_agent_behind(hotel, asked)


def test_a_question_survives_its_way_through_a_url() -> None:
    asked = Asked("main", "es", attempt=4, tries=1, last=True)
    pairs = dict(pair.split("=") for pair in asked.query.split("&"))
    assert menu.read(pairs, MOTEL) == asked


@pytest.mark.parametrize("query", [{}, {"menu": "x", "language": "tlh", "attempt": "-1", "tries": "many"}])
def test_a_url_that_makes_no_sense_is_the_first_question(query: dict[str, str]) -> None:
    assert menu.read(query, MOTEL) == Asked("main", "en")


def test_a_menu_answers_in_its_hours() -> None:
    night = Hours(frozenset(range(7)), time(22), time(6))
    hotel = with_menu(MOTEL, "instead", hours=(night,))
    assert not hotel.ivr.answers(hotel.local(NOW))
    assert hotel.ivr.answers(hotel.local(NOW.replace(hour=4)))
    assert not Menu().answers(hotel.local(NOW))


@pytest.mark.parametrize(
    ("hour_utc", "phone", "due"),
    [
        (17, "+12075550142", datetime(2026, 11, 20, 17, 30, tzinfo=UTC)),
        (6, "+12075550142", datetime(2026, 11, 20, 14, 0, tzinfo=UTC)),  # one in the morning at the motel: at nine
        (1, "+12075550142", datetime(2026, 11, 20, 14, 0, tzinfo=UTC)),  # eight in the evening of the day before
        (14, "+14155550142", datetime(2026, 11, 20, 17, 0, tzinfo=UTC)),  # six in California: at nine there
        (1, "+14155550142", datetime(2026, 11, 20, 1, 30, tzinfo=UTC)),  # half past five there
    ],
)
def test_a_call_back_comes_soon_or_at_the_first_hour_at_which_the_number_may_be_called(
    hour_utc: int, phone: str, due: datetime
) -> None:
    assert voicemail.due(MOTEL, phone, NOW.replace(hour=hour_utc)) == due


def test_a_hotel_that_calls_at_no_hour_of_a_number_calls_soon() -> None:
    never = replace(MOTEL, outbound=replace(MOTEL.outbound, hours=()))
    assert voicemail.due(never, "+12075550142", NOW) == NOW + voicemail.SOONEST


@pytest.mark.parametrize(
    ("reason", "language", "told"),
    [
        ("", "en", ""),
        ("key", "es", "Un momento, le paso con la recepción."),
        ("busy", "en", "I am sorry, all our lines are busy at the moment. I am putting you through to the front desk."),
        ("withheld", "en", "I am putting you through to the front desk."),
        ("too_many_calls", "es", "Le paso con la recepción."),
        ("no_progress", "es", "Lo siento, no le entiendo lo bastante bien para ayudarle. Le paso con la recepción."),
        (
            "what comes yet",
            "en",
            "I am sorry, I am having trouble with this line. I am putting you through to the front desk.",
        ),
    ],
)
def test_a_guest_is_told_why_people_take_over(reason: str, language: str, told: str) -> None:
    assert phone_words.handing_over(reason, MOTEL.front_desk, MOTEL, language) == told
