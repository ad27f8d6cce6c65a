"""How much an engine is told before anybody has said a word: instructions and tools, by hotel, channel and dialect.

Every response is billed for it again, though mostly at the price of the cache. `pytest -rP` shows the table: on the
telephone about 6,900 tokens, at a screen 6,600, GPT-Live's voice and the model behind it 8,300.
"""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from nightdesk import properties, session
from nightdesk.conversation import Session
from nightdesk.hotel.model import Property
from nightdesk.hotel.records import Guest
from nightdesk.tools import TOOLBOX, schemas

from .conftest import CALL_SID, CALLED, CALLER, SESSION_ID

HOTELS = properties.load().by_id
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
CHANNELS = ("voice", "kiosk", "web")

CHARACTERS_PER_TOKEN = 3.6
CHARACTERS_PER_TOKEN_OF_JSON = 3.0
"""No tokenizer is at hand offline. OpenAI's newer ones make a token of four characters of English prose, of somewhat
less of Spanish and of JSON, so this counts too many rather than too few."""
MOST_TOKENS = {"realtime": 7_500, "live": 9_000}
MOST_TOKENS_OF_TOOLS = 4_800


def told(hotel: Property, channel: str, dialect: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The texts and the tools of a known guest's second stream: the longest that an engine is told."""
    caller = CALLER if channel == "voice" else ""
    call = Session(
        SESSION_ID,
        hotel.property_id,
        channel,
        "inbound",
        hotel.language,
        CALL_SID,
        caller,
        CALLED,
        "A",
        NOON,
        attempt=2,
    )
    guest = Guest("guest_1", hotel.property_id, NOON, (CALLER,), "Ann", "Lee", name_confirmed=True, calls=2)
    guest = replace(guest, preferences={"room": "quiet, ground floor"}, stays=("a", "b"))
    if dialect == "live":
        engine = session.live_engine_session(call, hotel, TOOLBOX, [], NOON, "pcmu", guest)
        backend = engine["delegation"]["responses"]
        return [engine["instructions"], backend["instructions"]], backend["tools"]
    engine = session.engine_session(call, hotel, TOOLBOX, NOON, "pcmu", guest)
    return [engine["instructions"]], engine["tools"]


def tokens_of_tools(tools: list[dict[str, Any]]) -> int:
    written = json.dumps(tools, separators=(",", ":"), ensure_ascii=False)
    return round(len(written) / CHARACTERS_PER_TOKEN_OF_JSON)


@pytest.mark.parametrize("dialect", MOST_TOKENS)
@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("hotel", HOTELS.values(), ids=HOTELS)
def test_instructions_and_tools_stay_under_their_budget(hotel: Property, channel: str, dialect: str) -> None:
    texts, tools = told(hotel, channel, dialect)
    words, schema = round(sum(map(len, texts)) / CHARACTERS_PER_TOKEN), tokens_of_tools(tools)
    table = f"{hotel.property_id} {channel} {dialect}: {words} tokens of instructions, {schema} of {len(tools)} tools"
    sys.stdout.write(f"{table}\n")
    assert schema < MOST_TOKENS_OF_TOOLS
    assert 4_000 < words + schema < MOST_TOKENS[dialect]


def test_of_a_tool_an_engine_is_told_all_but_what_only_checks() -> None:
    for tool in TOOLBOX.offered_to("voice"):
        full, brief = tool.parameters, schemas.brief(tool.parameters)
        assert brief.get("required") == full.get("required")
        assert list(brief["properties"]) == list(full["properties"])
        for name, prop in brief["properties"].items():
            for key in ("type", "enum", "description", "format", "minimum", "maximum"):
                assert prop.get(key) == full["properties"][name].get(key), (tool.name, name, key)
    lead = next(t for t in TOOLBOX.offered(HOTELS["west-bethel-motel"], "voice") if t["name"] == "create_lead")
    assert lead["parameters"]["properties"]["notes"] == {
        "type": "string",
        "description": "What the guest wants, in a sentence.",
    }
