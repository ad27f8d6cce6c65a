"""Whole calls in the live dialect over real sockets on 127.0.0.1, against a strict fake of the service.

`live_house.running` asserts at its end that nothing of any call is left: no bridge, no task, no open socket.
"""

from __future__ import annotations

import asyncio

import pytest

from relay import live_backend
from tests.relay.fake_functions import OPENING
from tests.relay.fake_live_backend import Backend, BackendCall
from tests.relay.fake_live_voice import SPEECH
from tests.relay.house import until
from tests.relay.live_house import asks, dumped, heard, marks_pending, running, said, sent_audio
from tests.relay.phone import call, phone


async def test_a_caller_is_greeted_once_asks_and_is_answered_with_a_tool() -> None:
    async with running() as home, call(home.port) as line:
        home.functions.answers["check_availability"] = {"ok": True, "result": {"total": "$335.72"}}
        home.live.backend.extend(
            [
                Backend(calls=(BackendCall("check_availability", '{"adults":2}', "call_1"),)),
                Backend(text="That is $335.72."),
            ]
        )
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        await asks(engine, "Two nights from Friday, please.")
        await until(lambda: len(engine.said) == 2, 10)
        await until(lambda: len(home.functions.turns) >= 3, 10)
        await line.hang_up()
        await until(lambda: "stream.ended" in home.functions.event_types())
    assert home.live.errors == []
    assert engine.appended("commentary") == [f'Say exactly: "{OPENING}"']
    assert engine.said == [OPENING, "That is $335.72."]
    [tool_call] = home.functions.tool_calls
    assert (tool_call["tool_call_id"], tool_call["arguments"]) == ("call_1", {"adults": 2})
    assert engine.calls == {"call_1": "answered"}
    assert len(engine.of_type("response.create")) == 1
    assert said(home.functions, "assistant") == [OPENING, "That is $335.72."]
    assert said(home.functions, "user") == ["Two nights from Friday, please."]
    assert len(engine.of_type("session.close")) == 1
    stream = home.functions.event("stream.ended")["stream"]
    assert stream["engine"] == "live-0"
    assert stream["usage_by_model"]["gpt-5.6-terra"]["input_tokens"] == 40
    assert stream["usage_by_model"]["gpt-live-1"]["seconds"] == pytest.approx(engine.timeline_ms / 1000, abs=0.3)


async def test_a_tool_is_run_in_client_mode_by_way_of_the_clerk() -> None:
    async with running(delegation="client") as home, call(home.port) as line:
        home.functions.clerk_answers.extend(
            [
                {"say": "", "tool_call": {"name": "check_availability", "arguments": {"adults": 2}}},
                {"say": "One room is free."},
            ]
        )
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        delegation_id = await asks(engine, "Two nights from Friday, please.")
        await until(lambda: "One room is free." in engine.said, 10)
        await line.hang_up()
    assert home.live.errors == []
    first, second = home.functions.clerk_requests
    assert first["history"][-1] == {"type": "message", "role": "user", "text": "Two nights from Friday, please."}
    assert second["history"][-1]["result"] == {"done": True}
    answered = engine.of_type("session.commentary.append")[-1]
    assert (answered["delegation_id"], answered["content"]) == (delegation_id, "One room is free.")
    assert [tool_call["name"] for tool_call in home.functions.tool_calls] == ["check_availability"]


async def test_every_byte_reaches_both_ends_in_order() -> None:
    async with running() as home, call(home.port) as line:
        engine = await home.live.connection()
        await until(lambda: engine.timeline_ms >= 3000)
        await line.hang_up()
    assert home.live.errors == []
    assert line.cleared == 0
    received = sent_audio(line)
    assert home.live.output.startswith(received)
    assert len(received) >= 2500 * 8


async def test_the_agent_yields_and_no_byte_of_what_it_said_is_held_back() -> None:
    async with running() as home, call(home.port) as line:
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        engine.speak("There is a great deal to be said about all of our rooms and their views.", 5000)
        await until(lambda: heard(line) > 1500)
        before = heard(line)
        await engine.hear("Stop, please!", ms=600)
        await until(lambda: len(engine.said) == 2)
        await until(lambda: any(turn["interrupted"] for turn in home.functions.turns if turn["role"] == "assistant"))
        assert heard(line) - before < 1000
        assert line.cleared == 0
        assert marks_pending(line) <= 200
        await line.hang_up()
    assert home.live.errors == []
    assert said(home.functions, "user") == ["Stop, please!"]


async def test_after_a_stall_of_three_seconds_the_caller_is_up_to_date_again() -> None:
    async with running() as home, call(home.port) as line:
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        home.live.stalled = []
        engine.speak("A sentence that is said while nobody hears it, and goes on for quite a while.", 2500)
        stalled_at = engine.timeline_ms
        await until(lambda: engine.timeline_ms >= stalled_at + 3000)
        await engine.release()
        await until(lambda: line.cleared == 1 or marks_pending(line) > 1000)
        await until(lambda: marks_pending(line) < 250)
        settled_at = engine.timeline_ms
        await until(lambda: engine.timeline_ms >= settled_at + 1500)
        assert marks_pending(line) < 250
        await line.hang_up()
    assert home.live.errors == []


