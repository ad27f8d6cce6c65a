"""The comparison as text for a terminal, and as CSV and JSON for whatever comes after."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bench import relay_targets
from bench.relay_suite import Row, Value

# Heading, then the figures of a column and how many decimals they get.
_BLOCKS: Sequence[tuple[str, Sequence[tuple[str, Sequence[str], int]]]] = (
    (
        "cost",
        (
            ("CPU ms per call-s", ("cpu_ms_per_call_s",), 2),
            ("of ours", ("cpu_of_ours",), 2),
            ("KiB per call", ("kib_per_call",), 0),
            ("MiB idle", ("idle_mib",), 0),
            ("s to listening", ("start_to_listening_s",), 2),
            ("calls per core", ("calls_per_core",), 0),
            ("CPU then", ("cpu_ms_when_full",), 2),
        ),
    ),
    (
        "added delay, ms; frames of 20 ms",
        (
            ("caller->engine p50/p95/p99", ("to_engine_p50_ms", "to_engine_p95_ms", "to_engine_p99_ms"), 1),
            ("engine->caller p50/p95/p99", ("to_caller_p50_ms", "to_caller_p95_ms", "to_caller_p99_ms"), 1),
            ("lost", ("frames_lost",), 0),
            ("reordered", ("frames_reordered",), 0),
            ("first words lost ms", ("first_words_lost_ms",), 0),
            ("start->audio ms", ("start_to_audio_ms",), 1),
        ),
    ),
    (
        "interruptions",
        (
            ("seen", ("interruptions",), 0),
            ("ignored", ("interruptions_ignored",), 0),
            ("speech->clear ms p50/p99", ("clear_p50_ms", "clear_p99_ms"), 1),
            (
                "truncation error ms p50/p95/p99",
                ("truncation_error_p50_ms", "truncation_error_p95_ms", "truncation_error_p99_ms"),
                0,
            ),
            ("engine sockets left", ("engine_sockets_left",), 0),
            ("refused by the engine", ("engine_refusals",), 0),
        ),
    ),
)


def text(rows: Sequence[Row]) -> str:
    """Three blocks with one line for each relay; below them, why a line is empty."""
    lines: list[str] = []
    for title, columns in _BLOCKS:
        cells = [["relay", *(heading for heading, _, _ in columns)]]
        for row in rows:
            cells.append([str(row["relay"]), *(_cell(row, keys, decimals) for _, keys, decimals in columns)])
        used = [n for n in range(len(cells[0])) if n == 0 or any(line[n] != "-" for line in cells[1:])]
        lines += [title, *_aligned([[line[n] for n in used] for line in cells]), ""]
    lines += [f"{row['relay']}: {row['note']}" for row in rows if row.get("note")]
    return "\n".join(lines).rstrip() + "\n"


def with_ratios(rows: Sequence[Row]) -> list[Row]:
    """The same rows with each relay's CPU as a multiple of the first one's."""
    ours = rows[0].get("cpu_ms_per_call_s")
    if not isinstance(ours, float) or not ours:
        return list(rows)
    return [
        row | {"cpu_of_ours": cpu / ours if isinstance(cpu := row.get("cpu_ms_per_call_s"), float) else None}
        for row in rows
    ]


def write(
    folder: Path,
    rows: Sequence[Row],
    about: Mapping[str, object],
    alone: Mapping[str, Row],
    verdicts: Sequence[relay_targets.Verdict],
) -> list[Path]:
    """relay.csv, relay.json and relay.txt in `folder`. Returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = io.StringIO()
    writer = csv.DictWriter(table, names)
    writer.writeheader()
    writer.writerows(rows)
    targets = [asdict(verdict) | {"verdict": verdict.word} for verdict in verdicts]
    whole = {"about": about, "relays": list(rows), "nightdesk alone": alone, "targets": targets}
    written = {
        "relay.csv": table.getvalue(),
        "relay.json": json.dumps(whole, indent=2) + "\n",
        "relay.txt": f"{text(rows)}\n{relay_targets.text(verdicts)}",
    }
    for name, content in written.items():
        (folder / name).write_text(content)
    return [folder / name for name in written]


def _cell(row: Row, keys: Sequence[str], decimals: int) -> str:
    values = [row.get(key) for key in keys]
    if all(value is None or value == "" for value in values):
        return "-"
    return "/".join(_number(value, decimals) for value in values)


def _number(value: Value, decimals: int) -> str:
    if isinstance(value, float):
        return f"{value:.{decimals}f}"
    return "-" if value is None else str(value)


def _aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[n]) for line in cells) for n in range(len(cells[0]))]
    return [
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in cells
    ]
