"""send_sms: to whom, what, how often, and not twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk import bootstrap, properties, text_templates, texts
from nightdesk.conversation import Session, ToolCall
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.pms import Booking
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import LedgerChange
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.records import Guest, Text
from nightdesk.hotel.reservations import Payment, Reservation
from nightdesk.hotel.telephony import FakeTelephony
from nightdesk.tools.desk import Desk

from .conftest import CALLED, CALLER, SESSION_ID, Clock, Service
from .test_services import result
from .test_tools import error

MOTEL = properties.load().by_id["west-bethel-motel"]


@pytest.fixture
def telephony() -> FakeTelephony:
    return FakeTelephony()


@pytest.fixture
def texting(telephony: FakeTelephony, monkeypatch: pytest.MonkeyPatch, client: Callable[..., FlaskClient]) -> Service:
    """The tools function with an account that can text."""
    monkeypatch.setattr(bootstrap.House, "telephony", telephony)
    return Service(client("tools"))


@pytest.fixture
def call(texting: Service, token: Callable[..., str]) -> Service:
    assert texting.session(token()).status_code == 200
    return texting


def book(store: MemoryStore, clock: Clock, session_id: str = SESSION_ID, name: str = "r1") -> Reservation:
    books = OwnBooks(MOTEL, store, clock)
    stay = Stay(date(2026, 11, 27), date(2026, 11, 29), 2)
    return books.hold(Booking(f"reservation_{name}", session_id, stay, "standard_queen", "Lee"))


def opened(store: MemoryStore, clock: Clock, code: str, tool: str = "lookup_reservation", ok: bool = True) -> None:
    """As a tool leaves it that has verified the guest."""
    answer = {"ok": True, "result": {"confirmation_code": code}} if ok else {"ok": False, "error": {"code": "x"}}
    entry = ToolCall(f"call_{tool}", tool, {}, "d", "m", 1, 1, clock(), finished_at=clock(), answer=answer)
    store.change_ledger(SESSION_ID, lambda _: LedgerChange(None, put=(entry,)))


def test_directions_go_to_the_number_that_calls(call: Service, telephony: FakeTelephony, store: MemoryStore) -> None:
    said = result(call.tool("send_sms", template="directions"))
    assert (said["status"], said["phone_last4"]) == ("sent", "0142")
    assert said["spoken"] == "I have sent it to the number ending in 0 1 4 2."
    [(to, from_, body)] = telephony.sent
    assert (to, from_) == (CALLER, CALLED)
    assert "1230%20West%20Bethel%20Road" in body
    [text] = store.records(Text, session_id=SESSION_ID)
    assert (text.status, text.message_sid, text.body) == ("sent", f"SM{1:032x}", body)


def test_a_keyed_number_goes_before_the_line(call: Service, telephony: FakeTelephony) -> None:
    call.tool("handle_ivr_menu", "dtmf-1-1", keys="2075550199#")
    assert result(call.tool("send_sms", template="directions"))["phone_last4"] == "0199"
    assert telephony.sent[0][0] == "+12075550199"


def test_without_a_number_one_is_to_be_keyed(
    texting: Service, token: Callable[..., str], telephony: FakeTelephony
) -> None:
    texting.session(token(caller=""))
    assert error(texting.tool("send_sms", template="directions"))[1] == "no_keypad_number"
    assert telephony.sent == []


def test_the_model_can_name_no_number_and_no_words(call: Service) -> None:
    assert error(call.tool("send_sms", template="directions", to="+18765550142"))[1] == "invalid_arguments"
    assert error(call.tool("send_sms", "call_2", template="greetings"))[1] == "invalid_arguments"


@pytest.mark.parametrize("caller", ["+18765550142", "+34612345678", "+447911123456"])
def test_only_the_hotels_countries_get_texts(
    texting: Service, token: Callable[..., str], telephony: FakeTelephony, caller: str
) -> None:
    texting.session(token(caller=caller))
    assert error(texting.tool("send_sms", template="directions"))[1] == "no_sms_country"
    assert telephony.sent == []


def test_a_hotel_does_not_text_itself_whoever_shows_its_number(
    texting: Service, token: Callable[..., str], telephony: FakeTelephony
) -> None:
    texting.session(token(caller=CALLED))
    assert error(texting.tool("send_sms", template="directions"))[1] == "no_sms_number"
    assert telephony.sent == []


# reservations


def test_a_confirmation_is_of_the_reservation_made_in_this_conversation(
    call: Service, telephony: FakeTelephony, store: MemoryStore, clock: Clock
) -> None:
    made = book(store, clock)
    result(call.tool("send_sms", template="confirmation"))
    body = telephony.sent[0][2]
    assert body == (
        f"West Bethel Motel: booking {made.confirmation_code}. Standard Queen, Friday, November 27 to Sunday, "
        "November 29. Total $281.22. Held until Friday, November 20 at 12:30 PM. Check-in from 3:00 PM."
    )
    [text] = store.records(Text, session_id=SESSION_ID)
    assert text.reservation_id == made.reservation_id


def test_anothers_reservation_is_not_sent(
    call: Service, telephony: FakeTelephony, store: MemoryStore, clock: Clock
) -> None:
    theirs = book(store, clock, session_id="sess_other")
    for number, code in enumerate((theirs.confirmation_code, "12345678", None)):
        asked = {"confirmation_code": code} if code else {}
        assert error(call.tool("send_sms", f"call_{number}", template="confirmation", **asked))[1] == "not_verified"
    opened(store, clock, theirs.confirmation_code, ok=False)
    again = call.tool("send_sms", "call_9", template="confirmation", confirmation_code=theirs.confirmation_code)
    assert error(again)[1] == "not_verified"
    assert telephony.sent == []


def test_one_that_was_opened_here_is_sent(
    call: Service, telephony: FakeTelephony, store: MemoryStore, clock: Clock
) -> None:
    theirs = book(store, clock, session_id="sess_other")
    opened(store, clock, theirs.confirmation_code)
    spelled = " ".join(theirs.confirmation_code)
    result(call.tool("send_sms", template="confirmation", confirmation_code=spelled))
    assert theirs.confirmation_code in telephony.sent[0][2]


def test_a_payment_link_is_sent_when_there_is_one(
    call: Service, telephony: FakeTelephony, store: MemoryStore, clock: Clock
) -> None:
    made = book(store, clock)
    assert error(call.tool("send_sms", "call_1", template="payment_link"))[1] == "nothing_to_send"
    payment = Payment(
        "payment_1",
        MOTEL.property_id,
        made.reservation_id,
        SESSION_ID,
        clock(),
        0,
        "USD",
        "stripe",
        binds=True,
        url="https://p/1",
        page_url="https://stripe.example/1",
    )
    store.change_record(Payment, "payment_1", lambda _: payment)
    result(call.tool("send_sms", "call_2", template="payment_link"))
    assert "card" in telephony.sent[0][2]
    assert "https://p/1" in telephony.sent[0][2]
    paid = replace(payment, status="paid")
    store.change_record(Payment, "payment_1", lambda _: paid)
    clock.forward(seconds=5)
    call.turn(5, "user", "send me the link again")
    assert error(call.tool("send_sms", "call_3", template="payment_link", another=True))[1] == "nothing_to_send"


def test_a_callback_is_confirmed_in_writing(call: Service, telephony: FakeTelephony) -> None:
    assert error(call.tool("send_sms", "call_1", template="callback"))[1] == "nothing_to_send"
    asked = {"when": "tomorrow", "time": "15:00", "reason": "x", "phone_source": "caller_line"}
    call.tool("schedule_callback", "call_2", **asked)
    result(call.tool("send_sms", "call_3", template="callback"))
    assert "we will call you on Saturday, November 21 at 3:00 PM, hotel time" in telephony.sent[0][2]


# once, and not too often


def test_a_model_that_repeats_itself_sends_one_text(call: Service, telephony: FakeTelephony) -> None:
    for number in range(3):
        answer = call.tool("send_sms", f"call_{number}", template="directions").get_json()
        assert answer["replayed"] is (number > 0)
    assert len(telephony.sent) == 1


def test_it_is_sent_again_when_the_guest_asks(call: Service, telephony: FakeTelephony, clock: Clock) -> None:
    call.tool("send_sms", "call_1", template="directions")
    call.tool("send_sms", "call_2", template="directions", another=True)
    assert len(telephony.sent) == 1
    clock.forward(seconds=5)
    call.turn(5, "user", "it has not arrived, send it again")
    call.tool("send_sms", "call_3", template="directions", another=True)
    assert len(telephony.sent) == 2


def test_a_session_has_so_many_texts(call: Service, telephony: FakeTelephony, clock: Clock) -> None:
    codes = []
    for number in range(texts.MOST_PER_SESSION + 1):
        clock.forward(seconds=5)
        call.turn(number, "user", "again")
        answer = call.tool("send_sms", f"call_{number}", template="directions", another=True).get_json()
        codes.append("" if answer["ok"] else answer["error"]["code"])
    assert codes == [""] * texts.MOST_PER_SESSION + ["too_many_texts"]
    assert len(telephony.sent) == texts.MOST_PER_SESSION


def test_a_number_has_so_many_texts_whoever_asks(
    texting: Service, token: Callable[..., str], telephony: FakeTelephony, store: MemoryStore, clock: Clock
) -> None:
    def desk_of(n: int | str) -> Desk:
        return _desk(store, clock, f"sess_{n}")

    for number in range(texts.MOST_PER_NUMBER):
        texts.send(desk_of(number), store, store, telephony, CALLER, "directions", "hello")
    with pytest.raises(Exception, match="too_many_texts"):
        texts.send(desk_of("more"), store, store, telephony, CALLER, "directions", "hello")
    texts.send(desk_of("other"), store, store, telephony, "+12075550199", "directions", "hello")
    clock.forward(hours=25)
    texts.send(desk_of("later"), store, store, telephony, CALLER, "directions", "hello")


def test_a_hotel_has_so_many_texts_however_many_numbers_are_shown(
    telephony: FakeTelephony, store: MemoryStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "MOST_PER_HOTEL", 3)
    for number in range(3):
        texts.send(_desk(store, clock, f"sess_{number}"), store, store, telephony, f"+1207555014{number}", "", "hello")
    with pytest.raises(Exception, match="too_many_texts"):
        texts.send(_desk(store, clock, "sess_more"), store, store, telephony, "+12075550149", "directions", "hello")
    assert len(telephony.sent) == 3


def _desk(store: MemoryStore, clock: Clock, session_id: str) -> Desk:
    session = Session(
        session_id, MOTEL.property_id, "voice", "inbound", "en", "CA1", CALLER, CALLED, "A", start_time=clock()
    )
    return Desk(session, MOTEL, clock(), write_id=f"sms_{session_id}", change_id="c")


# what goes wrong


@pytest.mark.parametrize(
    ("why", "code"),
    [("number", "no_sms_number"), ("country", "no_sms_country"), ("unavailable", "sms_unavailable")],
)
def test_a_refused_text_is_told_and_may_be_asked_for_again(
    call: Service, telephony: FakeTelephony, store: MemoryStore, why: Any, code: str
) -> None:
    telephony.refuses[CALLER] = why
    assert error(call.tool("send_sms", "call_1", template="directions"))[1] == code
    assert [text.status for text in store.records(Text, session_id=SESSION_ID)] == ["failed"]
    telephony.refuses.clear()
    assert result(call.tool("send_sms", "call_2", template="directions"))["status"] == "sent"


def test_who_has_answered_stop_is_remembered(call: Service, telephony: FakeTelephony, store: MemoryStore) -> None:
    telephony.refuses[CALLER] = "opted_out"
    assert error(call.tool("send_sms", "call_1", template="directions"))[1] == "opted_out"
    [guest] = store.records(Guest, property_id=MOTEL.property_id, phones=CALLER)
    assert guest.may_text is False
    telephony.refuses.clear()
    assert error(call.tool("send_sms", "call_2", template="directions"))[1] == "opted_out"
    assert telephony.sent == []


def test_a_text_that_went_out_without_an_answer_is_not_sent_twice(call: Service, telephony: FakeTelephony) -> None:
    telephony.silent = "sent"
    assert error(call.tool("send_sms", "call_1", template="directions"))[1] == "sms_in_doubt"
    telephony.silent = ""
    assert result(call.tool("send_sms", "call_2", template="directions"))["status"] == "sent"
    assert len(telephony.sent) == 1


def test_a_text_that_got_lost_is_sent_again_once_it_cannot_turn_up_any_more(
    call: Service, telephony: FakeTelephony, clock: Clock
) -> None:
    telephony.silent = "lost"
    assert error(call.tool("send_sms", "call_1", template="directions"))[1] == "sms_in_doubt"
    telephony.silent = ""
    assert error(call.tool("send_sms", "call_2", template="directions"))[1] == "sms_in_doubt"
    clock.forward(seconds=texts.IN_DOUBT_FOR.total_seconds())
    assert result(call.tool("send_sms", "call_3", template="directions"))["status"] == "sent"
    assert len(telephony.sent) == 1


@pytest.mark.parametrize("where", ["before it is noted as sent", "after"])
def test_a_text_whose_sender_died_is_not_sent_twice(
    call: Service, telephony: FakeTelephony, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    settle = texts._settle

    def dies(*about: Any, **how: Any) -> None:
        if where == "after":
            settle(*about, **how)
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(texts, "_settle", dies)
        assert call.tool("send_sms", "call_1", template="directions").status_code == 500
    assert len(telephony.sent) == 1
    assert result(call.tool("send_sms", "call_2", template="directions"))["status"] == "sent"
    assert len(telephony.sent) == 1


def test_without_an_account_no_text_is_promised(client: Callable[..., FlaskClient], token: Callable[..., str]) -> None:
    tools = Service(client("tools", TWILIO_ACCOUNT_SID=None))
    tools.session(token())
    assert error(tools.tool("send_sms", template="directions"))[1] == "sms_unavailable"


# words


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("hotel", list(properties.load()), ids=lambda hotel: hotel.property_id)
def test_texts_are_short(hotel: Any, language: str, store: MemoryStore, clock: Clock) -> None:
    made = book(store, clock)
    bodies = [
        text_templates.confirmation(hotel, made, clock(), language),
        text_templates.directions(hotel, language),
        text_templates.payment_link(hotel, 28122, "USD", "https://pay.example.com/p/12345678", language),
        text_templates.callback(hotel, clock() + timedelta(days=1), language),
    ]
    assert all(0 < len(body) <= 320 for body in bodies), [len(body) for body in bodies]
