"""A kiosk's page over real sockets on 127.0.0.1, between a strict engine that speaks PCM and a fake of functions."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus

from tests.relay import golden, house
from tests.relay.fake_functions import OPENING, SESSION_ID, session_answer
from tests.relay.fake_responses import CallTool, Say
from tests.relay.house import House, until
from tests.relay.page import FRAME, KIOSK_ORIGIN, MESSAGE_BYTES, opened, visit
from tests.relay.phone import call, phone

KIOSK_SESSION = golden.body("functions", "session_answer_kiosk")


@asynccontextmanager
async def kiosk_house() -> AsyncIterator[House]:
    """A relay with a kiosk; functions answer with the golden session, under the fakes' session id."""
    async with house.running(KIOSK_ORIGIN=KIOSK_ORIGIN) as home:
        home.functions.session = session_answer(
            **{name: KIOSK_SESSION[name] for name in ("channel", "engine_session", "metadata")}
        )
        yield home


async def test_a_guest_speaks_types_sees_a_card_and_hears_the_answer() -> None:
    async with kiosk_house() as home:
        home.engine.replies.extend([(Say(OPENING, 400),), (CallTool("check_availability", '{"adults":2}'),)])
        card = {"type": "availability", "offers": [{"name": "Suite"}]}
        home.functions.answers["check_availability"] = {"ok": True, "result": {"total": "$335.72"}, "card": card}
        async with visit(home.port) as page:
            engine = await home.engine.connection()
            await until(lambda: page.item_ms and len(page.played) == 400 * 48)
            home.engine.replies.append((Say("That is $335.72.", 600),))
            await page.send("text", text="Two nights from Friday, please.")
            await until(lambda: len(page.played) == 1000 * 48)
            await until(lambda: page.state == "listening")
            home.engine.replies.append((Say("You are welcome.", 200),))
            await engine.hear("Thank you.")
            await until(lambda: ("assistant", "You are welcome.") in page.captions(final=True))
            await page.send("stop")
            assert await page.wait_closed() == 1000
        await until(lambda: "stream.ended" in home.functions.event_types())
    assert home.engine.errors == []
    assert page.captions(final=True) == [
        ("assistant", OPENING),
        ("user", "Two nights from Friday, please."),
        ("assistant", "That is $335.72."),
        ("user", "Thank you."),
        ("assistant", "You are welcome."),
    ]
    assert ("assistant", "That is $335.72.") in page.captions(final=False)
    assert [shown["card"] for shown in page.of_type("card")] == [card]
    assert {event["channel"] for event in home.functions.events} == {"kiosk"}
    assert home.functions.event("conversation.started")["metadata"]["call_sid"] == ""


async def test_the_words_of_an_answer_stay_on_the_screen_when_one_before_it_was_heard() -> None:
    """The engine writes it while "let me look" is still being said."""
    async with kiosk_house() as home:
        home.engine.replies.append((Say(OPENING, 200),))
        home.engine.replies.append((Say("Let me look.", 1200), CallTool("check_availability")))
        home.engine.replies.append((Say("That is $335.72.", 600),))
        async with visit(home.port) as page:
            await home.engine.connection()
            await until(lambda: page.state == "listening")
            await page.send("text", text="Two nights from Friday, please.")
            await until(lambda: ("assistant", "That is $335.72.") in page.captions(final=True))
            await page.send("stop")
            await page.wait_closed()
    answered = [("assistant", "That is $335.72.") in standing for standing in page.transcripts]
    assert all(answered[answered.index(True) :])
    assert answered.count(True) > 2, "it was there before it was heard"


async def test_the_session_is_asked_for_as_the_golden_request_says() -> None:
    async with kiosk_house() as home, visit(home.port) as page:
        await until(lambda: page.of_type("started"))
        [asked] = home.functions.sessions_asked
        wanted = golden.body("functions", "session_request_kiosk")
        assert asked.keys() == wanted.keys()
        assert {**asked, "token": "", "stream_sid": ""} == {**wanted, "token": "", "stream_sid": ""}
        [started] = page.of_type("started")
        assert started["stream_sid"] == asked["stream_sid"]
        assert (started["session_id"], started["attempt"]) == (SESSION_ID, 1)


