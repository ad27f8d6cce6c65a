"""Exactly once, whoever dies where: each kind of wish, with a death before and after every single step of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .mortal_process import MOST_STEPS
from .test_exactly_once import Story, story_over


class TheOnly:
    """In the place of hypothesis' `data`: there is one reservation, and it is meant."""

    def draw(self, names: Any) -> Any:
        return next(iter(names.elements))


WISHES: dict[str, Callable[[Story, Any], None]] = {
    "book": lambda story, deaths: story.book((0, 2), False, deaths, None),
    "book another": lambda story, deaths: story.book((5, 1), True, deaths, None),
    "book the same again": lambda story, deaths: story.book((5, 1), False, deaths, None),
    "move": lambda story, deaths: story.move(TheOnly(), (1, 2), deaths, None),
    "add a guest": lambda story, deaths: story.add_a_guest(TheOnly(), True, deaths, None),
    "cancel": lambda story, deaths: story.cancel(TheOnly(), deaths, None),
    "send": lambda story, deaths: story.send("directions", False, deaths, None),
    "send it again": lambda story, deaths: story.send("confirmation", True, deaths, None),
}


@pytest.mark.parametrize(
    ("kind", "wish"),
    [(kind, wish) for kind in ("memory", "sqlite") for wish in WISHES]
    + [("firestore", wish) for wish in ("book another", "move", "send it again")],
)
def test_a_death_before_and_after_every_single_step_is_survived(
    kind: str, wish: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The first process dies at step after step, until it lives to the end; the next is asked under both ids."""
    make = story_over(kind, request, tmp_path)
    lived = False
    for at in range(2 * MOST_STEPS + 1):
        for new_id in (False, True):
            story = make()
            if wish != "book":
                story.book((5, 1), False, [], None)
                story.send("confirmation", False, [], None)
            WISHES[wish](story, [(at, new_id, False)])
            story.every_wish_is_fulfilled_once()
            lived = story.died == 0
            story.teardown()
        if lived:
            break
    assert lived, "there are more steps than the stories let processes die at"
    assert at >= 2 * 3, "claimed, done and settled is the least"
