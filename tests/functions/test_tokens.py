import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from nightdesk import tokens
from nightdesk.errors import Unauthenticated
from nightdesk.tokens import Claims

from .conftest import CALL_SID, CALLED, CALLER, KEY, SESSION_ID
from .schemas import validator

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
CLAIMS = Claims(SESSION_ID, "west-bethel-motel", "voice", "inbound", 1, CALL_SID, CALLER, CALLED, "A", "en")


def test_the_session_id_follows_from_the_call_sid() -> None:
    assert tokens.session_id_of_call(CALL_SID) == "sess_dwwvcqlv5huuipgg3u474f77jl"


def test_a_token_says_what_was_minted() -> None:
    assert tokens.read(tokens.mint(CLAIMS, KEY, NOW), KEY, NOW) == CLAIMS


def test_its_claims_obey_the_contract() -> None:
    payload = tokens.mint(CLAIMS, KEY, NOW).split(".")[1]
    validator("token", "claims").validate(json.loads(base64.urlsafe_b64decode(payload + "==")))


def test_it_lives_two_minutes() -> None:
    token = tokens.mint(CLAIMS, KEY, NOW)
    assert not tokens.read(token, KEY, NOW + timedelta(seconds=119)).expired
    assert tokens.read(token, KEY, NOW + timedelta(seconds=120)).expired


def test_another_key_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        tokens.read(tokens.mint(CLAIMS, KEY, NOW), KEY[::-1], NOW)


def test_a_token_without_a_signature_is_refused() -> None:
    unsigned = jwt.encode({"sid": SESSION_ID, "att": 1, "cs": CALL_SID, "exp": 9e9}, "", algorithm="none")
    with pytest.raises(Unauthenticated):
        tokens.read(unsigned, KEY, NOW)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        tokens.read(text, KEY, NOW)


def test_the_longest_token_fits_a_twilio_parameter() -> None:
    """Source: Twilio, <Parameter>: name and value together shorter than 500 characters."""
    longest = replace(
        CLAIMS, property_id="p" * 40, attempt=99, caller="+" + "9" * 15, called="+" + "9" * 15, stir="failed"
    )
    assert len("token") + len(tokens.mint(longest, KEY, NOW)) < 500


@pytest.mark.parametrize(
    ("verstat", "letter"),
    [
        ("TN-Validation-Passed-A", "A"),
        ("TN-Validation-Passed-C", "C"),
        ("TN-Validation-Failed-A", "failed"),
        ("No-TN-Validation", ""),
        ("", ""),
    ],
)
def test_attestation_is_one_letter(verstat: str, letter: str) -> None:
    assert tokens.stir_attestation(verstat) == letter
