"""What was sent to the caller, and how much of it was heard. Pure: no socket, no clock.

Audio leaves in messages of 120 ms, each followed by a mark, so that the client never holds much more than `lead_ms` of
it and a `clear` cuts close. An item's audio is padded to whole 20 ms frames only at its end. The position is known
from the marks that came back, and between two marks from the time since the earlier one, never beyond the next.
Source: Twilio Media Streams, "mark" and "clear": a mark returns when the audio before it was played; `clear`
returns all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from relay.caller import PCMU, AudioFormat, SendMark, SendMedia
from relay.envelopes import AgentEnvelope

# Below this much audio left at the client, whole frames are sent without waiting for a full message.
RUNNING_DRY_MS = 40
# A mark this much later than its audio should have ended, and than the one before, is not waited for.
MARK_OVERDUE_MS = 2000


@dataclass(frozen=True, slots=True)
class Heard:
    """How much of one item the caller heard. `whole` when nothing of it was cut."""

    item_id: str
    content_index: int
    heard_ms: int
    audio_ms: int
    whole: bool


class _Item:
    """How far one item has come: what is still to be sent, and how much was received, sent and heard."""

    __slots__ = ("complete", "content_index", "heard_bytes", "item_id", "received_bytes", "sent_bytes", "unsent")

    def __init__(self, item_id: str, content_index: int) -> None:
        self.item_id = item_id
        self.content_index = content_index
        self.unsent = bytearray()
        self.received_bytes = 0
        self.sent_bytes = 0
        self.heard_bytes = 0
        self.complete = False

    def report(self, heard_bytes: int, bytes_per_ms: int, *, whole: bool) -> Heard:
        heard = min(heard_bytes, self.sent_bytes, self.received_bytes)
        return Heard(
            self.item_id, self.content_index, heard // bytes_per_ms, self.received_bytes // bytes_per_ms, whole
        )


class _Pending:
    """A message on its way to the caller's ear, with the mark behind it."""

    __slots__ = ("item", "mark", "sent_ms", "size")

    def __init__(self, mark: str, item: _Item, size: int, sent_ms: int) -> None:
        self.mark = mark
        self.item = item
        self.size = size
        self.sent_ms = sent_ms


