"""Incoming calls: verbs, redirects, failures and hang-ups, with a real web application behind them."""

from collections.abc import AsyncIterator

import pytest

from local.twilio import CallOver, SpeakerError
from tests.local.twilio_helpers import (
    ACCOUNT_SID,
    CALLER,
    HOTEL,
    Answer,
    World,
    a_world,
    codes,
    eventually,
    kinds,
)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


async def test_the_voice_webhook_carries_the_documented_fields(world: World) -> None:
    call = await world.call("<Response><Hangup/></Response>", extra_params={"StirVerstat": "TN-Validation-Passed-A"})
    await call.ended()
    assert world.app.got("/voice") == [
        {
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
            "CallSid": call.sid,
            "CallStatus": "ringing",
            "Called": HOTEL,
            "Caller": CALLER,
            "Direction": "inbound",
            "From": CALLER,
            "StirVerstat": "TN-Validation-Passed-A",
            "To": HOTEL,
        }
    ]
    assert call.sid.startswith("CA")
    assert len(call.sid) == 34


async def test_the_completed_callback_follows_every_call(world: World) -> None:
    record = await world.run("<Response><Pause length='2'/><Say>Good evening.</Say></Response>")
    (status,) = world.app.got("/status")
    assert status["CallStatus"] == record.status == "completed"
    assert status["CallSid"] == record.call_sid
    assert status["SequenceNumber"] == "0"
    assert status["CallbackSource"] == "call-progress-events"
    assert int(status["CallDuration"]) == record.duration_s >= 1
    assert status["Duration"] == "1"
    assert record.ended_by == "twiml"


async def test_say_is_heard_from_the_answer_on(world: World) -> None:
    record = await world.run("<Response><Say>twelve chars</Say></Response>")
    assert world.speaker.said == ["twelve chars"]
    spoken = [record.heard[at : at + 160] != b"\xff" * 160 for at in range(0, len(record.heard), 160)]
    assert sum(spoken) == 6  # 10 ms for each character
    assert len(record.heard) == len(record.said)


async def test_verbs_run_from_top_to_bottom(world: World) -> None:
    record = await world.run(
        "<Response><Say>one</Say><Pause/><Say loop='2'>two</Say><Hangup/><Say>three</Say></Response>"
    )
    assert [entry["verb"] for entry in kinds(record, "verb")] == ["Say", "Pause", "Say", "Hangup"]
    assert world.speaker.said == ["one", "two"]


async def test_a_pause_as_the_first_verb_delays_the_answer(world: World) -> None:
    record = await world.run("<Response><Pause length='3'/><Say>Hello</Say></Response>")
    assert record.answered_at is not None
    assert (record.answered_at - record.created_at).total_seconds() >= 3


async def test_an_empty_document_answers_and_hangs_up(world: World) -> None:
    record = await world.run("<Response/>")
    assert (record.status, record.answered_at is not None) == ("completed", True)


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
async def test_reject_ends_the_call_without_an_answer(world: World, reason: str, status: str) -> None:
    record = await world.run(f"<Response><Reject reason='{reason}'/></Response>")
    assert (record.status, record.answered_at, record.heard) == (status, None, b"")
    assert world.app.got("/status")[0]["CallStatus"] == status


async def test_redirect_asks_for_the_next_document_with_all_fields(world: World) -> None:
    world.app.answers("/next", "<Response><Say>Here</Say></Response>")
    record = await world.run("<Response><Say>Wait</Say><Redirect>/next</Redirect><Say>never</Say></Response>")
    assert world.app.got("/next")[0]["CallStatus"] == "in-progress"
    assert world.app.got("/next")[0]["CallSid"] == record.call_sid
    assert world.speaker.said == ["Wait", "Here"]


