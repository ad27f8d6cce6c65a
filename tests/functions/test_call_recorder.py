"""Recordings by the official client, against the simulated Twilio; and a bucket, against what its API answers."""

import asyncio
import io
import json
import wave
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from nightdesk.hotel.call_recorder import NoRecorder
from nightdesk.hotel.call_recorder_twilio import TwilioRecorder
from nightdesk.hotel.recording_bucket import BucketRecordings, metadata_token
from nightdesk.hotel.recording_store import RecordingsOutOfReach
from nightdesk.hotel.telephony import CallInDoubt, CallRefused

from tests.local.twilio_helpers import ACCOUNT_SID, TOKEN, VOICE, World, a_world

RecorderFor = Callable[[World], TwilioRecorder]

SPEAKS = "<Response><Pause length='1'/><Say loop='0'>a sentence of the hotel that goes on for a while</Say></Response>"


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture
def recorder_for() -> Iterator[RecorderFor]:
    made: list[TwilioRecorder] = []

    def make(world: World) -> TwilioRecorder:
        made.append(TwilioRecorder(ACCOUNT_SID, TOKEN, world.twilio.base_url))
        return made[-1]

    yield make
    for recorder in made:  # which keeps its connections for as long as its process lives
        recorder._client.http_client.session.close()


async def test_a_call_is_recorded_on_two_channels_and_its_file_fetched_and_deleted(recorder_for: RecorderFor) -> None:
    async with a_world() as world:
        world.app.answers("/recording", "")
        call, recorder = await world.call(SPEAKS), recorder_for(world)
        await call.phone.agent_speaking()
        sid = await asyncio.to_thread(recorder.start, call.sid, f"{world.app.origin}/recording")
        await asyncio.to_thread(recorder.pause, call.sid, sid)
        await asyncio.to_thread(recorder.resume, call.sid, sid)
        await asyncio.to_thread(recorder.stop, call.sid, sid)
        await until(lambda: world.app.got("/recording"))
        (told,) = world.app.got("/recording")
        assert (told["RecordingSid"], told["RecordingStatus"]) == (sid, "completed")
        assert (told["RecordingSource"], told["RecordingChannels"]) == ("StartCallRecordingAPI", "2")
        with wave.open(io.BytesIO(await asyncio.to_thread(recorder.fetch, sid, 2))) as file:
            assert (file.getnchannels(), file.getframerate()) == (2, 8000)
        await asyncio.to_thread(recorder.delete, sid)
        await asyncio.to_thread(recorder.delete, sid)
        with pytest.raises(CallRefused, match="over"):
            await asyncio.to_thread(recorder.fetch, sid, 2)
        call.phone.hang_up()
        await call.ended()


async def test_a_message_on_tape_has_one_channel_and_is_not_to_be_had_with_two(recorder_for: RecorderFor) -> None:
    async with a_world() as world:
        world.app.answers("/left", "<Response><Hangup/></Response>")
        call, recorder = (
            await world.call('<Response><Record action="/left" timeout="2"/></Response>'),
            recorder_for(world),
        )
        await call.phone.agent_quiet(for_ms=100)
        call.phone.say(VOICE * 50)
        await call.ended()
        sid = world.app.got("/left")[0]["RecordingSid"]
        with wave.open(io.BytesIO(await asyncio.to_thread(recorder.fetch, sid, 1))) as file:
            assert file.getnchannels() == 1
        with pytest.raises(CallInDoubt, match="400"):
            await asyncio.to_thread(recorder.fetch, sid, 2)


@pytest.mark.parametrize("fault", ["early", "too_many"])
async def test_a_call_whose_first_second_is_refused_is_asked_for_again(fault: str, recorder_for: RecorderFor) -> None:
    async with a_world() as world:
        call, recorder = await world.call(SPEAKS), recorder_for(world)
        await call.phone.agent_speaking()
        setattr(world.twilio.faults, fault, 1)
        assert await asyncio.to_thread(recorder.start, call.sid, f"{world.app.origin}/recording")
        assert getattr(world.twilio.faults, fault) == 0, "it was refused"
        call.phone.hang_up()
        await call.ended()


async def test_a_call_that_is_over_is_not_recorded(recorder_for: RecorderFor) -> None:
    async with a_world() as world:
        record = await world.run("<Response><Hangup/></Response>")
        with pytest.raises(CallRefused) as refused:
            await asyncio.to_thread(recorder_for(world).start, record.call_sid, "https://hotel.example/recording")
        assert refused.value.why == "over"


