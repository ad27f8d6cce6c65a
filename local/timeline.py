"""Draws a call, in bands of 24 s: both waveforms, who said what, which tools ran, where the guest cut in."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from audio import g711
from local.facts import Facts
from local.sound import RATE_HZ, cut

BAND_MS = 24_000
PIXELS_PER_S = 60
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 70, 20
WAVE_HEIGHT = 70
TEXT_PX, SMALL_PX = 13, 11
LINE_PX = 16
BOX_PX, BOX_LETTERS = 200, 29
_PAPER, _INK, _FAINT = (252, 251, 247), (40, 44, 52), (206, 203, 194)
_GUEST, _AGENT, _TOOL, _ALARM = (33, 102, 172), (27, 120, 55), (140, 81, 10), (200, 40, 40)

Rgb = tuple[int, int, int]
Label = tuple[int, str]
"""Where it belongs (call time in ms) and its words."""
Box = tuple[int, int, list[str], int]
"""x, y below the row's top, the lines of text, and where the box ends below the row's top."""


@dataclass(frozen=True)
class _Band:
    """One stretch of the call: what is written above, between and below its two waveforms."""

    start_ms: int
    said: bytes
    heard: bytes
    cut_ins_ms: list[int]
    rows: tuple[list[Box], list[Box], list[Box]]

    @property
    def heights(self) -> list[int]:
        return [max((box[3] for box in row), default=0) + 8 for row in self.rows]

    @property
    def height(self) -> int:
        return 24 + sum(self.heights) + 2 * WAVE_HEIGHT + 22


def draw(facts: Facts, document: dict[str, Any], path: Path) -> None:
    """Write the picture as PNG; its height follows the call's length."""
    bands = _bands(facts, document)
    width = LEFT + RIGHT + BAND_MS * PIXELS_PER_S // 1000
    image = Image.new("RGB", (width, TOP + sum(band.height for band in bands) + BOTTOM), _PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((LEFT, 10), facts.scene.title, font=_font(18), fill=_INK)
    pen.text((LEFT, 38), _headline(document), font=_font(TEXT_PX), fill=_INK if document["ok"] else _ALARM)
    top = TOP
    for band in bands:
        _draw_band(pen, band, top)
        top += band.height
    image.save(path, optimize=True)


def _bands(facts: Facts, document: dict[str, Any]) -> list[_Band]:
    guest = [(act["at_ms"], _act_words(act)) for act in document["guest"]]
    agent = [
        (turn["at_ms"] - (turn["heard_ms"] or 0), turn["text"] + (" [cut off]" if turn["interrupted"] else ""))
        for turn in document["turns"]
        if turn["role"] == "assistant"
    ]
    tools = [(call["at_ms"], f"{call['name']}: {'ok' if call['ok'] else 'no'}") for call in document["tool_calls"]]
    tools += [(facts.call_ms(event), event["event_type"]) for event in facts.events if _is_turning_point(event)]
    cut_ins = [act["at_ms"] for act in document["guest"] if act["action"] == "interrupts"]
    length_ms = max(1, document["times"]["call_ms"])
    bands = []
    for start in range(0, length_ms, BAND_MS):
        # What came after the end (the last events) stands in the last band.
        end = start + BAND_MS if start + BAND_MS < length_ms else math.inf

        def here(labels: Sequence[Label], start: int = start, end: float = end) -> list[Box]:
            return _boxes([(max(0, at) - start, text) for at, text in labels if start <= max(0, at) < end])

        bands.append(
            _Band(
                start_ms=start,
                said=cut(facts.record.said, start, start + BAND_MS),
                heard=cut(facts.record.heard, start, start + BAND_MS),
                cut_ins_ms=[at - start for at in cut_ins if start <= at < end],
                rows=(here(guest), here(agent), here(sorted(tools))),
            )
        )
    return bands


def _draw_band(pen: ImageDraw.ImageDraw, band: _Band, top: int) -> None:
    says_top = top + 24
    guest_top = says_top + band.heights[0]
    agent_top = guest_top + WAVE_HEIGHT
    agent_says_top = agent_top + WAVE_HEIGHT
    tools_top = agent_says_top + band.heights[1]
    for second in range(0, BAND_MS // 1000 + 1, 2):
        x, at = _x(second * 1000), band.start_ms // 1000 + second
        pen.line([(x, top + 18), (x, tools_top + band.heights[2])], fill=_FAINT)
        pen.text((x + 3, top + 4), f"{at // 60}:{at % 60:02}", font=_font(SMALL_PX), fill=_INK)
    for name, colour, wave_top, track in (
        ("guest", _GUEST, guest_top, band.said),
        ("agent", _AGENT, agent_top, band.heard),
    ):
        pen.text((12, wave_top + WAVE_HEIGHT // 2 - 8), name, font=_font(TEXT_PX), fill=colour)
        _wave(pen, track, wave_top, colour)
    for at_ms in band.cut_ins_ms:
        pen.line([(_x(at_ms), guest_top), (_x(at_ms), agent_says_top)], fill=_ALARM, width=2)
    for row, row_top, colour in zip(
        band.rows, (says_top, agent_says_top, tools_top), (_GUEST, _AGENT, _TOOL), strict=True
    ):
        _write(pen, row, row_top, colour)
    if band.rows[2]:
        pen.text((12, tools_top), "tools", font=_font(TEXT_PX), fill=_TOOL)


def _is_turning_point(event: dict[str, Any]) -> bool:
    return event["event_type"] not in ("conversation.message", "conversation.function_call")


def _act_words(act: dict[str, Any]) -> str:
    match act["action"]:
        case "says":
            return str(act["text"])
        case "repeats":
            return f"[again] {act['text']}"
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


def _boxes(labels: Sequence[Label]) -> list[Box]:
    """Boxes of wrapped text at their times, each as high up as it fits beside those before it."""
    boxes: list[Box] = []
    for at_ms, text in labels:
        x = min(_x(at_ms), _x(BAND_MS) - 20)
        lines = textwrap.wrap(text, BOX_LETTERS) or [""]
        height = len(lines) * LINE_PX + 6
        y = 0
        for other in sorted(boxes, key=lambda box: box[1]):
            if x < other[0] + BOX_PX and other[0] < x + BOX_PX and y < other[3] and other[1] < y + height:
                y = other[3]
        boxes.append((x, y, lines, y + height))
    return boxes


def _write(pen: ImageDraw.ImageDraw, boxes: Sequence[Box], top: int, colour: Rgb) -> None:
    for x, y, lines, _ in boxes:
        pen.line([(x, top + y), (x, top + y + len(lines) * LINE_PX)], fill=colour, width=2)
        for number, line in enumerate(lines):
            pen.text((x + 6, top + y + number * LINE_PX), line, font=_font(TEXT_PX), fill=_INK)
