from pathlib import Path

import pytest
import yaml
from nightdesk import properties
from nightdesk.errors import PropertyFileError

DEMO = properties.PACKAGED / "west-bethel-motel.yaml"


def write(folder: Path, name: str = "demo.yaml", /, **changes: object) -> Path:
    """The demo hotel's file with some fields changed; None takes one away."""
    data = {**yaml.safe_load(DEMO.read_text()), **changes}
    path = folder / name
    path.write_text(yaml.safe_dump({key: value for key, value in data.items() if value is not None}))
    return path


def test_the_demo_hotel_is_as_agreed() -> None:
    loaded = properties.load()
    assert loaded.broken == ()
    hotel = loaded.by_number("+12072203501")
    assert hotel is not None
    assert hotel.property_id == "west-bethel-motel"
    assert hotel.front_desk.number == "+12072203502"
    assert [(r.name, r.rate_cents, r.max_guests) for r in hotel.room_types] == [
        ("Standard Queen", 12900, 2),
        ("Deluxe King", 15900, 2),
        ("Suite", 24900, 4),
    ]
    assert [tax.basis_points for tax in hotel.taxes] == [900]
    assert (hotel.pets.allowed, hotel.pets.fee_cents) == (True, 5000)
    assert hotel.greeting.startswith("Thank you for calling West Bethel Motel.")


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"greeting": None}, "greeting", "is missing"),
        ({"phone_numbers": ["2072203501"]}, r"phone_numbers\[0\]", "must be a phone number"),
        ({"phone_numbers": []}, "phone_numbers", "needs at least 1"),
        ({"time_zone": "Maine"}, "time_zone", "is not a time zone"),
        ({"time_zone": "../etc"}, "time_zone", "is not a time zone"),
        ({"check_in_time": 900}, "check_in_time", "must be a time of day in quotes"),
        ({"room_types": "queen"}, "room_types", "must be a list, not text"),
        ({"room_types": [{"room_type": "queen"}]}, r"room_types\[0\].name", "is missing"),
        (
            {"departments": [{"department": "spa", "name": "Spa", "number": "+12072203502"}]},
            "departments",
            "front_desk",
        ),
        ({"taxes": [{"name": "tax", "percent": "nine"}]}, r"taxes\[0\].percent", "must be a number"),
        ({"taxes": [{"name": "tax", "percent": 900}]}, r"taxes\[0\].percent", "between 0 and 100"),
        ({"pets": {"allowed": "yes"}}, "pets.allowed", "must be true or false, not text"),
        ({"limits": {"call_s": 5}}, "limits.call_s", "must be at least 60"),
        ({"barge_in": False}, "barge_in", "must be text in quotes"),  # what YAML makes of a bare off
        ({"opening_clip": "greeting.wav"}, "opening_clip", "must be an https, gs or file URL"),
        ({"barge_in": "polite"}, "barge_in", "must be one of off, immediate, selective"),
        ({"greting": "hi"}, "greting", "is not a field"),
    ],
)
def test_an_error_names_file_and_field(tmp_path: Path, changes: dict[str, object], field: str, problem: str) -> None:
    with pytest.raises(PropertyFileError, match=rf"properties/demo\.yaml: {field} .*{problem}"):
        properties.load_file(write(tmp_path, **changes))


def test_a_room_number_belongs_to_one_room_type(tmp_path: Path) -> None:
    room = {"name": "Q", "rate_cents": 1, "max_guests": 1, "rooms": ["101"]}
    two = [{**room, "room_type": "a"}, {**room, "room_type": "b"}]
    with pytest.raises(PropertyFileError, match="'101' appears twice"):
        properties.load_file(write(tmp_path, room_types=two))


def test_a_broken_file_leaves_the_other_hotels_in_service(tmp_path: Path) -> None:
    write(tmp_path, "good.yaml")
    (tmp_path / "bad.yaml").write_text("name: [unclosed")
    loaded = properties.load(tmp_path)
    assert list(loaded.by_id) == ["good"]
    assert [error.file for error in loaded.broken] == ["bad.yaml"]


def test_a_number_is_answered_by_one_hotel_only(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml")
    write(tmp_path, "b.yaml")
    loaded = properties.load(tmp_path)
    assert list(loaded.by_id) == ["a"]
    assert "phone_numbers[0] a.yaml has it already" in str(loaded.broken[0])
