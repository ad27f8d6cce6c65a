"""A card number that is read out in groups, turn after turn, also where a stream breaks between them."""

from collections.abc import Callable

import pytest
from nightdesk.cards import REMOVED
from nightdesk.hotel.call_recorder import FakeRecorder
from nightdesk.hotel.memory import MemoryStore

from .conftest import SESSION_ID, Service, Twilio
from .recording_house import attached, call, kept, recorder, twilio

__all__ = ["call", "kept", "recorder", "twilio"]


def texts(store: MemoryStore) -> list[str]:
    return [turn.text for turn in store.turns(SESSION_ID)]


@pytest.fixture
def broken(call: Service, twilio: Twilio, token: Callable[..., str]) -> Callable[[], None]:
    """The stream breaks, and another one takes its place."""

    def go_on() -> None:
        twilio.post("/voice/twilio/stream-ended?attempt=1")
        assert call.session(token(attempt=2), stream_sid="MZ" + "2" * 32).status_code == 200

    return go_on


def test_its_first_group_is_masked_once_the_rest_is_known(
    call: Service, broken: Callable[[], None], store: MemoryStore
) -> None:
    call.turn(1, "assistant", "Which card is it?")
    call.turn(2, "user", "four one one one")
    broken()
    call.turn(1, "assistant", "I am sorry, we were cut off.", attempt=2)
    call.turn(2, "user", REMOVED, attempt=2, card_data=True)
    assert texts(store) == ["Which card is it?", REMOVED, "I am sorry, we were cut off.", REMOVED]


def test_the_rest_is_masked_where_the_relay_lets_it_through(
    call: Service, broken: Callable[[], None], store: MemoryStore
) -> None:
    call.turn(1, "user", f"My card is {REMOVED}", card_data=True)
    broken()
    call.turn(1, "user", "one one one one one one one one one one", attempt=2)
    assert texts(store)[-1] == REMOVED


def test_the_next_stream_is_told_nothing_of_it(
    call: Service, twilio: Twilio, store: MemoryStore, token: Callable[..., str]
) -> None:
    call.turn(1, "user", "My card is four one one one")
    call.turn(2, "user", REMOVED, card_data=True)
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    told = call.session(token(attempt=2), stream_sid="MZ" + "2" * 32).get_json()
    assert [entry["text"] for entry in told["history"]] == [f"My card is {REMOVED}", REMOVED]


def test_figures_of_other_things_stay(call: Service, store: MemoryStore) -> None:
    said = ["room 204 please", "My confirmation code is 123 456", "Yes.", "From 101 I see the pool"]
    for number, text in enumerate(said, start=1):
        call.turn(number, "user", text)
    call.turn(9, "user", f"My card is {REMOVED}", card_data=True)
    assert texts(store)[:-1] == said


def test_further_back_than_the_turns_before_it_nothing_is_touched(call: Service, store: MemoryStore) -> None:
    call.turn(1, "user", "My card ends in 4242")
    call.turn(2, "user", "Is breakfast included?")
    call.turn(3, "user", REMOVED, card_data=True)
    assert texts(store)[0] == "My card ends in 4242"


# turn by turn, without a stream


def reply(call: Service, turn: int, text: str) -> None:
    body = {"v": 1, "attempt": 1, "turn": turn, "text": text}
    assert call.post(f"/sessions/{SESSION_ID}/reply", body).status_code == 200


def test_a_number_said_to_the_clerk_is_masked_by_what_was_said_before(call: Service, store: MemoryStore) -> None:
    reply(call, 2, "I want to give you my card")
    reply(call, 4, "four one one one")
    reply(call, 6, "one one one one one one one one")
    kept = [turn.text for turn in store.turns(SESSION_ID) if turn.role == "user"]
    assert kept == ["I want to give you my card", REMOVED, REMOVED]


def test_and_twilios_recording_pauses(call: Service, twilio: Twilio, recorder: FakeRecorder) -> None:
    attached(twilio)
    reply(call, 2, "My card is 4111 1111 1111 1111")
    assert [what for what, _ in recorder.asked] == ["start", "pause"]
    reply(call, 4, "What time is breakfast?")
    assert [what for what, _ in recorder.asked] == ["start", "pause", "resume"]
