"""One turn of the assistant against the evidence of its call. See the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from nightdesk.audit import dates_said, deeds, figures
from nightdesk.audit.deeds import Deed
from nightdesk.audit.evidence import Evidence
from nightdesk.audit.sentences import Sentence, sentences, spelled
from nightdesk.conversation import ToolCall, Turn
from nightdesk.hotel.model import Property
from nightdesk.hotel.pricing import money

Kind = Literal["deed", "room", "price", "date", "code"]
_ROUNDED = 0.06  # how far off "about" may be
_DATED = frozenset({Deed.BOOKED, Deed.CONFIRMED, Deed.HELD, Deed.CHANGED})


@dataclass(frozen=True)
class Mismatch:
    """`what` names the claim, the same whenever it is made: "booked", "$150.00", "2026-11-28". `quote` is as said."""

    kind: Kind
    what: str
    quote: str
    problem: str


def audit(
    turn: Turn,
    hotel: Property,
    calls: Sequence[ToolCall],
    turns: Sequence[Turn],
    today: date,
    told: Sequence[Mapping[str, Any]] = (),
) -> list[Mismatch]:
    """What a turn of the assistant claims and nothing bears out. `calls` and `turns` are all of the session.

    `told`: see `Evidence`.
    Only what was heard is audited: of an interrupted turn, a figure at its very end may have been longer.
    """
    evidence = Evidence(hotel, calls, turns, today, told)
    said = sentences(turn.text, interrupted=turn.interrupted)
    claimed = deeds.claims(said)
    dated = {id(sentence) for sentence, claim in claimed if claim.deed in _DATED and deeds.is_true(claim, evidence)}
    found = [
        Mismatch("deed", claim.deed.value, sentence.quote, f"no tool of this call has done that ({claim.deed.value})")
        for sentence, claim in claimed
        if not deeds.is_true(claim, evidence)
    ]
    for sentence in said:
        if id(sentence) in dated:
            found += _rooms(sentence, evidence)
        found += _prices(sentence, evidence)
        found += _dates(sentence, evidence, is_deed=id(sentence) in dated)
        found += _codes(sentence, evidence)
    return list({(m.kind, m.what): m for m in reversed(found)}.values())[::-1]


def has_claims(text: str) -> bool:
    """Whether there is anything to audit: most turns need no look into the store."""
    said = sentences(text)
    today = date(2000, 1, 1)
    return bool(deeds.claims(said)) or any(
        figures.amounts(s.text) or figures.codes(s.text) or dates_said.dates(s.text, today) for s in said
    )


def note(mismatches: Sequence[Mismatch]) -> str:
    """For the engine, which reads it before it speaks next."""
    wrong = " ".join(f'You said "{m.quote}", but {m.problem}.' for m in mismatches)
    return (
        f"Correction needed. {wrong} Tell the guest now, in one short sentence and in their language, that this was "
        "not right. Then do it with the tool, or say what is true; never claim it again before a tool has said so."
    )


def _rooms(sentence: Sentence, evidence: Evidence) -> list[Mismatch]:
    """Of a booking that was made: that it is for the kind of room that is named. Two names may be a comparison."""
    named = [room for room in evidence.hotel.room_types if spelled(room.name) in sentence.text]
    if len(named) != 1 or not evidence.booked_rooms or named[0].room_type in evidence.booked_rooms:
        return []
    booked = [room.name for room in evidence.hotel.room_types if room.room_type in evidence.booked_rooms]
    problem = f"what is booked is {' and '.join(booked) or 'another room'}"
    return [Mismatch("room", named[0].name, sentence.quote, problem)]


def _prices(sentence: Sentence, evidence: Evidence) -> list[Mismatch]:
    found = []
    for amount in figures.amounts(sentence.text):
        if not amount.ours or (sentence.cut and _is_last(sentence, amount.end)):
            continue
        if problem := _price_problem(amount, evidence):
            shown = money(min(amount.cents), evidence.hotel.currency)
            found.append(Mismatch("price", shown, sentence.quote, problem))
    return found


def _price_problem(amount: figures.Amount, evidence: Evidence) -> str:
    known = evidence.cents | (evidence.differences if amount.difference else frozenset())
    meant = {cents for cents in known if any(_fits(cents, said, amount.about) for said in amount.cents)}
    shown = money(min(amount.cents), evidence.hotel.currency)
    if not meant:
        return f"{shown} is in no result of this call"
    is_whole = not meant.isdisjoint(evidence.totals)
    if amount.unit == "night" and is_whole and meant.isdisjoint(evidence.nightly):
        return f"{shown} is the price of the whole stay, not of a night"
    if amount.unit == "total" and evidence.totals and not is_whole and not meant.isdisjoint(evidence.nightly):
        return f"{shown} is the price of a night, not the total"
    if amount.tax == "with" and evidence.totals and meant <= evidence.untaxed:
        return f"{shown} does not include tax"
    if amount.tax == "without" and evidence.untaxed and meant <= evidence.totals - evidence.nightly:
        return f"{shown} includes tax already"
    return ""


def _fits(known: int, said: int, about: bool) -> bool:
    return known == said or (about and abs(known - said) <= _ROUNDED * known)


def _dates(sentence: Sentence, evidence: Evidence, *, is_deed: bool) -> list[Mismatch]:
    """Of statements: no date that does not exist, and none with a wrong weekday. Of a deed: none but the result's."""
    if any(clause.asked for clause in sentence.clauses):
        return []
    found = []
    states = is_deed or bool(figures.amounts(sentence.text))
    named = dates_said.dates(sentence.text, evidence.today)
    for said in named:
        if sentence.cut and _is_last(sentence, said.end):
            continue
        text = sentence.text[said.start : said.end]
        if said.day is None:
            found.append(Mismatch("date", text, sentence.quote, f"there is no {text}"))
        elif said.weekday is not None and said.day.weekday() != said.weekday:
            found.append(Mismatch("date", text, sentence.quote, f"{_spoken(said.day)} is meant, or another date"))
        elif states and said.day not in evidence.dates:
            found.append(Mismatch("date", said.day.isoformat(), sentence.quote, f"{_spoken(said.day)} is in no result"))
    if is_deed and not named:
        known = {day.weekday() for day in evidence.dates - {evidence.today, evidence.today + timedelta(days=1)}}
        if known and (wrong := dates_said.weekdays(sentence.text) - known):
            problem = "the results of this call have another day of the week"
            found.append(Mismatch("date", f"weekday {min(wrong)}", sentence.quote, problem))
    return found


def _spoken(day: date) -> str:
    return f"{day:%A, %B} {day.day}, {day.year}"


def _codes(sentence: Sentence, evidence: Evidence) -> list[Mismatch]:
    found = []
    for said in figures.codes(sentence.text):
        if any(clause.asked for clause in sentence.clauses) or (sentence.cut and _is_last(sentence, said.end)):
            continue
        is_guests = any(said.code in digits for digits in evidence.guests_digits)
        if said.code not in evidence.codes and not is_guests:
            found.append(
                Mismatch("code", said.code, sentence.quote, f"{said.code} is no confirmation code of this call")
            )
    return found


def _is_last(sentence: Sentence, end: int) -> bool:
    """Whether a figure stands so near to where the guest interrupted that more of it may have been coming."""
    return len(spelled(sentence.text[end:]).split()) <= 1