def test_one_that_does_not_answer_leaves_it_open() -> None:
    recorder = TwilioRecorder(ACCOUNT_SID, TOKEN, "http://127.0.0.1:1")
    for ask in (lambda: recorder.start("CA1", "https://x"), lambda: recorder.fetch("RE1", 2)):
        with pytest.raises(CallInDoubt):
            ask()


def test_without_an_account_nothing_is_recorded() -> None:
    with pytest.raises(CallRefused):
        NoRecorder().start("CA1", "https://x")


# --- a bucket ---


class Bucket:
    """Objects by name, as the JSON API gives them, two to a page."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.status = 200
        self.tokens: set[str] = set()

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.status != 200:
            return httpx.Response(self.status)
        self.tokens.add(request.headers["Authorization"])
        path = request.url.path
        if path == "/upload/storage/v1/b/calls/o":
            assert request.url.params["uploadType"] == "media"
            self.objects[request.url.params["name"]] = request.content
            return httpx.Response(200, json={})
        assert path.startswith("/storage/v1/b/calls/o")
        if request.method == "DELETE":
            gone = self.objects.pop(path.removeprefix("/storage/v1/b/calls/o/"), None)
            return httpx.Response(404 if gone is None else 204)
        if request.url.params.get("alt") == "media":
            content = self.objects.get(path.removeprefix("/storage/v1/b/calls/o/"))
            return httpx.Response(404) if content is None else httpx.Response(200, content=content)
        names = sorted(name for name in self.objects if name.startswith(request.url.params["prefix"]))
        start = int(request.url.params.get("pageToken", "0"))
        page = {"items": [{"name": name, "size": str(len(self.objects[name]))} for name in names[start : start + 2]]}
        return httpx.Response(200, json=page | ({"nextPageToken": str(start + 2)} if names[start + 2 :] else {}))


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def kept(bucket: Bucket) -> BucketRecordings:
    http = httpx.Client(transport=httpx.MockTransport(bucket.answer))
    return BucketRecordings(http, "calls", "2026/", lambda: "a-token")


def test_a_recording_is_put_under_its_prefix(bucket: Bucket, kept: BucketRecordings) -> None:
    assert kept.put("sess_a/RE1.wav", b"one") == "gs://calls/2026/sess_a/RE1.wav"
    assert bucket.objects == {"2026/sess_a/RE1.wav": b"one"}
    assert bucket.tokens == {"Bearer a-token"}


def test_a_whole_folder_is_deleted_page_by_page_and_no_other(bucket: Bucket, kept: BucketRecordings) -> None:
    bucket.objects = {f"2026/sess_a/{n}.ulaw": b"" for n in range(5)} | {"2026/sess_ab/0.ulaw": b""}
    assert kept.delete("sess_a") == 5
    assert list(bucket.objects) == ["2026/sess_ab/0.ulaw"]


def test_what_is_there_is_listed_and_got_by_its_name_without_the_prefix(bucket: Bucket, kept: BucketRecordings) -> None:
    for n in range(3):
        kept.put(f"sess_a/{n}.ulaw", b"x" * n)
    assert kept.sizes("sess_a") == {"sess_a/0.ulaw": 0, "sess_a/1.ulaw": 1, "sess_a/2.ulaw": 2}
    assert kept.get("sess_a/2.ulaw") == b"xx"
    with pytest.raises(RecordingsOutOfReach, match="404"):
        kept.get("sess_a/3.ulaw")


@pytest.mark.parametrize("status", [401, 403, 429, 503])
def test_a_bucket_that_refuses_is_out_of_reach(bucket: Bucket, kept: BucketRecordings, status: int) -> None:
    bucket.status = status
    with pytest.raises(RecordingsOutOfReach, match=str(status)):
        kept.put("sess_a/RE1.wav", b"one")
    with pytest.raises(RecordingsOutOfReach):
        kept.delete("sess_a")


def test_the_token_is_the_service_accounts() -> None:
    def metadata(request: httpx.Request) -> httpx.Response:
        assert request.headers["Metadata-Flavor"] == "Google"
        return httpx.Response(200, content=json.dumps({"access_token": "t", "expires_in": 3600}))

    assert metadata_token(httpx.Client(transport=httpx.MockTransport(metadata))) == "t"
