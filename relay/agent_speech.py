"""What the agent says: the engine's responses, their items and audio, and how much of each the caller heard. Pure.

When a response is due, and when one is interrupted, is for `Responses` to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from relay import caller, realtime
from relay.arbiter import Wish
from relay.connection import Connection
from relay.conversation import Conversation
from relay.entries import LONGEST_ITEM_ID, AgentTurn
from relay.journal import Journal
from relay.messages import Message
from relay.playout import Heard, Playout


@dataclass(slots=True)
class Response:
    """One response of the engine. `cut` once interrupted: what still comes of it is dropped."""

    response_id: str
    wish: Wish | None
    request: int
    turn: int
    connection: int  # the engine connection that made it; no other knows its items
    has_calls: bool = False
    has_audio: bool = False
    cut: bool = False
    done: bool = False
    items: list[str] = field(default_factory=list)
    half_calls: set[str] = field(default_factory=set)  # items of calls that have begun and are not whole

    @property
    def is_opening(self) -> bool:
        return self.wish is not None and self.wish.is_opening


class AgentSpeech:
    """A turn goes to the journal once it was heard to its end, or to where it was cut, and its words are known.

    A response is kept until it is done and heard as far as it will be; its turns are the conversation's.
    """

    def __init__(self, playout: Playout, conversation: Conversation, journal: Journal, connection: Connection) -> None:
        self.playout = playout
        self._conversation = conversation
        self._journal = journal
        self._connection = connection
        self._responses: dict[str, Response] = {}

    def response(self, response_id: str) -> Response | None:
        return self._responses.get(response_id)

    @property
    def latest_answer(self) -> Response | None:
        """The response that this engine began last, unless it was cut, or only called tools and another follows."""
        latest = next(reversed(self._responses.values()), None)
        if latest is None or latest.cut or latest.connection != self._connection.number:
            return None
        return None if latest.done and latest.has_calls else latest

    def receive(self, event: object, now_ms: int) -> None:
        """An event that only tells what is said, or heard; others are none of ours."""
        match event:
            case realtime.ItemAdded(response_id, item_id, "message"):
                self._begin_item(response_id, item_id)
            case realtime.ItemAdded(response_id, item_id, "function_call") if response_id in self._responses:
                self._responses[response_id].half_calls.add(item_id)
            case realtime.AudioDone(_, item_id):
                self._heard(self.playout.finish(item_id))
            case realtime.TranscriptDelta(response_id, item_id, delta):
                if turn := self._turn_in_words(response_id, item_id):
                    turn.text += delta
            case realtime.TranscriptDone(response_id, item_id, transcript):
                if turn := self._turn_in_words(response_id, item_id):
                    turn.text = transcript
            case realtime.MessageDone(_, item_id):
                self._close_item(item_id)
            case caller.Mark(name):
                self._heard(self.playout.mark(name, now_ms) or [])
            case caller.Played(mark, ms):
                self._heard(self.playout.played(mark, ms, now_ms))

    # --- responses ---

    def begins(self, response: Response) -> None:
        self._responses[response.response_id] = response

    def add_audio(self, response: Response, event: realtime.AudioDelta) -> None:
        if not response.has_audio:
            response.has_audio = True
            self._begin_item(event.response_id, event.item_id)
        self.playout.add(event.item_id, event.content_index, event.audio)

    def says_clip(self, response: Response, item_id: str, text: str, audio: bytes) -> None:
        """Audio of our own, as if a response had said it."""
        self.begins(response)
        response.has_audio = True
        self._begin_item(response.response_id, item_id)
        self.playout.add(item_id, 0, audio)
        if (turn := self._conversation.agent(item_id)) is not None:
            turn.text = text
        self.ended(response)

    def ended(self, response: Response) -> None:
        """Nothing more of it will come."""
        response.done = True
        self._close_items(response)

    def forget_heard(self, *, but: str) -> None:
        """Those that nobody asks for any more: done, and nothing of them is still to be heard. `but` this one."""
        for response in list(self._responses.values()):
            if response.done and response.response_id != but and not any(map(self.playout.holds, response.items)):
                del self._responses[response.response_id]

    def is_heard(self, response: Response) -> bool:
        """Whether the caller has heard something of it, or will, as far as it has come."""
        turns = self._turns_of(response)
        return any(turn.heard.heard_ms if turn.heard else self.playout.holds(turn.item_id) for turn in turns)

    @property
    def is_cut(self) -> bool:
        """What is being made is not to be heard."""
        open_ones = [response for response in self._responses.values() if not response.done]
        return bool(open_ones) and all(response.cut for response in open_ones)

    def engine_lost(self) -> bool:
        """End what had begun. Returns whether an opening was among it of which no audio had come."""
        opening_is_lost = False
        for response in self._responses.values():
            if not response.done:
                is_awaited = response.is_opening and not response.has_audio and not response.cut
                opening_is_lost = opening_is_lost or is_awaited
                for turn in self._turns_of(response):
                    turn.is_broken = True
                self.ended(response)
        return opening_is_lost

    def close(self, now_ms: int) -> None:
        """The stream is about to end: every turn is posted as far as it got."""
        self._heard(self.playout.clear(now_ms))
        for response in self._responses.values():
            self._close_items(response)

    def give_up(self, now_ms: int) -> None:
        """Marks that should have come back long ago will not."""
        self._heard(self.playout.give_up(now_ms))

    # --- interruption ---

    def stop(self, now_ms: int, out: list[Message]) -> list[Heard]:
        """Stop playback and tell the engine how much was heard. Returns what was cut.

        Also of what has all been heard so far and still goes on: the engine has made more of it, and remembers that.
        Source: Twilio Media Streams, "clear"; OpenAI Realtime, conversation.item.truncate.
        """
        if self.playout.may_sound:
            out.append(caller.Clear())
        reports = self.playout.clear(now_ms)
        for heard in reports:
            if heard.heard_ms and not heard.whole and self._made_by(heard) is not None:
                out.append(realtime.Truncate(heard.item_id, heard.content_index, heard.heard_ms))
            self._heard([heard])
        return reports

    def cut(self) -> None:
        """Whatever is being made is not to be heard any further."""
        for response in self._responses.values():
            response.cut = response.cut or not response.done

    def forget_unheard(self, reports: Iterable[Heard], out: list[Message]) -> None:
        """Of what `stop` cut. An item still being made is deleted when its response has ended."""
        for heard in reports:
            made_by = self._made_by(heard)
            if not heard.heard_ms and made_by is not None and made_by.done:
                out.append(realtime.DeleteItem(heard.item_id))

    def forget_unheard_of(self, response: Response, out: list[Message]) -> None:
        """What a response that has ended had begun and nobody heard, or will: its engine is not to remember saying it.

        It was interrupted, or gave words without sound, or failed. A call that was cut off is never answered.
        """
        out += [realtime.DeleteItem(item_id) for item_id in sorted(response.half_calls)]
        for turn in self._turns_of(response):
            if not (turn.heard.heard_ms if turn.heard else self.playout.holds(turn.item_id)):
                out.append(realtime.DeleteItem(turn.item_id))

    def opening_has_audio(self) -> bool:
        return any(response.has_audio for response in self._responses.values() if response.is_opening)

    def has_unheard_opening(self, reports: Iterable[Heard]) -> bool:
        """Whether `stop` took the opening away before anything of it was heard."""
        missed = [self._conversation.agent(heard.item_id) for heard in reports if not heard.heard_ms]
        made_by = [self._responses.get(turn.response_id) for turn in missed if turn is not None]
        return any(response is not None and response.is_opening for response in made_by)

    def told_of(self, reports: Iterable[Heard]) -> list[AgentTurn]:
        """Of what `stop` cut: the clip, and what engines before had said, which this one knows by our telling."""
        cut = [heard for heard in reports if not heard.whole and self._made_by(heard) is None]
        turns = [self._conversation.agent(heard.item_id) for heard in cut]
        return [turn for turn in turns if turn is not None and turn.text and len(turn.item_id) <= LONGEST_ITEM_ID]

    def _made_by(self, heard: Heard) -> Response | None:
        """The response that made this item, if it is one of the engine we are talking to."""
        turn = self._conversation.agent(heard.item_id)
        response = self._responses.get(turn.response_id) if turn is not None else None
        return response if response is not None and response.connection == self._connection.number else None

    # --- items ---

    def _begin_item(self, response_id: str, item_id: str) -> None:
        response = self._responses.get(response_id)
        if response is None or self._conversation.agent(item_id) is not None:
            return
        turn = self._conversation.next_turn() if response.items else response.turn
        response.items.append(item_id)
        self._conversation.agent_begins(item_id, response_id, turn)

    def _turns_of(self, response: Response) -> list[AgentTurn]:
        turns = [self._conversation.agent(item_id) for item_id in response.items]
        return [turn for turn in turns if turn is not None]

    def _turn_in_words(self, response_id: str, item_id: str) -> AgentTurn | None:
        """The turn that further words belong to; those of an interrupted response are dropped."""
        response = self._responses.get(response_id)
        return self._conversation.agent(item_id) if response is not None and not response.cut else None

    def _close_items(self, response: Response) -> None:
        for item_id in response.items:
            self._close_item(item_id)

    def _close_item(self, item_id: str) -> None:
        turn = self._conversation.agent(item_id)
        if turn is None or turn.closed:
            return
        turn.closed = True
        self._heard(self.playout.finish(item_id))
        if turn.heard is None and not self.playout.holds(item_id):
            turn.text = ""  # no sound came of it
        if post := self._conversation.agent_settled(turn):
            self._journal.turn(post)

    def _heard(self, reports: Iterable[Heard]) -> None:
        """These items will be heard no further."""
        for heard in reports:
            if post := self._conversation.agent_heard(heard):
                self._journal.turn(post)