async def test_a_get_webhook_puts_the_fields_into_the_signed_url(world: World) -> None:
    world.app.answers("/next", "<Response/>")
    await world.run("<Response><Redirect method='GET'>/next?lang=en</Redirect></Response>")
    (request,) = [request for request in world.app.requests if request.path == "/next"]
    assert (request.method, request.params["lang"], request.params["To"]) == ("GET", "en", HOTEL)


async def test_play_fetches_a_sound_file(world: World) -> None:
    fmt = b"fmt \x12\0\0\0\x07\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0\0\0"
    data = b"\x11" * 320
    wav = b"RIFF\0\0\0\0WAVE" + fmt + b"data" + len(data).to_bytes(4, "little") + data
    world.app.answers("/hold.wav", Answer(wav.decode("latin-1"), content_type="audio/wav"))
    # the helper encodes bodies as UTF-8, which leaves bytes below 0x80 as they are
    record = await world.run("<Response><Play>/hold.wav</Play></Response>")
    assert record.heard.count(0x11) == 320


async def test_play_digits_reach_the_far_end(world: World) -> None:
    record = await world.run("<Response><Play digits='1w2#'/></Response>")
    assert record.keys_heard == "12#"


async def test_a_text_answer_is_spoken(world: World) -> None:
    await world.run(Answer("Tom & Jerry", content_type="text/plain"))
    assert world.speaker.said == ["Tom & Jerry"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(status=500, body="<h1>boom</h1>", content_type="text/html"), 11200),
        (Answer(status=404), 11200),
        (Answer(status=302, headers={"Location": "/elsewhere"}), 11216),
        (Answer(""), 11770),
        (Answer("<Response>", content_type="text/xml"), 12100),
        (Answer("<h1>boom</h1>"), 12102),
        (Answer("<Response/>", content_type="text/html"), 12300),
        (Answer("{}", content_type="application/json"), 12300),
        (Answer(f"<Response><!--{'x' * 65536}--></Response>"), 11750),
        (Answer(f"<Response><Say>{'a' * 4097}</Say></Response>"), 13521),
        (Answer("<Response><Refer/></Response>"), 0),
    ],
)
async def test_without_a_fallback_the_caller_hears_an_apology(world: World, answer: Answer, code: int) -> None:
    call = await world.call(answer)
    record = await call.ended()
    assert codes(call) == [code]
    assert world.speaker.said == ["We are sorry. An application error has occurred. Goodbye."]
    assert record.status == "completed"


async def test_the_fallback_gets_the_error_and_takes_over() -> None:
    async with a_world(fallback=True) as world:
        world.app.answers("/fallback", "<Response><Say>One moment</Say></Response>")
        call = await world.call(Answer(status=500))
        await call.ended()
        (fields,) = world.app.got("/fallback")
        assert (fields["ErrorCode"], fields["ErrorUrl"]) == ("11200", f"{world.app.origin}/voice")
        assert fields["CallSid"] == call.sid
        assert world.speaker.said == ["One moment"]


async def test_a_fallback_that_fails_too_ends_in_the_apology() -> None:
    async with a_world(fallback=True) as world:
        call = await world.call(Answer(status=500))
        await call.ended()
        assert codes(call) == [11200, 11200]
        assert world.speaker.said[-1].startswith("We are sorry.")


async def test_a_webhook_that_takes_too_long_is_given_up() -> None:
    async with a_world(webhook_timeout_s=0.2) as world:
        call = await world.call(Answer(delay_s=0.5))
        await call.ended()
        assert codes(call) == [11205]
        assert len(world.app.got("/voice")) == 1


async def test_a_refused_connection_is_tried_twice(world: World) -> None:
    call = await world.call(voice_url="http://127.0.0.1:9/voice")
    record = await call.ended()
    attempts = [entry for entry in kinds(record, "webhook") if entry["purpose"] == "voice"]
    assert len(attempts) == 2
    assert codes(call) == [11205]


