"""A guest who was promised to be called back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from nightdesk import properties
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Callback, Message

from .conftest import CALLED, CALLER, SESSION_ID, Clock
from .outbound_house import HOTEL, CallingHouse

MOTEL = properties.load().by_id[HOTEL]


def promised(store: Store, clock: Clock, **changes: Any) -> Callback:
    made = Callback(
        callback_id="callback_1",
        property_id=HOTEL,
        session_id=SESSION_ID,
        created_at=clock() - timedelta(hours=1),
        due_at=clock(),
        phone=CALLER,
        phone_source="caller_line",
        reason="Whether a crib fits into the suite",
        name="Ada Lee",
        language="en",
        promised_at=clock(),
        caller=CALLED,
    )
    made = replace(made, **changes)
    store.change_record(Callback, made.callback_id, lambda _: made)
    return made


def now(house: CallingHouse) -> Callback:
    found = house.store.record(Callback, "callback_1")
    assert found is not None
    return found


def ends(house: CallingHouse, status: str) -> None:
    [call] = house.open_calls()
    house.tells(call, status)


def messages(house: CallingHouse) -> list[Message]:
    return house.store.records(Message, property_id=HOTEL, status="new")
