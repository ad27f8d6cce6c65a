from pathlib import Path

import pytest

from local.traces import files_with

CARD = "4242424242424242"


@pytest.mark.parametrize("written", [CARD, "4242 4242 4242 4242", "4242-4242-4242-4242", "4, 2, 4, 2, " * 4])
def test_a_number_is_found_whatever_stands_between_its_digits(tmp_path: Path, written: str) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text(f"paid with {written}\n")
    (tmp_path / "b.bin").write_bytes(bytes(range(256)))
    assert files_with(tmp_path, [CARD, "5555"]) == {CARD: ["logs/a.log"]}


def test_other_numbers_are_not_it(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("4242 4242 and then 4242 4242")
    assert files_with(tmp_path, [CARD]) == {}
    assert files_with(tmp_path, []) == {}
