"""Guests who write: one conversation a day with the clerk, STOP and HELP, and what becomes of our own texts."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from nightdesk import blocking, bootstrap, guests, text_keywords, texts
from nightdesk.conversation import Session
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.model import Property
from nightdesk.hotel.records import Guest, Message, Text
from nightdesk.hotel.telephony import FakeTelephony
from nightdesk.properties import Properties
from nightdesk.sinks import MemoryPublisher
from nightdesk.tools_client import Reply, ToolsClient, ToolsUnavailable
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from .conftest import AUTH_TOKEN, CALLED, CALLER, ORIGIN, Clock, Service, Twilio
from .schemas import validator
from .test_services import result

HOTEL = "west-bethel-motel"


class Phone:
    """A guest's telephone that texts the hotel."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio, self.sent = twilio, 0

    def texts(self, body: str, **fields: str) -> str:
        """What comes back, or "" for silence."""
        return self.reads(self.post(body, **fields))

    def post(self, body: str, **fields: str) -> TestResponse:
        self.sent += 1
        form = {"MessageSid": f"SM{self.sent:032x}", "From": CALLER, "To": CALLED, "Body": body, **fields}
        signed = RequestValidator(AUTH_TOKEN).compute_signature(f"{ORIGIN}/voice/twilio/sms", form)
        return self.twilio.client.post("/voice/twilio/sms", data=form, headers={"X-Twilio-Signature": signed})

    @staticmethod
    def reads(answer: TestResponse) -> str:
        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
        found = list(ElementTree.fromstring(answer.data))
        assert [verb.tag for verb in found] in ([], ["Message"])
        return (found[0].text or "") if found else ""


@pytest.fixture
def phone(twilio: Twilio, tools: Service, monkeypatch: pytest.MonkeyPatch) -> Phone:
    """With the `tools` function behind the `twilio` one."""

    def reply(_: ToolsClient, session_id: str, attempt: int, turn: int, text: str, keys: str) -> Reply:
        body = {"v": 1, "attempt": attempt, "turn": turn, "text": text, "keys": keys}
        answer = tools.post(f"/sessions/{session_id}/reply", body)
        if answer.status_code != 200:
            raise ToolsUnavailable(answer.get_json()["error"]["code"])
        return Reply(answer.get_json()["say"], answer.get_json()["language"])

    monkeypatch.setattr(ToolsClient, "reply", reply)
    return Phone(twilio)


def day_of(store: MemoryStore, caller: str = CALLER) -> list[Session]:
    return store.sessions_of(HOTEL, caller, 10)


def test_a_question_is_answered_from_the_hotels_pages_in_writing(phone: Phone, store: MemoryStore) -> None:
    assert "pets" in phone.texts("Do you take dogs?").lower()
    [session] = day_of(store)
    assert (session.channel, session.direction, session.called) == ("sms", "inbound", CALLED)
    assert [t.role for t in store.turns(session.session_id)] == ["user", "assistant"]
    assert [c.name for c in store.tool_calls(session.session_id)] == ["search_kb"]


def test_the_conversation_goes_on_with_the_next_text_and_leaves_what_was_asked_for(
    phone: Phone, store: MemoryStore
) -> None:
    phone.texts("I want to leave a message for the manager")
    phone.texts("I left my umbrella in room 101")
    answer = phone.texts("yes")
    [session] = day_of(store)
    [left] = store.records(Message, session_id=session.session_id)
    assert "umbrella" in left.text
    assert left.phone == CALLER
    assert "noted your message" in answer


def test_a_text_that_comes_twice_gets_the_same_answer_and_counts_once(phone: Phone, store: MemoryStore) -> None:
    first = phone.texts("Do you have a pool?", MessageSid="SM" + "a" * 32)
    again = phone.texts("Do you have a pool?", MessageSid="SM" + "a" * 32)
    assert first == again != ""
    [session] = day_of(store)
    assert len(store.turns(session.session_id)) == 2
    assert len(store.records(Text, session_id=session.session_id)) == 1


