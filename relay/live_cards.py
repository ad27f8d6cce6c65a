"""What becomes of a card number that a caller says to a live engine: nobody keeps it, the session is restarted. Pure.

A live session forgets nothing that it heard, so it is closed, and a fresh one is told the conversation without the
digits. The recording is silenced where they were said; the fresh session offers a link.
"""

from __future__ import annotations

from relay.card_talk import AHEAD_MS, MARGIN_MS
from relay.card_watch import Heard
from relay.live_ledger import Group, Ledger
from relay.messages import SilenceRecording
from relay.recording import HELD_MS
from relay.sentences import no_cards
from relay.talk import Attempt


class LiveCards:
    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._conversation = attempt.conversation

    def hears(self, group: Group, from_ms: int) -> bool:
        """A turn that begins there in the caller's stream has grown. Returns whether a card number is heard now."""
        if group.role != "user":
            return False
        is_new = not group.is_card and self._conversation.cards.hears(group.words, group.entry.item_id)
        if is_new:
            group.mask()
            for item_id, words in self._conversation.cards.begun:
                self._conversation.mask_history(item_id, words)
            self._refuse(group.entry.item_id)
            self._attempt.connection.is_spoilt = True
        if group.is_card:
            received_ms = self._attempt.caller_audio.received_ms
            self._silence(from_ms, received_ms + AHEAD_MS)
        return is_new

    def typed(self, text: str, ledger: Ledger, now_ms: int) -> Heard:
        """The guest wrote: a turn, masked before the session knows of it, which goes on if it knows no part of it."""
        item_id = self._attempt.typed_item_id()
        heard = self._conversation.cards.caller(item_id, text)
        ledger.mask_earlier(heard.earlier)
        turn = self._conversation.user_typed(item_id, heard.text, now_ms, is_card=heard.is_card)
        self._attempt.journal.turn(turn)
        if heard.is_card:
            self._refuse(item_id)
        if heard.earlier:
            self._attempt.connection.is_spoilt = self._attempt.connection.is_up
        return heard

    def _refuse(self, item_id: str) -> None:
        self._attempt.journal.log("= card number", item_id=item_id)
        self._attempt.add_notice(no_cards(self._attempt.language))

    def mind(self) -> None:
        """The agent has read one back: that session is not to remember it either, if it is still there."""
        while self._conversation.read_back:
            turn = self._conversation.read_back.pop()
            received_ms = self._attempt.caller_audio.received_ms
            length_ms = turn.heard.audio_ms if turn.heard else HELD_MS
            self._silence(received_ms - length_ms - AHEAD_MS, received_ms)
            self._attempt.connection.is_spoilt = self._attempt.connection.is_up

    def _silence(self, from_ms: int, to_ms: int) -> None:
        silence = SilenceRecording(max(0, from_ms - MARGIN_MS), to_ms + MARGIN_MS, is_received=True)
        self._attempt.journal.out.append(silence)
