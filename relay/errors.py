"""Everything that may go wrong, in two families: ours (a bug or a wrong setting) and theirs (expected, typed, handled).

RelayError
 ├─ ConfigError                 a setting is missing or unreadable; the start stops with its name
 ├─ BadMessage                  a peer sent something that is not its protocol
 ├─ EngineUnavailable           an engine could not be reached or refused us; `fatal` when trying again cannot help
 ├─ FunctionsRefused            functions answered 4xx: a broken contract, a stale token, a stale attempt
 ├─ FunctionsUnavailable        functions did not answer, or answered 5xx, within the time given
 ├─ HttpFailed                  a request got no HTTP answer: refused, cut off, out of time, or not HTTP
 ├─ TokensUnavailable           the platform's metadata server gave no token
 ├─ RecordingNotStored          a chunk of a recording could not be stored; `may_pass` when trying again can help
 └─ ClipUnusable                what is behind a clip's URL is no clip (in `clips`)
"""

from __future__ import annotations


class RelayError(Exception):
    """Base of everything this package raises on purpose."""


class ConfigError(RelayError):
    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(setting, problem)
        self.setting = setting
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.setting}: {self.problem}"


class BadMessage(RelayError):
    """A message that is not the peer's protocol. `kind` is a counter's name, never content."""

    def __init__(self, peer: str, kind: str) -> None:
        super().__init__(peer, kind)
        self.peer = peer
        self.kind = kind

    def __str__(self) -> str:
        return f"{self.peer} sent a message we cannot read: {self.kind}"


class EngineUnavailable(RelayError):
    def __init__(self, engine: str, problem: str, *, fatal: bool = False, kind: str = "unavailable") -> None:
        super().__init__(engine, problem)
        self.engine = engine
        self.problem = problem
        self.fatal = fatal
        self.kind = kind  # of `faults.Fault`

    def __str__(self) -> str:
        return f"engine {self.engine} is {'refusing us' if self.fatal else 'out of reach'}: {self.problem}"


class FunctionsRefused(RelayError):
    def __init__(self, path: str, status: int, code: str) -> None:
        super().__init__(path, status, code)
        self.path = path
        self.status = status
        self.code = code

    def __str__(self) -> str:
        return f"{self.path} answered {self.status} {self.code}"


class FunctionsUnavailable(RelayError):
    """`may_be_done`: one of the requests arrived, or may have, and nobody said what came of it."""

    def __init__(self, path: str, problem: str, *, may_be_done: bool = False) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem
        self.may_be_done = may_be_done

    def __str__(self) -> str:
        return f"{self.path} is out of reach: {self.problem}"


class HttpFailed(RelayError):
    """`was_stale`: a connection that had been kept was closed without a byte of an answer, so most likely before it.

    `was_sent` is False where there was no connection: nobody has seen the request.
    """

    def __init__(self, problem: str, *, was_stale: bool = False, was_sent: bool = True) -> None:
        super().__init__(problem)
        self.problem = problem
        self.was_stale = was_stale
        self.was_sent = was_sent

    def __str__(self) -> str:
        return f"no HTTP answer: {self.problem}"


class TokensUnavailable(RelayError):
    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"the metadata server gave no token: {self.problem}"


class RecordingNotStored(RelayError):
    def __init__(self, problem: str, *, may_pass: bool) -> None:
        super().__init__(problem)
        self.problem = problem
        self.may_pass = may_pass

    def __str__(self) -> str:
        return f"the recording's store refused: {self.problem}"
