"""The engine session of one stream: how it hears and speaks, what it says first, what it knows already, its limits.

The relay passes `engine_session` on unread. What the engine is told is written in `briefing.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from nightdesk import (
    briefing,
    corrections,
    events,
    limits,
    live_session,
    outbound_scripts,
    pay_words,
    phone_words,
    service_words,
    transfer_words,
    words,
)
from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel.model import Property
from nightdesk.hotel.records import Guest
from nightdesk.tools.registry import Toolbox

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
    guest: Guest | None = None,
    recording_source: str = "relay",
) -> dict[str, Any]:
    """The answer to POST /session: see `contracts/session.json`. `audio` names the engine's format: pcmu or pcm.

    `guest`: whom the hotel knows by the caller's number, if anybody.
    """
    known = history(session, turns, calls)
    if correction := corrections.owed(session, hotel, calls, turns, hotel.today(now)):
        known.append({"type": "message", "role": "system", "text": correction})
    is_live = dialect == "live"
    return {
        "v": 1,
        "ok": True,
        "session_id": session.session_id,
        "property_id": hotel.property_id,
        "channel": session.channel,
        "attempt": session.attempt,
        "engine_session": (
            live_engine_session(session, hotel, toolbox, known, now, audio, guest)
            if is_live
            else engine_session(session, hotel, toolbox, now, audio, guest)
        ),
        **({"engine": hotel.engine} if hotel.engine else {}),
        "opening": opening(session, hotel, turns),
        "history": known,
        "limits": limits.left(hotel.limits, session, turns, now),
        "barge_in": {"mode": hotel.barge_in},
        "recording": {"on": hotel.recording and recording_source == "relay", "source": recording_source},
        "metadata": events.metadata(session),
        "resumed": bool(turns) or any(stream.attempt != session.attempt for stream in session.streams),
    }


def engine_session(
    session: Session,
    hotel: Property,
    toolbox: Toolbox,
    now: datetime,
    audio: str = "pcmu",
    guest: Guest | None = None,
) -> dict[str, Any]:
    """The `session` of the Realtime API's session.update. Turn detection only reports: the relay decides."""
    tools = toolbox.offered(hotel, session.channel, session.purpose)
    return {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": briefing.instructions(session, hotel, [tool["name"] for tool in tools], now, guest),
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
            "output": {"format": _FORMATS[audio], "voice": hotel.in_language(session.language).voice},
        },
        "tools": tools,
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        # Once a conversation is too long, a fifth goes at once and the rest stays cached for the next turns; by itself
        # the service drops as little as it must, turn after turn, and each of them is billed as new.
        # Source: OpenAI Realtime, managing costs: truncation.
        "truncation": {"type": "retention_ratio", "retention_ratio": 0.8},
    }


def live_engine_session(
    session: Session,
    hotel: Property,
    toolbox: Toolbox,
    known: Sequence[Mapping[str, Any]],
    now: datetime,
    audio: str,
    guest: Guest | None = None,
) -> dict[str, Any]:
    """The `session` of the GPT-Live API's session.start. The voice is told little; the rules are the text model's."""
    tools = toolbox.offered(hotel, session.channel, session.purpose)
    names = [tool["name"] for tool in tools]
    return live_session.engine_session(
        session_id=session.session_id,
        caller_id=session.caller_id,
        hotel=hotel,
        voice=hotel.in_language(session.language).voice,
        voice_prompt=briefing.for_voice(session, hotel, now),
        backend_prompt=briefing.for_backend(session, hotel, names, now, guest),
        tools=tools,
        history=known,
        audio=audio,
    )


def opening(session: Session, hotel: Property, turns: Sequence[Turn]) -> dict[str, str]:
    """What the engine says first. A greeting that nobody heard is said again, whole; one that was heard never is."""
    if not any(turn.role == "assistant" and turn.text for turn in turns):
        if text := outbound_scripts.opening(session, hotel):
            return {"instructions": f'Say exactly: "{text}"', "text": text}
        spoken, is_phone = hotel.in_language(session.language), session.channel == "voice"
        greeting = spoken.greeting if is_phone else spoken.kiosk_greeting or words.welcome(hotel.name)
        has_clip = hotel.opening_clip and is_phone and spoken.language == hotel.language
        clip = {"clip_url": hotel.opening_clip} if has_clip else {}
        return {"instructions": f'Say exactly: "{greeting}"', "text": greeting, **clip}
    text = words.cut_off(session.language)
    if session.returned_from == "hold":
        text = service_words.said("held", session.language)
    if session.returned_from == "no_answer":
        name = phone_words.department(hotel.front_desk, hotel, session.language)
        text = words.nobody_answered(name, session.language)
        if session.waiting and session.waiting.attempt == session.attempt - 1:
            text = transfer_words.said("nobody", session.language)
    if session.returned_from in ("paid", "not_paid"):
        text = pay_words.said(session.returned_from, session.language)
    if session.returned_from == "staff":
        text = transfer_words.said("sent_back", session.language)
    return {"instructions": f'Say exactly: "{text}" Then carry on where the conversation stopped.', "text": text}


def history(session: Session, turns: Sequence[Turn], calls: Sequence[ToolCall]) -> list[dict[str, Any]]:
    """All that was said and done, in the order of (attempt, turn); within a turn what was said comes before its tools.

    A tool call without a turn stands after the last turn that was stored before it. Left out: turns without words,
    calls without an outcome, and at the end an answer that was cut off. Of collected keys only the note is there, as
    the engine was given it.
    """
    placed: list[tuple[tuple[float, ...], dict[str, Any]]] = []
    for turn in turns:
        if turn.text and not _is_owed_again(turn, turns, calls):
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


def _is_owed_again(turn: Turn, turns: Sequence[Turn], calls: Sequence[ToolCall]) -> bool:
    """Whether it is an answer of which the guest did not hear the end, and nothing has come since: it was given to a
    guest's turn or after a tool, and whoever goes on gives it again, whole.
    """
    if not turn.interrupted:
        return False
    settled = [(t.attempt, t.turn) for t in turns if t.text and not t.interrupted]
    settled += [(call.attempt, _turn_of(call, turns)) for call in calls]
    return bool(settled) and (turn.attempt, turn.turn) > max(settled)


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
