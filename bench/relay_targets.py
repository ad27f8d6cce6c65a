"""What the relay must reach, held against what was measured. The delays are ms, memory KiB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.relay_suite import Row

_OURS = "nightdesk"
_AT_ITS_MOST = "cpu_ms_at_{calls}"


@dataclass(frozen=True, slots=True)
class Target:
    """`figure` of `source` (a row of the table, or one of the measurements of ours alone) may be at most `most`.

    With `times`, at most so many times that figure of another relay, whose name contains `peer`. In a figure `{calls}`
    stands for the most calls that this peer carries.
    """

    words: str
    source: str
    figure: str
    most: float = 0.0
    peer: str = ""
    times: float = 1.0


TARGETS = (
    Target("CPU at most a tenth of pipecat's", _OURS, "cpu_ms_per_call_s", peer="pipecat", times=0.1),
    Target("CPU at most half of the Agents SDK example's", _OURS, "cpu_ms_per_call_s", peer="Agents SDK", times=0.5),
    Target("CPU at most the Node sample's", _OURS, "cpu_ms_per_call_s", peer="Node"),
    Target("with as many calls as it carries, a tenth of pipecat's", _OURS, _AT_ITS_MOST, peer="pipecat", times=0.1),
    Target("with as many as it carries, half of the SDK's", _OURS, _AT_ITS_MOST, peer="Agents SDK", times=0.5),
    Target("with as many as it carries, the Node sample's", _OURS, _AT_ITS_MOST, peer="Node"),
    Target("when full, CPU at most a tenth of pipecat's", _OURS, "cpu_ms_when_full", peer="pipecat", times=0.1),
    Target("when full, CPU at most half of the Agents SDK's", _OURS, "cpu_ms_when_full", peer="Agents SDK", times=0.5),
    Target("when full, CPU at most the Node sample's", _OURS, "cpu_ms_when_full", peer="Node"),
    Target("no frame lost", _OURS, "frames_lost"),
    Target("no frame out of order", _OURS, "frames_reordered"),
    Target("memory per call below 300 KB, not recorded", "long calls, not recorded", "kib_per_call", 293),
    Target("memory per call below 300 KB, recorded, first seconds", _OURS, "kib_per_call", 293),
    Target("memory per call below 300 KB, recorded, 45 s", "long calls", "kib_per_call", 293),
    Target("engine sockets closed 1 s after hang-up", _OURS, "engine_sockets_left"),
    Target("start to first agent audio in 5 ms", _OURS, "start_to_audio_ms", 5),
    Target("process start to listening in 0.3 s", _OURS, "start_to_listening_s", 0.3),
    Target("truncation error p99 of 20 ms", _OURS, "truncation_error_p99_ms", 20),
    Target("an interruption is decided within 400 ms", _OURS, "clear_p99_ms", 400),
    Target("every interruption is acted on", _OURS, "interruptions_ignored"),
    Target("clear within 5 ms of a committed barge-in, p99", "barge_in immediate", "clear_p99_ms", 5),
    Target("caller->engine p99 of 10 ms while a tool takes 10 s", "a tool takes 10 s", "to_engine_p99_ms", 10),
    Target("loop lag p99 of 10 ms while a tool takes 10 s", "a tool takes 10 s", "loop_lag_p99_ms", 10),
    Target("transcoding adds 25 ms caller->engine, p99", "transcoding", "to_engine_p99_ms", 25),
    Target("transcoding adds 25 ms engine->caller, p99", "transcoding", "to_caller_p99_ms", 25),
    Target("200 calls: caller->engine p50 of 1 ms", "200 calls", "to_engine_p50_ms", 1),
    Target("200 calls: caller->engine p99 of 10 ms", "200 calls", "to_engine_p99_ms", 10),
    Target("200 calls: engine->caller p50 of 1 ms", "200 calls", "to_caller_p50_ms", 1),
    Target("200 calls: engine->caller p99 of 10 ms", "200 calls", "to_caller_p99_ms", 10),
    Target("200 calls: no frame lost", "200 calls", "frames_lost"),
    Target("200 calls: no frame out of order", "200 calls", "frames_reordered"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    words: str
    measured: float | None
    most: float | None

    @property
    def word(self) -> str:
        if self.measured is None or self.most is None:
            return "not measured"
        return "met" if self.measured <= self.most else "NOT MET"


def judge(rows: Sequence[Row], alone: Mapping[str, Row]) -> list[Verdict]:
    """One verdict for each target."""
    named = {str(row["relay"]): row for row in rows} | dict(alone)
    verdicts = []
    for target in TARGETS:
        most: float | None = target.most
        figure = target.figure
        if target.peer:
            peer = next((row for name, row in named.items() if target.peer in name), {})
            figure = figure.format(calls=peer.get("most_calls"))
            theirs = _number(peer, figure)
            most = None if theirs is None else theirs * target.times
        verdicts.append(Verdict(target.words, _number(named.get(target.source, {}), figure), most))
    return verdicts


def text(verdicts: Sequence[Verdict]) -> str:
    """One line for each; what was not measured in this run is named so."""
    lines = ["targets"]
    for verdict in verdicts:
        figures = "" if verdict.word == "not measured" else f"{verdict.measured:.2f} of at most {verdict.most:.2f}"
        lines.append(f"  {verdict.word:12}  {verdict.words:52}  {figures}".rstrip())
    return "\n".join(lines) + "\n"


def _number(row: Row, figure: str) -> float | None:
    value = row.get(figure)
    return float(value) if isinstance(value, int | float) else None
