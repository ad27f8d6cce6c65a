"""Card numbers that are said, keyed and handed to a tool are kept by nobody, and the recording is silent there.

One call with an engine of each dialect; then everything that was kept, sent or logged is searched for the numbers.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.card_run import (
    FIGURES,
    HANDED,
    IN_WORDS,
    KEYED,
    SAID,
    Broker,
    assert_kept_nowhere,
    found_in,
    the_line,
    turns,
)
from tests.relay import fake_live
from tests.relay.fake_engine import Connection, FakeEngine
from tests.relay.fake_live import FakeLive
from tests.relay.fake_live_backend import Backend, BackendCall
from tests.relay.fake_responses import CallTool, Say
from tests.relay.house import until
from tests.relay.phone import Phone

NOTED = json.dumps({"for_whom": "manager", "message": f"pays with {HANDED}"})


async def says(engine: Connection, text: str, *, bit_by_bit: bool = False) -> tuple[int, int]:
    """The caller speaks for a while; where in the stream that was, in ms."""
    start_ms = engine.audio_ms
    item_id = await engine.speech_starts()
    if bit_by_bit:
        for word in text.split():
            kind = "conversation.item.input_audio_transcription.delta"
            await engine.send(kind, item_id=item_id, content_index=0, delta=f" {word}")
    await until(lambda: engine.audio_ms >= start_ms + 400)
    end_ms = engine.audio_ms
    await engine.speech_stops(item_id, text, ms=0)
    return start_ms, end_ms


async def the_call(line: Phone, engine: FakeEngine, broker: Broker) -> list[tuple[int, int]]:
    """Gives the times at which card numbers were said."""
    connection = await engine.connection()
    await until(lambda: turns(broker, "assistant") == 1)
    engine.replies += [(Say("Of course.", 200),), (Say("I may not take it. Shall I text a link?", 400),)]
    await says(connection, "I would like to pay with my card.")
    await until(lambda: turns(broker, "assistant") == 2)
    said = [await says(connection, f"It is {IN_WORDS}.")]
    await until(lambda: turns(broker, "assistant") == 3)
    engine.replies += [(Say("Please do not.", 200),)]
    said.append(
        await says(connection, f"And another card {FIGURES[:4]} {FIGURES[4:10]} {FIGURES[10:]}", bit_by_bit=True)
    )
    await until(lambda: turns(broker, "assistant") == 4)
    engine.replies += [(CallTool("take_message", NOTED),), (Say("I have left a message.", 200),)]
    await says(connection, "Tell the manager, please.")
    await until(lambda: turns(broker, "assistant") == 5)
    engine.replies += [(Say("Cards are never taken here.", 200),)]
    await line.press(f"{KEYED}#")
    await until(lambda: turns(broker, "assistant") == 6)
    await line.hang_up()
    await until(lambda: any(event["event_type"] == "stream.ended" for event in broker.events))
    return said


async def test_card_numbers_are_kept_by_nobody_and_silent_in_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with Broker().running() as broker, FakeEngine().running() as engine:
        engines = {"ENGINES": f"engine-0=realtime:{engine.url}", "ENGINE_AUTH_ENGINE_0": "bearer:ENGINE_KEY"}
        async with the_line(tmp_path, monkeypatch, broker, engines) as line:
            said = await the_call(line, engine, broker)
    assert {code for code, _ in engine.errors} <= {"response_cancel_not_active"}, "which may have ended just before"
    told = [event for event in engine.connections[0].received if event["type"] != "input_audio_buffer.append"]
    assert_kept_nowhere(tmp_path, broker, told, "".join(capfd.readouterr()), said)


async def hears(line: Phone, connection: fake_live.Connection, text: str, ms: int) -> tuple[int, int]:
    """The caller speaks so long, to a live engine, or until that is let go; where in the stream that was, in ms."""
    start_ms = len(line.said) // 8
    await connection.hear(text, ms=ms)
    latest = connection.engine.connections
    await until(lambda: len(line.said) // 8 >= start_ms + ms or latest[-1] is not connection, 10)
    return start_ms, len(line.said) // 8


async def the_live_call(line: Phone, engine: FakeLive, broker: Broker) -> list[tuple[int, int]]:
    """The same; each number that is said costs the session that heard it."""
    first = await engine.connection()
    await until(lambda: turns(broker, "assistant") == 1)
    await hears(line, first, "I would like to pay with my card.", 600)
    await until(lambda: turns(broker, "user") >= 1, 10)
    said = [await hears(line, first, f"It is {IN_WORDS}.", 3000)]
    await until(lambda: len(engine.connections) == 2, 10)
    second = await engine.connection()
    await until(lambda: any("secure link" in words for words in second.said), 15)
    said.append(await hears(line, second, f"And another card {' '.join(FIGURES)}", 3000))
    await until(lambda: len(engine.connections) == 3, 10)
    third = await engine.connection()
    await until(lambda: any("secure link" in words for words in third.said), 15)
    engine.backend += [Backend(calls=(BackendCall("take_message", NOTED),)), Backend(text="I have left a message.")]
    await third.delegate()
    await until(lambda: "I have left a message." in third.said, 10)
    await line.press(f"{KEYED}#")
    await until(lambda: "cards are never taken" in json.dumps(third.received), 10)
    await line.hang_up()
    await until(lambda: any(event["event_type"] == "stream.ended" for event in broker.events))
    return said


async def test_nor_with_an_engine_that_forgets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with Broker().running() as broker, FakeLive().running() as engine:
        engines = {"ENGINES": f"live-0=live:{engine.url}", "ENGINE_AUTH_LIVE_0": "bearer:ENGINE_KEY"}
        async with the_line(tmp_path, monkeypatch, broker, engines) as line:
            said = await the_live_call(line, engine, broker)
    assert engine.errors == []
    sent = [event for connection in engine.connections for event in connection.received]
    told = [event for event in sent if event["type"] != "session.input_audio.append"]
    assert_kept_nowhere(tmp_path, broker, told, "".join(capfd.readouterr()), said)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f'"it is {IN_WORDS}"', SAID),
        (f"{FIGURES[:4]} {FIGURES[4:10]}", FIGURES),
        (f"x{KEYED}y", KEYED),
        ("60-11-00-09", HANDED),
    ],
)
def test_the_search_finds_what_is_there(text: str, number: str) -> None:
    assert found_in(text) == [number]
