"""The wires to functions: the golden requests are produced, the golden answers understood, repeats only where safe."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from relay import functions_client
from relay.errors import TokensUnavailable
from relay.functions import FetchSession, PostThen, PostTurn, RunTool, Session, SessionRefused, TurnAnswer
from relay.functions_client import FunctionsClient
from relay.http_connection import Response
from tests.relay import golden
from tests.relay.mock_http import MockHttp

Handler = Callable[[httpx.Request], httpx.Response]


class Functions:
    """Answers in turn, the last one for ever; keeps the requests. An exception in the list is raised."""

    def __init__(self, *answers: tuple[int, Any] | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        return httpx.Response(status, json=body)

    def client(self, tool_deadline_s: float = 2.0, tokens_lacking: int = 0) -> FunctionsClient:
        """`tokens_lacking`: so often, first, the metadata server gives no token."""
        answers: list[str | Exception] = ["Bearer <service credential>"]
        answers[:0] = [TokensUnavailable("503")] * tokens_lacking

        async def authorization() -> str:
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return FunctionsClient(
            MockHttp(self), "https://tools.example.com", authorization, tool_deadline_s=tool_deadline_s
        )

    def assert_sent(self, name: str) -> None:
        path, headers, body = golden.request(name)
        request = self.requests[-1]
        assert request.url.path == path
        assert json.loads(request.content) == body
        for header, value in headers.items():
            assert request.headers[header] == value


SESSION_ID = "sess_dwwvcqlv5huuipgg3u474f77jl"


async def session(functions: Functions) -> Session | SessionRefused:
    body = golden.request("session_request")[2]
    return await functions.client().session(FetchSession(body["token"], body["call_sid"], body["stream_sid"]))


async def test_the_session_is_asked_for_and_read() -> None:
    functions = Functions(golden.answer("session_answer"))
    answer = await session(functions)
    functions.assert_sent("session_request")
    body = golden.answer("session_answer")[1]
    assert isinstance(answer, Session)
    assert answer.engine_session == body["engine_session"]
    assert (answer.session_id, answer.attempt, answer.call_s, answer.idle_s) == (SESSION_ID, 1, 1800, 20)
    assert answer.opening == body["opening"]["instructions"]
    assert answer.metadata == body["metadata"]
    assert answer.recording is True


async def test_a_greeting_may_come_with_a_clip_of_the_same_words() -> None:
    answer = await session(Functions(golden.answer("session_answer_clip")))
    assert isinstance(answer, Session)
    opening = golden.answer("session_answer_clip")[1]["opening"]
    assert (answer.opening_text, answer.clip_url) == (opening["text"], opening["clip_url"])


async def test_a_hotel_may_have_chosen_its_engine() -> None:
    chosen, none = (
        await session(Functions(golden.answer("session_answer_clip"))),
        await session(Functions(golden.answer("session_answer"))),
    )
    assert isinstance(chosen, Session)
    assert isinstance(none, Session)
    assert (chosen.engine, none.engine) == ("openai", "")


async def test_a_later_attempt_brings_its_history() -> None:
    answer = await session(Functions(golden.answer("session_answer_resumed")))
    assert isinstance(answer, Session)
    assert [entry["type"] for entry in answer.history] == ["message", "message", "tool", "message", "tool"]
    assert not answer.begins


async def test_a_later_attempt_may_be_the_first_that_reached_a_relay() -> None:
    status, body = golden.answer("session_answer_resumed")
    answer = await session(Functions((status, {**body, "resumed": False})))
    assert isinstance(answer, Session)
    assert answer.begins


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        (
            "session_refused_busy",
            SessionRefused(
                "refused_busy",
                1000,
                say="I am sorry, all our lines are busy at the moment. Please call again a little later. Goodbye.",
            ),
        ),
        ("session_refused_token", SessionRefused("token_refused", 1008)),
        ("session_refused_stream", SessionRefused("token_refused", 1008)),
    ],
)
async def test_a_refused_session_says_how_to_close(name: str, refused: SessionRefused) -> None:
    functions = Functions(golden.answer(name))
    assert await session(functions) == refused
    assert len(functions.requests) == 1


async def test_the_session_is_asked_for_again_after_an_outage() -> None:
    functions = Functions(httpx.ConnectError("refused"), (503, {}), golden.answer("session_answer"))
    assert isinstance(await session(functions), Session)
    assert len(functions.requests) == 3


async def test_a_token_that_could_not_be_had_at_once_is_asked_for_again() -> None:
    functions, body = Functions(golden.answer("session_answer")), golden.request("session_request")[2]
    wanted = FetchSession(body["token"], body["call_sid"], body["stream_sid"])
    assert isinstance(await functions.client(tokens_lacking=1).session(wanted), Session)
    assert len(functions.requests) == 1


@pytest.mark.parametrize("changes", [{"session_id": "../etc"}, {"attempt": "x"}, {"engine_session": None}])
async def test_an_answer_that_no_call_can_use_is_an_outage(changes: dict[str, Any]) -> None:
    status, body = golden.answer("session_answer")
    assert await session(Functions((status, {**body, **changes}))) == SessionRefused("session_unavailable", 1011)


async def tool(functions: Functions, name: str = "tool_request", deadline_s: float = 2.0) -> Any:
    path, _, body = golden.request(name)
    call = RunTool(body["tool_call_id"], path.removeprefix("/tools/"), body["arguments"], body["turn"])
    return await functions.client(deadline_s).tool(body["session_id"], body["attempt"], call)


@pytest.mark.parametrize("name", ["tool_request", "tool_request_keys", "tool_request_transfer"])
async def test_tools_are_asked_as_agreed(name: str) -> None:
    functions = Functions(golden.answer("tool_answer"))
    await tool(functions, name)
    functions.assert_sent(name)


async def test_a_tools_result_and_its_then_are_read() -> None:
    answer = await tool(Functions(golden.answer("tool_answer_then")))
    body = golden.answer("tool_answer_then")[1]
    assert (answer.ok, answer.result, answer.then) == (True, body["result"], body["then"])


@pytest.mark.parametrize(("name", "recording"), [("tool_answer_recording", "pause"), ("tool_answer", "")])
async def test_a_tool_may_pause_the_recording(name: str, recording: str) -> None:
    assert (await tool(Functions(golden.answer(name)))).recording == recording


@pytest.mark.parametrize(("name", "language"), [("tool_answer_language", "es"), ("tool_answer", "")])
async def test_a_tool_may_change_the_language(name: str, language: str) -> None:
    assert (await tool(Functions(golden.answer(name)))).language == language


async def test_what_is_no_word_for_a_recording_changes_nothing() -> None:
    status, body = golden.answer("tool_answer_recording")
    assert (await tool(Functions((status, {**body, "recording": "stop"})))).recording == ""


@pytest.mark.parametrize("name", [name for name in golden.names("functions", "tool_refused")])
async def test_every_refusal_of_a_tool_is_an_answer_for_the_engine(name: str) -> None:
    functions = Functions(golden.answer(name))
    answer = await tool(functions)
    assert answer.ok is False
    assert answer.error == golden.answer(name)[1]["error"]
    assert answer.is_stale_attempt == (name == "tool_refused_stale")
    assert len(functions.requests) == 1


async def test_a_tool_is_repeated_with_the_same_key_and_fails_politely_at_its_deadline() -> None:
    functions = Functions((500, {}))
    answer = await tool(functions, deadline_s=0.35)
    assert answer.error["code"] == "tool_unavailable"
    keys = {request.headers["Idempotency-Key"] for request in functions.requests}
    assert len(functions.requests) > 1
    assert keys == {f"{SESSION_ID}:call_9"}


class Silent:
    """Functions that take every request and never answer, but the first ones, with these statuses."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = list(statuses)

    async def request(self, *_: Any, **__: Any) -> Any:
        if not self._statuses:
            await asyncio.Event().wait()
        return Response(self._statuses.pop(0), b"")


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (httpx.ConnectError("nobody"), "/tools/check_availability is out of reach: ConnectError"),
        ((503, {}), "/tools/check_availability is out of reach: 503"),
        ((403, {"error": {"code": "forbidden"}}), "/tools/check_availability answered 403 forbidden"),
    ],
)
async def test_why_functions_gave_no_answer_is_logged_with_the_call_it_was_for(
    answer: Any, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    await tool(Functions(answer), deadline_s=0.05)
    [fields] = [record.__dict__["fields"] for record in caplog.records if record.levelname == "WARNING"]
    assert fields == {"session_id": SESSION_ID, "tool_call_id": "call_9", "problem": problem}


async def test_an_operator_reads_that_it_is_the_token_that_is_lacking(caplog: pytest.LogCaptureFixture) -> None:
    await Functions((200, {})).client(0.05, tokens_lacking=9).tool(SESSION_ID, 1, RunTool("call_9", "any", {}, 3))
    [fields] = [record.__dict__["fields"] for record in caplog.records if record.levelname == "WARNING"]
    assert fields["problem"].endswith("is out of reach: the metadata server gave no token: 503")


@pytest.mark.parametrize("before", [[], [429], [503]])
async def test_of_a_tool_that_never_answers_nobody_is_told_that_it_was_out_of_reach(before: list[int]) -> None:
    """It may have done its work: a guest to whom the model says that it did not would book a second time."""

    async def authorization() -> str:
        return "Bearer <service credential>"

    client = FunctionsClient(Silent(*before), "https://tools.example.com", authorization, tool_deadline_s=0.25)
    answer = await client.tool(SESSION_ID, 1, RunTool("call_9", "create_reservation", {}, 3))
    assert answer.error["code"] == "tool_timeout"


@pytest.mark.parametrize(
    ("lost", "code"),
    [(httpx.ReadTimeout("no answer in time"), "tool_timeout"), (httpx.ConnectError("nobody"), "tool_unavailable")],
)
async def test_a_tool_may_be_done_where_its_request_has_arrived(lost: Exception, code: str) -> None:
    answer = await tool(Functions(lost), deadline_s=0.05)
    assert answer.error["code"] == code


@pytest.mark.parametrize("later", [httpx.ConnectError("nobody"), (503, {})])
async def test_a_tool_that_may_be_done_may_still_be_when_functions_are_gone_afterwards(later: Any) -> None:
    answer = await tool(Functions(httpx.ReadError("connection lost"), later), deadline_s=0.25)
    assert answer.error["code"] == "tool_timeout"


@pytest.mark.parametrize(
    ("name", "turn"),
    [
        (
            "turn_request_user",
            PostTurn(
                2,
                "user",
                "Do you have a queen room for two nights from Friday? Two adults and a dog.",
                "item_2",
                3900,
                audio_start_ms=5200,
                audio_end_ms=9100,
            ),
        ),
        (
            "turn_request_card",
            PostTurn(
                6,
                "user",
                "My card number is [card number removed]",
                "item_9",
                8400,
                audio_start_ms=21400,
                audio_end_ms=29800,
                card_data=True,
            ),
        ),
        (
            "turn_request_assistant",
            PostTurn(
                4,
                "assistant",
                "A Standard Queen for those two nights",
                "item_4",
                3000,
                heard_ms=1840,
                interrupted=True,
            ),
        ),
    ],
)
async def test_turns_are_posted_as_agreed(name: str, turn: PostTurn) -> None:
    functions = Functions(golden.answer("turn_answer"))
    answer = await functions.client().turn(SESSION_ID, 1, turn)
    functions.assert_sent(name)
    assert (answer.note, answer.end) == ("", "")


async def test_a_turns_note_and_end_are_read_and_an_outage_is_outlived() -> None:
    turn = PostTurn(1, "user", "", "item_1", 0)
    body = {"v": 1, "ok": True, "note": "Mind the step.", "end": {"reason": "over_budget"}}
    answer = await Functions(httpx.ReadTimeout("slow"), (200, body)).client().turn(SESSION_ID, 1, turn)
    assert (answer.note, answer.end) == ("Mind the step.", "over_budget")
    assert (await Functions((409, {})).client().turn(SESSION_ID, 1, turn)).is_stale_attempt


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("then_request_heard", PostThen(tool_call_id="call_12")),
        ("then_request_reason", PostThen(reason="engines_lost")),
        ("then_request_no_guest", PostThen(reason="no_guest")),
    ],
)
async def test_then_is_asked_once_as_agreed(name: str, then: PostThen) -> None:
    functions = Functions(golden.answer("then_answer"))
    assert (await functions.client().then(SESSION_ID, 1, then)).status == 200
    functions.assert_sent(name)


