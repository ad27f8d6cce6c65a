"""What becomes of a text, and texts that people write to the hotel."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from local.twilio import NumberSettings
from tests.local.twilio_helpers import (
    CALLER,
    HOTEL,
    STAFF,
    Answer,
    World,
    a_world,
    client_of,
    eventually,
    in_thread,
    refused,
)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        numbers = world.twilio.exchange.settings.numbers
        numbers[HOTEL] = NumberSettings(f"{world.app.origin}/voice", sms_url=f"{world.app.origin}/sms")
        world.app.answers("/sms", "<Response><Message>We are open.</Message></Response>")
        world.app.answers("/text-status", Answer(status=204, body=""))
        yield world


async def send(world: World, **options: Any) -> Any:
    callback = f"{world.app.origin}/text-status?text=1"
    wanted = {"to": CALLER, "from_": HOTEL, "body": "Your code", "status_callback": callback}
    return await in_thread(client_of(world).messages.create, **(wanted | options))


async def test_the_fate_of_a_text_is_told(world: World) -> None:
    sent = await send(world)
    await eventually(lambda: len(world.app.got("/text-status")) == 2)
    told = world.app.got("/text-status")
    assert [fields["MessageStatus"] for fields in told] == ["sent", "delivered"]
    assert {fields["MessageSid"] for fields in told} == {sent.sid}
    assert "ErrorCode" not in told[-1]
    assert "Body" not in told[-1]


async def test_a_text_that_does_not_arrive_is_undelivered(world: World) -> None:
    world.twilio.texts.unreachable.add(CALLER)
    sent = await send(world)
    await eventually(lambda: len(world.app.got("/text-status")) == 2)
    told = world.app.got("/text-status")[-1]
    assert (told["MessageStatus"], told["ErrorCode"]) == ("undelivered", "30003")
    fetched = await in_thread(client_of(world).messages(sent.sid).fetch)
    assert (fetched.status, fetched.error_code) == ("undelivered", 30003)


async def test_a_callback_must_be_a_url(world: World) -> None:
    asked = {"to": CALLER, "from_": HOTEL, "body": "Your code", "status_callback": "nowhere"}
    assert (await refused(client_of(world).messages.create, **asked)).code == 21609
    asked["status_callback"] = f"https://hotel.example/{'a' * 4000}"
    assert (await refused(client_of(world).messages.create, **asked)).code == 21609


async def test_somebody_writes_and_is_answered(world: World) -> None:
    log = await world.twilio.place_text(from_=CALLER, to=HOTEL, body="are you open")
    (fields,) = world.app.got("/sms")
    assert (fields["From"], fields["To"], fields["Body"]) == (CALLER, HOTEL, "are you open")
    assert fields["MessageSid"] == fields["SmsMessageSid"] == log.text.sid
    assert fields["NumMedia"] == "0"
    assert [(reply.to, reply.body) for reply in log.replies] == [(CALLER, "We are open.")]
    listed = await in_thread(client_of(world).messages.list)
    assert [text.direction for text in listed] == ["outbound-reply", "inbound"]


async def test_stop_is_obeyed_answered_and_told(world: World) -> None:
    log = await world.twilio.place_text(from_=CALLER, to=HOTEL, body=" Stop ")
    assert world.app.got("/sms")[0]["OptOutType"] == "STOP"
    assert log.replies == []
    assert [problem.code for problem in log.problems] == [21610]
    assert ["unsubscribed" in text.body for text in world.twilio.texts.sent] == [True]
    asked = {"to": CALLER, "from_": HOTEL, "body": "Hello"}
    assert (await refused(client_of(world).messages.create, **asked)).code == 21610

    await world.twilio.place_text(from_=CALLER, to=HOTEL, body="START")
    await in_thread(client_of(world).messages.create, **asked)


async def test_stop_and_start_count_for_the_number_that_was_written_to(world: World) -> None:
    world.twilio.exchange.settings.numbers[STAFF] = NumberSettings(f"{world.app.origin}/voice")
    await world.twilio.place_text(from_=CALLER, to=HOTEL, body="STOP")
    await world.twilio.place_text(from_=CALLER, to=STAFF, body="START")
    asked = {"to": CALLER, "from_": HOTEL, "body": "Hello"}
    assert (await refused(client_of(world).messages.create, **asked)).code == 21610
    await in_thread(client_of(world).messages.create, **asked | {"from_": STAFF})


async def test_yes_is_an_answer_from_whoever_has_not_stopped(world: World) -> None:
    await world.twilio.place_text(from_=CALLER, to=HOTEL, body="yes")
    assert "OptOutType" not in world.app.got("/sms")[0]


async def test_help_is_answered_by_twilio_too(world: World) -> None:
    log = await world.twilio.place_text(from_=CALLER, to=HOTEL, body="HELP")
    assert world.app.got("/sms")[0]["OptOutType"] == "HELP"
    assert len(world.twilio.texts.sent) == 2
    assert len(log.replies) == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(status=500), 11200),
        (Answer("<Response>"), 12100),
        (Answer("<Response><Message>We are open.</Message></Response>", content_type="application/json"), 12300),
        (Answer("<Response><Message>We are open.</Message></Response>", content_type="image/png"), 12300),
        (Answer(f"<Response><!--{'a' * 65536}--><Message>We are open.</Message></Response>"), 11750),
        (Answer("<html/>"), 12102),
        (Answer("<Response><Say>Hello</Say></Response>"), 14110),
        (Answer("<Response><Redirect>/elsewhere</Redirect></Response>"), 0),
        (Answer(f"<Response><Message to='{STAFF}'>Hello</Message></Response>"), 0),
        (Answer("<Response><Message>Map<Media>https://hotel.example/map</Media></Message></Response>"), 0),
        (Answer("<Response><Message/></Response>"), 14103),
        (Answer(f"<Response><Message>{'a' * 1601}</Message></Response>"), 14103),
    ],
)
async def test_an_answer_that_is_none_is_in_the_debugger(world: World, answer: Answer, code: int) -> None:
    world.app.answers("/sms", answer)
    log = await world.twilio.place_text(from_=CALLER, to=HOTEL, body="hello")
    assert [problem.code for problem in log.problems] == [code]
    assert log.replies == []


async def test_a_verb_that_answers_calls_is_left_out(world: World) -> None:
    both = "<Response><Say>Hello</Say><Message>We <Emoji/>are open.<Body> Always.</Body></Message></Response>"
    world.app.answers("/sms", both)
    log = await world.twilio.place_text(from_=CALLER, to=HOTEL, body="hello")
    assert [problem.code for problem in log.problems] == [14110, 12200]
    assert [reply.body for reply in log.replies] == ["We are open. Always."]


async def test_at_most_ten_messages_answer_one(world: World) -> None:
    ten = "".join(f"<Message><Body>{number}</Body></Message>" for number in range(10))
    world.app.answers("/sms", f"<Response>{ten}</Response>", f"<Response>{ten}<Message>10</Message></Response>")
    for problems in ([], [14109]):
        log = await world.twilio.place_text(from_=CALLER, to=HOTEL, body="hello")
        assert [reply.body for reply in log.replies] == [str(number) for number in range(10)]
        assert [problem.code for problem in log.problems] == problems


async def test_an_answer_in_plain_words_is_sent_as_it_is(world: World) -> None:
    world.app.answers("/sms", Answer("<Response>We are open</Response>\n", content_type="text/plain"))
    log = await world.twilio.place_text(from_=CALLER, to=HOTEL, body="hello")
    assert [reply.body for reply in log.replies] == ["<Response>We are open</Response>"]
    assert log.problems == []


async def test_an_empty_answer_says_nothing(world: World) -> None:
    world.app.answers("/sms", Answer(""), Answer("<Response/>"))
    for _ in range(2):
        log = await world.twilio.place_text(from_=CALLER, to=HOTEL, body="hello")
        assert (log.replies, log.problems) == ([], [])


async def test_the_fate_of_an_answer_is_told_where_it_says(world: World) -> None:
    deprecated = '<Message statusCallback="/other-status">Always.</Message>'
    world.app.answers("/sms", f'<Response><Message action="/text-status">We are open.</Message>{deprecated}</Response>')
    log = await world.twilio.place_text(from_=CALLER, to=HOTEL, body="hello")
    await eventually(lambda: len(world.app.got("/text-status")) == 2)
    assert {fields["MessageSid"] for fields in world.app.got("/text-status")} == {log.replies[0].sid}
    assert world.app.got("/other-status") == []


async def test_an_answer_whose_callback_is_no_url_is_sent_and_warned_of(world: World) -> None:
    world.app.answers("/sms", '<Response><Message action="ftp://nowhere">We are open.</Message></Response>')
    log = await world.twilio.place_text(from_=CALLER, to=HOTEL, body="hello")
    assert [problem.code for problem in log.problems] == [14105]
    assert [text.body for text in log.replies] == ["We are open."]
