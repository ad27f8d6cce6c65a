"""G.711 by table against the reference implementation, over every value there is."""

import audioop

import numpy as np

from audio import g711

EVERY_BYTE = bytes(range(256))
EVERY_SAMPLE = np.arange(-32768, 32768, dtype=np.int16)


def test_every_byte_decodes_as_the_reference_does() -> None:
    assert g711.decode(EVERY_BYTE).tobytes() == audioop.ulaw2lin(EVERY_BYTE, 2)


def test_every_sample_encodes_as_the_reference_does() -> None:
    assert g711.encode(EVERY_SAMPLE) == audioop.lin2ulaw(EVERY_SAMPLE.tobytes(), 2)


def test_a_byte_survives_the_round_trip_but_for_negative_zero() -> None:
    expected = bytearray(EVERY_BYTE)
    expected[0x7F] = g711.SILENCE
    assert g711.encode(g711.decode(EVERY_BYTE)) == bytes(expected)


def test_silence_decodes_to_zero() -> None:
    assert not g711.decode(bytes([g711.SILENCE]) * g711.FRAME_BYTES).any()
