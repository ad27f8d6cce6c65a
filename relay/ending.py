"""What follows once the reply to it was heard: a tool's `then`, or a reason of our own (idle). Pure.

A hang-up is withdrawn when the caller interrupts before that, also while its tool is still on its way; anything else
is carried out.
"""

from __future__ import annotations

from relay.functions import PostThen

# The reply is awaited this long after its tool's answer, and its marks this long after its audio should have ended.
REPLY_WAIT_MS = 5000
HEARD_WAIT_MS = 2000


class Ending:
    """Nothing follows until it is planned; a newer plan replaces an older one, but a hang-up no other."""

    def __init__(self) -> None:
        self.then: PostThen | None = None
        self._hangs_up = False
        self.reply_id = ""
        self._called_off_turn = 0  # the latest turn when the caller went on: what was asked for up to then is not meant
        self._called_off: PostThen | None = None  # by a voice: its words may say that it stands
        self._pressed_turn = 0  # the latest one when the caller pressed a key
        self._asked_turn = 0
        self._after_request = 0
        self._no_reply_by_ms: int | None = None
        self._heard_by_ms: int | None = None

    def plan(
        self, then: PostThen, action: str, *, after_request: int, turn: int = 0, no_reply_by_ms: int | None = None
    ) -> None:
        """Asked for in `turn`. The reply to be heard first is a response asked for later than `after_request`.

        A guest who is to be put through is not hung up on, though the model says goodbye to them with `end_call`.
        """
        if action == "hangup" and self.is_transfer:
            return
        self.then, self._called_off, self._asked_turn = then, None, turn
        self._hangs_up = action == "hangup"
        self.reply_id = ""
        self._after_request = after_request
        self._no_reply_by_ms = no_reply_by_ms
        self._heard_by_ms = None

    def puts_off(self, now_ms: int, *, after_request: int) -> None:
        """More is to be said before a hang-up whose reply has begun: what is heard last is a later response."""
        if self.then is not None and self.is_hangup and self.reply_id:
            by_ms = now_ms + REPLY_WAIT_MS
            self.plan(self.then, "hangup", after_request=after_request, turn=self._asked_turn, no_reply_by_ms=by_ms)

    def withdraw(self) -> None:
        self.then = None

    def key_pressed(self, turn: int) -> None:
        """Somebody is there after all, or wants something more: a key is no goodbye in return, whatever is said."""
        self._pressed_turn = turn
        self.call_off(turn)
        self._called_off = None

    def call_off(self, turn: int) -> bool:
        """The caller goes on. Returns whether a hang-up was withdrawn; one asked for up to this turn is not planned."""
        self._called_off_turn = turn
        if not self.is_hangup:
            return False
        if self.then is not None:
            self.keep(self.then, self._asked_turn)
        self.withdraw()
        return True

    def keep(self, then: PostThen, turn: int) -> None:
        """A hang-up, asked for in this turn, that was called off; by the sound of the caller's voice, or by a key."""
        if turn > self._pressed_turn:
            self._called_off, self._asked_turn = then, turn

    @property
    def called_off_since(self) -> int | None:
        """The turn in which a hang-up was asked for that a voice called off, while the words are not known."""
        return self._asked_turn if self._called_off is not None else None

    def settle(self, *, stands: bool, after_request: int, no_reply_by_ms: int | None) -> None:
        """The words are known, and say whether it stands."""
        then, self._called_off = self._called_off, None
        if then is not None and stands and not self.is_planned:
            turn = self._asked_turn
            self.plan(then, "hangup", after_request=after_request, turn=turn, no_reply_by_ms=no_reply_by_ms)

    def is_called_off(self, action: str, turn: int) -> bool:
        """Whether what a tool asks for, called in this turn, is no longer what the caller wants."""
        return action == "hangup" and turn <= self._called_off_turn

    @property
    def is_planned(self) -> bool:
        return self.then is not None

    @property
    def is_hangup(self) -> bool:
        return self.is_planned and self._hangs_up

    @property
    def is_transfer(self) -> bool:
        """Or anything else that the caller does not call off by speaking."""
        return self.is_planned and not self._hangs_up

    @property
    def is_being_said(self) -> bool:
        """Something of the reply came."""
        return self.is_planned and bool(self.reply_id) and self._no_reply_by_ms is None

    @property
    def due_ms(self) -> int | None:
        if not self.is_planned:
            return None
        return min((by for by in (self._no_reply_by_ms, self._heard_by_ms) if by is not None), default=None)

    def response_began(self, response_id: str, request: int) -> None:
        if self.is_planned and not self.reply_id and request > self._after_request:
            self.reply_id = response_id

    def reply_is_heard(self, response_id: str) -> None:
        """The first audio of this response came."""
        if response_id == self.reply_id:
            self._no_reply_by_ms = None

    def response_ended(self, response_id: str, *, calls_tools: bool, failed: bool, quiet_at_ms: int) -> None:
        """A reply that failed, or that only called tools, was none: the next one is."""
        if response_id != self.reply_id:
            return
        if calls_tools:
            self.reply_id, self._no_reply_by_ms = "", None
        elif failed:
            self.reply_id = ""
        else:
            self._heard_by_ms = quiet_at_ms + HEARD_WAIT_MS

    def tool_answered(self, now_ms: int) -> None:
        if not self.reply_id:
            self._no_reply_by_ms = now_ms + REPLY_WAIT_MS

    def reply_is_lost(self) -> None:
        """Nothing had come of it: the next one is the reply."""
        self.reply_id = ""

    def engine_lost(self, quiet_at_ms: int) -> None:
        """A reply that had begun is heard as far as it came; one that had not is another engine's.

        Nobody has asked for the goodbye to a silent line, so no engine would say it: the silence is waited out again.
        """
        if self.reply_id:
            self._heard_by_ms = quiet_at_ms + HEARD_WAIT_MS
        elif self.then is not None and self.then.reason == "idle":
            self.withdraw()
        else:
            self._after_request = 0

    def is_due(self, now_ms: int, *, is_done: bool, is_heard: bool) -> bool:
        """`is_done`: the reply is, and nobody objects. Not while the agent `is_heard`: it may be saying goodbye."""
        is_late = self.due_ms is not None and now_ms >= self.due_ms
        return self.is_planned and not is_heard and (is_done or is_late)
