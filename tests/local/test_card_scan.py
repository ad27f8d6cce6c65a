"""A card number that was keyed is found wherever it has stayed."""

from pathlib import Path

import pytest

from local import card_scan
from local.callers import script

CARD = "5555555555554444"


@pytest.mark.parametrize(
    "left",
    [
        CARD,
        "5555 5555 5555 4444",
        f'{{"keys": "{CARD}#"}}',
        "x555555555554444",
        "5555-5555-5555",
        '5\\"555555555554444',
    ],
)
def test_what_was_kept_of_a_card_is_found(tmp_path: Path, left: str) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "tools.log").write_text(f"before {left} after")
    (tmp_path / "events.jsonl").write_text("nothing here")
    assert list(card_scan.complaints([CARD], tmp_path)) == ["a card number that was keyed is in logs/tools.log"]


def test_a_binary_file_is_searched_too(tmp_path: Path) -> None:
    (tmp_path / "nightdesk.sqlite3-wal").write_bytes(b"\xff\x00\x01" + CARD.encode() + b"\x00")
    assert len(list(card_scan.complaints([CARD], tmp_path))) == 1


@pytest.mark.parametrize("left", ["xxxxxxxxxxxx4444", "ending in 4444", "55555555", "1234567890123456"])
def test_the_last_four_digits_may_be_kept(tmp_path: Path, left: str) -> None:
    (tmp_path / "tools.log").write_text(left)
    assert list(card_scan.complaints([CARD], tmp_path)) == []


def test_the_numbers_are_those_that_the_guest_keys() -> None:
    assert card_scan.keyed(script.load("card_paid_by_keys").steps) == [CARD]
    assert card_scan.keyed(script.load("lead_by_keypad").steps) == [], "a telephone number is none"
