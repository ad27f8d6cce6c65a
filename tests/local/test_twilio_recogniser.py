"""The recognition program's adapter: against a program that speaks the same wire, and against the real one."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from local.callers.lines import read_line
from local.twilio.recogniser import ProcessRecogniser, RecogniserError, expected
from tests.local.twilio_helpers import a_world

PROGRAM = """
import json, sys
source, state, size = sys.stdin.buffer, "", 0
print(json.dumps({"ready": True}), flush=True)
while header := source.read(5):
    kind, body = header[:1], source.read(int.from_bytes(header[1:], "big"))
    if kind == b"O":
        state, size = json.loads(body)["state"], 0
    elif kind == b"A":
        size += len(body)
    elif size == 4:
        sys.exit(3)
    else:
        print(json.dumps({"text": f"{state} {size}"}), flush=True)
"""


@pytest.fixture
async def recogniser(tmp_path: Path) -> AsyncIterator[ProcessRecogniser]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    recogniser = ProcessRecogniser((sys.executable, str(program)))
    yield recogniser
    await recogniser.close()


async def test_the_audio_arrives_as_pcm(recogniser: ProcessRecogniser) -> None:
    assert await recogniser.recognise(bytes(160)) == "open 320"
    assert await recogniser.recognise(bytes(80), ["yes", "no"]) == "yes_no 160"


async def test_requests_at_the_same_time_are_answered_one_by_one(recogniser: ProcessRecogniser) -> None:
    texts = await asyncio.gather(*(recogniser.recognise(bytes(100 * n)) for n in range(1, 4)))
    assert texts == ["open 200", "open 400", "open 600"]


async def test_a_program_that_died_is_started_again(recogniser: ProcessRecogniser) -> None:
    with pytest.raises(RecogniserError):
        await recogniser.recognise(bytes(2))
    assert await recogniser.recognise(bytes(160)) == "open 320"


async def test_who_stops_waiting_leaves_no_answer_behind(recogniser: ProcessRecogniser) -> None:
    asking = asyncio.create_task(recogniser.recognise(bytes(160)))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await recogniser.recognise(bytes(80)) == "open 160"


async def test_a_program_that_is_not_there() -> None:
    with pytest.raises(RecogniserError):
        await ProcessRecogniser(("/no/such/program",)).recognise(bytes(160))


@pytest.mark.parametrize(
    ("hints", "state"),
    [
        ([], "open"),
        (["yes", "no", "yes please"], "yes_no"),
        (["yes", "maybe"], "open"),
        (["$FULLPHONENUM"], "digits"),
        (["$MONTH $DAY", "tonight"], "dates"),
        (["two adults", "one child"], "guests"),
    ],
)
def test_hints_say_what_kind_of_answer_is_expected(hints: list[str], state: str) -> None:
    assert expected(hints) == state


async def test_a_program_that_was_started_in_time_is_the_one_that_is_asked(recogniser: ProcessRecogniser) -> None:
    await asyncio.gather(recogniser.prepare(), recogniser.prepare())
    assert await recogniser.recognise(bytes(160)) == "open 320"
    await ProcessRecogniser(("/no/such/program",)).prepare()


async def test_the_real_program_hears_a_caller_in_a_call() -> None:
    async with a_world() as world:
        world.twilio.exchange.recogniser = ProcessRecogniser()
        world.app.answers("/gathered", "<Response/>")
        gather = '<Gather input="speech" speechTimeout="1" timeout="30" action="/gathered"/>'
        call = await world.call(f"<Response>{gather}</Response>")
        await call.phone.connected()
        call.phone.say(read_line("do you allow pets"))
        await call.ended()
        assert [fields["SpeechResult"] for fields in world.app.got("/gathered")] == ["Do you allow pets."]