def test_another_day_and_another_number_are_other_conversations(phone: Phone, store: MemoryStore, clock: Clock) -> None:
    phone.texts("Do you have a pool?")
    phone.texts("Do you have a pool?", From="+12075550199")
    clock.forward(hours=24)
    phone.texts("Do you have a pool?")
    assert len(day_of(store)) == 2
    assert len(day_of(store, "+12075550199")) == 1


def test_a_text_takes_no_line_and_no_end_of_it_is_awaited(phone: Phone, store: MemoryStore) -> None:
    phone.texts("Do you have a pool?")
    assert [session.slot for session in day_of(store)] == [None]
    assert store.unfinished_sessions(10) == []


def test_spanish_is_answered_in_spanish(phone: Phone) -> None:
    assert re.search(r"\b(piscina|abierta|sí)\b", phone.texts("¿Tienen piscina en el hotel?").lower())


def test_a_picture_without_words_is_told_that_we_read(phone: Phone) -> None:
    assert phone.texts("", NumMedia="1") == "I can only read text. Please write to me what it is about."


# who gets nothing


@pytest.mark.parametrize("word", ["STOP", " stop ", "Unsubscribe", "CANCEL", "End", "quit", "StopAll"])
def test_stop_is_kept_and_left_for_twilio_to_confirm(
    phone: Phone, store: MemoryStore, word: str, call: Service
) -> None:
    assert phone.texts(word) == ""
    guest = guests.find(store, HOTEL, CALLER)
    assert guest is not None
    assert guest.may_text is False
    assert phone.texts("Do you have a pool?") == ""
    assert call.tool("send_sms", template="directions").get_json()["error"]["code"] == "opted_out"


@pytest.mark.parametrize("words", ["Stop!", "stop.", "“STOP”", "Cancel!", "End.", "opt out", "Opt-out", "STOP ALL"])
def test_stop_as_twilio_does_not_know_it_is_kept_and_confirmed_by_us(
    phone: Phone, store: MemoryStore, words: str
) -> None:
    assert phone.texts(words) == (
        "West Bethel Motel: you will get no more texts from us. Text START to get them again."
    )
    guest = guests.find(store, HOTEL, CALLER)
    assert guest is not None
    assert guest.may_text is False
    assert phone.texts("Do you have a pool?") == ""


@pytest.mark.parametrize(
    "words", ["Does the shuttle stop at the hotel?", "Cancel?", "Please cancel my booking.", "In the end"]
)
def test_a_sentence_with_stop_in_it_is_a_sentence(phone: Phone, store: MemoryStore, words: str) -> None:
    assert phone.texts(words) != ""
    assert guests.find(store, HOTEL, CALLER) is None


@pytest.mark.parametrize("words", ["Start!", "Yes."])
def test_start_as_twilio_does_not_know_it_is_kept_and_confirmed_by_us(
    phone: Phone, store: MemoryStore, words: str
) -> None:
    phone.texts("Stop!")
    assert phone.texts(words) == "West Bethel Motel: you will get our texts again. Text STOP to end them."
    assert phone.texts("Do you have a pool?") != ""


@pytest.mark.parametrize("word", ["START", "Unstop", "yes"])
def test_start_brings_texts_back(phone: Phone, store: MemoryStore, word: str) -> None:
    phone.texts("STOP")
    assert phone.texts(word) == ""
    guest = guests.find(store, HOTEL, CALLER)
    assert guest is not None
    assert guest.may_text is True
    assert phone.texts("Do you have a pool?") != ""


@pytest.mark.parametrize("words", [("STOP", "START"), ("BAJA", "ALTA")])
def test_a_keyword_that_is_replayed_after_its_opposite_is_not_obeyed_again(
    phone: Phone, store: MemoryStore, words: tuple[str, str]
) -> None:
    first, second, third = words[0], words[1], words[0]
    answers = [phone.texts(word) for word in (first, second, third)]
    stopped = guests.find(store, HOTEL, CALLER)
    for number, word in ((2, second), (1, first), (2, second)):
        assert phone.texts(word, MessageSid=f"SM{number:032x}") == answers[number - 1]
        assert guests.find(store, HOTEL, CALLER) == stopped
    assert stopped is not None
    assert stopped.may_text is False


