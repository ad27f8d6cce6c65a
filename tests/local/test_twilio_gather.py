"""`<Gather>`: keys, words, prompts and time-outs, as Twilio's page on the verb has them."""

from collections.abc import AsyncIterator

import pytest

from tests.local.twilio_helpers import VOICE, World, a_world, codes, eventually, kinds

PROMPT = "A prompt of a hundred characters is one second of the tone that the fake speaker makes of every text."
AFTER = "<Say>no input</Say>"


def gather(attributes: str, inner: str = "") -> str:
    return f'<Response><Gather action="/gathered" {attributes}>{inner}</Gather>{AFTER}</Response>'


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.app.answers("/gathered", "<Response><Say>thank you</Say></Response>")
        world.app.answers("/partial", "<Response/>")
        yield world


async def test_as_many_digits_as_asked_for_end_it_at_once(world: World) -> None:
    call = await world.call(gather('numDigits="2" timeout="60"'))
    await call.phone.connected()
    call.phone.press("42")
    record = await call.ended()
    (fields,) = world.app.got("/gathered")
    assert (fields["Digits"], fields["FinishedOnKey"], fields["CallStatus"]) == ("42", "", "in-progress")
    assert "SpeechResult" not in fields
    assert len(record.heard) < 8000 * 10
    assert world.speaker.said == ["thank you"]


async def test_the_key_that_finishes_is_not_among_the_digits(world: World) -> None:
    call = await world.call(gather('timeout="60"'))
    await call.phone.connected()
    call.phone.press("207#")
    await call.ended()
    (fields,) = world.app.got("/gathered")
    assert (fields["Digits"], fields["FinishedOnKey"]) == ("207", "#")


async def test_without_a_finishing_key_digits_end_with_the_time_out(world: World) -> None:
    call = await world.call(gather('finishOnKey="" timeout="2"'))
    await call.phone.connected()
    call.phone.press("7#")
    record = await call.ended()
    assert world.app.got("/gathered")[0]["Digits"] == "7#"
    assert len(record.heard) >= 8000 * 2


async def test_the_finishing_key_alone_is_no_input(world: World) -> None:
    call = await world.call(gather('timeout="2"'))
    await call.phone.connected()
    call.phone.press("#")
    await call.ended()
    assert world.app.got("/gathered") == []
    assert world.speaker.said == ["no input"]


async def test_no_input_goes_on_with_the_next_verb(world: World) -> None:
    record = await world.run(gather('timeout="2"'))
    assert world.app.got("/gathered") == []
    assert world.speaker.said == ["no input"]
    assert kinds(record, "gathered") == [{"reason": "nothing", "keys": 0}]


async def test_no_input_is_told_to_the_action_when_asked_for(world: World) -> None:
    await world.run(gather('timeout="2" actionOnEmptyResult="true" input="dtmf speech"'))
    (fields,) = world.app.got("/gathered")
    assert not {"Digits", "SpeechResult"} & set(fields)
    assert world.speaker.said == ["thank you"]


async def test_without_an_action_the_document_is_asked_for_again(world: World) -> None:
    call = await world.call('<Response><Gather numDigits="1"/></Response>', "<Response/>")
    await call.phone.connected()
    call.phone.press("3")
    await call.ended()
    first, second = world.app.got("/voice")
    assert "Digits" not in first
    assert second["Digits"] == "3"


async def test_the_time_out_begins_behind_the_prompts(world: World) -> None:
    inner = f"<Say>{PROMPT}</Say><Pause length='3'/><Say>{PROMPT}</Say>"
    record = await world.run(gather('timeout="2"', inner))
    assert len(record.heard) >= 8000 * (2 * len(PROMPT) / 100 + 3 + 2)
    assert world.speaker.said == [PROMPT, PROMPT, "no input"]


async def test_a_key_stops_the_prompt(world: World) -> None:
    call = await world.call(gather('numDigits="2"', f"<Say loop='60'>{PROMPT}</Say>"))
    await call.phone.agent_speaking()
    call.phone.press("1")
    await call.phone.agent_quiet(for_ms=500)
    call.phone.press("2")
    await call.ended()
    assert world.app.got("/gathered")[0]["Digits"] == "12"


