"""Whatever Twilio's own package can write is read, or refused as not simulated: nothing of it is taken for unknown."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twilio.twiml import voice_response  # type: ignore[import-untyped]

from local.twilio.errors import CallFailure
from local.twilio.twiml import parse

VoiceResponse = voice_response.VoiceResponse
BASE = "https://hotel.example/voice"
_NO_VERBS = {"add_child", "add_text", "append", "comment", "nest", "to_xml"}
_PARENTS = {
    "Connect": ("stream",),
    "Dial": ("conference", "number", "queue"),
    "Gather": ("pause", "play", "say"),
    "Pay": ("parameter", "prompt"),
    "Start": ("recording", "stream"),
    "Stop": ("stream",),
}
"""Nouns that are read, by the verb around them."""


def parameters(method: Callable[..., Any]) -> list[str]:
    return [name for name in inspect.signature(method).parameters if name not in ("self", "kwargs")]


def required(method: Callable[..., Any]) -> dict[str, str]:
    given = inspect.signature(method).parameters.values()
    return {one.name: f"{BASE}/x" for one in given if one.default is one.empty and one.name not in ("self", "kwargs")}


def verbs() -> Iterator[tuple[str, str]]:
    for verb, method in inspect.getmembers(VoiceResponse, inspect.isfunction):
        if verb not in _NO_VERBS and not verb.startswith("_"):
            yield from ((verb, name) for name in parameters(method) or [""])


def nouns() -> Iterator[tuple[str, str, str]]:
    for verb, children in _PARENTS.items():
        for noun in children:
            method = getattr(getattr(voice_response, verb), noun)
            yield from ((verb, noun, name) for name in parameters(method))


def unknown(document: Any) -> list[str]:
    try:
        problems = parse(str(document).encode(), BASE).problems
    except CallFailure:
        return []  # refused, and not left out
    return [problem.detail for problem in problems if "not allowed" in problem.detail or "content" in problem.detail]


@pytest.mark.parametrize(("verb", "attribute"), list(verbs()))
def test_no_verb_and_none_of_its_attributes_is_unknown(verb: str, attribute: str) -> None:
    response = VoiceResponse()
    method = getattr(response, verb)
    method(**(required(method) | ({attribute: "1"} if attribute else {})))
    assert unknown(response) == []


@pytest.mark.parametrize(("verb", "noun", "attribute"), list(nouns()))
def test_no_noun_and_none_of_its_attributes_is_unknown(verb: str, noun: str, attribute: str) -> None:
    response = VoiceResponse()
    parent = getattr(voice_response, verb)()
    method = getattr(parent, noun)
    named = {"name": "a"} if "name" in parameters(method) else {}
    method(**(required(method) | named | {attribute: "1"}))
    response.append(parent)
    assert unknown(response) == []