async def test_silence_keeps_the_sessions_clock_going_while_the_caller_sends_nothing() -> None:
    async with running() as home, phone(home.port) as line:
        await line.start()
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING], 10)
        assert set(engine.audio) == {0xFF}
        await line.hang_up()
    assert home.live.errors == []


async def test_what_was_said_before_the_session_is_kept_for_300_ms_at_most() -> None:
    async with running() as home, phone(home.port) as line:
        home.live.start_s = 0.3
        await line.start()
        for n in range(100):
            await line.media(bytes([n]) * 160)
        engine = await home.live.connection()
        await until(lambda: len(engine.audio) >= 300 * 8)
        assert bytes(engine.audio[: 300 * 8]) == b"".join(bytes([n]) * 160 for n in range(85, 100))
        await line.hang_up()


async def test_a_greeting_that_is_not_spoken_is_asked_for_once_more() -> None:
    async with running() as home, call(home.port) as line:
        home.live.deaf_to_commentary = True
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING], 10)
        assert engine.appended("instructions") == [f'Say exactly: "{OPENING}"']
        await line.hang_up()
    assert home.live.errors == []


async def test_two_parallel_calls_are_answered_before_the_text_model_goes_on() -> None:
    async with running() as home, call(home.port) as line:
        calls = (BackendCall("search_kb", "{}", "call_1"), BackendCall("check_availability", "{}", "call_2"))
        home.live.backend.extend([Backend(calls=calls, without_delegation_id=True), Backend(text="Both are done.")])
        home.functions.held["search_kb"] = asyncio.Event()
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        await engine.delegate()
        await until(lambda: "answered" in engine.calls.values())
        assert engine.of_type("response.create") == []
        home.functions.held["search_kb"].set()
        await until(lambda: "Both are done." in engine.said, 10)
        await line.hang_up()
    assert home.live.errors == []
    assert len(engine.of_type("response.create")) == 1
    assert len(home.functions.tool_calls) == 2


async def test_the_call_of_a_response_that_failed_is_told_to_the_voice_instead() -> None:
    async with running() as home, call(home.port) as line:
        home.live.backend.append(Backend(calls=(BackendCall("search_kb", "{}", "call_1"),), status="failed"))
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        await engine.delegate()
        await until(lambda: any('{"done":true}' in text for text in engine.appended("commentary")))
        await line.hang_up()
    assert home.live.errors == []
    assert engine.calls == {"call_1": "void"}
    assert engine.of_type("response.item.create") == []


async def test_work_that_is_given_up_twice_goes_to_the_next_engine_and_both_times_are_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_backend, "ENDS_MS", 1500)
    async with running() as home, call(home.port) as line:
        home.live.backend.extend([Backend(never_ends=True), Backend(never_ends=True)])
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        await asks(engine, "Two nights from Friday, please.")
        await until(lambda: home.functions.event_types().count("delegation.failed") == 1, 10)
        assert home.realtime.connections == []
        home.live.never_starts = True
        await asks(engine, "Are you still looking?")
        other = await home.realtime.connection()
        await until(lambda: other.of_type("response.create"), 10)
        await line.hang_up()
    assert home.functions.event_types().count("delegation.failed") == 2
    assert "Two nights from Friday, please." in dumped(other.of_type("conversation.item.create"))


async def test_a_goodbye_is_heard_then_posted_and_the_stream_closed() -> None:
    async with running() as home, call(home.port) as line:
        home.functions.answers["end_call"] = {"ok": True, "result": {}, "then": {"action": "hangup"}}
        home.live.backend.extend([Backend(calls=(BackendCall("end_call", "{}", "call_9"),)), Backend(text="Goodbye.")])
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        await asks(engine, "That is all.")
        assert await line.wait_closed() == 1000
    assert home.live.errors == []
    assert home.functions.thens == [{"v": 1, "attempt": 1, "tool_call_id": "call_9"}]
    assert engine.said == [OPENING, "Goodbye."]
    assert line.played.count(SPEECH) == 8 * 800
    assert said(home.functions, "assistant") == [OPENING, "Goodbye."]


async def test_keys_are_told_without_their_digits() -> None:
    async with running() as home, call(home.port) as line:
        note = "The guest keyed a phone number ending in 99."
        home.functions.answers["handle_ivr_menu"] = {"ok": True, "result": {"note": note}}
        home.live.backend.append(Backend(text="Thank you."))
        engine = await home.live.connection()
        await until(lambda: engine.said == [OPENING])
        await line.press("2075550199#")
        await until(lambda: "Thank you." in engine.said, 10)
        await line.hang_up()
    assert home.live.errors == []
    assert engine.appended("thinking") == [note]
    assert "2075550199" not in dumped(engine.received) + dumped(home.functions.events)


async def test_the_callers_socket_does_not_wait_for_the_engines_goodbye() -> None:
    async with running() as home:
        home.live.close_s = 1.5
        async with call(home.port) as line:
            engine = await home.live.connection()
            await until(lambda: engine.said == [OPENING])
            await line.hang_up()
        await until(lambda: not home.relay.house.bridges)
        assert home.live.open_connections == 1
        assert len(engine.of_type("session.close")) == 1
    assert home.live.errors == []
