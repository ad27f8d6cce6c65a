"""The audio of one call and one engine that do not speak the same format: mu-law at 8 kHz <-> PCM16 at 24 kHz. Pure.

The streaming resampler holds back 2 ms each way, and gives for every chunk exactly as much time as went in: what an
engine says lasts as long for the caller, so positions need no translation. (The last 2 ms of an item are therefore
not heard.) Importing this brings numpy along, so nobody does where every engine speaks the caller's format.
"""

from __future__ import annotations

import binascii
from typing import Any

import numpy as np

from audio import g711
from audio.resample import Resampler
from relay import live, realtime
from relay.caller import PCM24, PCMU, AudioFormat
from relay.dialects import Codec

_PCM16 = np.dtype("<i2")


def transcoding(caller: AudioFormat, engine: AudioFormat, codec: Codec) -> Codec:
    """An engine's codec, made to read and write in the caller's format. One per connection: it has a memory."""
    between = Transcoder(caller, engine)

    def read_for_caller(data: memoryview) -> Any:
        match codec.read(data):
            case realtime.AudioDelta(response_id, item_id, content_index, audio):
                audio = between.to_caller(item_id, audio)
                return realtime.AudioDelta(response_id, item_id, content_index, audio)
            case live.OutputAudio(audio):
                return live.OutputAudio(between.to_caller("", audio))
            case event:
                return event

    def write_from_caller(message: Any) -> bytes:
        if type(message) is realtime.AppendAudio:
            message = realtime.AppendAudio(between.to_engine(message.audio))
        return codec.write(message)

    def convert(payload: bytes) -> bytes:
        return binascii.b2a_base64(between.to_engine(binascii.a2b_base64(payload)), newline=False)

    return Codec(read_for_caller, write_from_caller, codec.append, convert=convert)


class Transcoder:
    """`to_caller` takes the items one after another."""

    def __init__(self, caller: AudioFormat, engine: AudioFormat) -> None:
        self._in = _Converter(caller, engine)
        self._engine, self._caller = engine, caller
        self._item_id = ""
        self._out = _Converter(engine, caller)

    def to_engine(self, audio: bytes) -> bytes:
        return self._in.convert(audio)

    def to_caller(self, item_id: str, audio: bytes) -> bytes:
        if item_id != self._item_id:  # no echo of the item before
            self._item_id, self._out = item_id, _Converter(self._engine, self._caller)
        return self._out.convert(audio)


class _Converter:
    """One direction. Half a sample at the end of a chunk waits for the other half."""

    def __init__(self, source: AudioFormat, target: AudioFormat) -> None:
        assert {source, target} == {PCMU, PCM24}
        self._expands = source == PCMU
        self._resampler = Resampler(8000, 24_000) if self._expands else Resampler(24_000, 8000)
        self._half = b""

    def convert(self, audio: bytes) -> bytes:
        if self._expands:
            return self._resampler.process(g711.decode(audio)).astype(_PCM16, copy=False).tobytes()
        audio = self._half + audio
        whole = len(audio) & ~1
        self._half = audio[whole:]
        return g711.encode(self._resampler.process(np.frombuffer(audio[:whole], _PCM16).astype(np.int16, copy=False)))
