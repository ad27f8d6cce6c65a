"""The speech synthesiser as a program of its own: `python -m speech.tts_process`, text in, audio out.

It is the only module that loads espeak-ng (GPL-3), and nothing imports it: callers start it and talk over its pipes, so
the licence stays at arm's length. It imports nothing else of this project.

stdin, a JSON line per request: {"id":1,"text":"...","voice":"en-us","rate_wpm":165,"pitch":50}
stdout, per request in the same order: a JSON line {"id":1,"rate_hz":22050}, then frames of a 4-byte big-endian length
and that many bytes of PCM16LE mono, as they are made; length 0 ends. Or one line {"id":1,"error":"..."} instead.
End of input ends the program. A fault of the synthesiser in mid-sentence ends it with exit code 1.
"""

import ctypes
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import espeakng_loader
import numpy as np

DEFAULT_VOICE = "en-us"
DEFAULT_RATE_WPM = 165
DEFAULT_PITCH = 50

_SYNCHRONOUS = 2
_BUFFER_MS = 60
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_RATE, _PITCH = 1, 3
_POSITION_CHARACTER = 1

_KNEE = 0.6 * 32768
_CEILING = 0.85 * 32768
"""Peaks above the knee are bent towards the ceiling, so that mu-law has room (some voices peak at 32,576)."""

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _Voice(ctypes.Structure):
    """espeak_VOICE of speak_lib.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


class SynthesisError(Exception):
    """The request cannot be spoken; the text says why."""


class Espeak:
    """One espeak-ng in this process. It keeps global state: one instance, one request at a time."""

    def __init__(self) -> None:
        self._data = Path(espeakng_loader.get_data_path())
        self._lib = ctypes.CDLL(espeakng_loader.get_library_path())
        self._lib.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        self.rate_hz: int = self._lib.espeak_Initialize(
            _SYNCHRONOUS, _BUFFER_MS, str(self._data.parent).encode(), _DO_NOT_EXIT
        )
        if self.rate_hz <= 0:
            raise SynthesisError("espeak-ng does not start: its data was not found")
        self._languages = self._list_languages()
        self._sink: Callable[[bytes], None] = lambda _: None
        self._callback = _Callback(self._on_samples)  # kept: the library holds only a pointer to it
        self._lib.espeak_SetSynthCallback(self._callback)

    def prepare(self, voice: str, rate_wpm: int, pitch: int) -> None:
        """Choose the voice and how it speaks. Raises SynthesisError for a voice or value that does not exist."""
        self._select(voice)
        self._check(self._lib.espeak_SetParameter(_RATE, rate_wpm, 0), f"rate {rate_wpm} refused")
        self._check(self._lib.espeak_SetParameter(_PITCH, pitch, 0), f"pitch {pitch} refused")

    def speak(self, text: str, sink: Callable[[bytes], None]) -> None:
        """Synthesise `text`; `sink` gets PCM16LE mono at `rate_hz`, about 60 ms at a time."""
        self._sink = sink
        encoded = text.encode() + b"\0"
        self._check(
            self._lib.espeak_Synth(encoded, len(encoded), 0, _POSITION_CHARACTER, 0, _UTF8, None, None),
            "synthesis failed",
        )
        self._check(self._lib.espeak_Synchronize(), "synthesis did not end")

    def _select(self, voice: str) -> None:
        """By name, else by language as the command line does.

        The library answers 2 for a name it does not know ("en-gb") and silently keeps the previous voice, and takes any
        variant after "+"; so both are checked here.
        """
        name, _, variant = voice.partition("+")
        if variant and not (self._data / "voices" / "!v" / variant).is_file():
            raise SynthesisError(f"no such voice variant: {variant}")
        if self._lib.espeak_SetVoiceByName(voice.encode()) == 0:
            return
        if variant or name.lower() not in self._languages:
            raise SynthesisError(f"no such voice: {voice}")
        language = ctypes.create_string_buffer(name.lower().encode())
        wanted = _Voice(languages=ctypes.addressof(language))
        self._check(self._lib.espeak_SetVoiceByProperties(ctypes.byref(wanted)), f"no such voice: {voice}")

    def _list_languages(self) -> frozenset[str]:
        """The language codes of all voices. A voice has a list of (priority byte, zero-ended code), ended by a zero."""
        codes: set[str] = set()
        voices = self._lib.espeak_ListVoices(None)
        index = 0
        while voices[index]:
            position = voices[index].contents.languages or 0
            while position and ctypes.c_ubyte.from_address(position).value:
                code = ctypes.string_at(position + 1)
                codes.add(code.decode().lower())
                position += len(code) + 2
            index += 1
        return frozenset(codes)

    def _on_samples(self, samples: Any, count: int, _events: Any) -> int:
        """Answers 1 to stop the synthesis. An exception cannot cross ctypes, so a closed pipe is dealt with here."""
        if samples and count > 0:
            pcm = np.ctypeslib.as_array(samples, shape=(count,))
            try:
                self._sink(limit_peaks(pcm))
            except BrokenPipeError:
                return 1
        return 0

    def _check(self, code: int, message: str) -> None:
        if code != 0:
            raise SynthesisError(f"{message} (espeak-ng code {code})")


def limit_peaks(pcm: np.ndarray[Any, np.dtype[np.int16]]) -> bytes:
    """Bend everything above the knee towards the ceiling; what lies below stays as it is."""
    loud = np.abs(pcm.astype(np.int32)) > _KNEE
    if not loud.any():
        return pcm.tobytes()
    signal_ = pcm.astype(np.float64)
    over = np.abs(signal_[loud]) - _KNEE
    room = _CEILING - _KNEE
    signal_[loud] = np.sign(signal_[loud]) * (_KNEE + room * np.tanh(over / room))
    return np.rint(signal_).astype(np.int16).tobytes()


def _answer(espeak: Espeak, line: bytes, out: BinaryIO) -> None:
    request_id: Any = None
    try:
        request = json.loads(line)
        request_id = request["id"]
        text = request["text"]
        if not isinstance(text, str):
            raise SynthesisError("text is not a string")
        espeak.prepare(
            str(request.get("voice") or DEFAULT_VOICE),
            int(request.get("rate_wpm") or DEFAULT_RATE_WPM),
            int(request.get("pitch", DEFAULT_PITCH)),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return _write_line(out, {"id": request_id, "error": f"not a request: {type(error).__name__} {error}"})
    except SynthesisError as error:
        return _write_line(out, {"id": request_id, "error": str(error)})
    _write_line(out, {"id": request_id, "rate_hz": espeak.rate_hz})
    espeak.speak(text, lambda pcm: _write_frame(out, pcm))
    _write_frame(out, b"")
    return None


def _write_line(out: BinaryIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message).encode() + b"\n")
    out.flush()


def _write_frame(out: BinaryIO, pcm: bytes) -> None:
    out.write(len(pcm).to_bytes(4, "big") + pcm)
    out.flush()


def main() -> int:
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C goes to the whole group; the parent ends this program by its input
    try:
        espeak = Espeak()
        for line in sys.stdin.buffer:
            if line.strip():
                _answer(espeak, line, sys.stdout.buffer)
    except BrokenPipeError:
        return 0
    except SynthesisError as error:
        print(f"! {error}", file=sys.stderr)  # noqa: T201 - the caller shows what it finds on stderr
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
