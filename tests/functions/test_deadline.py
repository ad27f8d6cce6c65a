"""Work on threads: what hangs is left behind, what it comes to is not lost, and too much of it stops new work."""

import logging
import threading
from collections.abc import Iterator
from contextvars import ContextVar

import pytest
from nightdesk.deadline import Crew, LeftBehind, TooManyLeft

ENOUGH_S = 10.0
_word: ContextVar[str] = ContextVar("word", default="")


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What hangs in these tests waits for it; it opens at the end."""
    event = threading.Event()
    yield event
    event.set()


def ended(name: str) -> None:
    """Wait until the work of this name is over."""
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(ENOUGH_S)
            assert not thread.is_alive()


def test_work_in_time_is_as_if_it_had_been_called() -> None:
    crew = Crew()
    token = _word.set("heard")
    assert crew.run("x", ENOUGH_S, _word.get) == "heard"
    _word.reset(token)
    with pytest.raises(ZeroDivisionError):
        crew.run("x", ENOUGH_S, lambda: 1 / 0)
    assert crew.left == 0


def test_its_own_time_out_is_not_ours() -> None:
    def raises() -> None:
        raise TimeoutError("a socket's")

    with pytest.raises(TimeoutError, match="a socket's"):
        Crew().run("x", ENOUGH_S, raises)


def test_what_hangs_is_left_behind_and_counted_until_it_ends(gate: threading.Event) -> None:
    crew = Crew()
    with pytest.raises(LeftBehind):
        crew.run("hangs-1", 0.01, lambda: gate.wait(ENOUGH_S))
    assert crew.left == 1
    assert crew.run("x", ENOUGH_S, lambda: 1) == 1
    gate.set()
    ended("hangs-1")
    assert crew.left == 0


def test_with_too_much_left_behind_nothing_new_is_begun(gate: threading.Event) -> None:
    crew = Crew(most_left=2)
    for _ in range(2):
        assert crew.is_well
        with pytest.raises(LeftBehind):
            crew.run("hangs-2", 0.01, lambda: gate.wait(ENOUGH_S))
    assert not crew.is_well
    with pytest.raises(TooManyLeft):
        crew.run("x", ENOUGH_S, lambda: pytest.fail("it was begun"))
    gate.set()
    ended("hangs-2")
    assert crew.run("x", ENOUGH_S, lambda: 1) == 1


def test_what_comes_of_it_later_is_in_the_log(gate: threading.Event, caplog: pytest.LogCaptureFixture) -> None:
    def fails_late() -> None:
        gate.wait(ENOUGH_S)
        raise ValueError("too late")

    logger = logging.getLogger("nightdesk")
    propagate, logger.propagate = logger.propagate, True
    with pytest.raises(LeftBehind):
        Crew().run("hangs-3", 0.01, fails_late)
    gate.set()
    ended("hangs-3")
    logger.propagate = propagate
    assert "hangs-3 ended after" in caplog.text
    assert "too late" in caplog.text