def test_yes_is_an_answer_where_nobody_has_stopped() -> None:
    assert text_keywords.read("YES", "", has_stopped=False).meaning == ""


def test_help_is_twilios_to_answer_and_ayuda_ours(phone: Phone) -> None:
    assert phone.texts("HELP") == phone.texts("Info") == ""
    assert CALLED in phone.texts("Ayuda")


@pytest.mark.parametrize("words", ["Help!", "Info."])
def test_help_as_twilio_does_not_know_it_is_answered_by_us(phone: Phone, words: str) -> None:
    assert phone.texts(words) == (
        f"West Bethel Motel: write what you would like to know, or call {CALLED}. Text STOP to get no more texts."
    )


def test_spanish_words_are_kept_and_confirmed_by_us(phone: Phone, store: MemoryStore) -> None:
    assert phone.texts("BAJA") == (
        "West Bethel Motel: no recibirá más mensajes nuestros. Envíe ALTA para volver a recibirlos."
    )
    guest = guests.find(store, HOTEL, CALLER)
    assert guest is not None
    assert guest.may_text is False
    assert "volverá a recibir" in phone.texts("alta")


def test_words_of_the_accounts_own_are_known_by_what_twilio_says_of_them(phone: Phone, store: MemoryStore) -> None:
    assert phone.texts("arret", OptOutType="STOP") == ""
    guest = guests.find(store, HOTEL, CALLER)
    assert guest is not None
    assert guest.may_text is False


