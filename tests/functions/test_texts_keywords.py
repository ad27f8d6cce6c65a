"""STOP, START and HELP, as Twilio knows them and as it does not; and whom nobody answers."""

from dataclasses import replace

import pytest
from nightdesk import blocking, guests, text_keywords
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.model import Property
from nightdesk.properties import Properties

from .conftest import CALLED, CALLER, Clock, Service
from .texting import HOTEL, Phone, day_of, phone

__all__ = ["phone"]


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
