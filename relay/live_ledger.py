"""Fragments of transcripts gathered into turns: numbered, kept in the conversation, posted once nobody adds to them.

There is no event for the end of a turn: a gap on the session's timeline is one, and so is time without a fragment. A
fragment that comes late mends the turn it belongs to, which is posted again. Pure.
Source: OpenAI GPT-Live reference, transcripts: order by `start_ms`, never by arrival; a gap of 0.8 s ends a message.
Fragments are put together as they are, since those within an utterance bring their spaces; the first one of the next
utterance brings none. Source for that: recorded sessions, and Chuloo/mural issue 6.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from relay.barge_in import is_backchannel
from relay.card_numbers import find
from relay.card_words import About
from relay.conversation import Conversation, heard_part
from relay.entries import AgentTurn, UserTurn
from relay.functions import PostTurn
from relay.journal import Journal
from relay.live import Transcript
from relay.messages import SilenceRecording
from relay.playout import Heard

GAP_MS = 800
# An agent that falls silent within this time of the caller's first word over it has yielded.
YIELD_MS = 1500
# Where a transcript says that something was said, a little more of it was.
_MARGIN_MS = 500


@dataclass(frozen=True, slots=True, order=True)
class Fragment:
    """In the order of the timeline; of one moment, as they came."""

    start_ms: int
    number: int
    end_ms: int
    text: str


@dataclass(slots=True)
class Group:
    """One turn as far as it is known. `latest_ms` is when its last fragment came, by our clock."""

    role: Literal["user", "assistant"]
    entry: UserTurn | AgentTurn
    start_ms: int
    end_ms: int
    latest_ms: int
    fragments: list[Fragment] = field(default_factory=list)
    unheard_ms: int = 0
    is_broken: bool = False  # the session ended in the middle of it
    posted: bool = False
    is_card: bool = False  # a card number is among the words

    @property
    def closed(self) -> bool:
        return self.entry.closed

    @property
    def words(self) -> str:
        """As they were said."""
        return _joined(self.fragments)

    @property
    def text(self) -> str:
        return find(self.words, About.HOT).text if self.is_card else self.words

    def mask(self) -> None:
        """From now on its text has no digits."""
        self.is_card = True
        self.entry.text = self.text
        if isinstance(self.entry, UserTurn):
            self.entry.is_card = True

    def add(self, fragment: Transcript, now_ms: int) -> None:
        insort(self.fragments, Fragment(fragment.start_ms, len(self.fragments), fragment.end_ms, fragment.text))
        self.start_ms = min(self.start_ms, fragment.start_ms)
        self.end_ms = max(self.end_ms, fragment.end_ms)
        self.latest_ms = now_ms
        self.entry.text = self.text


class Ledger:
    """Of one engine connection. `from_ms` is where in the caller's stream its timeline began."""

    def __init__(self, conversation: Conversation, journal: Journal, *, name: str, from_ms: int) -> None:
        self.groups: list[Group] = []
        # From which moment of the timeline on, and what is added to one to have it in the caller's stream.
        self._offsets: list[tuple[int, int]] = [(0, from_ms)]
        self._conversation = conversation
        self._journal = journal
        self._name = name
        self._last: dict[str, Group] = {}  # by role

    def add(self, fragment: Transcript, now_ms: int) -> Group | None:
        """Returns the turn that it belongs to."""
        group = self._last.get(fragment.role)
        if group is not None and fragment.start_ms > group.end_ms + GAP_MS:
            self._close(group)
            group = None
        if group is None:
            if not fragment.text.strip():
                return None
            group = self._begin(fragment, now_ms)
        group.add(fragment, now_ms)
        group.entry.closed = False
        return group

    def _begin(self, fragment: Transcript, now_ms: int) -> Group:
        """A turn's number is its place by `start_ms` among those that are still open."""
        turn = self._conversation.next_turn()
        item_id = f"{self._name}_{turn}"
        is_user = fragment.role == "user"
        entry = UserTurn(item_id, turn, None, None, now_ms, closed=False) if is_user else AgentTurn(item_id, "", turn)
        group = Group(fragment.role, entry, fragment.start_ms, fragment.end_ms, now_ms)
        for other in self._last.values():
            if not other.closed and other.start_ms > group.start_ms and other.entry.turn < entry.turn:
                entry.turn, other.entry.turn = other.entry.turn, entry.turn
        self._conversation.said(entry)
        self.groups.append(group)
        self._last[fragment.role] = group
        return group

    def filled(self, until_ms: int, length_ms: int) -> None:
        """So much silence of ours, which is in no stream, is on the timeline up to there. What came before stays."""
        before_ms, offset_ms = self._offsets[-1]
        if before_ms == until_ms - length_ms:
            self._offsets.pop()
        self._offsets.append((until_ms, offset_ms - length_ms))

    def in_stream(self, at_ms: int) -> int:
        """Where in the caller's stream this moment of the timeline lies."""
        place = bisect_right(self._offsets, at_ms, key=lambda each: each[0])
        return max(0, at_ms + self._offsets[max(0, place - 1)][1])

    def tell(self, group: Group) -> None:
        """A turn is posted as far as it has come: who goes on, should we die, is to know what was being said."""
        self._journal.turn_again(self._post(group))

    def mind(self, now_ms: int) -> None:
        """Close what nobody has added to for long enough."""
        for group in self._last.values():
            if not group.closed and now_ms >= group.latest_ms + GAP_MS:
                self._close(group)

    @property
    def due_ms(self) -> int | None:
        return min((group.latest_ms + GAP_MS for group in self._last.values() if not group.closed), default=None)

    def is_open(self, role: str) -> bool:
        group = self._last.get(role)
        return group is not None and not group.closed

    def heard_until(self, role: str) -> tuple[int, int]:
        """Where on the timeline the latest words of a role end, and when they came by our clock; (-1, 0) for none."""
        group = self._last.get(role)
        return (group.end_ms, group.latest_ms) if group is not None else (-1, 0)

    def words(self, role: str, from_ms: int) -> tuple[str, int]:
        """All that a role said from `from_ms` of the timeline on, and where it ends."""
        end_ms, said = from_ms, []
        for group in self.groups:
            if group.role == role and group.end_ms > from_ms:
                words = _joined(fragment for fragment in group.fragments if fragment.start_ms >= from_ms)
                said.append(find(words, About.HOT).text if group.is_card else words)
                end_ms = max(end_ms, group.end_ms)
        return " ".join(text for text in said if text), end_ms

    def spoken_ms(self, role: str, from_ms: int) -> int:
        """How long a role has spoken from `from_ms` of the timeline on."""
        fragments = [fragment for group in self.groups if group.role == role for fragment in group.fragments]
        return sum(fragment.end_ms - fragment.start_ms for fragment in fragments if fragment.start_ms >= from_ms)

    def cut(self, ms: int) -> None:
        """So much of what the agent said last was thrown away."""
        group = self._last.get("assistant")
        if group is not None and not group.closed:
            group.unheard_ms += ms

    def close(self, *, agent_speaks: bool) -> None:
        """Nothing more will come. An agent that is still heard was going to say more; its last words may come late."""
        for group in sorted(self._last.values(), key=lambda group: group.entry.turn):
            group.is_broken = agent_speaks and not group.closed
            self._close(group)

    def _close(self, group: Group) -> None:
        if group.closed:
            return
        group.entry.closed = True
        self._pass_over_murmurs()
        self._watch_cards(group)
        (self._journal.turn_again if group.posted else self._journal.turn)(self._post(group))
        group.posted = True

    def _watch_cards(self, group: Group) -> None:
        """A turn that is whole may end a card number that others had begun."""
        if not isinstance(group.entry, UserTurn) or group.posted:
            return
        heard = self._conversation.cards.caller(group.entry.item_id, group.words)
        if heard.is_card and not group.is_card:
            group.mask()
        self.mask_earlier(heard.earlier)

    def mask_earlier(self, earlier: Iterable[tuple[str, str]]) -> None:
        """The turns in which a card number began: of an attempt or a session before, written, or said in this one."""
        groups = {group.entry.item_id: group for group in self.groups}
        for name, words in earlier:
            if (group := groups.get(name)) is not None:
                group.mask()
                self._begun(self._post(group))
            elif turn := self._conversation.user_words(name, words, is_card=True):
                self._begun(turn[0])
            else:
                self._conversation.mask_history(name, words)

    def _begun(self, post: PostTurn) -> None:
        """In this turn a card number began: it is posted again without it, and is silent in the recording."""
        self._journal.turn_again(post)
        if post.audio_start_ms is not None and post.audio_end_ms is not None:
            from_ms, to_ms = post.audio_start_ms - _MARGIN_MS, post.audio_end_ms + _MARGIN_MS
            self._journal.out.append(SilenceRecording(max(0, from_ms), to_ms, is_received=True))

    def _pass_over_murmurs(self) -> None:
        """An "mm-hmm" into the agent's words, when these go on for long enough behind it, waits for no answer."""
        agent = self._last.get("assistant")
        if agent is None:
            return
        for group in self.groups:
            if isinstance(group.entry, UserTurn):
                is_within = agent.start_ms < group.start_ms and group.end_ms + YIELD_MS < agent.end_ms
                group.entry.is_passed_over = is_within and is_backchannel(group.text)

    def _has_yielded(self, agent: Group) -> bool:
        caller = self._last.get("user")
        if caller is None or caller.start_ms <= agent.start_ms:
            return False
        return 0 < agent.end_ms - caller.start_ms <= YIELD_MS

    def _post(self, group: Group) -> PostTurn:
        entry, length = group.entry, group.end_ms - group.start_ms
        if isinstance(entry, UserTurn):
            entry.start_ms, entry.end_ms = self.in_stream(group.start_ms), self.in_stream(group.end_ms)
            return PostTurn(
                entry.turn,
                "user",
                group.text,
                entry.item_id,
                length,
                audio_start_ms=entry.start_ms,
                audio_end_ms=entry.end_ms,
                card_data=entry.is_card,
            )
        heard_ms = max(0, length - group.unheard_ms)
        entry.heard = Heard(entry.item_id, 0, heard_ms, length, whole=not group.unheard_ms)
        entry.heard_text = self._conversation.masked(entry, heard_part(group.text, entry.heard))
        entry.posted = True
        return PostTurn(
            entry.turn,
            "assistant",
            entry.heard_text,
            entry.item_id,
            length,
            heard_ms=heard_ms,
            interrupted=group.is_broken or self._has_yielded(group) or bool(group.unheard_ms),
        )


def _joined(fragments: Iterable[Fragment]) -> str:
    """Their words. Where silence lies between two and neither has a space, a word begins: they are two utterances."""
    text, end_ms = "", 0
    for fragment in fragments:
        begins_word = fragment.text[:1].isalnum() or fragment.text.startswith(("¿", "¡"))
        is_apart = fragment.start_ms > end_ms and text[-1:].strip()
        text += f" {fragment.text}" if begins_word and is_apart else fragment.text
        end_ms = max(end_ms, fragment.end_ms)
    return text.strip()
