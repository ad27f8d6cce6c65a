"""The engine session of one stream: what the engine is told, what it says first, what it knows already, and its limits.

The relay passes `engine_session` on unread. Instructions begin with what is the same for every call of every hotel,
then the hotel, then the call: the longer the common beginning, the more of it an engine takes from its cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from nightdesk import limits, live_session, phones, words
from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel.model import Property
from nightdesk.tools.registry import Toolbox

_PROMPTS = Path(__file__).parent / "prompts"
# Source: the Realtime API's RealtimeAudioFormats: mu-law has no rate there, PCM has this one.
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "pcmu": {"type": "audio/pcmu"},
    "pcm": {"type": "audio/pcm", "rate": 24000},
}
# Source: the Realtime API's noise_reduction: near_field for a microphone at the mouth, far_field for one in the room.
_MICROPHONES = {"voice": "near_field", "kiosk": "far_field", "web": "far_field"}


def answer(
    session: Session,
    hotel: Property,
    toolbox: Toolbox,
    turns: Sequence[Turn],
    calls: Sequence[ToolCall],
    now: datetime,
    audio: str,
    dialect: str = "realtime",
) -> dict[str, Any]:
    """The answer to POST /session: see `contracts/session.json`. `audio` names the engine's format: pcmu or pcm."""
    known = history(session, turns, calls)
    is_live = dialect == "live"
    return {
        "v": 1,
        "ok": True,
        "session_id": session.session_id,
        "property_id": hotel.property_id,
        "channel": session.channel,
        "attempt": session.attempt,
        "engine_session": (
            live_engine_session(session, hotel, toolbox, known, now, audio)
            if is_live
            else engine_session(session, hotel, toolbox, now, audio)
        ),
        "opening": opening(session, hotel, turns),
        "history": known,
        "limits": limits.left(hotel.limits, session, turns, now),
        "barge_in": {"mode": hotel.barge_in},
        "recording": {"on": hotel.recording},
        "metadata": {
            "phone_number": session.caller_id,
            "call_sid": session.call_sid,
            "property": hotel.property_id,
            "direction": session.direction,
            "language": session.language,
        },
    }


def engine_session(
    session: Session, hotel: Property, toolbox: Toolbox, now: datetime, audio: str = "pcmu"
) -> dict[str, Any]:
    """The `session` of the Realtime API's session.update. Turn detection only reports: the relay decides."""
    return {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": instructions(session, hotel, now),
        "audio": {
            "input": {
                "format": _FORMATS[audio],
                "transcription": {"model": "gpt-4o-mini-transcribe", "language": session.language},
                "noise_reduction": {"type": _MICROPHONES[session.channel]},
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 500,
                    "create_response": False,
                    "interrupt_response": False,
                },
            },
            "output": {"format": _FORMATS[audio], "voice": hotel.voice},
        },
        "tools": toolbox.offered(hotel, session.channel),
        "tool_choice": "auto",
        "parallel_tool_calls": False,
    }


def live_engine_session(
    session: Session,
    hotel: Property,
    toolbox: Toolbox,
    known: Sequence[Mapping[str, Any]],
    now: datetime,
    audio: str,
) -> dict[str, Any]:
    """The `session` of the GPT-Live API's session.start. The voice is told little; the rules are the text model's."""
    call = _call_facts(session, hotel, now)
    return live_session.engine_session(
        session_id=session.session_id,
        caller_id=session.caller_id,
        hotel=hotel,
        voice_prompt="\n\n".join([_prompt("live.md"), f"# The hotel: {hotel.name}", call]),
        backend_prompt="\n\n".join([_prompt("live_backend.md"), instructions(session, hotel, now)]),
        tools=toolbox.offered(hotel, session.channel),
        history=known,
        audio=audio,
    )


def instructions(session: Session, hotel: Property, now: datetime) -> str:
    prompts = [_prompt("agent.md")] if session.channel == "voice" else [_prompt("agent.md"), _prompt("kiosk.md")]
    return "\n\n".join([*prompts, _hotel_facts(hotel), _call_facts(session, hotel, now)])


