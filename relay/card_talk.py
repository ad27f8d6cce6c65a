"""What becomes of a card number that a caller says, in the realtime dialect: nobody keeps it, a link is offered. Pure.

The agent breaks in, the engine's item is deleted and told again without the digits, and the recording is silenced where
they were said. Where the words come while the caller speaks, all this is done at the sixth digit.
Source: PCI DSS 4.0, 3.3.1 and 3.4: the code on a card's back is never kept, its number only masked.
"""

from __future__ import annotations

from relay import realtime
from relay.arbiter import Purpose
from relay.caller_speech import CallerSpeech
from relay.card_numbers import find
from relay.card_watch import Heard
from relay.card_words import About
from relay.messages import Message, SilenceRecording
from relay.recording import HELD_MS
from relay.responses import Responses
from relay.sentences import no_cards
from relay.talk import Attempt

# Speech begins before it is noticed, and an echo of it ends after it.
MARGIN_MS = 500
# While digits are still coming, so much of what comes next is silenced as well.
AHEAD_MS = 2000


class CardTalk:
    def __init__(self, attempt: Attempt, speech: CallerSpeech, responses: Responses) -> None:
        self._attempt = attempt
        self._conversation = attempt.conversation
        self._journal = attempt.journal
        self._watch = attempt.conversation.cards
        self._speech = speech
        self._responses = responses
        self._partial: dict[str, str] = {}  # the words so far of items whose words come bit by bit
        self._found: dict[str, bool] = {}  # items with a card number: whether the engine has been told to delete it

    def owns(self, item_id: str) -> bool:
        """Whether this item holds a card number, as far as its words have come."""
        return item_id in self._found

    def words(self, event: realtime.TranscribedDelta) -> bool:
        """The next words of an item. Returns whether with them it is one with a card number."""
        if not event.item_id:
            return False
        text = self._partial[event.item_id] = self._partial.get(event.item_id, "") + event.delta
        return self.owns(event.item_id) or self._watch.hears(text, event.item_id)

    def refuse(self, item_id: str, now_ms: int, out: list[Message]) -> None:
        """A card number is being said, or was."""
        if not self.owns(item_id):
            self._found[item_id] = False
            self._journal.log("= card number", item_id=item_id)
            self._break_in(now_ms, out)
            if self._conversation.knows(item_id):
                self._delete(item_id, out)
        self._silence(item_id, out)

    def committed(self, item_id: str, out: list[Message]) -> None:
        if self.owns(item_id):
            self._delete(item_id, out)
            self._silence(item_id, out)

    def transcribed(self, item_id: str, text: str, now_ms: int, out: list[Message]) -> str:
        """The words of an item, whole. Returns them masked."""
        self._partial.pop(item_id, None)
        if not text:
            self.not_understood(item_id, out)
        heard = self._watch.caller(item_id, text)
        masked = heard.text
        if not heard.is_card and not self.owns(item_id):
            return masked
        if not heard.is_card:
            masked = find(text, About.HOT).text
        self.refuse(item_id, now_ms, out)
        self._mask_earlier(heard, out)
        if self._attempt.connection.is_up and masked:
            out.append(realtime.AddMessage("user", masked))
        del self._found[item_id]
        return masked

    def not_understood(self, item_id: str, out: list[Message]) -> None:
        """A turn without words may have been a card number where one is expected: at least nobody is to hear it."""
        if self._watch.is_expected and self._conversation.knows(item_id):
            self._silence(item_id, out)

    def _mask_earlier(self, heard: Heard, out: list[Message]) -> None:
        """The turns in which the number began."""
        for earlier, words in heard.earlier:
            if (turn := self._conversation.user_words(earlier, words, is_card=True)) is not None:
                self._journal.turn_again(turn[0])
                self._delete(earlier, out)
                if self._attempt.connection.is_up and words:
                    out.append(realtime.AddMessage("user", words))
                self._silence(earlier, out)
            elif (known := self._conversation.mask_history(earlier, words)) and self._attempt.connection.is_up:
                out += realtime.DeleteItem(known), realtime.AddMessage("user", words)

    def typed(self, item_id: str, text: str, out: list[Message]) -> tuple[str, bool]:
        """What the guest wrote, masked, and whether that was needed."""
        heard = self._watch.caller(item_id, text)
        if heard.is_card:
            self._responses.want(Purpose.CARD, self._sentence)
            self._mask_earlier(heard, out)
        return heard.text, heard.is_card

    def mind(self, out: list[Message]) -> None:
        """The agent has read one back: its engine is not to remember that either."""
        while self._conversation.read_back:
            turn = self._conversation.read_back.pop()
            if self._attempt.connection.is_up:
                out += realtime.DeleteItem(turn.item_id), realtime.AddMessage("assistant", turn.heard_text)
            received_ms = self._attempt.caller_audio.received_ms
            audio_ms = turn.heard.audio_ms if turn.heard else HELD_MS
            out.append(SilenceRecording(max(0, received_ms - audio_ms - AHEAD_MS), received_ms, is_received=True))

    def close(self, out: list[Message]) -> None:
        """The stream is about to end: what was not understood, and may have been a card number, is silenced."""
        for item_id in self._conversation.without_words():
            self.not_understood(item_id, out)
        if self._speech.is_on and (self._watch.is_expected or self._found):
            self._silence("", out)

    # --- each of it ---

    @property
    def _sentence(self) -> str:
        return no_cards(self._attempt.language)

    def _break_in(self, now_ms: int, out: list[Message]) -> None:
        if not self._attempt.ending.is_transfer:
            self._responses.interrupt(now_ms, out)
            self._responses.want(Purpose.CARD, self._sentence)

    def _delete(self, item_id: str, out: list[Message]) -> None:
        if not self._found.get(item_id) and self._attempt.connection.is_up:
            out.append(realtime.DeleteItem(item_id))
        if self._found.get(item_id) is False:
            self._found[item_id] = True
            if words := self._partial.get(item_id):  # at once: who goes on, should we die, is to know that it began
                said = find(words, About.HOT).text
                self._journal.turn_again(self._conversation.user_words_so_far(item_id, said))

    def _silence(self, item_id: str, out: list[Message]) -> None:
        if self._conversation.was_typed(item_id):
            return  # nothing of it was to be heard
        received_ms = self._attempt.caller_audio.received_ms
        start_ms, end_ms = self._conversation.times(item_id) or (self._speech.began_ms(item_id), None)
        if start_ms is None:
            start_ms = received_ms - HELD_MS  # as much as can still be silenced
        if end_ms is None:
            end_ms = received_ms + AHEAD_MS
        out.append(SilenceRecording(max(0, start_ms - MARGIN_MS), end_ms + MARGIN_MS, is_received=True))
