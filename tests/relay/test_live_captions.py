"""What a kiosk's page shows of the words of a live talk, which has no items of its own."""

from __future__ import annotations

from relay import caller, live
from relay import messages as msg
from relay.card_numbers import REMOVED
from relay.kiosk import Caption
from relay.kiosk_screen import Screen
from tests.relay.live_stage import SPEECH, LiveStage


class Kiosk:
    """A guest who was greeted. `lines` are what the page shows of a role, by item; the schema says how."""

    def __init__(self) -> None:
        self.stage = LiveStage().greeted()
        self.screen = Screen()
        self._lines: dict[str, dict[str, Caption]] = {"user": {}, "assistant": {}}

    def receive(self, *events: msg.Event) -> None:
        for event in events:
            self._show(event, self.stage.receive(event))

    def wait(self, ms: int) -> None:
        self._show(msg.Tick(), self.stage.wait(ms))

    def _show(self, event: msg.Event, messages: list[msg.Message]) -> None:
        for caption in self.screen.watch(event, messages):
            if isinstance(caption, Caption):
                lines = self._lines[caption.role]
                if caption.final:
                    for item_id in [item_id for item_id, line in lines.items() if not line.final]:
                        del lines[item_id]
                lines[caption.item_id] = caption

    def lines(self, role: str) -> list[str]:
        return [line.text for line in self._lines[role].values()]

    def says(self, role: str, text: str, ms: int = 400) -> None:
        at = self.stage.timeline_ms
        assert role in ("user", "assistant")
        self.receive(live.Transcript("user" if role == "user" else "assistant", text, at, at + ms))


def test_a_turn_is_one_line_from_its_first_words_to_its_last() -> None:
    kiosk = Kiosk()
    kiosk.says("user", "A room")
    kiosk.wait(400)
    kiosk.says("user", " for two")
    assert kiosk.lines("user") == ["A room for two"]
    kiosk.wait(1000)
    kiosk.says("user", ", please.")
    assert kiosk.lines("user") == ["A room for two, please."], "a word that comes late"
    kiosk.wait(2000)
    assert kiosk.lines("user") == ["A room for two, please."]


def test_what_is_said_when_something_is_typed_stays_one_line() -> None:
    kiosk = Kiosk()
    kiosk.says("user", "A room")
    kiosk.receive(caller.Text("on Friday"))
    kiosk.says("user", " for two")
    assert sorted(kiosk.lines("user")) == ["A room for two", "on Friday"]
    kiosk.wait(2000)
    assert sorted(kiosk.lines("user")) == ["A room for two", "on Friday"]


def test_what_is_said_behind_a_stall_of_the_network_is_shown() -> None:
    kiosk = Kiosk()
    kiosk.says("assistant", "We have")
    kiosk.receive(*[live.OutputAudio(SPEECH)] * 30)
    assert kiosk.stage.all_of(caller.Clear), "what waited was thrown away"
    kiosk.says("assistant", " a room.")
    assert kiosk.lines("assistant") == ["We have a room."]


def test_after_the_button_nothing_is_shown_that_is_not_heard_and_then_the_answer_is() -> None:
    kiosk = Kiosk()
    kiosk.stage.voice_ms = 3000
    kiosk.says("assistant", "There is a lot")
    kiosk.wait(400)
    kiosk.receive(caller.Interrupt())
    kiosk.says("assistant", " to be said about it.")
    assert kiosk.lines("assistant") == ["There is a lot"]
    kiosk.stage.voice_ms = 0
    kiosk.wait(3000)
    kiosk.says("assistant", "Of course.")
    assert kiosk.lines("assistant")[-1] == "Of course."


def test_a_card_number_is_not_shown_while_it_is_read_out() -> None:
    kiosk = Kiosk()
    kiosk.says("assistant", "Which card is it?")
    kiosk.wait(2000)
    kiosk.says("user", "4242 42")
    kiosk.says("user", "42 4242")
    assert kiosk.lines("user") == [REMOVED]
