"""Compares what a scene expects with what a call came to. Every failure is one sentence for people.

The facts judged are those left behind: the store, the published events, the guest's two audio tracks.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from local import listen, sound
from local.callers.scene import ExpectedTool
from local.facts import Event, Facts

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = re.compile(rf"<({'|'.join(_WEEKDAYS)})(?:\+(\d+))?>")
_ENDED_BY = {"caller": ("caller",), "agent": ("twiml", "api")}
"""How the simulated Twilio names whoever ended a call."""


def failures(facts: Facts, today: date) -> list[str]:
    """Everything that is not as expected; `today` on the property's clock."""
    checks: tuple[Callable[[Facts, date], Iterator[str]], ...] = (
        _general,
        _tools,
        _outcome,
        _lead,
        _words,
        _price,
        _events,
        _ending,
        _heard,
        _left,
    )
    return [failure for check in checks for failure in check(facts, today)]


def tool_events(facts: Facts) -> list[Event]:
    """Tool calls that were carried out, in order; what was only replayed did nothing."""
    return [event for event in facts.of_type("conversation.function_call") if not event["function"].get("replayed")]


def assistant_texts(facts: Facts) -> list[str]:
    messages = [event["message"] for event in facts.of_type("conversation.message")]
    return [message["content"] for message in messages if message["role"] == "assistant"]


def day(text: str, today: date) -> str:
    """`<friday+2>` as a date, and `<tomorrow>`; any other text as it is."""
    if text == "<tomorrow>":
        return (today + timedelta(days=1)).isoformat()
    match = _DAY.fullmatch(text)
    if not match:
        return text
    ahead = (_WEEKDAYS.index(match[1]) - today.weekday()) % 7
    return (today + timedelta(days=ahead + int(match[2] or 0))).isoformat()


def contained(expected: Any, actual: Any, today: date, at: str = "") -> Iterator[str]:
    """Where `actual` lacks something of `expected`: mappings by subset, everything else by equality."""
    if isinstance(expected, Mapping):
        for name, value in expected.items():
            if not isinstance(actual, Mapping) or name not in actual:
                yield f"{at}{name} is missing"
            else:
                yield from contained(value, actual[name], today, f"{at}{name}.")
        return
    wanted = day(expected, today) if isinstance(expected, str) else expected
    if isinstance(wanted, date):
        wanted = wanted.isoformat()
    if wanted != actual:
        yield f"{at.rstrip('.')} is {actual!r}, expected {wanted!r}"


def matched(
    table: str, expected: Sequence[Mapping[str, Any]], actual: list[dict[str, Any]], today: date
) -> Iterator[str]:
    """Where the rows left are not those expected: each is contained in one of them, and there are no more."""
    if len(actual) != len(expected):
        yield f"{table}: there are {len(actual)}, expected {len(expected)}: {actual}"
        return
    left = list(actual)
    for row in expected:
        found = next((one for one in left if not list(contained(row, one, today))), None)
        if found is None:
            yield f"{table}: none is {dict(row)} of {left}"
        else:
            left.remove(found)


