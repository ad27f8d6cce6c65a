"""Draws a call: two waveforms over time, who said what, which tools ran, where the guest cut in."""

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from audio import g711
from local.conduct import Facts
from local.sound import RATE_HZ

PIXELS_PER_S = 60
LEFT, RIGHT, TOP = 90, 30, 84
WAVE_HEIGHT = 90
TEXT_PX, SMALL_PX = 13, 11
LINE_PX = 17
BOX_PX = 190
_PAPER, _INK, _FAINT = (252, 251, 247), (40, 44, 52), (206, 203, 194)
_GUEST, _AGENT, _TOOL, _ALARM = (33, 102, 172), (27, 120, 55), (140, 81, 10), (200, 40, 40)

Rgb = tuple[int, int, int]
Label = tuple[int, str]
"""Where it belongs (call time in ms) and its words."""


def draw(facts: Facts, document: dict[str, Any], path: Path) -> None:
    """Write the picture as PNG. Its width follows the call's length, its height what has to be written."""
    record, times = facts.record, document["times"]
    length_ms = max(1000, times["call_ms"])
    guest = [(act["at_ms"], _act_words(act)) for act in document["guest"]]
    agent = [
        (turn["at_ms"] - (turn["heard_ms"] or 0), turn["text"] + (" [cut off]" if turn["interrupted"] else ""))
        for turn in document["turns"]
        if turn["role"] == "assistant"
    ]
    tools = [(call["at_ms"], f"{call['name']}: {'ok' if call['ok'] else 'no'}") for call in document["tool_calls"]]
    tools += [(facts.call_ms(event), event["event_type"]) for event in facts.events if _is_turning_point(event)]
    rows = [_rows(labels) for labels in (guest, agent, sorted(tools))]
    heights = [max((box[3] for box in row), default=0) + 10 for row in rows]

    width = LEFT + RIGHT + max(700, _x(length_ms) - LEFT + BOX_PX)
    wave_tops = [TOP + heights[0], TOP + heights[0] + WAVE_HEIGHT + 24]
    agent_top = wave_tops[1] + WAVE_HEIGHT + 10
    tools_top = agent_top + heights[1]
    image = Image.new("RGB", (width, tools_top + heights[2] + 24), _PAPER)
    pen = ImageDraw.Draw(image)

    pen.text((LEFT, 12), f"{facts.scene.title}", font=_font(18), fill=_INK)
    pen.text((LEFT, 38), _headline(document), font=_font(SMALL_PX), fill=_INK if document["ok"] else _ALARM)
    for second in range(0, math.ceil(length_ms / 1000) + 1, 5):
        x = _x(second * 1000)
        pen.line([(x, TOP - 14), (x, tools_top + heights[2])], fill=_FAINT)
        pen.text((x + 3, TOP - 18), f"{second // 60}:{second % 60:02}", font=_font(SMALL_PX), fill=_INK)
    for name, colour, top, track in (
        ("caller", _GUEST, wave_tops[0], record.said),
        ("agent", _AGENT, wave_tops[1], record.heard),
    ):
        pen.text((12, top + WAVE_HEIGHT // 2 - 8), name, font=_font(TEXT_PX), fill=colour)
        _wave(pen, track, top, colour)
    for act in document["guest"]:
        if act["action"] == "interrupts":
            x = _x(act["at_ms"])
            pen.line([(x, wave_tops[0] - 4), (x, wave_tops[1] + WAVE_HEIGHT)], fill=_ALARM, width=2)
    for title, top, row, colour in (
        ("says", TOP, rows[0], _GUEST),
        ("says", agent_top, rows[1], _AGENT),
        ("tools", tools_top, rows[2], _TOOL),
    ):
        pen.text((12, top + 2), title, font=_font(SMALL_PX), fill=colour)
        _boxes(pen, row, top, colour)
    image.save(path, optimize=True)


def _is_turning_point(event: dict[str, Any]) -> bool:
    return event["event_type"] not in ("conversation.message", "conversation.function_call")


def _act_words(act: dict[str, Any]) -> str:
    match act["action"]:
        case "says":
            return str(act["text"])
        case "interrupts":
            return f"[cuts in] {act['text']}"
        case "silent":
            return f"[silent for {act['seconds']:g} s]"
        case "keys":
            return f"[{act['count']} keys]"
        case other:
            return f"[{other.replace('_', ' ')}]"


def _headline(document: dict[str, Any]) -> str:
    times = document["times"]
    parts = [
        document["session_id"],
        f"outcome {document['outcome']}",
        f"answer to first audio {times['answer_to_first_audio_ms']} ms",
        f"end of speech to first audio {times['reply_median_ms']} ms (median)",
    ]
    if times["barge_in_to_silence_ms"]:
        parts.append(f"barge-in to silence {', '.join(map(str, times['barge_in_to_silence_ms']))} ms")
    return "   ".join(parts + [f"FAILED: {failure}" for failure in document["failures"][:2]])


def _x(at_ms: float) -> int:
    return LEFT + round(max(0.0, at_ms) * PIXELS_PER_S / 1000)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _wave(pen: ImageDraw.ImageDraw, ulaw: bytes, top: int, colour: Rgb) -> None:
    """One vertical line per pixel, as high as the loudest sample in it."""
    middle = top + WAVE_HEIGHT // 2
    for x, peak in enumerate(_peaks(ulaw)):
        half = round(float(peak) * (WAVE_HEIGHT // 2 - 2))
        pen.line([(LEFT + x, middle - half), (LEFT + x, middle + half)], fill=colour)


def _peaks(ulaw: bytes) -> NDArray[np.float64]:
    per_pixel = RATE_HZ // PIXELS_PER_S
    pcm = np.abs(g711.decode(ulaw).astype(np.float64)) / 32768
    whole = len(pcm) // per_pixel * per_pixel
    return np.asarray(pcm[:whole].reshape(-1, per_pixel).max(axis=1)) if whole else np.zeros(0)


Box = tuple[int, int, list[str], int]
"""x, y below the row's top, the lines of text, and where the box ends below the row's top."""


def _rows(labels: Sequence[Label]) -> list[Box]:
    """Boxes of wrapped text at their times, each as high up as it fits beside those before it."""
    boxes: list[Box] = []
    for at_ms, text in labels:
        x = _x(at_ms)
        lines = textwrap.wrap(text, 26) or [""]
        height = len(lines) * LINE_PX + 8
        y = 0
        for other in sorted(boxes, key=lambda box: box[1]):
            if x < other[0] + BOX_PX and other[0] < x + BOX_PX and y < other[3] and other[1] < y + height:
                y = other[3]
        boxes.append((x, y, lines, y + height))
    return boxes


def _boxes(pen: ImageDraw.ImageDraw, boxes: Sequence[Box], top: int, colour: Rgb) -> None:
    for x, y, lines, _ in boxes:
        pen.line([(x, top + y), (x, top + y + len(lines) * LINE_PX)], fill=colour, width=2)
        for number, line in enumerate(lines):
            pen.text((x + 6, top + y + number * LINE_PX), line, font=_font(TEXT_PX), fill=_INK)
