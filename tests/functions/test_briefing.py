"""What the engine is told: in which order, about which tools, in which languages, how much; and what it is not told."""

import dataclasses
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nightdesk import audit, briefing, clerk, properties
from nightdesk.clerk_asked import ClerkRequest
from nightdesk.conversation import Session
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.model import Property
from nightdesk.hotel.records import Guest
from nightdesk.tools import TOOLBOX

from .conftest import CALL_SID, CALLED, CALLER, SESSION_ID, Service

HOTELS = properties.load().by_id
MOTEL, CASA = HOTELS["west-bethel-motel"], HOTELS["hotel-casa-alondra"]
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # a Friday, in Maine
NIGHT = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
TOOLS = (Path(briefing.__file__).parent / "prompts" / "tools.md").read_text()
ALL_TOOLS = re.findall(r"^- `(\w+)`", TOOLS, re.MULTILINE)
CHARACTERS_PER_TOKEN = 3.6
"""No tokenizer is at hand offline. OpenAI's newer ones make a token of four characters of English prose and of somewhat
less of Spanish, so this counts too many rather than too few."""
MOST_TOKENS = 3_500
MOST_TOKENS_OF_A_VOICE = 900
LEE = Guest("guest_1", MOTEL.property_id, NOON, (CALLER,), "Ann", "Lee", name_confirmed=True, calls=2)