async def test_audio_goes_through_untouched_both_ways() -> None:
    async with kiosk_house() as home, opened(home.port) as page:
        home.engine.replies.append((Say(OPENING, 100),))
        await page.start()
        frames = [bytes([n, 0]) * 480 for n in range(40)]
        for frame in frames:
            await page.send_raw(frame)
        engine = await home.engine.connection()
        await page.send_raw(b"".join(frames))  # a page that was asleep sends what it kept
        await until(lambda: engine.audio_ms == 1600)
        assert engine.audio == b"".join(frames) * 2
        await until(lambda: page.of_type("mark"))
        first = b"".join(page._unmarked) or bytes(page._queue[0][0])
        assert first.startswith(bytes([1]) * 960)


async def test_the_state_follows_the_conversation() -> None:
    async with kiosk_house() as home:
        home.engine.replies.append((Say(OPENING, 300),))
        async with visit(home.port) as page:
            engine = await home.engine.connection()
            await until(lambda: page.state == "listening")
            home.functions.held["search_kb"] = asyncio.Event()
            home.engine.replies.append((CallTool("search_kb"),))
            await engine.hear("When is breakfast?")
            await until(lambda: home.functions.tool_calls)
            await until(lambda: page.state == "thinking")
            home.engine.replies.append((Say("From seven.", 300),))
            home.functions.held["search_kb"].set()
            await until(lambda: page.state == "speaking")
            await until(lambda: page.state == "listening")
            states = [message["state"] for message in page.of_type("state")]
    assert states == ["thinking", "speaking", "listening", "thinking", "speaking", "listening"]


async def test_the_button_cuts_the_agent_where_the_page_says_it_was() -> None:
    async with kiosk_house() as home:
        home.engine.replies.append((Say("A very long greeting, without any end to it.", 6000, speed=3),))
        async with visit(home.port) as page:
            engine = await home.engine.connection()
            await until(lambda: len(page.played) >= 48 * 700)
            await page.send("interrupt")
            await until(lambda: page.of_type("clear"))
            [truncate] = await arrived(lambda: engine.of_type("conversation.item.truncate"))
            [heard_ms] = page.item_ms.values()
            await until(lambda: page.captions(final=True))
            [caption] = [message for message in page.of_type("caption") if message["final"]]
    assert abs(truncate["audio_end_ms"] - heard_ms) <= 60
    assert caption["interrupted"] is True
    assert "A very long greeting, without any end to it.".startswith(caption["text"])
    assert home.engine.errors == []


async def test_a_guest_who_speaks_on_is_let_speak_and_one_who_only_hums_is_not() -> None:
    voice = np.random.default_rng(5).normal(0, 6000, 24 * 1500).astype(np.int16).tobytes()
    async with kiosk_house() as home:
        home.functions.session |= {"barge_in": {"mode": "selective"}}
        home.engine.replies.append((Say("A very long greeting, without any end to it.", 9000, speed=3),))
        async with visit(home.port) as page:
            page.say(b"")
            engine = await home.engine.connection()
            await until(lambda: len(page.played) >= 48 * 700)
            page.say(voice[: 48 * 160])
            item = await engine.speech_starts()
            begun_ms = engine.audio_ms
            await until(lambda: engine.audio_ms >= begun_ms + 600)
            await engine.speech_stops(item, "mm-hmm", ms=160)
            await until(lambda: engine.of_type("conversation.item.delete"))
            played = len(page.played)
            await until(lambda: len(page.played) > played + 48 * 300)
            assert page.of_type("clear") == []
            page.say(voice)
            await engine.speech_starts()
            await until(lambda: page.of_type("clear"))
    assert home.engine.errors == []


