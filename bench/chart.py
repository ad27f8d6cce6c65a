"""The comparison as one picture: bars, ours first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bench.relay_suite import Row

_WIDTH, _MARGIN, _NAME_WIDTH, _BAR_HEIGHT, _GAP = 1000, 30, 260, 22, 8
_INK, _PAPER, _OURS, _PEER, _FAINT = "#1d2430", "#ffffff", "#0b6e4f", "#9aa5b1", "#5b6673"
_PANELS = (
    ("CPU, ms per second of call", "cpu_ms_per_call_s", "{:.2f}"),
    ("Memory, KiB per call", "kib_per_call", "{:.0f}"),
    ("Added delay caller to engine, p99 ms", "to_engine_p99_ms", "{:.1f}"),
    ("Added delay engine to caller, p99 ms", "to_caller_p99_ms", "{:.1f}"),
    ("Truncation error, p95 ms", "truncation_error_p95_ms", "{:.0f}"),
    ("Start of the call to first agent audio, ms", "start_to_audio_ms", "{:.1f}"),
    ("Calls that one core carries", "calls_per_core", "{}"),
)


def draw(rows: Sequence[Row], caption: str, path: Path) -> None:
    """Write a PNG with one panel for each figure that any relay has."""
    panels = [panel for panel in _PANELS if any(_value(row, panel[1]) is not None for row in rows)]
    panel_height = 44 + len(rows) * (_BAR_HEIGHT + _GAP)
    image = Image.new("RGB", (_WIDTH, 2 * _MARGIN + 50 + len(panels) * panel_height), _PAPER)
    pen = ImageDraw.Draw(image)
    title, body = ImageFont.load_default(20), ImageFont.load_default(14)
    pen.text((_MARGIN, _MARGIN), "One phone relay on one core", _INK, title)
    pen.text((_MARGIN, _MARGIN + 28), caption, _FAINT, body)
    top = _MARGIN + 64
    for heading, key, style in panels:
        pen.text((_MARGIN, top), heading, _INK, body)
        _bars(pen, rows, key, style, top + 24, body)
        top += panel_height
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def _bars(
    pen: ImageDraw.ImageDraw,
    rows: Sequence[Row],
    key: str,
    style: str,
    top: int,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    longest = max(_value(row, key) or 0.0 for row in rows) or 1.0
    room = _WIDTH - _NAME_WIDTH - 2 * _MARGIN - 90
    for n, row in enumerate(rows):
        y, value = top + n * (_BAR_HEIGHT + _GAP), _value(row, key)
        left = _MARGIN + _NAME_WIDTH
        pen.text((_MARGIN, y + 3), str(row["relay"]), _INK, font)
        if value is None:
            pen.text((left, y + 3), "not measured", _FAINT, font)
            continue
        length = max(2, round(room * max(0.0, value) / longest))
        pen.rectangle((left, y, left + length, y + _BAR_HEIGHT), _OURS if n == 0 else _PEER)
        shown = row[key] if isinstance(row[key], str | int) else value
        pen.text((left + length + 8, y + 3), style.format(shown), _INK, font)


def _value(row: Row, key: str) -> float | None:
    """As a number; ">=500" is 500 here."""
    value = row.get(key)
    if isinstance(value, str):
        value = float(value.removeprefix(">="))
    return float(value) if isinstance(value, int | float) else None