def call_of(hotel: Property, **changes: object) -> Session:
    made = Session(
        SESSION_ID, hotel.property_id, "voice", "inbound", hotel.language, CALL_SID, CALLER, CALLED, "A", NOON
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def told(hotel: Property = MOTEL, now: datetime = NOON, guest: Guest | None = None, **changes: object) -> str:
    return briefing.instructions(call_of(hotel, **changes), hotel, ALL_TOOLS, now, guest)


def tokens(text: str) -> int:
    return round(len(text) / CHARACTERS_PER_TOKEN)


@pytest.mark.parametrize("hotel", HOTELS.values(), ids=HOTELS)
def test_instructions_stay_under_their_budget(hotel: Property) -> None:
    """About 2,950 tokens with every tool and a known guest; GPT-Live's voice about 670. The API takes 16,384."""
    guest = dataclasses.replace(LEE, preferences={"room": "quiet, ground floor"}, stays=("a", "b"))
    assert 2_000 < tokens(told(hotel, guest=guest, attempt=2)) < MOST_TOKENS
    assert tokens(briefing.for_backend(call_of(hotel), hotel, ALL_TOOLS, NOON, guest)) < MOST_TOKENS + 200
    assert tokens(briefing.for_voice(call_of(hotel), hotel, NOON)) < MOST_TOKENS_OF_A_VOICE


def test_what_is_the_same_for_all_comes_first_then_the_hotel_then_the_call() -> None:
    one, other = told(), told(CASA)
    assert one.split("# The hotel")[0] == other.split("# The hotel")[0]
    assert tokens(one.split("# The hotel")[0]) > 1_024, "shorter than what an engine's cache begins with"
    again = told(now=NIGHT, caller_id="", attempt=2, guest=None)
    assert one != again
    assert one.split("# This call")[0] == again.split("# This call")[0]


def test_every_tool_that_is_offered_has_its_line_and_no_other() -> None:
    for channel in ("voice", "kiosk"):
        offered = [tool["name"] for tool in TOOLBOX.offered(MOTEL, channel)]
        assert [name for name in offered if name not in ALL_TOOLS] == []
        spoken_of = re.findall(r"^- `(\w+)`", briefing.tools(offered), re.MULTILINE)
        assert sorted(spoken_of) == sorted(offered)


def test_a_heading_without_a_tool_is_left_out() -> None:
    assert "## " not in briefing.tools([])
    assert re.findall(r"^## .*$", briefing.tools(["search_kb"]), re.MULTILINE) == ["## Questions"]


def test_a_screen_is_told_of_as_one() -> None:
    assert "# At the screen" not in told()
    screen = told(channel="kiosk", caller_id="")
    assert "# At the screen" in screen
    assert "put the guest through to now" not in screen


def test_a_hotel_is_told_of_with_its_own_facts_alone() -> None:
    motel, casa = told(), told(CASA)
    for fact in (*MOTEL.facts, *(room.name for room in MOTEL.room_types), MOTEL.personality, MOTEL.name):
        assert fact in motel
        assert fact not in casa
    for fact in (*CASA.facts, CASA.personality, CASA.name):
        assert fact in casa
        assert fact not in motel


def test_no_price_is_in_the_instructions_but_the_facts_own() -> None:
    """Prices come from tools; a rate in the prompt would be said without one."""
    prices = set(re.findall(r"[$\u20ac]\d+(?:\.\d\d)?", told().split("# The hotel")[1].split("## When")[0]))
    assert prices == {"$50"}


def test_the_languages_of_the_hotel_are_told_its_own_first() -> None:
    assert told().index("## When you speak English") < told().index("## Cuando habla español")
    assert told(CASA).index("## Cuando habla español") < told(CASA).index("## When you speak English")
    assert "Speak English first." in told()
    assert "Speak Spanish first." in told(language="es")
    alone = dataclasses.replace(MOTEL, languages=())
    assert "You speak English alone" in told(alone)
    assert "español" not in told(alone)


def test_who_can_be_reached_is_who_is_there_at_that_hour() -> None:
    there = "front_desk (the front desk), manager (the manager), housekeeping (housekeeping), maintenance (maintenance)"
    assert f"to now: {there}." in told()
    night = told(now=NIGHT)
    assert "to now: front_desk (the front desk), maintenance (maintenance)." in night
    assert "Not there now: manager (the manager), housekeeping (housekeeping)." in night
    assert "Saturday, November 21, 2026 at the hotel, 2:00 AM" in night


def test_a_known_guests_name_is_told_with_the_order_to_ask_first() -> None:
    text = told(guest=dataclasses.replace(LEE, preferences={"room": "quiet"}, stays=("a",)))
    assert "It may be Ann Lee: ask once whether it is, and use the name only after a yes." in text
    assert "room: quiet" in text
    assert text.index("Ann Lee") > text.index("# This call")


@pytest.mark.parametrize(
    ("guest", "stir"),
    [
        (LEE, "B"),
        (LEE, ""),
        (dataclasses.replace(LEE, name_confirmed=False), "A"),
        (dataclasses.replace(LEE, first_name="", last_name=""), "A"),
    ],
)
def test_a_name_that_is_not_sure_is_not_told_at_all(guest: Guest, stir: str) -> None:
    """Neither are wishes: a caller with a forged number would learn them."""
    text = told(guest=dataclasses.replace(guest, preferences={"room": "quiet"}), stir=stir)
    assert "called from this number before" in text
    assert not {"Ann", "Lee", "quiet"} & set(re.findall(r"\w+", text.split("# This call")[1]))


def test_an_erased_guest_and_an_unknown_one_are_the_same() -> None:
    assert told(guest=dataclasses.replace(LEE, erased_at=NOON)) == told(guest=None)


def test_the_whole_number_of_a_caller_is_told_to_no_model() -> None:
    assert CALLER[2:] not in told(guest=LEE) + briefing.for_voice(call_of(MOTEL), MOTEL, NOON)


def test_a_call_that_goes_on_is_told_not_to_begin_again() -> None:
    assert "do not greet again" not in told()
    assert "do not greet again" in told(attempt=2)


def test_a_correction_is_announced_by_the_words_it_begins_with() -> None:
    word = audit.note([audit.Mismatch("deed", "booked", "I booked it.", "no tool did")]).split(".")[0]
    assert word == "Correction needed"
    assert word in told()
    assert word in briefing.for_voice(call_of(MOTEL), MOTEL, NOON)


# in a call


def remember(store: MemoryStore, **changes: object) -> None:
    guest = dataclasses.replace(LEE, **changes)  # type: ignore[arg-type]
    store.change_record(Guest, guest.guest_id, lambda _: guest)


def test_a_guest_is_known_by_their_number_at_their_hotel(
    tools: Service, token: Callable[..., str], store: MemoryStore
) -> None:
    remember(store)
    told_now = tools.session(token()).get_json()["engine_session"]["instructions"]
    assert "It may be Ann Lee: ask once whether it is" in told_now
    backend = tools.session(token(), dialect="live").get_json()["engine_session"]["delegation"]["responses"]
    assert "It may be Ann Lee" in backend["instructions"]


@pytest.mark.parametrize(
    "changes",
    [
        {"property_id": "hotel-casa-alondra"},
        {"phones": ("+12075550199",)},
        {"merged_into": "guest_2"},
        {"may_remember": False},
        {"erased_at": NOON},
    ],
)
def test_a_guest_of_another_hotel_or_number_or_who_is_not_to_be_remembered_is_not_known(
    tools: Service, token: Callable[..., str], store: MemoryStore, changes: dict[str, object]
) -> None:
    remember(store, **changes)
    body = tools.session(token())
    assert "Lee" not in body.get_data(as_text=True)
    assert "called from this number before" not in body.get_json()["engine_session"]["instructions"]


@pytest.mark.parametrize("hotel", [MOTEL, CASA], ids=lambda hotel: hotel.property_id)
def test_the_clerk_finds_what_it_is_to_say_behind_the_instructions_with_which_the_relay_sends_it(
    hotel: Property,
) -> None:
    of_the_hotel = f'{told(hotel)}\nAsked about the pool, say exactly: "It opens in May."'
    asked = ClerkRequest(hotel, [], NOON.date(), f'{of_the_hotel}\n\nSay exactly: "{hotel.greeting}"')
    assert clerk.reply(asked).say == hotel.greeting