async def arrived(found: Any) -> Any:
    await until(found)
    return found()


async def test_a_goodbye_is_heard_then_the_page_is_told_and_the_socket_closed() -> None:
    async with kiosk_house() as home:
        home.engine.replies.extend([(Say(OPENING, 200),), (CallTool("end_call"),), (Say("Goodbye.", 400),)])
        home.functions.answers["end_call"] = {"ok": True, "result": {"ok": True}, "then": {"action": "hangup"}}
        async with visit(home.port) as page:
            engine = await home.engine.connection()
            await until(lambda: page.state == "listening")
            await engine.hear("That is all.")
            assert await page.wait_closed() == 1000
            assert len(page.played) == 600 * 48
    assert page.received[-1] == golden.body("kiosk", "to_ended")
    assert page.state == "listening"
    assert len(home.functions.thens) == 1


async def test_a_process_that_stops_tells_the_page_to_come_again() -> None:
    async with kiosk_house() as home:
        home.engine.replies.append((Say(OPENING, 200),))
        async with visit(home.port) as page:
            await home.engine.connection()
            await until(lambda: page.state == "listening")
            await home.relay.drain()
            assert await page.wait_closed() == 1000
    assert page.received[-1] == golden.body("kiosk", "to_ended_again")


async def test_a_page_that_comes_back_goes_on_where_it_was() -> None:
    async with kiosk_house() as home:
        said = {"type": "message", "role": "user", "text": "Do you take dogs?"}
        home.functions.session |= {"attempt": 2, "history": [said]}
        async with visit(home.port, "token-2") as page:
            engine = await home.engine.connection()
            await until(lambda: engine.of_type("response.create"))
            [item] = engine.of_type("conversation.item.create")
            await page.send("stop")
            await page.wait_closed()
        await until(lambda: "stream.ended" in home.functions.event_types())
    assert page.of_type("started")[0]["attempt"] == 2
    assert item["item"]["content"] == [{"type": "input_text", "text": "Do you take dogs?"}]
    assert home.functions.event_types()[0] == "stream.resumed"


async def test_a_refused_token_is_told_in_words() -> None:
    async with kiosk_house() as home:
        home.functions.stale_tokens.add("token-1")
        async with visit(home.port) as page:
            assert await page.wait_closed() == 1008
        [ended] = page.of_type("ended")
    assert (ended["reason"], ended["again"]) == ("token_refused", False)
    assert ended["say"]


async def test_a_hotel_that_is_busy_says_so_in_its_own_words() -> None:
    async with kiosk_house() as home:
        error = {"code": "busy", "message": "busy", "say": "All our screens are busy."}
        home.functions.session = {"v": 1, "ok": False, "error": error}
        async with visit(home.port) as page:
            assert await page.wait_closed() == 1000
        [ended] = page.of_type("ended")
    assert (ended["reason"], ended["say"]) == ("refused_busy", "All our screens are busy.")


async def test_bad_input_is_told_once_and_the_conversation_goes_on() -> None:
    async with kiosk_house() as home:
        async with visit(home.port) as page:
            engine = await home.engine.connection()
            await until(lambda: page.of_type("started"))
            for _ in range(3):
                await page.send_raw(b"\x00" * 961)
                await page.send_raw(json.dumps({"type": "text", "text": " "}))
            await page.send_raw(json.dumps({"type": "hologram"}))
            await until(lambda: home.count("unknown_kiosk") == 1)
            await engine.hear("Still here?")
            await until(lambda: ("user", "Still here?") in page.captions(final=True))
        assert [message["code"] for message in page.of_type("error")] == ["bad_audio", "bad_text"]
        assert (home.count("bad_kiosk_bad_audio"), home.count("bad_kiosk_bad_text")) == (3, 3)


