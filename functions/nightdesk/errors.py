"""Everything that can go wrong, listed once. `message` is for the log and the model, `say` for the guest.

NightdeskError
├── ConfigError            a setting is missing or wrong: the process does not start
├── PropertyFileError      a hotel's file cannot be used: its calls get a polite refusal, the others go on
├── StoreError             the store cannot be reached or answers nonsense                        503
├── NoRoom                 no room of the wanted kind is free; the tool that asked finds the words
├── PublishError           an event could not be published                                       503
├── EmbeddingsError        texts could not be embedded: the search goes by words alone
└── RequestError           a request that is answered with its code, status and words
    ├── Unauthenticated    no service credential, a wrong one, a bad or expired session token     401
    ├── Forbidden          wrong Twilio signature                                                403
    ├── BadRequest         the body is not what the contract says                                400
    ├── NotFound           unknown path, session, property or tool                               404
    ├── MethodNotAllowed   a path that is there, asked in another way                            405
    ├── Conflict           an old attempt, a token shown by another stream, nothing to carry out 409
    ├── ToolCallReused     one tool_call_id with two sets of arguments                           422
    ├── Busy               the same write is still running elsewhere; ask again                  503
    └── Refusal            the hotel says no: an answer, not a fault                             200
        ├── InvalidArguments   the model's arguments; `message` tells it what to change          200
        └── TimedOut           a tool took too long; whether it did anything is not known        200
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

APOLOGY = "I am sorry, something went wrong on our side."


class NightdeskError(Exception):
    """Base of every error that this package raises on purpose."""


class ConfigError(NightdeskError):
    def __init__(self, target: str, problems: list[str]) -> None:
        super().__init__(target, problems)
        self.target, self.problems = target, problems

    def __str__(self) -> str:
        return f"function {self.target!r} cannot start: " + "; ".join(self.problems)


class PropertyFileError(NightdeskError):
    def __init__(self, file: str, field: str, problem: str) -> None:
        super().__init__(file, field, problem)
        self.file, self.field, self.problem = file, field, problem

    def __str__(self) -> str:
        return f"properties/{self.file}: {self.field + ' ' if self.field else ''}{self.problem}"


class StoreError(NightdeskError):
    pass


class NoRoom(NightdeskError):
    def __init__(self, room_type: str) -> None:
        super().__init__(room_type)
        self.room_type = room_type

    def __str__(self) -> str:
        return f"no {self.room_type} is free on every night"


class PublishError(NightdeskError):
    pass


class EmbeddingsError(NightdeskError):
    pass


class RequestError(NightdeskError):
    """An answer other than success, in the one error shape. `details` are added to the error object."""

    status: ClassVar[int] = 400

    def __init__(
        self, code: str, message: str, *, say: str = APOLOGY, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(code, message)
        self.code, self.message, self.say, self.details = code, message, say, dict(details or {})

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def body(self) -> dict[str, Any]:
        """The `error` object of the wire."""
        return {"code": self.code, "message": self.message, "say": self.say, **self.details}


class Unauthenticated(RequestError):
    status = 401


class Forbidden(RequestError):
    status = 403


class BadRequest(RequestError):
    status = 400


class NotFound(RequestError):
    status = 404


class MethodNotAllowed(RequestError):
    status = 405


class Conflict(RequestError):
    status = 409


class ToolCallReused(RequestError):
    status = 422


class Busy(RequestError):
    status = 503


class Refusal(RequestError):
    status = 200


class InvalidArguments(Refusal):
    def __init__(self, message: str, *, say: str = "Let me check that again.") -> None:
        super().__init__("invalid_arguments", message, say=say)


class TimedOut(Refusal):
    def __init__(self, tool: str, seconds: float) -> None:
        message = (
            f"{tool} did not finish within {seconds:g} s, and it is not known whether it was done: do not say that it "
            "was. Ask again with the same arguments, which does nothing twice, or offer to take a message"
        )
        super().__init__("timed_out", message, say="I am sorry, this is taking longer than it should.")
