"""A brain for tests that says what its script says."""

from collections.abc import Sequence

from speech.brain import BrainError, Place, Reply, Request


class ScriptedBrain:
    """Gives the n-th reply to the n-th request, raising those that are errors; fails on a request too many.

    It keeps what it was asked in `requests`; `assert_finished` fails on replies that nobody came for.
    """

    def __init__(self, replies: Sequence[Reply | BrainError]) -> None:
        self._replies = list(replies)
        self.places: list[Place] = []
        self.requests: list[Request] = []

    async def reply(self, place: Place, request: Request) -> Reply:
        self.places.append(place)
        self.requests.append(request)
        assert self._replies, "the brain was asked more often than the script says"
        reply = self._replies.pop(0)
        if isinstance(reply, BrainError):
            raise reply
        return reply

    async def close(self) -> None:
        pass

    def assert_finished(self) -> None:
        assert not self._replies, f"never asked for: {self._replies}"
