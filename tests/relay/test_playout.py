"""What was sent and what was heard, in milliseconds of one item or several."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from relay.caller import SendMark, SendMedia
from relay.playout import Heard, Playout


def audio(ms: int) -> bytes:
    return b"\x01" * (8 * ms)


def marks(messages: list[SendMedia | SendMark]) -> list[str]:
    return [message.name for message in messages if isinstance(message, SendMark)]


def sent_ms(messages: list[SendMedia | SendMark]) -> int:
    return sum(len(message.audio) for message in messages if isinstance(message, SendMedia)) // 8


def test_the_lead_is_kept_as_time_passes() -> None:
    playout = Playout(lead_ms=300)
    playout.add("i", 0, audio(1200))
    assert sent_ms(playout.feed(1000)) == 240
    assert playout.due_ms(1000) == 1060
    assert sent_ms(playout.feed(1059)) == 0
    assert sent_ms(playout.feed(1060)) == 120
    assert sent_ms(playout.feed(1400)) == 240, "after a stall the lead is made up"


def test_small_deltas_are_gathered_into_messages_unless_the_caller_would_run_dry() -> None:
    playout = Playout(lead_ms=300)
    playout.add("i", 0, audio(60))
    assert sent_ms(playout.feed(0)) == 60, "the first audio leaves at once"
    playout.add("i", 0, audio(40))
    assert sent_ms(playout.feed(0)) == 0
    assert playout.due_ms(0) == 20
    assert sent_ms(playout.feed(20)) == 40


def test_items_follow_each_other_without_a_gap_or_padding_between_deltas() -> None:
    playout = Playout(lead_ms=1000)
    for item in ("a", "b"):
        playout.add(item, 0, audio(125))
        playout.finish(item)
    messages = playout.feed(0)
    assert [len(m.audio) for m in messages if isinstance(m, SendMedia)] == [960, 160, 960, 160]
    assert marks(messages) == ["g0:a:120", "g0:a:140", "g0:b:120", "g0:b:140"]


def test_an_item_is_heard_when_the_mark_behind_its_last_audio_returns() -> None:
    playout = Playout(lead_ms=300)
    playout.add("i", 0, audio(150))
    [first] = marks(playout.feed(0))
    playout.finish("i")
    [last] = marks(playout.feed(0))
    assert playout.mark(first, 120) == []
    assert not playout.is_silent
    assert playout.mark(last, 160) == [Heard("i", 0, 150, 150, whole=True)]
    assert playout.is_silent


def test_an_item_that_was_heard_before_its_end_was_known_is_reported_at_its_end() -> None:
    playout = Playout(lead_ms=300)
    playout.add("i", 0, audio(120))
    [mark] = marks(playout.feed(0))
    assert playout.mark(mark, 120) == []
    assert playout.finish("i") == [Heard("i", 0, 120, 120, whole=True)]


def test_clear_reports_every_item_and_starts_a_new_generation_of_marks() -> None:
    playout = Playout(lead_ms=300)
    playout.add("a", 0, audio(240))
    playout.finish("a")
    playout.add("b", 0, audio(240))
    old = marks(playout.feed(0))
    assert playout.clear(50) == [Heard("a", 0, 50, 240, whole=False), Heard("b", 0, 0, 240, whole=False)]
    assert [playout.mark(name, 60) for name in old] == [None, None]
    playout.add("c", 0, audio(120))
    assert marks(playout.feed(60)) == ["g1:c:120"]


def test_a_lost_mark_is_made_good_by_the_next() -> None:
    playout = Playout(lead_ms=300)
    playout.add("i", 0, audio(240))
    _, second = marks(playout.feed(0))
    playout.mark(second, 240)
    assert playout.clear(240) == [Heard("i", 0, 240, 240, whole=False)]


def test_padding_is_not_counted_as_heard_audio() -> None:
    playout = Playout(lead_ms=300)
    playout.add("i", 0, b"\x01" * 100)
    playout.finish("i")
    [mark] = marks(playout.feed(0))
    assert playout.mark(mark, 20) == [Heard("i", 0, 12, 12, whole=True)]


def test_marks_that_never_return_are_given_up_two_seconds_after_the_audio_should_have_ended() -> None:
    playout = Playout(lead_ms=300)
    playout.add("i", 0, audio(120))
    playout.finish("i")
    playout.feed(0)
    assert playout.give_up(2119) == []
    assert playout.give_up(2120) == [Heard("i", 0, 120, 120, whole=True)]


def test_a_mark_that_clear_returned_says_nothing_of_the_same_item_spoken_anew() -> None:
    playout = Playout(lead_ms=300)
    playout.add("i", 0, audio(120))
    [old] = marks(playout.feed(0))
    playout.clear(20)
    playout.add("i", 0, audio(120))
    [new] = marks(playout.feed(20))
    assert playout.mark(old, 30) is None
    assert playout.clear(60) == [Heard("i", 0, 40, 120, whole=False)]
    assert old != new


def test_a_pause_lets_what_was_sent_play_on_and_keeps_the_rest() -> None:
    playout = Playout(lead_ms=300)
    playout.add("i", 0, audio(600))
    sent = marks(playout.feed(0))
    playout.hold()
    assert playout.feed(500) == []
    assert playout.due_ms(500) == 240 + 2000, "nothing but marks that never come"
    for at, mark in enumerate(sent, 1):
        playout.mark(mark, 120 * at)
    assert not playout.is_silent, "there is more to say"
    playout.resume()
    assert sent_ms(playout.feed(500)) == 240
    assert playout.clear(560) == [Heard("i", 0, 300, 600, whole=False)]


def test_what_a_clear_takes_away_is_not_looked_for_in_an_echo() -> None:
    playout = Playout(lead_ms=300)
    playout.add("i", 0, audio(240))
    playout.feed(0)
    assert playout.envelope.ends_ms == 240
    playout.clear(now_ms=100)
    assert playout.envelope.ends_ms == 100
    assert [bool(level) for level in playout.envelope.values(200, 10)] == [True] * 5 + [False] * 5


def test_a_clear_ends_the_pause() -> None:
    playout = Playout(lead_ms=300)
    playout.hold()
    playout.clear(0)
    playout.add("i", 0, audio(120))
    assert sent_ms(playout.feed(0)) == 120


@dataclass
class Line:
    """Twilio's buffer in real time, marks coming back late: what was truly heard of each item, in ms."""

    delay_ms: int
    queue: deque[list[Any]] = field(default_factory=deque)  # [ms left, mark]
    returning: deque[tuple[int, str]] = field(default_factory=deque)
    heard_ms: Counter[str] = field(default_factory=Counter)

    def take(self, messages: list[SendMedia | SendMark]) -> None:
        for message in messages:
            if isinstance(message, SendMedia):
                assert len(message.audio) % 160 == 0
                assert len(message.audio) <= 960
                self.queue.append([len(message.audio) // 8, ""])
            else:
                self.queue[-1][1] = message.name

    def play(self, now_ms: int) -> None:
        left = 20
        while self.queue and left:
            played = min(left, self.queue[0][0])
            left -= played
            self.queue[0][0] -= played
            self.heard_ms[self.queue[0][1].split(":")[1]] += played
            if not self.queue[0][0]:
                self.returning.append((now_ms + self.delay_ms, self.queue.popleft()[1]))


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.sampled_from(["audio", "finish", "hold", "resume", "clear", "wait"]), st.integers(1, 60)),
        max_size=60,
    ),
    st.integers(0, 60),
    st.integers(60, 500),
)
def test_what_is_reported_as_heard_was_sent_and_heard_but_for_one_frame(
    steps: list[tuple[str, int]], delay_ms: int, lead_ms: int
) -> None:
    playout, line, now_ms, item = Playout(lead_ms), Line(delay_ms), 1000, 0
    received: Counter[str] = Counter()
    for what, amount in steps:
        match what:
            case "audio":
                playout.add(f"i{item}", 0, audio(amount * 9))
                received[f"i{item}"] += amount * 9
            case "finish":
                playout.finish(f"i{item}")
                item += 1
            case "hold":
                playout.hold()
            case "resume":
                playout.resume()
            case "clear":
                for heard in playout.clear(now_ms):
                    assert heard.heard_ms <= heard.audio_ms == received[heard.item_id]
                    assert heard.heard_ms <= line.heard_ms[heard.item_id] + 20
                    assert heard.heard_ms >= line.heard_ms[heard.item_id] - 20 - delay_ms - 20 * (not heard.whole)
                line.returning += [(now_ms, mark) for _, mark in line.queue]
                line.queue.clear()
                item += 1
        for _ in range(amount if what == "wait" else 1):
            line.take(playout.feed(now_ms))
            now_ms += 20
            line.play(now_ms)
            while line.returning and line.returning[0][0] <= now_ms:
                playout.mark(line.returning.popleft()[1], now_ms)
