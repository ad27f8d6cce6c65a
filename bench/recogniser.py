"""How well callers are understood: `python -m bench.recogniser`.

Synthetic callers, a telephone line, real workers. Prints by voice and by state: word errors of the grammar decoder, and
what would have been acted on, rightly or wrongly. Synthetic voices and sentences of our own writing are an upper bound:
no recordings of people calling hotels are at hand.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from audio import g711
from speech.recognizer.agreement import distance
from speech.recognizer.pool import WorkerPool
from speech.stt import Heard, State

SENTENCES = Path(__file__).with_name("recogniser_sentences.txt")
VOICES = ("en-us", "en-us+m3", "en-us+f2", "en-us+f3", "en-us+m7", "en-gb")
PHONE_HZ, WIDE_HZ = 8000, 16000
LEAD_MS, TAIL_MS = 300, 500
_GAIN = 0.5
_AT_ONCE = 4
_IGNORED = frozenset(
    (
        *(
            "a",
            "an",
            "the",
            "um",
            "uh",
            "well",
            "oh",
            "okay",
            "so",
            "please",
            "and",
            "is",
            "it",
            "it's",
            "that",
            "that's",
        ),
        *("thank", "you", "thanks", "i", "i'd", "would", "like", "for", "on", "hello", "hi", "hey"),
    )
)
_SAME = {"yeah": "yes", "yep": "yes", "yup": "yes", "nope": "no"}

Pcm = NDArray[np.int16]


@dataclass(frozen=True)
class Spoken:
    """One sentence as it is heard in one state; `state` differs from `group` for sentences of no grammar."""

    voice: str
    group: str
    state: State
    words: str
    pcm: Pcm
    rate_hz: int


def sentences(chosen: str) -> list[tuple[str, str]]:
    rows = (line.split(" | ") for line in SENTENCES.read_text("utf-8").splitlines() if not line.startswith("#"))
    return [(group, words) for name, group, words in rows if name == chosen]


def synthesise(texts: Iterable[str], voice: str, rate_wpm: int) -> Iterator[tuple[Pcm, int]]:
    """In a process of its own, as everywhere: samples and their rate."""
    requests = "".join(
        json.dumps({"id": 1, "text": text, "voice": voice, "rate_wpm": rate_wpm}) + "\n" for text in texts
    )
    program = [sys.executable, "-m", "speech.tts_process"]
    output = subprocess.run(program, input=requests.encode(), stdout=subprocess.PIPE, check=True).stdout
    while output:
        header, _, output = output.partition(b"\n")
        answer = json.loads(header)
        if "error" in answer:
            raise SystemExit(f"bench: {answer['error']}")
        sound = b""
        while length := int.from_bytes(output[:4], "big"):
            sound, output = sound + output[4 : 4 + length], output[4 + length :]
        output = output[4:]
        yield np.frombuffer(sound, dtype="<i2"), answer["rate_hz"]


def over_the_line(pcm: Pcm, rate_hz: int, line: str, seed: int) -> tuple[Pcm, int]:
    """What arrives: 8 kHz mu-law ("phone"), with noise 20 dB below the speech ("noisy"), or 16 kHz ("wide")."""
    out_hz = WIDE_HZ if line == "wide" else PHONE_HZ
    speech = soxr.resample(pcm.astype(np.float64) * _GAIN, rate_hz, out_hz)
    signal = np.concatenate((np.zeros(LEAD_MS * out_hz // 1000), speech, np.zeros(TAIL_MS * out_hz // 1000)))
    if line == "noisy":
        level = float(np.sqrt(np.mean(speech[np.abs(speech) > 100] ** 2)))
        signal += np.random.default_rng(seed).normal(0, level / 10, len(signal))
    samples = np.clip(signal, -32768, 32767).astype(np.int16)
    return (samples if line == "wide" else g711.decode(g711.encode(samples))), out_hz


def spoken(chosen: str, voice: str, rate_wpm: int, line: str) -> Iterator[Spoken]:
    rows = sentences(chosen)
    for seed, ((group, words), (pcm, rate_hz)) in enumerate(
        zip(rows, synthesise((words for _, words in rows), voice, rate_wpm), strict=True)
    ):
        arrived, arrived_hz = over_the_line(pcm, rate_hz, line, seed)
        states: tuple[State, ...] = ("open", "yes_no", "dates", "guests") if group == "none" else (group,)  # type: ignore[assignment]
        for state in states:
            yield Spoken(voice, group, state, words, arrived, arrived_hz)


async def hear(recogniser: WorkerPool, one: Spoken) -> Heard:
    utterance = await recogniser.open(one.state, one.rate_hz)
    utterance.feed(one.pcm.tobytes())
    return await utterance.finish()


def meaning(words: str) -> list[str]:
    kept = [_SAME.get(word, word) for word in words.split() if word not in _IGNORED] or words.split()
    return [
        word.removesuffix("th") if word.endswith(("fourth", "sixth", "seventh", "tenth")) else word for word in kept
    ]


def tally(one: Spoken, heard: Heard, counts: Counter[str]) -> None:
    counts["sentences"] += 1
    if one.group == "none":
        counts["none"] += 1
        counts["none acted on"] += heard.text != ""
        return
    counts["words"] += len(one.words.split())
    counts["errors"] += distance(one.words.split(), heard.grammar_text.split())
    counts["in"] += 1
    counts["right"] += heard.text != "" and meaning(heard.text) == meaning(one.words)
    counts["WRONG"] += heard.text != "" and meaning(heard.text) != meaning(one.words)


def row(name: str, counts: Counter[str]) -> str:
    def percent(part: str, whole: str) -> str:
        return f"{100 * counts[part] / counts[whole]:6.1f}" if counts[whole] else "     -"

    figures = [
        percent(*pair) for pair in (("errors", "words"), ("right", "in"), ("WRONG", "in"), ("none acted on", "none"))
    ]
    return f"{name:14} {counts['in']:5} {'  '.join(figures)}"


async def real_time_latency(recogniser: WorkerPool, some: list[Spoken]) -> list[float]:
    """Milliseconds from `finish` to the answer when audio comes as fast as it is spoken."""
    waits = []
    for one in some:
        utterance = await recogniser.open(one.state, one.rate_hz)
        frame = one.rate_hz // 50
        start = time.monotonic()
        for index in range(0, len(one.pcm), frame):
            utterance.feed(one.pcm[index : index + frame].tobytes())
            await asyncio.sleep(max(0.0, start + (index + frame) / one.rate_hz - time.monotonic()))
        end = time.monotonic()
        await utterance.finish()
        waits.append((time.monotonic() - end) * 1000)
    return sorted(waits)


async def measure(chosen: str, voices: list[str], rate_wpm: int, line: str, verbose: bool) -> None:
    recogniser = WorkerPool(2)
    await recogniser.start()
    by_voice: dict[str, Counter[str]] = {}
    by_state: dict[str, Counter[str]] = {}
    few: list[Spoken] = []
    try:
        for voice in voices:
            everything = list(spoken(chosen, voice, rate_wpm, line))
            few = few or everything[::20]
            limit = asyncio.Semaphore(_AT_ONCE)

            async def hear_in_turn(one: Spoken, limit: asyncio.Semaphore = limit) -> Heard:
                async with limit:
                    return await hear(recogniser, one)

            for one, heard in zip(everything, await asyncio.gather(*map(hear_in_turn, everything)), strict=True):
                if one.group != "name":  # a name is a guess by design: it has a row of its own
                    tally(one, heard, by_voice.setdefault(voice, Counter()))
                tally(one, heard, by_state.setdefault(one.group, Counter()))
                if verbose and (heard.text != "" if one.group == "none" else meaning(heard.text) != meaning(one.words)):
                    both = f"{heard.grammar_text} / {heard.lm_text}"
                    print(f"  {voice} {one.state}: {one.words} -> {heard.text or '-'} ({both})")
        waits = await real_time_latency(recogniser, few)
        rss = [_rss_mib(pid) for pid in recogniser.pids]
    finally:
        await recogniser.close()
    print(f"{chosen} sentences, {line} line, {rate_wpm} words a minute; per cent")
    print(f"{'':14} {'heard':>5}  {'WER':>5}  {'right':>6}  {'WRONG':>6}  {'no grammar, acted on'}")
    for name, counts in [*by_voice.items(), *by_state.items()]:
        print(row(name, counts))
    print(row("all but names", sum((counts for counts in by_voice.values()), Counter())))
    print(f"finish() in real time: median {waits[len(waits) // 2]:.0f} ms, worst {waits[-1]:.0f} ms of {len(waits)}")
    print(f"memory of each worker: {', '.join(f'{one:.0f}' for one in rss)} MiB")


def _rss_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m bench.recogniser", description=__doc__)
    options.add_argument("--set", choices=("report", "tune"), default="report")
    options.add_argument("--line", choices=("phone", "noisy", "wide"), default="phone")
    options.add_argument("--voices", nargs="+", default=list(VOICES))
    options.add_argument("--rate-wpm", type=int, default=160)
    options.add_argument("--verbose", action="store_true", help="print what was not understood, or wrongly")
    given = options.parse_args()
    asyncio.run(measure(given.set, given.voices, given.rate_wpm, given.line, given.verbose))