async def test_audio_that_nobody_can_have_spoken_is_not_passed_on_and_ends_the_stream_in_time() -> None:
    async with kiosk_house() as home, opened(home.port) as page:
        await page.start()
        engine = await home.engine.connection()
        for _ in range(120):
            await page.send_raw(bytes(48_000))
        assert await page.wait_closed() == 1008
        assert page.of_type("error")[0]["code"] == "too_fast"
        assert page.of_type("ended")[0]["reason"] == "bad_input_too_fast"
        assert 4000 <= engine.audio_ms < 60_000


@pytest.mark.parametrize("message", ['{"type":"text","text":"Hello?"}', '{"type":"interrupt"}'])
async def test_a_page_that_nobody_can_be_at_asks_nothing_more_of_functions_or_the_engine(message: str) -> None:
    async with kiosk_house() as home, visit(home.port) as page:
        engine = await home.engine.connection()
        await until(lambda: bool(page.of_type("started")))
        for _ in range(300):
            await page.send_raw(message)
        assert await page.wait_closed() == 1008
        assert page.of_type("ended")[0]["reason"] == "bad_input_too_fast"
    assert len([turn for turn in home.functions.turns if turn["role"] == "user"]) <= 30
    assert len([event for event in engine.received if "audio" not in event["type"]]) <= 100


async def test_sockets_that_show_no_token_keep_no_caller_out() -> None:
    async with house.running(KIOSK_ORIGIN=KIOSK_ORIGIN, MAX_CALLS="2") as home, contextlib.AsyncExitStack() as pages:
        for _ in range(2):
            await pages.enter_async_context(opened(home.port))
        with pytest.raises(InvalidStatus) as refused:
            await pages.enter_async_context(opened(home.port))
        assert refused.value.response.status_code == 503
        async with call(home.port) as line, call(home.port, "token-2", "MZ2") as second:
            await until(lambda: min(len(line.played), len(second.played)) > 800)
            await line.hang_up()
            await second.hang_up()
    assert (home.count("ended_busy"), home.functions.thens) == (0, [])


async def test_text_before_the_session_is_too_early() -> None:
    async with kiosk_house() as home, opened(home.port) as page:
        await page.send_raw(json.dumps({"type": "text", "text": "Hello?"}))
        assert await page.wait_closed() == 1008
        assert page.of_type("error")[0]["code"] == "too_early"


async def test_a_message_larger_than_any_of_ours_ends_the_stream() -> None:
    async with kiosk_house() as home, opened(home.port) as page:
        await page.start()
        await page.send_raw(bytes(1 << 20))
        assert await page.wait_closed() in (1009, 1006)
        await until(lambda: home.count("bad_kiosk_too_big") == 1)


@pytest.mark.parametrize("origin", [None, "https://evil.example.com", f"{KIOSK_ORIGIN}.evil.example.com", "null"])
async def test_a_page_of_another_origin_is_refused(origin: str | None) -> None:
    async with kiosk_house() as home:
        with pytest.raises(InvalidStatus) as refused:
            async with opened(home.port, origin):
                pass
        assert refused.value.response.status_code == 403
        assert home.count("refused_bad_origin") == 1


async def test_without_a_kiosks_origin_there_is_no_kiosk() -> None:
    async with house.running() as home:
        with pytest.raises(InvalidStatus) as refused:
            async with opened(home.port):
                pass
        assert refused.value.response.status_code == 404


async def test_a_telephone_still_sends_no_binary() -> None:
    async with kiosk_house() as home, phone(home.port) as line:
        await line.start()
        await home.engine.connection()
        await line.socket.send(FRAME)
        await until(lambda: home.count("bad_twilio_binary") == 1)
        await line.hang_up()


async def test_the_agents_audio_comes_in_messages_of_120_ms_kept_a_little_ahead() -> None:
    async with kiosk_house() as home, opened(home.port) as page:
        home.engine.replies.append((Say(OPENING, 3000),))
        await page.start()
        await until(lambda: len(page._queue) == 2)
        assert [len(audio) for audio, _ in page._queue] == [MESSAGE_BYTES] * 2
        assert [mark["ms"] for _, mark in page._queue] == [120, 240]