def opening(session: Session, hotel: Property, turns: Sequence[Turn]) -> dict[str, str]:
    """What the engine says first. A greeting that nobody heard is said again, whole; one that was heard never is."""
    if not any(turn.role == "assistant" and turn.text for turn in turns):
        greeting = hotel.greeting if session.channel == "voice" else hotel.kiosk_greeting or words.welcome(hotel.name)
        clip = {"clip_url": hotel.opening_clip} if hotel.opening_clip and session.channel == "voice" else {}
        return {"instructions": f'Say exactly: "{greeting}"', "text": greeting, **clip}
    text = words.CUT_OFF
    if session.returned_from == "no_answer":
        text = words.nobody_answered(hotel.front_desk.name)
    return {"instructions": f'Say exactly: "{text}" Then carry on where the conversation stopped.', "text": text}


def history(session: Session, turns: Sequence[Turn], calls: Sequence[ToolCall]) -> list[dict[str, Any]]:
    """All that was said and done, in the order of (attempt, turn); within a turn what was said comes before its tools.

    A tool call without a turn stands after the last turn that was stored before it. Left out: turns without words and
    calls without an outcome. Of collected keys only the note is there, as the engine was given it.
    """
    placed: list[tuple[tuple[float, ...], dict[str, Any]]] = []
    for turn in turns:
        if turn.text:
            item = {"item_id": turn.item_id} if turn.item_id else {}
            message = {"type": "message", "role": turn.role, "text": turn.text, **item}
            placed.append(((turn.attempt, turn.turn, 0, 0), message))
    for index, call in enumerate(calls):
        if call.answer is not None:
            placed.append(((call.attempt, _turn_of(call, turns), 1, index), _tool_entry(call)))
    for index, note in enumerate(session.notes):
        message = {"type": "message", "role": "system", "text": note.text}
        placed.append(((note.attempt, float("inf"), 2, index), message))
    return [entry for _, entry in sorted(placed, key=lambda pair: pair[0])]


def _turn_of(call: ToolCall, turns: Sequence[Turn]) -> int:
    if call.turn is not None:
        return call.turn
    before = [t.turn for t in turns if t.attempt == call.attempt and t.stored_at <= call.claimed_at]
    return max(before, default=-1)


def _tool_entry(call: ToolCall) -> dict[str, Any]:
    if call.tool_call_id.startswith("dtmf-"):  # the engine was only given the note
        return {"type": "message", "role": "system", "text": str(call.engine_result.get("note", ""))}
    return {
        "type": "tool",
        "tool_call_id": call.tool_call_id,
        "name": call.name,
        "arguments": dict(call.arguments),
        "result": call.engine_result,
    }


@cache
def _prompt(name: str) -> str:
    return (_PROMPTS / name).read_text("utf-8").strip()


def _hotel_facts(hotel: Property) -> str:
    rooms = "; ".join(f"{r.name} ({r.room_type}) for {words.count(r.max_guests, 'guest')}" for r in hotel.room_types)
    lines = [
        f"# The hotel: {hotel.name}",
        f"- Check-in from {hotel.check_in_time:%-I:%M %p}, check-out until {hotel.check_out_time:%-I:%M %p}.",
        f"- Rooms: {rooms}.",
        *([f"- Amenities: {', '.join(hotel.amenities)}."] if hotel.amenities else []),
        *(f"- {fact}" for fact in hotel.facts),
    ]
    return "\n".join(lines)


def _call_facts(session: Session, hotel: Property, now: datetime) -> str:
    today = hotel.today(now)
    if session.channel != "voice":
        line = "The guest is at a screen, not on the telephone: caller_line cannot be used."
    elif session.caller_id:
        line = f"The guest calls from a number ending in {phones.last4(session.caller_id)}."
    else:
        line = "The guest's number is withheld: caller_line cannot be used."
    return f"# This call\n- Today is {words.day(today)}, {today.year} at the hotel.\n- {line}"