def test_abroad_and_the_blocked_get_silence(phone: Phone, store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert phone.texts("Hello?", From="+34612345678") == ""
    assert phone.texts("Hello?", From="anonymous") == ""
    assert phone.texts("Hello?", To="+12075550000") == ""
    assert phone.texts("Hello?", From=CALLED) == ""
    real = Properties.by_number

    def blocking(self: Properties, number: str) -> Property | None:
        hotel = real(self, number)
        return hotel and replace(hotel, blocked_callers=frozenset({CALLER}))

    monkeypatch.setattr(Properties, "by_number", blocking)
    assert phone.texts("Hello?") == ""
    assert day_of(store) == []


def test_whom_the_staff_have_blocked_gets_silence_until_that_is_lifted(
    phone: Phone, store: MemoryStore, clock: Clock
) -> None:
    blocking.block(store, HOTEL, CALLER, clock(), until=None)
    assert phone.texts("Hello?") == ""
    assert day_of(store) == []
    blocking.lift(store, HOTEL, CALLER, clock())
    assert phone.texts("Hello?") != ""


def test_two_machines_do_not_answer_each_other_for_ever(phone: Phone) -> None:
    answers = [phone.texts("hello") for _ in range(42)]
    assert answers[38] != ""
    assert answers[39] == f"I cannot go on by text today. Please call us at {CALLED}."
    assert answers[40:] == ["", ""]


def test_a_forged_text_is_forbidden(phone: Phone, store: MemoryStore) -> None:
    answer = phone.twilio.post("/voice/twilio/sms", signature="x" * 28, Body="STOP", MessageSid="SM" + "1" * 32)
    assert answer.status_code == 403
    assert guests.find(store, HOTEL, CALLER) is None


def test_what_was_written_and_done_is_told_as_events(phone: Phone, publisher: MemoryPublisher) -> None:
    phone.texts("Do you have a pool?")
    kinds = [event["event_type"] for event in publisher.events]
    assert kinds == [
        "conversation.started",
        "conversation.message",
        "conversation.function_call",
        "conversation.message",
    ]
    assert {event["channel"] for event in publisher.events} == {"sms"}
    for event in publisher.events:
        validator("event", "event").validate(event)
    assert len({event["event_id"] for event in publisher.events}) == len(publisher.events)


def test_a_tool_that_fails_is_apologised_for_and_the_next_text_is_answered(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nightdesk.errors import Busy
    from nightdesk.runner import ToolRunner

    real = ToolRunner.run

    def broken(*_: object, **__: object) -> None:
        raise Busy("unavailable", "all hang")

    monkeypatch.setattr(ToolRunner, "run", broken)
    assert "something went wrong" in phone.texts("Do you have a pool?")
    monkeypatch.setattr(ToolRunner, "run", real)
    assert "pool" in phone.texts("Do you have a pool?").lower()


# what becomes of ours


@pytest.fixture
def sent(
    client: Callable[..., FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
    token: Callable[..., str],
    store: MemoryStore,
) -> Text:
    """A text that the network has taken."""
    telephony = FakeTelephony()
    monkeypatch.setattr(bootstrap.House, "telephony", telephony)
    tools = Service(client("tools"))
    tools.session(token())
    result(tools.tool("send_sms", template="directions"))
    [text] = store.records(Text, message_sid=f"SM{1:032x}")
    assert telephony.references == [texts.reference_of(text)]
    return text


def told(twilio: Twilio, text: Text, status: str, sid: str = "", **fields: str) -> None:
    path = f"/voice/twilio/message-status?text={texts.reference_of(text)}"
    answer = twilio.post(path, MessageSid=sid or text.message_sid, MessageStatus=status, **fields)
    assert answer.status_code == 204


def status_of(store: MemoryStore, text: Text) -> tuple[str, str]:
    known = store.record(Text, text.text_id)
    assert known is not None
    return known.status, known.last_error


def test_delivery_is_kept_whatever_the_order(sent: Text, twilio: Twilio, store: MemoryStore) -> None:
    for status in ("queued", "delivered", "sent", "delivered", "failed"):
        told(twilio, sent, status)
    assert status_of(store, sent) == ("delivered", "")


def test_a_text_that_did_not_arrive_is_known_with_the_networks_reason(
    sent: Text, twilio: Twilio, store: MemoryStore
) -> None:
    told(twilio, sent, "sent")
    told(twilio, sent, "undelivered", ErrorCode="30003")
    told(twilio, sent, "sent")
    assert status_of(store, sent) == ("failed", "Twilio undelivered 30003")


def test_what_is_told_of_an_earlier_text_does_not_settle_a_later_one(
    sent: Text, twilio: Twilio, store: MemoryStore, clock: Clock
) -> None:
    later = replace(sent, created_at=clock(), status="sending", message_sid="", body="another")
    later = replace(later, created_at=later.created_at.replace(microsecond=5000))
    store.change_record(Text, sent.text_id, lambda _: later)
    told(twilio, sent, "delivered")
    assert status_of(store, sent) == ("sending", "")


def test_word_from_the_network_settles_a_text_that_got_no_answer(
    sent: Text, twilio: Twilio, store: MemoryStore
) -> None:
    store.change_record(Text, sent.text_id, lambda _: replace(sent, status="sending", message_sid=""))
    told(twilio, sent, "sent")
    known = store.record(Text, sent.text_id)
    assert known is not None
    assert (known.status, known.message_sid) == ("sent", sent.message_sid)


def test_a_text_refused_by_its_owner_on_the_way_stops_the_others(
    sent: Text, twilio: Twilio, store: MemoryStore
) -> None:
    told(twilio, sent, "failed", ErrorCode="21610")
    guest = guests.find(store, HOTEL, sent.to)
    assert guest is not None
    assert guest.may_text is False


def test_word_of_unknown_texts_and_unknown_words_change_nothing(sent: Text, twilio: Twilio, store: MemoryStore) -> None:
    told(twilio, sent, "teleported")
    told(twilio, replace(sent, text_id="sms_unknown"), "delivered")
    told(twilio, sent, "delivered", sid="SM" + "9" * 32)
    assert status_of(store, sent) == ("sent", "")


def test_an_answer_is_a_text_whose_fate_is_kept(phone: Phone, twilio: Twilio, store: MemoryStore) -> None:
    answer = phone.post("Do you have a pool?")
    url = ElementTree.fromstring(answer.data)[0].get("action", "")
    assert url.startswith(f"{ORIGIN}/voice/twilio/message-status?text=reply_SM")
    [text] = store.records(Text, session_id=day_of(store)[0].session_id)
    told(twilio, text, "delivered", sid="SM" + "b" * 32)
    assert status_of(store, text) == ("delivered", "")


# erased


def erase(jobs: Service) -> int:
    return jobs.post("/jobs/guests/erase", {"property_id": HOTEL, "phone": CALLER}).status_code


def held(store: MemoryStore, session: Session) -> str:
    """All that a store holds of a conversation."""
    records = [store.records(kind, session_id=session.session_id) for kind in (Message, Text)]  # type: ignore[type-var]
    said = store.turns(session.session_id), store.tool_calls(session.session_id)
    return repr((store.session(session.session_id), said, records))


def test_an_erased_guest_leaves_no_words_of_their_texts(phone: Phone, store: MemoryStore, jobs: Service) -> None:
    phone.texts("I want to leave a message for the manager")
    assert "umbrella" in phone.texts("I left my umbrella in room 101")
    [session] = day_of(store)
    assert "umbrella" in repr(session.steps)
    assert erase(jobs) == 200
    assert "umbrella" not in held(store, session)
    assert CALLER not in held(store, session)
    assert store.records(Guest, property_id=HOTEL, phones=CALLER) == []


def test_a_text_that_comes_again_after_an_erasure_is_not_taken_for_a_new_one(
    phone: Phone, store: MemoryStore, jobs: Service
) -> None:
    phone.texts("STOP")
    phone.texts("START")
    assert erase(jobs) == 200
    assert phone.texts("STOP", MessageSid=f"SM{1:032x}") == ""
    assert guests.find(store, HOTEL, CALLER) is None
    assert day_of(store) == []


def test_who_has_stopped_gets_silence_after_an_erasure_too(phone: Phone, jobs: Service) -> None:
    phone.texts("STOP")
    assert erase(jobs) == 200
    assert phone.texts("Do you have a pool?") == ""
    phone.texts("START")
    assert "pool" in phone.texts("Do you have a pool?").lower()


def test_what_is_written_after_an_erasure_of_the_same_day_can_be_erased_too(
    phone: Phone, store: MemoryStore, jobs: Service
) -> None:
    erased = []
    for thing in ("umbrella", "raincoat", "suitcase"):
        phone.texts("I want to leave a message for the manager")
        assert thing in phone.texts(f"I left my {thing} in room 101")
        [session] = day_of(store)
        erased.append(session)
        assert erase(jobs) == 200
        assert day_of(store) == []
    assert len({session.session_id for session in erased}) == 3
    for session in erased:
        assert "I left my" not in held(store, session)
        assert CALLER not in held(store, session)


def test_what_is_written_after_an_erasure_is_erased_when_its_days_are_over(
    phone: Phone, store: MemoryStore, jobs: Service, clock: Clock
) -> None:
    phone.texts("Do you have a pool?")
    assert erase(jobs) == 200
    phone.texts("I want to leave a message for the manager")
    phone.texts("I left my umbrella in room 101")
    [session] = day_of(store)
    clock.forward(days=4000)
    assert jobs.post("/jobs/retention", {}).get_json()["conversations"] == 1
    assert "umbrella" not in held(store, session)


def test_a_text_that_an_erasure_overtakes_is_neither_answered_nor_kept(
    phone: Phone, store: MemoryStore, jobs: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.texts("I want to leave a message for the manager")
    [session] = day_of(store)
    reply = ToolsClient.reply

    def overtaken(*asked: Any) -> Reply:
        assert erase(jobs) == 200
        answer = reply(*asked)
        assert "umbrella" in answer.say + held(store, session)
        return answer

    monkeypatch.setattr(ToolsClient, "reply", overtaken)
    assert phone.texts("I left my umbrella in room 101") == ""
    assert "umbrella" not in held(store, session)
    assert CALLER not in held(store, session)
