"""Where recordings are kept, and silence in such a file."""

import struct
from pathlib import Path

import pytest
from nightdesk.hotel.recording_store import FolderRecordings, MemoryRecordings, RecordingsOutOfReach, RecordingStore
from nightdesk.recording_audio import NotWav, silenced

from .recording_house import (
    silent_parts,
    wav,
)


@pytest.fixture(params=["memory", "folder"])
def any_kept(request: pytest.FixtureRequest, tmp_path: Path) -> RecordingStore:
    return MemoryRecordings() if request.param == "memory" else FolderRecordings(tmp_path / "calls")


def test_a_store_keeps_replaces_and_deletes_by_folder(any_kept: RecordingStore) -> None:
    url = any_kept.put("sess_a/RE1.wav", b"one")
    assert url == any_kept.url("sess_a/RE1.wav")
    assert any_kept.put("sess_a/RE1.wav", b"two") == url
    any_kept.put("sess_a/RE2.wav", b"three")
    any_kept.put("sess_b/RE3.wav", b"four")
    assert any_kept.sizes("sess_a") == {"sess_a/RE1.wav": 3, "sess_a/RE2.wav": 5}
    assert (any_kept.get("sess_a/RE1.wav"), any_kept.sizes("sess_c")) == (b"two", {})
    assert any_kept.delete("sess_a") == 2
    with pytest.raises(RecordingsOutOfReach):
        any_kept.get("sess_a/RE1.wav")
    assert any_kept.delete("sess_a") == 0
    assert any_kept.delete("sess_b") == 1


@pytest.mark.parametrize("name", ["../etc/passwd", "sess_a/../../x", "/etc/passwd", "", "a/b/c"])
def test_a_name_cannot_lead_elsewhere(any_kept: RecordingStore, name: str) -> None:
    for ask in (any_kept.delete, any_kept.sizes, any_kept.get):
        with pytest.raises(ValueError, match="no name"):
            ask(name)


def test_a_folder_that_cannot_be_written_is_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RecordingsOutOfReach):
        FolderRecordings(tmp_path / "file").put("sess_a/RE1.wav", b"")


def test_silence_is_of_whole_frames_and_within_the_file() -> None:
    assert silent_parts(silenced(wav(3), [(-5, 0.5), (1.00001, 1.5), (2.75, 99)])) == [(0, 0.5), (1, 1.5), (2.75, 3)]
    assert len(silenced(wav(3), [(0, 99)])) == len(wav(3))


def test_mu_laws_silence_is_its_own() -> None:
    header = b"RIFF\0\0\0\0WAVEfmt \x12\0\0\0" + struct.pack("<HHIIHHH", 7, 2, 8000, 16_000, 2, 8, 0)
    file = header + b"data" + struct.pack("<I", 16_000) + b"\x55" * 16_000
    assert silenced(file, [(0.5, 1)])[-8000:] == b"\xff" * 8000


@pytest.mark.parametrize("content", [b"", b"OggS" + bytes(40), b"RIFF\0\0\0\0WAVE"])
def test_what_is_no_wav_is_not_touched(content: bytes) -> None:
    with pytest.raises(NotWav):
        silenced(content, [(0, 1)])
