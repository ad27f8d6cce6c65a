"""Keys that may be a number or a confirmation code, where the one is as long as the other."""

import pytest
from nightdesk import phone_countries
from nightdesk.hotel.memory import MemoryStore

from .conftest import SESSION_ID, Service


@pytest.mark.parametrize(("country", "keys", "dialled"), [("DK", "20123456", "45"), ("SG", "81234567", "65")])
def test_a_code_is_a_code_where_numbers_are_as_long_and_a_number_is_keyed_with_its_country(
    call: Service, store: MemoryStore, monkeypatch: pytest.MonkeyPatch, country: str, keys: str, dialled: str
) -> None:
    monkeypatch.setattr(phone_countries, "_region", lambda hotel: country)
    note = call.tool("handle_ivr_menu", "dtmf-1-1", keys=f"{keys}#").get_json()["result"]["note"]
    assert "confirmation code" in note
    assert "again with the country code in front" in note
    session = store.session(SESSION_ID)
    assert session is not None
    assert (session.keypad_code, session.keypad_phone) == (keys, "")
    call.tool("handle_ivr_menu", "dtmf-1-2", keys=f"{dialled}{keys}#")
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.keypad_phone == f"+{dialled}{keys}"
    assert keys not in note


def test_where_numbers_are_longer_nothing_is_said_of_them(call: Service) -> None:
    note = call.tool("handle_ivr_menu", "dtmf-1-1", keys="48210937#").get_json()["result"]["note"]
    assert note == "The guest keyed a confirmation code. The tools have it: leave it out."
