"""What a caller knows of a hotel: its number and its languages, as its own file says. Read as files, never imported."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from local.config import HOTELS
from local.errors import SetupError


@dataclass(frozen=True)
class Hotel:
    """`languages`: its own first. `time_zone` is an IANA name."""

    property_id: str
    number: str
    languages: tuple[str, ...]
    time_zone: str


def find(property_id: str, folder: Path = HOTELS) -> Hotel:
    """Raises SetupError naming the hotels that there are."""
    path = folder / f"{property_id}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.yaml")))
        raise SetupError(f"There is no hotel called {property_id!r}.", f"Hotels: {known}.")
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    others = [spoken["language"] for spoken in data.get("languages", [])]
    return Hotel(property_id, data["phone_numbers"][0], (data["language"], *others), data["time_zone"])


def open_for_calls(to: Path, folder: Path = HOTELS) -> Path:
    """The hotels' files, copied to `to`, as scenes are played: they call at any hour, and their guests may key a card,
    for which the simulated account has a connector. Returns `to`.
    """
    to.mkdir(parents=True, exist_ok=True)
    for file in sorted(folder.glob("*.yaml")):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "outbound" in data:
            at_any = [{"opens": "00:00", "closes": "00:00"}]
            data["outbound"] |= {"hours": at_any, "lawful_hours": at_any, "lawful_offer_hours": at_any}
        data.setdefault("pay_connector", "Default")
        (to / file.name).write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return to


def numbers(folder: Path = HOTELS) -> list[str]:
    """Every hotel's number, for the account to have."""
    return [find(file.stem, folder).number for file in sorted(folder.glob("*.yaml"))]