def texts_sent(expected: Sequence[Mapping[str, Any]], sent: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Where the texts are not those expected, in order; `body` is a part of one."""
    if len(sent) != len(expected):
        yield f"{len(sent)} texts were sent, expected {len(expected)}: {list(sent)}"
    for wanted, actual in zip(expected, sent, strict=False):
        if actual["to"] != wanted.get("to", actual["to"]) or wanted.get("body", "") not in actual["body"]:
            yield f"the text was {dict(actual)}, expected {dict(wanted)}"


def _general(facts: Facts, _: date) -> Iterator[str]:
    """What every call must satisfy."""
    if facts.complaint:
        yield facts.complaint
    ended = facts.of_type("conversation.ended")
    if len(ended) != 1:
        yield f"conversation.ended was published {len(ended)} times"
    elif facts.stored.call.get("status") not in ("completed", "failed", "abandoned", "missed"):
        yield f"the stored call has the status {facts.stored.call.get('status')!r} after its end"
    for event_id, count in Counter(event["event_id"] for event in facts.events).items():
        # A webhook that comes twice says the same event twice, under one id: redelivery, which changes nothing.
        faults = facts.scene.faults
        by_webhook = any(writer in event_id for writer in ("-twilio-", "-payments-"))
        again = faults.events_twice or ((faults.webhooks_twice or faults.replays) and by_webhook)
        if count > 1 and not again:
            yield f"the event {event_id} was published {count} times"
    if not facts.scene.faults.kill_relay and not facts.scene.faults.stop:
        yield from (f"Twilio's debugger shows: {problem}" for problem in facts.problems)
    if facts.stored.slots:
        yield "the call still takes a place among the hotel's calls"
    yield from facts.replayed
    ids = [event["function"]["tool_call_id"] for event in tool_events(facts)]
    if len(set(ids)) != len(ids):
        yield "a tool call was carried out twice"


def _tools(facts: Facts, today: date) -> Iterator[str]:
    expected = facts.scene.expect.tools
    if expected is None:
        return
    calls = [event["function"] for event in tool_events(facts)]
    names = [call["name"] for call in calls]
    if names != [tool.name for tool in expected]:
        yield f"tools were {', '.join(names) or 'none'}; expected {', '.join(tool.name for tool in expected) or 'none'}"
        return
    for tool, call in zip(expected, calls, strict=True):
        yield from (f"{tool.name}: {problem}" for problem in _tool(tool, call, today))


def _tool(expected: ExpectedTool, call: Mapping[str, Any], today: date) -> Iterator[str]:
    if call["ok"] != expected.ok:
        yield f"ok is {call['ok']}, result {call['result']}"
    yield from contained(expected.arguments, call["arguments"], today, "arguments.")
    yield from contained(expected.result, call["result"], today, "result.")


def _outcome(facts: Facts, _: date) -> Iterator[str]:
    expected = facts.scene.expect
    summary: dict[str, Any] = next((event["summary"] for event in facts.of_type("conversation.ended")), {})
    if expected.outcome is not None:
        if summary.get("outcome") != expected.outcome:
            yield f"the outcome is {summary.get('outcome')!r}, expected {expected.outcome!r}"
        if facts.stored.call.get("outcome") != expected.outcome:
            yield f"the stored outcome is {facts.stored.call.get('outcome')!r}, expected {expected.outcome!r}"
    if expected.transferred_to is not None and summary.get("transferred_to") != expected.transferred_to:
        yield f"transferred to {summary.get('transferred_to')!r}, expected {expected.transferred_to!r}"


def _lead(facts: Facts, today: date) -> Iterator[str]:
    expected, leads = facts.scene.expect.lead, facts.stored.leads
    if expected is None:
        return
    if expected is False:
        if leads:
            yield f"{len(leads)} lead(s) were left, expected none"
    elif len(leads) != 1:
        yield f"{len(leads)} leads were left, expected one"
    else:
        yield from (f"lead: {problem}" for problem in contained(expected, leads[0], today))


def _words(facts: Facts, _: date) -> Iterator[str]:
    expected, texts = facts.scene.expect, [text.lower() for text in assistant_texts(facts)]
    for part in expected.said:
        if not any(part.lower() in text for text in texts):
            yield f"the agent never said {part!r}"
    for part in expected.never_said:
        if any(part.lower() in text for text in texts):
            yield f"the agent said {part!r}"
    for part in expected.said_once:
        if (count := sum(part.lower() in text for text in texts)) != 1:
            yield f"the agent said {part!r} in {count} turns, expected one"


def _price(facts: Facts, _: date) -> Iterator[str]:
    if not facts.scene.expect.heard_price:
        return
    spoken = price_spoken(facts)
    if spoken is None:
        yield "no turn of the agent has the total that the tool computed"
        return
    heard = listen.heard_price(*spoken)
    if heard.cents != spoken[1]:
        yield f"the price heard is {heard.cents} cents, the tool computed {spoken[1]}"


def price_spoken(facts: Facts) -> tuple[bytes, int] | None:
    """The audio of the turn in which the agent says a total of the last availability, and that total in cents."""
    for event in reversed(tool_events(facts)):
        if event["function"]["name"] == "check_availability" and event["function"]["ok"]:
            offers = {offer["total"]: offer["total_cents"] for offer in event["function"]["result"]["offers"]}
            break
    else:
        return None
    for message in facts.of_type("conversation.message"):
        text = message["message"]["content"]
        total = next((total for total in offers if total in text), None)
        if message["message"]["role"] == "assistant" and total is not None:
            return _audio_before(facts, facts.call_ms(message)), offers[total]
    return None


def _audio_before(facts: Facts, end_ms: int) -> bytes:
    """What the agent said after the guest's last words before `end_ms`, to its end."""
    guest = sound.stretches(facts.record.said)
    start = max((stretch.end_ms for stretch in guest if stretch.end_ms < end_ms - 1000), default=0)
    end = min((stretch.start_ms for stretch in guest if stretch.start_ms > end_ms), default=len(facts.record.heard))
    agent = [s for s in sound.stretches(facts.record.heard) if start <= s.start_ms and s.end_ms <= end]
    if not agent:
        return b""
    return sound.cut(facts.record.heard, agent[0].start_ms - 100, agent[-1].end_ms + 100)


def _events(facts: Facts, _: date) -> Iterator[str]:
    types = [event["event_type"] for event in facts.events]
    position, before = 0, "nothing"
    for event_type in facts.scene.expect.events:
        if event_type not in types[position:]:
            yield f"events came as {', '.join(types)}; expected {event_type} after {before}"
            return
        position, before = types.index(event_type, position) + 1, event_type


def _ending(facts: Facts, _: date) -> Iterator[str]:
    expected = facts.scene.expect
    if expected.ended_by is not None and facts.record.ended_by not in _ENDED_BY[expected.ended_by]:
        yield f"the call was ended by {facts.record.ended_by}, expected {expected.ended_by}"
    attempts = max((event["attempt"] for event in facts.events), default=0)
    if expected.attempts is not None and attempts != expected.attempts:
        yield f"the call had {attempts} streams, expected {expected.attempts}"
    if expected.barge_ins is not None:
        interrupted = sum(bool(event["message"].get("interrupted")) for event in facts.of_type("conversation.message"))
        if interrupted != expected.barge_ins:
            yield f"{interrupted} turns of the agent were interrupted, expected {expected.barge_ins}"


def _heard(facts: Facts, _: date) -> Iterator[str]:
    expected, spoken = facts.scene.expect, " ".join(facts.spoken).lower()
    yield from (f"the guest never heard {part!r}" for part in expected.heard if part.lower() not in spoken)
    yield from (f"the guest heard {part!r}" for part in expected.never_heard if part.lower() in spoken)


def _left(facts: Facts, today: date) -> Iterator[str]:
    """Texts, calls to others and rows."""
    expected = facts.scene.expect
    if expected.texts is not None:
        yield from texts_sent(expected.texts, facts.texts)
    for number, statuses in expected.calls.items():
        actual = tuple(call.status for call in facts.called.get(number, []))
        if actual != statuses:
            yield f"calls to {number} came to {actual}, expected {statuses}"
    for table, rows in expected.stored.items():
        yield from matched(table, rows, facts.rows.get(table, []), today)
    yield from (f"{number} stands in {', '.join(files)}" for number, files in facts.kept.items())
