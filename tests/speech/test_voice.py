"""An answer cut into deltas: whole frames, the right words in each, a pause between sentences."""

from collections.abc import AsyncGenerator

import numpy as np
import pytest

from audio.g711 import Pcm16
from speech.session import BYTES_PER_MS
from speech.voice import Piece, Voice


class HumTts:
    """Hums 60 ms for each letter, and remembers what it was asked to say."""

    rate_hz = 22050

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def speak(self, words: str, rate_wpm: int) -> AsyncGenerator[Pcm16]:
        self.asked.append((words, rate_wpm))
        for _ in words:
            yield np.full(self.rate_hz * 60 // 1000, 1000, dtype=np.int16)


async def pieces(text: str, audio_format: str = "audio/pcmu", speed: float = 1.0) -> tuple[HumTts, list[Piece]]:
    tts = HumTts()
    return tts, [piece async for piece in Voice(tts, 160).say(text, audio_format, speed)]


@pytest.mark.parametrize("audio_format", ["audio/pcmu", "audio/pcm"])
async def test_pieces_are_whole_frames_of_200_ms_at_most(audio_format: str) -> None:
    _, said = await pieces("The price is three hundred dollars. Shall I hold it?", audio_format)
    per_ms = BYTES_PER_MS[audio_format]
    assert all(len(piece.audio) <= 200 * per_ms for piece in said)
    assert all(len(piece.audio) % (20 * per_ms) == 0 for piece in said)
    assert sum(len(piece.audio) for piece in said) / per_ms == pytest.approx(51 * 60 + 180, abs=60)


@pytest.mark.parametrize("text", ["Yes.", " One.  Two! Three", "It is $335.72 for November 27. OK?", "... Well.", "?"])
async def test_the_written_words_are_all_there_once(text: str) -> None:
    _, said = await pieces(text)
    assert "".join(piece.words for piece in said) == text


async def test_the_synthesiser_gets_words_and_the_transcript_what_was_written() -> None:
    tts, said = await pieces("It is $335.72.", speed=1.25)
    assert tts.asked == [("It is three hundred thirty-five dollars and seventy-two cents.", 200)]
    assert "".join(piece.words for piece in said) == "It is $335.72."


async def test_words_come_with_the_audio_in_which_they_begin() -> None:
    _, said = await pieces("aaaa bbbb cccc dddd")
    begins = {word: index * 200 for index, piece in enumerate(said) for word in piece.words.split()}
    assert begins == {"aaaa": 0, "bbbb": 200, "cccc": 600, "dddd": 800}


async def test_between_sentences_there_is_a_pause() -> None:
    _, said = await pieces("Aa. Bb.")
    quiet = b"".join(piece.audio for piece in said).split(b"\xff" * 800)
    assert len([part for part in quiet if part.strip(b"\xff")]) == 2


async def test_punctuation_alone_is_not_spoken() -> None:
    tts, said = await pieces("...")
    assert tts.asked == []
    assert said == [Piece("...", b"")]
