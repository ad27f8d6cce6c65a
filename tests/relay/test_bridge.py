"""The relay over real sockets on 127.0.0.1, between a small Twilio, a strict engine and a fake of functions."""

from tests.relay import house
from tests.relay.fake_engine import CallTool, Say
from tests.relay.fake_functions import OPENING, SESSION_ID
from tests.relay.house import until
from tests.relay.phone import call


async def test_a_caller_is_greeted_asks_and_is_answered_with_a_tool() -> None:
    async with house.running() as home, call(home.port) as line:
        home.engine.replies.extend([(Say(OPENING, 400),), (CallTool("check_availability", '{"adults":2}'),)])
        home.functions.answers["check_availability"] = {"ok": True, "result": {"total": "$335.72"}}
        engine = await home.engine.connection()
        await until(lambda: len(line.played) == 3200)
        home.engine.replies.append((Say("That is $335.72.", 600),))
        await engine.hear("Two nights from Friday, please.")
        await until(lambda: len(line.played) == 8000)
        await until(lambda: len(home.functions.turns) == 3)
        await line.hang_up()
        await until(lambda: "stream.ended" in home.functions.event_types())
    assert home.engine.errors == []
    assert [create["response"]["metadata"]["purpose"] for create in engine.of_type("response.create")] == [
        "opening",
        "reply",
        "reply",
    ]
    assert [(turn["role"], turn["text"]) for turn in home.functions.turns] == [
        ("assistant", OPENING),
        ("user", "Two nights from Friday, please."),
        ("assistant", "That is $335.72."),
    ]
    assert home.functions.tool_calls[0]["arguments"] == {"adults": 2}
    assert home.functions.tool_calls[0]["key"].startswith(f"{SESSION_ID}:call_")
    assert home.functions.event_types() == [
        "conversation.started",
        "conversation.message",
        "conversation.message",
        "conversation.function_call",
        "conversation.message",
        "stream.ended",
    ]