async def test_the_fragment_of_a_url_sets_retries_and_is_not_sent(world: World) -> None:
    world.app.answers("/flaky", Answer(status=503), Answer(status=503), Answer("<Response><Say>up</Say></Response>"))
    call = await world.call(voice_url=f"{world.app.origin}/flaky#rc=2&rp=5xx,ct&ct=2000")
    await call.ended()
    assert codes(call) == []
    assert world.speaker.said == ["up"]
    tokens = {
        request.headers["I-Twilio-Idempotency-Token"] for request in world.app.requests if request.path == "/flaky"
    }
    assert len(tokens) == 3


async def test_a_wrong_fragment_is_an_error(world: World) -> None:
    call = await world.call(voice_url=f"{world.app.origin}/voice#rc=9")
    await call.ended()
    assert codes(call) == [11243]


async def test_a_status_callback_that_fails_is_a_warning_and_nothing_else(world: World) -> None:
    world.app.answers("/status", Answer(status=500))
    call = await world.call("<Response/>")
    record = await call.ended()
    assert (codes(call), record.status) == ([15003], "completed")


async def test_the_caller_hangs_up_while_the_first_webhook_is_on_its_way(world: World) -> None:
    call = await world.call(Answer("<Response><Say>Hello</Say></Response>", delay_s=0.05))
    await eventually(lambda: world.app.got("/voice"))
    call.phone.hang_up()
    record = await call.ended()
    assert (record.status, record.ended_by, world.speaker.said) == ("no-answer", "caller", [])
    assert world.app.got("/status")[0]["CallStatus"] == "no-answer"
    assert world.app.got("/status")[0]["CallDuration"] == "0"


@pytest.mark.parametrize(
    "voice",
    [
        "<Response><Say loop='0'>for ever and ever</Say></Response>",
        "<Response><Say>Hi</Say><Pause length='600'/></Response>",
    ],
)
async def test_the_caller_hangs_up_in_mid_verb(world: World, voice: str) -> None:
    call = await world.call(voice)
    await call.phone.agent_speaking() if "loop" in voice else await call.phone.connected()
    call.phone.hang_up()
    record = await call.ended()
    assert (record.status, record.ended_by) == ("completed", "caller")
    assert [fields["CallStatus"] for fields in world.app.got("/status")] == ["completed"]


async def test_waiting_for_an_answer_that_never_comes_ends_with_the_call(world: World) -> None:
    call = await world.call("<Response><Reject/></Response>")
    with pytest.raises(CallOver):
        await call.phone.connected()


async def test_a_redirect_loop_ends_when_the_caller_does(world: World) -> None:
    call = await world.call("<Response><Redirect/></Response>")
    await eventually(lambda: len(world.app.got("/voice")) >= 5)
    call.phone.hang_up()
    record = await call.ended()
    assert record.status == "no-answer"


async def test_stopping_the_simulator_ends_its_calls(world: World) -> None:
    call = await world.call("<Response><Pause length='1'/><Say loop='0'>for ever</Say></Response>")
    await call.phone.connected()
    await world.twilio.stop()
    assert call.record().ended_by == "simulator"


async def test_everything_that_happens_is_observed(world: World) -> None:
    seen: list[str] = []
    world.twilio.observe(lambda call, entry: seen.append(entry.kind))
    record = await world.run("<Response><Say>Hi</Say></Response>")
    assert seen == ["status", "webhook", "verb", "status", "status", "webhook"] == [e.kind for e in record.timeline]
    times = [entry.at_ms for entry in record.timeline]
    assert times == sorted(times)
    assert times[0] < 0 < times[-1]


async def test_when_nobody_can_speak_the_call_still_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def mute(text: str, language: str) -> bytes:
        raise SpeakerError("no voice")

    monkeypatch.setattr(world.speaker, "speak", mute)
    call = await world.call("<Response><Say>Hello</Say></Response>")
    record = await call.ended()
    assert (codes(call), record.status) == ([13520, 13520], "completed")
