import pytest
from nightdesk import phones


@pytest.mark.parametrize(
    "raw", ["anonymous", "+266696687", "", "sip:ann@example.com", "client:kiosk", "Restricted", "+7378742833"]
)
def test_a_withheld_number_is_no_number(raw: str) -> None:
    assert phones.caller(raw) == ""


def test_a_callers_number_is_kept() -> None:
    assert phones.caller("+12075550142") == "+12075550142"


@pytest.mark.parametrize(
    ("keys", "number"),
    [
        ("2075550199", "+12075550199"),
        ("2075550199#", "+12075550199"),
        ("12075550199", "+12075550199"),
        ("+44 20 7946 0018", "+442079460018"),
        ("(207) 555-0199", "+12075550199"),
        ("5550199", ""),
        ("1075550199", ""),
        ("0", ""),
        ("", ""),
    ],
)
def test_keys_become_a_number_or_nothing(keys: str, number: str) -> None:
    assert phones.from_keys(keys) == number


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call from +12075550142 now", "call from ***0142 now"),
        ("keys 2075550199.", "keys ***0199."),
        ("sess_dwwvcqlv5huuipgg3u474f77jl", "sess_dwwvcqlv5huuipgg3u474f77jl"),
        ("2026-11-20T20:15:06.120Z", "2026-11-20T20:15:06.120Z"),
        ("$335.72 for room 101", "$335.72 for room 101"),
    ],
)
def test_a_log_shows_the_end_of_a_number_only(text: str, masked: str) -> None:
    assert phones.masked(text) == masked
