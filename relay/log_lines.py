"""The log line of a message: `<` came in, `>` went out, `!` went wrong. Audio, marks and deltas have none.

`{caller}` is to be filled in with the name of the caller's wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from relay import caller, live, realtime
from relay import messages as msg
from relay.functions import (
    AskClerk,
    ClerkAnswer,
    FetchSession,
    PostThen,
    PostTurn,
    RunTool,
    Session,
    SessionRefused,
    ThenAnswer,
)

_Fields = Callable[[Any], dict[str, Any]]


def _none(_: Any) -> dict[str, Any]:
    return {}


def _engine_failed(m: msg.EngineFailed) -> dict[str, Any]:
    return {"engine": m.engine, "kind": m.kind, "problem": m.problem, "fatal": m.fatal}


def _session(m: Session) -> dict[str, Any]:
    """With it a stream gets its session: before it lines have the one, behind it the other."""
    return {"session_id": m.session_id, "attempt": m.attempt, "property_id": m.property_id}


LINES: dict[type, tuple[str, _Fields]] = {
    caller.Start: ("< {caller} start", lambda m: {"stream_sid": m.stream_sid, "call_sid": m.call_sid}),
    caller.Stop: ("< {caller} stop", _none),
    caller.Dtmf: ("< {caller} dtmf", _none),
    caller.Text: ("< {caller} text", lambda m: {"characters": len(m.text)}),
    caller.Interrupt: ("< {caller} interrupt", _none),
    caller.Clear: ("> {caller} clear", _none),
    msg.CallerGone: ("< {caller} closed", _none),
    msg.HangUp: ("> {caller} close", lambda m: {"code": m.code, "reason": m.reason}),
    Session: ("< tools session", _session),
    SessionRefused: ("! tools session refused", lambda m: {"code": m.code}),
    FetchSession: ("> tools session", lambda m: {"call_sid": m.call_sid}),
    RunTool: ("> tools tool", lambda m: {"tool": m.name, "tool_call_id": m.tool_call_id, "turn": m.turn}),
    AskClerk: ("> tools clerk", lambda m: {"number": m.number}),
    ClerkAnswer: ("< tools clerk", lambda m: {"number": m.number, "tool": m.tool, "says": bool(m.say)}),
    PostTurn: ("> tools turn", lambda m: {"turn": m.turn, "role": m.role, "interrupted": m.interrupted}),
    PostThen: ("> tools then", lambda m: {"tool_call_id": m.tool_call_id, "reason": m.reason}),
    ThenAnswer: ("< tools then", lambda m: {"status": m.status}),
    msg.OpenEngine: ("> engine open", lambda m: {"engine_line": m.line, "engine": m.engine}),
    msg.EngineOpened: ("< engine open", lambda m: {"engine_line": m.line}),
    msg.EngineReady: ("< engine ready", lambda m: {"engine_line": m.line, "lasts_ms": m.lasts_ms}),
    msg.UseEngine: ("= engine in use", lambda m: {"engine_line": m.line}),
    msg.EngineLost: ("! engine closed", lambda m: {"engine_line": m.line, "problem": m.problem}),
    msg.EngineFailed: ("! engine lost", _engine_failed),
    msg.SetRecording: ("= recording", lambda m: {"on": m.on}),
    msg.SilenceRecording: ("= recording silenced", lambda m: {"from_ms": m.from_ms, "to_ms": m.to_ms}),
    msg.Drain: ("= draining", _none),
    live.Delegated: ("< engine delegation", lambda m: {"target": m.target, "offset_ms": m.offset_ms}),
    live.BackendCalled: ("< engine function_call", lambda m: {"tool": m.name, "tool_call_id": m.tool_call_id}),
    live.BackendEnded: ("< engine response", lambda m: {"response_id": m.response_id, "status": m.status}),
    live.Closed: ("< engine session.closed", lambda m: {"reason": m.reason, "seconds": m.seconds}),
    live.StartSession: ("> engine session.start", _none),
    live.Append: ("> engine append", lambda m: {"way": m.way, "event_id": m.event_id}),
    live.AddFunctionOutput: ("> engine function_call_output", lambda m: {"tool_call_id": m.tool_call_id}),
    live.CreateResponse: ("> engine response.create", lambda m: {"event_id": m.event_id}),
    realtime.SpeechStarted: ("< engine speech_started", lambda m: {"audio_start_ms": m.audio_start_ms}),
    realtime.SpeechStopped: ("< engine speech_stopped", lambda m: {"audio_end_ms": m.audio_end_ms}),
    realtime.Committed: ("< engine committed", lambda m: {"item_id": m.item_id}),
    realtime.ResponseCreated: ("< engine response.created", lambda m: {"response_id": m.response_id}),
    realtime.ResponseDone: ("< engine response.done", lambda m: {"response_id": m.response_id, "status": m.status}),
    realtime.FunctionCalled: ("< engine function_call", lambda m: {"tool": m.name, "tool_call_id": m.tool_call_id}),
    realtime.UpdateSession: ("> engine session.update", _none),
    realtime.CreateResponse: ("> engine response.create", lambda m: {"purpose": str(m.purpose)}),
    realtime.CancelResponse: ("> engine response.cancel", _none),
    realtime.Truncate: ("> engine truncate", lambda m: {"item_id": m.item_id, "audio_end_ms": m.audio_end_ms}),
    realtime.DeleteItem: ("> engine delete", lambda m: {"item_id": m.item_id}),
    realtime.AddFunctionOutput: ("> engine function_call_output", lambda m: {"tool_call_id": m.tool_call_id}),
}


@cache
def lines_of(wire: str) -> Mapping[type, tuple[str, _Fields]]:
    """The same with the name of the caller's wire filled in."""
    return {kind: (line.format(caller=wire), fields) for kind, (line, fields) in LINES.items()}
