"""What is kept of a call: a folder with its audio, events, words, picture and verdict, and one JSON document.

call.wav  caller left, agent right, aligned, from the answer on      events.jsonl  the session's events as published
transcript.txt  timeline.png  report.json                            name.wav  the guest's name as it was said
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from audio import g711
from local import card_scan, timeline
from local.expect import failures, tool_events
from local.facts import Event, Facts
from local.measure import Times, measure
from local.sound import write_wav

TIME_ZONE = ZoneInfo("America/New_York")
"""Of the demo property: "Friday" is a day there."""
CHUNK_MS = 10_000
"""The relay's recording is kept in pieces of this length."""
CLIP_MARGIN_MS = 200


@dataclass(frozen=True)
class Report:
    """`document` is what --json prints; see `_document`."""

    document: dict[str, Any]
    folder: Path

    @property
    def ok(self) -> bool:
        return bool(self.document["ok"])

    @property
    def failures(self) -> list[str]:
        return list(self.document["failures"])


def make(facts: Facts, run_folder: Path, recordings: Path) -> Report:
    """Judge the call, write its folder `calls/<session_id>/` under the run's, and say it all in one document."""
    folder = run_folder / "calls" / facts.session_id
    folder.mkdir(parents=True, exist_ok=True)
    times = measure(facts.record.heard, facts.record.said)
    found = failures(facts, local_day(facts.record.created_at))
    found += card_scan.complaints(card_scan.keyed(facts.scene.steps), run_folder)
    paths = {
        "folder": folder,
        "audio": folder / "call.wav",
        "events": folder / "events.jsonl",
        "transcript": folder / "transcript.txt",
        "timeline": folder / "timeline.png",
        "report": folder / "report.json",
        "logs": run_folder / "logs",
    }
    write_wav(paths["audio"], [facts.record.said, facts.record.heard])
    paths["events"].write_text("".join(json.dumps(event) + "\n" for event in facts.events), encoding="utf-8")
    paths["transcript"].write_text("\n".join(transcript(facts)) + "\n", encoding="utf-8")
    if clip := name_clip(facts, recordings):
        paths["name"] = folder / "name.wav"
        write_wav(paths["name"], [clip])
    document = _document(facts, times, found, paths)
    timeline.draw(facts, document, paths["timeline"])
    paths["report"].write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return Report(document, folder)


def local_day(instant: datetime) -> date:
    return instant.astimezone(TIME_ZONE).date()


def _document(facts: Facts, times: Times, found: list[str], paths: Mapping[str, Path]) -> dict[str, Any]:
    ended = facts.of_type("conversation.ended")
    summary = ended[0]["summary"] if ended else {}
    return {
        "session_id": facts.session_id,
        "scene": facts.scene.name,
        "title": facts.scene.title,
        "ok": not found,
        "failures": found,
        "outcome": summary.get("outcome"),
        "summary": summary,
        "call": {
            "call_sid": facts.record.call_sid,
            "from": facts.record.from_,
            "to": facts.record.to,
            "status": facts.record.status,
            "ended_by": facts.record.ended_by,
            "duration_s": facts.record.duration_s,
            "twilio_problems": facts.problems,
        },
        "turns": [_turn(facts, event) for event in facts.of_type("conversation.message")],
        "tool_calls": [
            {"at_ms": facts.call_ms(event), "attempt": event["attempt"], **event["function"]}
            for event in facts.of_type("conversation.function_call")
        ],
        "tools_carried_out": len(tool_events(facts)),
        "events": [event["event_type"] for event in facts.events],
        "leads": facts.stored.leads,
        "guest": [{"at_ms": act.at_ms, **act.detail} for act in facts.acts],
        "times": times.as_json(),
        "paths": {name: str(path) for name, path in paths.items()},
    }


def _turn(facts: Facts, event: Event) -> dict[str, Any]:
    message = event["message"]
    return {
        "at_ms": facts.call_ms(event),
        "attempt": event["attempt"],
        "turn": event.get("turn"),
        "role": message["role"],
        "text": message["content"],
        "interrupted": bool(message.get("interrupted")),
        "heard_ms": message.get("heard_ms"),
    }


def transcript(facts: Facts) -> list[str]:
    """The call in words: what the guest did, what was understood, what the agent said, what the tools answered."""
    lines = [(act.at_ms, f"guest   {_act(act.detail)}") for act in facts.acts]
    for event in facts.events:
        at_ms = facts.call_ms(event)
        match event["event_type"]:
            case "conversation.message":
                message = event["message"]
                who = "agent  " if message["role"] == "assistant" else "heard  "
                cut = f"  [interrupted after {message.get('heard_ms', 0)} ms]" if message.get("interrupted") else ""
                lines.append((at_ms, f"{who} {message['content'] or '(not understood)'}{cut}"))
            case "conversation.function_call":
                call = event["function"]
                outcome = json.dumps(call["result"])
                lines.append((at_ms, f"tool    {call['name']}({json.dumps(call['arguments'])}) -> {outcome}"))
            case event_type:
                lines.append((at_ms, f"event   {event_type}"))
    return [f"{at_ms / 1000:7.2f}  {text}" for at_ms, text in sorted(lines, key=lambda line: line[0])]


def _act(detail: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in detail.items() if name not in ("action", "text")}
    return f"{detail['action']} {detail.get('text', '')}{rest or ''}".strip()


def name_clip(facts: Facts, recordings: Path) -> bytes | None:
    """The guest's name as mu-law, cut from the relay's recording by the clip that the lead names; None without one."""
    clip = next((lead["name_clip"] for lead in facts.stored.leads if lead.get("name_clip")), None)
    if clip is None:
        return None
    start_ms, end_ms = max(0, clip["start_ms"] - CLIP_MARGIN_MS), clip["end_ms"] + CLIP_MARGIN_MS
    audio = bytearray()
    first = start_ms // CHUNK_MS
    for number in range(first, end_ms // CHUNK_MS + 1):
        piece = recordings / facts.session_id / f"{clip['attempt']}-caller-{number:05}.ulaw"
        if not piece.is_file():
            break
        audio += piece.read_bytes()
    offset = start_ms - first * CHUNK_MS
    cut = bytes(audio[offset * g711.BYTES_PER_MS : (offset + end_ms - start_ms) * g711.BYTES_PER_MS])
    return cut or None
