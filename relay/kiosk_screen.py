"""What a kiosk's page shows: state, captions, cards, and how it ended; read off a call's events and messages. Pure.

It only looks on: the rules of a call do not know that there is a screen. What the guest and the agent said is final
once the call posts the turn, so the screen never shows as said what was not heard. A live engine has no pauses:
there the words themselves say who has the floor.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from relay import caller, live, realtime
from relay import messages as msg
from relay.card_numbers import mask
from relay.functions import AskClerk, PostThen, PostTurn, RunTool, Session, SessionRefused, ToolAnswer
from relay.kiosk import Caption, Ended, Problem, ShowCard, ShowState, Started, State, ToScreen
from relay.sentences import in_language

Role = Literal["user", "assistant"]

GOODBYE = "Thank you for your visit."
AGAIN = "One moment, please: you are being connected again."
BUSY = "I am sorry, I am busy with other guests. Please try again in a moment."
NO_HELP = "I am sorry, I cannot help you at the moment. Please ask at the front desk."
TIME_IS_UP = "I am sorry, our time is up. Please ask at the front desk."
NOT_HEARD = "Your microphone cannot be heard any more."
BEGIN_AGAIN = "The conversation has ended. Please begin again."

_SAY = {
    "then": GOODBYE,
    "idle": GOODBYE,
    "stopped": GOODBYE,
    "draining": AGAIN,
    "busy": BUSY,
    "refused_busy": BUSY,
    "engines_lost": NO_HELP,
    "session_failed": NO_HELP,
    "session_unavailable": NO_HELP,
    "over_time": TIME_IS_UP,
    "over_budget": TIME_IS_UP,
    "over_turns": TIME_IS_UP,
    "no_progress": NO_HELP,
    "no_guest": GOODBYE,
    "no_media": NOT_HEARD,
}
# The conversation is not over: the page may ask for the session's next token, and go on with it.
_GOES_ON = frozenset({"draining", "no_media"})


class Screen:
    """One page's. Feed it every event of the call, with the messages that the call answered."""

    def __init__(self) -> None:
        self.stream_sid = ""
        self.has_started = False
        self._state: State = "connecting"
        self._is_ready = False  # an engine listens
        self._line = -1  # its number
        self._responses = 0  # asked for and not done
        self._tools: set[str] = set()
        self._last_mark = ""  # of audio not known to be played yet
        self._has_floor: Role = "user"  # with a live engine
        self._texts: dict[Role, dict[str, str]] = {"user": {}, "assistant": {}}  # of items without a final caption
        self._settled: set[str] = set()  # items that get no partial caption any more
        self._problems: set[str] = set()
        self._is_leaving = False
        self._has_ended = False
        self._say = ""  # why the hotel took no conversation, in its own words
        self._language = ""  # of the conversation, once it has begun

    def watch(self, event: msg.Event, messages: Iterable[msg.Message]) -> list[ToScreen]:
        """What to show because of this event. It goes to the page before the call's own messages do."""
        shown = self._of_event(event)
        for message in messages:
            shown += self._of_message(message)
        state = self._state_now()
        if state != self._state and not self._has_ended:
            self._state = state
            shown.append(ShowState(state))
        return shown

    def _state_now(self) -> State:
        if self._last_mark or self._has_floor == "assistant":
            return "speaking"
        if not self._is_ready and (not self._is_leaving or self._state == "connecting"):
            return "connecting"
        return "thinking" if self._responses or self._tools else "listening"

    def _of_event(self, event: msg.Event) -> list[ToScreen]:
        match event:
            case caller.Mark(name):
                if name == self._last_mark:
                    self._last_mark = ""
            case realtime.TranscribedDelta(item_id, delta):
                return self._partial("user", item_id, delta)
            case realtime.TranscriptDelta(_, item_id, delta):
                return self._partial("assistant", item_id, delta)
            case live.Delegated():
                self._responses = 1
            case realtime.ResponseDone():
                self._responses = max(0, self._responses - 1)
            case realtime.EngineError():
                self._responses = 0  # it may have refused one; if not, the next sound will tell
            case ToolAnswer(tool_call_id, ok=ok, card=card, language=language):
                self._tools.discard(tool_call_id)
                self._language = language or self._language
                if ok and card:
                    return [ShowCard(tool_call_id, card)]
            case Session(session_id=session_id, attempt=attempt, metadata=metadata) if not self.has_started:
                self.has_started = True
                self._language = str(metadata.get("language") or "")
                return [Started(self.stream_sid, session_id, attempt)]
            case caller.Start(stream_sid=stream_sid):
                self.stream_sid = stream_sid
            case SessionRefused(say=say) if not self.has_started:
                self._say = say
            case msg.BadInput(kind) if kind not in self._problems:
                self._problems.add(kind)
                return [Problem(kind)]
            case _:
                pass
        return []

    def _of_message(self, message: msg.Message) -> list[ToScreen]:
        match message:
            case caller.SendMark(name, item_id) if item_id:
                self._last_mark = name
            case caller.Clear():
                self._last_mark, self._has_floor = "", "user"
                self._settled.update(self._texts["assistant"])
            case realtime.CreateResponse():
                self._responses += 1
            case live.CreateResponse() | AskClerk():
                self._responses = 1  # until the voice says what came of it
            case RunTool(tool_call_id):
                self._tools.add(tool_call_id)
            case msg.UseEngine(line):
                self._line, self._is_ready, self._responses = line, True, 0
            case msg.CloseEngine(line) if line == self._line:
                self._is_ready, self._responses = False, 0
            case PostTurn(role=role, text=text, item_id=item_id, interrupted=interrupted):
                self._settled.add(item_id)
                self._texts[role].pop(item_id, None)
                if role == "assistant":
                    self._has_floor = "user"
                return [Caption(role, item_id, text, final=True, interrupted=interrupted)]
            case msg.Words(role, item_id, text):
                self._has_floor, self._responses = role, 0
                return [Caption(role, item_id, mask(text), final=False)]
            case PostThen():
                self._is_leaving = True
            case msg.HangUp(_, reason):
                self._has_ended = True
                say = self._say or in_language(_SAY.get(reason, BEGIN_AGAIN), self._language)
                return [Ended(reason, say, again=reason in _GOES_ON)]
            case _:
                pass
        return []

    def _partial(self, role: Role, item_id: str, delta: str) -> list[ToScreen]:
        """An engine may still be writing an item when it was cut: of that nothing more is shown."""
        if item_id in self._settled:
            return []
        text = self._texts[role][item_id] = (self._texts[role].get(item_id, "") + delta).lstrip()
        return [Caption(role, item_id, mask(text), final=False)]
