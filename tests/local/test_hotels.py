"""What the run knows of the hotels' files, and what it changes in its own copy of them."""

from pathlib import Path

import yaml

from local import hotels
from local.config import HOTELS


def test_the_runs_hotels_call_at_any_hour_take_cards_by_keys_and_are_else_as_they_were(tmp_path: Path) -> None:
    copied = hotels.open_for_calls(tmp_path / "properties")
    files = sorted(HOTELS.glob("*.yaml"))
    assert sorted(file.name for file in copied.iterdir()) == [file.name for file in files]
    for file in files:
        before, after = yaml.safe_load(file.read_text()), yaml.safe_load((copied / file.name).read_text())
        for hours in ("hours", "lawful_hours", "lawful_offer_hours"):
            assert after["outbound"].pop(hours) == [{"opens": "00:00", "closes": "00:00"}]
            before["outbound"].pop(hours, None)
        assert after.pop("pay_connector") == "Default"
        assert after == before