class Playout:
    """The items being spoken, in order. Every method that sends or measures takes `now_ms`."""

    def __init__(self, lead_ms: int, audio: AudioFormat = PCMU) -> None:
        self._lead_ms = lead_ms
        self._bytes_per_ms = audio.bytes_per_ms
        self._frame_bytes = audio.frame_bytes
        self._message_bytes = audio.message_bytes
        self._silence = audio.silence
        self._generation = 0
        self._items: list[_Item] = []
        self._pending: list[_Pending] = []
        self._marked_ms = 0  # when the audio behind the last mark that came back began to be played
        self._came_back_ms = 0  # the last mark: a client that is behind, and plays on, is waited for
        self._ends_ms = 0  # when all that was sent will have been played, by the clock
        self._is_held = False
        self._given_up = ""  # the last mark that is not waited for any more: the client may still play up to it
        self.unsent_bytes = 0
        self.sent_bytes = 0
        self.envelope = AgentEnvelope(audio)

    @property
    def has_unsent(self) -> bool:
        return self.unsent_bytes > 0

    @property
    def is_silent(self) -> bool:
        """Nothing is waiting to be sent and nothing sent is waiting to be heard."""
        return self.has_nothing_left()

    def has_nothing_left(self) -> bool:
        """`is_silent`, for those who ask with every message."""
        return not self._pending and not self.unsent_bytes

    @property
    def may_sound(self) -> bool:
        """Not `is_silent`; or what was given up may be played late, where the network had held it up."""
        return bool(self._given_up) or not self.has_nothing_left()

    @property
    def item_count(self) -> int:
        """Items that are not heard to their end yet."""
        return len(self._items)

    def holds(self, item_id: str) -> bool:
        """Whether this item is not heard to its end yet."""
        return any(item.item_id == item_id for item in self._items)

    def is_overdue(self, now_ms: int) -> bool:
        """Marks that should have come back long ago have not: time to `give_up`."""
        return bool(self._pending) and now_ms >= max(self._ends_ms, self._came_back_ms) + MARK_OVERDUE_MS

    def quiet_at_ms(self, now_ms: int) -> int:
        """When the caller will have heard everything received so far."""
        return max(now_ms, self._ends_ms) + self.unsent_bytes // self._bytes_per_ms

    def goes_on_with(self, item_id: str) -> bool:
        """Whether this is the item that audio came for last, and more of it may come."""
        if not self._items:
            return False
        item = self._items[-1]
        return not item.complete and item.item_id == item_id

    def add(self, item_id: str, content_index: int, audio: bytes) -> None:
        for item in reversed(self._items):
            if item.item_id == item_id:
                break
        else:
            item = _Item(item_id, content_index)
            self._items.append(item)
        item.unsent += audio
        item.received_bytes += len(audio)
        self.unsent_bytes += len(audio)

    def finish(self, item_id: str) -> list[Heard]:
        """No more audio will come for this item. Returns it if it was heard already."""
        for item in self._items:
            if item.item_id == item_id:
                item.complete = True
        return self._heard_through()

    def hold(self) -> None:
        """Pause: what was sent is played, the rest waits for `resume`, or is forgotten by `clear`."""
        self._is_held = True

    def resume(self) -> None:
        """Feed on from where the caller's ear has come to, or will have once it has heard what was sent."""
        self._is_held = False

    def feed(self, now_ms: int) -> list[SendMedia | SendMark]:
        """What to send now, keeping at most `lead_ms` ahead of the caller's ear."""
        messages: list[SendMedia | SendMark] = []
        if self._is_held:
            return messages
        for item in self._items:
            while size := self._next_size(item, now_ms):
                self._send(item, size, now_ms, messages)
            if item.unsent or not item.complete:
                break
        return messages

    def _next_size(self, item: _Item, now_ms: int) -> int:
        """Bytes of `item` that may leave now: 0 while enough is ahead, or while a message is still filling up."""
        ahead_ms = max(0, self._ends_ms - now_ms)
        size = min(len(item.unsent), self._message_bytes)
        if size < self._message_bytes and not item.complete:
            size = size - size % self._frame_bytes if ahead_ms <= RUNNING_DRY_MS else 0
        if ahead_ms and ahead_ms + size // self._bytes_per_ms > self._lead_ms:
            return 0
        return size

    def _send(self, item: _Item, size: int, now_ms: int, messages: list[SendMedia | SendMark]) -> None:
        """The item's next bytes leave, in whole frames, and a mark behind them."""
        chunk = bytes(item.unsent[:size])
        del item.unsent[:size]
        self.unsent_bytes -= size
        if part := size % self._frame_bytes:
            chunk += self._silence * (self._frame_bytes - part)
            size = len(chunk)
        item.sent_bytes += size
        self.sent_bytes += size
        sent_ms = item.sent_bytes // self._bytes_per_ms
        mark = f"g{self._generation}:{item.item_id}:{sent_ms}"
        self._pending.append(_Pending(mark, item, size, now_ms))
        starts_ms = max(now_ms, self._ends_ms)
        self._ends_ms = starts_ms + size // self._bytes_per_ms
        self.envelope.add(starts_ms, chunk)
        messages.append(SendMedia(chunk))
        messages.append(SendMark(mark, item.item_id, sent_ms))

    def due_ms(self, now_ms: int) -> int | None:
        """When to call `feed` or `give_up` next; None when only an event can change anything."""
        if not self._is_held:
            for item in self._items:
                if item.unsent or not item.complete:
                    size = min(len(item.unsent), self._message_bytes)
                    if size == self._message_bytes or (size and item.complete):
                        return max(now_ms, self._ends_ms - max(0, self._lead_ms - size // self._bytes_per_ms))
                    if size >= self._frame_bytes:
                        return max(now_ms, self._ends_ms - RUNNING_DRY_MS)
                    break
        return max(self._ends_ms, self._came_back_ms) + MARK_OVERDUE_MS if self._pending else None

    def mark(self, name: str, now_ms: int) -> list[Heard] | None:
        """A mark came back: all before it was heard. Returns the items now heard to their end.

        None for a mark that was not awaited: one that a `clear` returned, or one we never sent.
        """
        if name == self._given_up:
            self._given_up = ""
        at = self._place_of(name)
        if at is None:
            return None
        self._take_as_heard(at + 1)
        self._marked_ms = self._came_back_ms = now_ms
        return self._heard_through()

    def passes(self, name: str, now_ms: int) -> bool:
        """`mark` for one in mid-speech: True when it is the awaited one and only says that so much was heard."""
        if len(self._pending) < 2:
            return False
        first = self._pending[0]
        if first.mark != name or self._pending[1].item is not first.item:
            return False
        first.item.heard_bytes += first.size
        del self._pending[0]
        self._marked_ms = self._came_back_ms = now_ms
        return True

    def played(self, name: str, ms: int, now_ms: int) -> list[Heard]:
        """A client that counts says that `ms` of the audio before this mark were played: all before that was heard.

        Returns the items now heard to their end.
        """
        at = self._place_of(name)
        if at is None:
            return []
        self._take_as_heard(at)
        self._marked_ms = now_ms - ms
        return self._heard_through()

    def give_up(self, now_ms: int) -> list[Heard]:
        """Take as heard what must have been played long ago, though its marks never came back."""
        if not self.is_overdue(now_ms):
            return []
        last = self._pending[-1].mark
        heard = self.mark(last, now_ms)
        self._given_up = last
        return heard or []

    def _place_of(self, mark: str) -> int | None:
        """How many messages were sent before the one with this mark, and not heard yet. None for an unknown one."""
        return next((at for at, pending in enumerate(self._pending) if pending.mark == mark), None)

    def _take_as_heard(self, messages: int) -> None:
        """The first so many of those on their way."""
        for pending in self._pending[:messages]:
            pending.item.heard_bytes += pending.size
        del self._pending[:messages]

    def _heard_through(self) -> list[Heard]:
        heard: list[Heard] = []
        while self._items:
            item = self._items[0]
            if not item.complete or item.unsent or any(pending.item is item for pending in self._pending):
                break
            heard.append(item.report(item.heard_bytes, self._bytes_per_ms, whole=True))
            del self._items[0]
        return heard

    def clear(self, now_ms: int) -> list[Heard]:
        """Forget everything, and say for each item how much of it was heard. Pair it with a `Clear`.

        The marks that `clear` returns belong to an older generation, so they are not counted as heard.
        """
        playing = self._pending[0] if self._pending else None
        reports = []
        for item in self._items:
            heard = item.heard_bytes
            if playing is not None and playing.item is item:
                since = now_ms - max(playing.sent_ms, self._marked_ms)
                heard += min(max(0, since) * self._bytes_per_ms, playing.size)
            whole = item.complete and not item.unsent and heard >= item.received_bytes
            reports.append(item.report(heard, self._bytes_per_ms, whole=whole))
        self._items.clear()
        self.unsent_bytes = 0
        self._pending.clear()
        self._given_up = ""
        self._generation += 1
        self._ends_ms = 0
        self._is_held = False
        self.envelope.cut(now_ms)
        return reports