async def test_speech_is_recognised_and_its_hints_are_passed_on(world: World) -> None:
    world.recogniser.texts = ["a room for tonight"]
    call = await world.call(
        gather('input="speech" speechTimeout="1" hints="a room, tonight"', "<Say>How can I help?</Say>")
    )
    await call.phone.agent_quiet(for_ms=300)
    call.phone.say(VOICE * 50)
    await call.ended()
    (fields,) = world.app.got("/gathered")
    assert (fields["SpeechResult"], fields["Language"]) == ("A room for tonight.", "en-US")
    assert 0 <= float(fields["Confidence"]) <= 1
    ((audio, hints),) = world.recogniser.asked
    assert audio.count(VOICE) == 50
    assert 50 * 160 < len(audio) <= (50 + 30) * 160
    assert hints == ("a room", "tonight")


async def test_speech_stops_the_prompt_unless_it_may_not(world: World) -> None:
    world.recogniser.texts = ["one", "two"]
    for barge_in, at_most_s in (("true", 8), ("false", 60)):
        call = await world.call(
            gather(f'input="speech" speechTimeout="1" bargeIn="{barge_in}"', f"<Say loop='10'>{PROMPT}</Say>"),
        )
        await call.phone.agent_speaking()
        call.phone.say(VOICE * 30)
        record = await call.ended()
        prompt_s = sum(record.heard[at : at + 160] != b"\xff" * 160 for at in range(0, len(record.heard), 160)) / 50
        assert prompt_s < at_most_s
    assert [fields["SpeechResult"] for fields in world.app.got("/gathered")] == ["One.", "Two."]


async def test_keys_win_over_speech(world: World) -> None:
    world.recogniser.texts = ["never asked for"]
    call = await world.call(gather('input="dtmf speech" speechTimeout="3" numDigits="1"'))
    await call.phone.connected()
    call.phone.say(VOICE * 30)
    call.phone.press("0")
    await call.ended()
    (fields,) = world.app.got("/gathered")
    assert fields["Digits"] == "0"
    assert "SpeechResult" not in fields
    assert world.recogniser.asked == []


async def test_keys_are_no_input_where_only_speech_is(world: World) -> None:
    call = await world.call(gather('input="speech" timeout="2"'))
    await call.phone.connected()
    call.phone.press("123")
    await call.ended()
    assert world.speaker.said == ["no input"]


async def test_speech_that_nobody_understands_is_no_input(world: World) -> None:
    call = await world.call(gather('input="speech" timeout="2"'))
    await call.phone.connected()
    call.phone.say(VOICE * 30)
    await call.ended()
    assert len(world.recogniser.asked) == 1
    assert world.app.got("/gathered") == []
    assert world.speaker.said == ["no input"]


async def test_speech_in_another_language_is_not_simulated_and_keys_still_work(world: World) -> None:
    call = await world.call(gather('input="dtmf speech" language="es-US" timeout="2"'), "<Response/>")
    await call.phone.connected()
    call.phone.say(VOICE * 30)
    await call.ended()
    assert codes(call) == [0]
    assert world.recogniser.asked == []


async def test_speech_ends_at_its_longest(world: World) -> None:
    world.recogniser.texts = ["on and on"]
    call = await world.call(gather('input="speech" maxSpeechTime="2"'))
    await call.phone.connected()
    call.phone.say(VOICE * 1000)
    await eventually(lambda: world.app.got("/gathered"))
    await call.ended()
    assert len(world.recogniser.asked[0][0]) <= 160 * (2 * 50 + 20)


async def test_partial_results_are_told_while_the_caller_speaks(world: World) -> None:
    world.recogniser.texts = ["a room", "a room for", "a room for two"]
    call = await world.call(gather('input="speech" speechTimeout="1" partialResultCallback="/partial"'))
    await call.phone.connected()
    call.phone.say(VOICE * 98)
    await call.ended()
    partials = world.app.got("/partial")
    assert [fields["UnstableSpeechResult"] for fields in partials] == ["a room", "a room for"]
    assert [fields["SequenceNumber"] for fields in partials] == ["0", "1"]
    assert world.app.got("/gathered")[0]["SpeechResult"] == "A room for two."


async def test_a_prompt_that_cannot_be_played_fails_the_document(world: World) -> None:
    call = await world.call(gather('timeout="9"', "<Play>/missing.wav</Play>"))
    await call.ended()
    assert codes(call) == [11200]
    assert world.app.got("/gathered") == []


async def test_a_caller_who_hangs_up_in_mid_gather_is_gone(world: World) -> None:
    call = await world.call(gather('timeout="60"', f"<Say>{PROMPT}</Say>"))
    await call.phone.agent_speaking()
    call.phone.hang_up()
    record = await call.ended()
    assert (record.ended_by, world.app.got("/gathered")) == ("caller", [])
