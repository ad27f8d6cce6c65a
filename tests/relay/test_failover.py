"""The order in which engines are tried."""

from __future__ import annotations

from relay.failover import EngineChoice, Failover
from relay.faults import Fault

LOST = Fault("lost", "closed 1006")
BAD_KEY = Fault("bad_key", "upgrade answered 401", is_fatal=True)


def three() -> Failover:
    return Failover([EngineChoice("a"), EngineChoice("b"), EngineChoice("c")])


def test_the_first_comes_first_and_the_one_after_a_failed_one_next() -> None:
    order = three()
    assert order.next() == 0
    order.failed(0, LOST)
    assert order.next() == 1
    order.failed(1, LOST)
    assert order.next() == 2


def test_one_that_is_tried_already_is_passed_over() -> None:
    assert three().next({0}) == 1
    assert three().next({0, 1, 2}) is None


def test_a_transient_failure_is_forgiven_once() -> None:
    order = three()
    for _ in range(2):
        for engine in range(3):
            assert order.next() == engine
            order.failed(engine, LOST)
    assert order.next() is None


def test_a_fatal_failure_rules_an_engine_out() -> None:
    order = three()
    order.failed(0, BAD_KEY)
    order.failed(1, LOST)
    order.failed(2, LOST)
    assert order.next() == 1