async def test_a_then_that_is_refused_or_unheard_is_not_repeated() -> None:
    then = PostThen(reason="idle")
    refused, lost = Functions(golden.answer("then_refused")), Functions(httpx.ReadTimeout("slow"))
    assert (await refused.client().then(SESSION_ID, 1, then)).status == 409
    assert (await lost.client().then(SESSION_ID, 1, then)).status == 0
    assert len(lost.requests) == 1


async def test_a_then_that_cannot_have_arrived_is_asked_again() -> None:
    then = PostThen(tool_call_id="call_12")
    cut_off = Functions(httpx.ConnectError("refused"), golden.answer("then_answer"))
    assert (await cut_off.client(tokens_lacking=1).then(SESSION_ID, 1, then)).status == 200
    assert len(cut_off.requests) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_then_for_which_no_instance_was_free_is_asked_again(status: int) -> None:
    functions = Functions((status, {}), golden.answer("then_answer"))
    assert (await functions.client().then(SESSION_ID, 1, PostThen(tool_call_id="call_12"))).status == 200


async def test_a_turn_that_functions_do_not_take_in_time_is_lost_but_not_in_silence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(functions_client, "TURN_DEADLINE_S", 0.05)
    turn = PostTurn(7, "user", "a room for tonight", "item_1", 0)
    assert await Functions((503, {})).client().turn(SESSION_ID, 1, turn) == TurnAnswer()
    [lost] = [record.__dict__["fields"] for record in caplog.records if record.getMessage() == "! turn not stored"]
    assert lost == {"session_id": SESSION_ID, "turn": 7, "problem": "503"}


async def test_a_turns_answer_may_silence_an_interval_of_the_recording() -> None:
    turn = PostTurn(1, "user", "", "item_1", 0)
    answer = await Functions(golden.answer("turn_answer_silence")).client().turn(SESSION_ID, 1, turn)
    assert answer.silence_ms == (5200, 9100)


@pytest.mark.parametrize("silence", ["all", {}, {"from_ms": 2, "to_ms": 1}, {"from_ms": -1, "to_ms": 1}])
async def test_an_interval_that_is_none_is_ignored(silence: object) -> None:
    turn = PostTurn(1, "user", "", "item_1", 0)
    body = {"v": 1, "ok": True, "silence": silence}
    assert (await Functions((200, body)).client().turn(SESSION_ID, 1, turn)).silence_ms is None
