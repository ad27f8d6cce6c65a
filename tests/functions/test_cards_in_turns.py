"""A card number that is read out in groups, turn after turn, also where a stream breaks between them."""

from collections.abc import Callable
from typing import Any

import pytest
from nightdesk.cards import REMOVED
from nightdesk.errors import StoreError
from nightdesk.hotel.call_recorder import FakeRecorder
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.recording_store import MemoryRecordings

from .conftest import SESSION_ID, Clock, Service, Twilio
from .recording_house import attached, call, complete, kept, recorder, recording, silent_parts, twilio

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


# what is heard of it


def audio(since_s: int) -> dict[str, int]:
    return {"audio_start_ms": 1000 * since_s, "audio_end_ms": 1000 * since_s + 2000}


def read_out(call: Service, clock: Clock) -> list[Any]:
    """Group by group, from the third second of the call on. Returns what the relay is told to silence."""
    said = ["My card is 4111", "1111 11", "11 1111"]
    silences = []
    for number, group in enumerate(said):
        clock.forward(seconds=6)
        silences.append(call.turn(2 + number, "user", group, **audio(3 + 6 * number)).get_json().get("silence"))
    return silences


def test_twilios_recording_is_silent_where_its_first_groups_were_said(
    call: Service, twilio: Twilio, kept: MemoryRecordings, clock: Clock
) -> None:
    attached(twilio)
    read_out(call, clock)
    clock.forward(seconds=6)
    call.turn(9, "user", "Yes, please.", **audio(21))
    complete(twilio)
    (content,) = kept.files.values()
    assert silent_parts(content) == [(1.0, 24.0)], "and paused from the second group on"


def test_the_recording_is_silent_there_although_another_stream_has_begun_since(
    call: Service, broken: Callable[[], None], twilio: Twilio, kept: MemoryRecordings, clock: Clock
) -> None:
    attached(twilio)
    clock.forward(seconds=6)
    call.turn(2, "user", "My card is four one one one", **audio(3))
    clock.forward(seconds=6)
    broken()
    clock.forward(seconds=6)
    call.turn(2, "user", REMOVED, attempt=2, card_data=True, **audio(2))
    complete(twilio)
    (content,) = kept.files.values()
    assert silent_parts(content) == [(1.0, 7.0), (12.0, 18.0)]


def test_where_nobody_knows_when_they_were_said_it_is_silent_before_they_came(
    call: Service, twilio: Twilio, kept: MemoryRecordings, clock: Clock
) -> None:
    attached(twilio)
    clock.forward(seconds=20)
    reply(call, 2, "My card is 4111")
    clock.forward(seconds=19)
    reply(call, 4, "1111 1111")
    complete(twilio)
    (content,) = kept.files.values()
    assert silent_parts(content) == [(3.0, 40.0)]


def test_what_could_not_be_silenced_is_not_masked_either_so_that_asking_again_does_both(
    call: Service, twilio: Twilio, store: MemoryStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached(twilio)
    call.turn(2, "user", "My card is 4111", **audio(3))
    changes = store.change_record
    monkeypatch.setattr(store, "change_record", broken_store)
    assert call.turn(3, "user", "1111 1111", **audio(9)).status_code == 503
    monkeypatch.setattr(store, "change_record", changes)
    assert call.turn(3, "user", "1111 1111", **audio(9)).status_code == 200
    assert len(recording(store).silences) == 2
    assert texts(store) == [f"My card is {REMOVED}", REMOVED]


def broken_store(*_: object) -> None:
    raise StoreError("out of reach")


def test_the_relay_is_told_of_its_first_groups_too(call: Service, clock: Clock) -> None:
    """And of what lay between: the agent may have said them again."""
    assert read_out(call, clock) == [
        None,
        {"from_ms": 3000, "to_ms": 11_000},
        {"from_ms": 15_000, "to_ms": 17_000},
    ]


def test_of_what_the_relay_has_found_it_is_told_what_it_did_not_know(call: Service) -> None:
    call.turn(2, "user", "My card is 4111", **audio(3))
    answer = call.turn(3, "user", REMOVED, card_data=True, **audio(9)).get_json()
    assert answer["silence"] == {"from_ms": 3000, "to_ms": 5000}


def test_it_is_told_nothing_of_another_stream(call: Service, broken: Callable[[], None]) -> None:
    call.turn(2, "user", "My card is 4111", **audio(3))
    broken()
    answer = call.turn(2, "user", REMOVED, attempt=2, card_data=True, **audio(9)).get_json()
    assert "silence" not in answer


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
