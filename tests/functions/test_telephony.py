"""One suite for the fake and for Twilio's REST API, which is the simulated one, reached by the official client."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from nightdesk.hotel.telephony import (
    OVER,
    CallInDoubt,
    CallOrder,
    CallRefused,
    FakeTelephony,
    Telephony,
    TextInDoubt,
    TextRefused,
)
from nightdesk.hotel.telephony_twilio import TwilioTelephony

from local.twilio import NumberSettings, Person, SimulatedTwilio

HOTEL, GUEST, OTHER, LANDLINE, STOPPED = "+12072203501", "+12075550142", "+12075550143", "+12075550144", "+12075550145"
ABROAD = "+18765550143"
ACCOUNT_SID, TOKEN = "AC" + "0a" * 16, "a token"


class Twilio:
    """A simulated account on a loop of its own: the official client blocks."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.account = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    async def _start(self) -> SimulatedTwilio:
        account = SimulatedTwilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, numbers={HOTEL: NumberSettings("")})
        await account.start()
        return account

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self.account.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


@pytest.fixture(scope="module")
def twilio() -> Iterator[Twilio]:
    running = Twilio()
    yield running
    running.stop()


@dataclass
class Line:
    telephony: Telephony
    kind: Literal["fake", "twilio"]
    account: SimulatedTwilio


@pytest.fixture(params=["fake", "twilio"])
def line(request: pytest.FixtureRequest, twilio: Twilio) -> Line:
    account = twilio.account
    account.texts.sent.clear()
    account.people[GUEST] = Person(answers_after_s=None)
    account.texts.landlines, account.texts.opted_out, account.texts.closed = {LANDLINE}, {(HOTEL, STOPPED)}, {"+1876"}
    account.closed.add("+1876")
    if request.param == "fake":
        return Line(
            FakeTelephony(
                refuses={LANDLINE: "number", STOPPED: "opted_out", ABROAD: "country"}, unreachable={ABROAD: "country"}
            ),
            "fake",
            account,
        )
    return Line(TwilioTelephony(ACCOUNT_SID, TOKEN, account.base_url), "twilio", account)


def test_a_text_is_sent_and_found_again(line: Line) -> None:
    since = datetime.now(UTC)
    assert line.telephony.find_text(GUEST, HOTEL, "hello", since) == ""
    sid = line.telephony.send_text(GUEST, HOTEL, "hello")
    assert sid.startswith("SM")
    assert line.telephony.find_text(GUEST, HOTEL, "hello", since) == sid
    assert line.telephony.find_text(OTHER, HOTEL, "hello", since) == ""
    assert line.telephony.find_text(GUEST, HOTEL, "good bye", since) == ""


@pytest.mark.parametrize(("to", "why"), [(LANDLINE, "number"), (STOPPED, "opted_out"), (ABROAD, "country")])
def test_a_refusal_says_why(line: Line, to: str, why: str) -> None:
    with pytest.raises(TextRefused) as refused:
        line.telephony.send_text(to, HOTEL, "hello")
    assert refused.value.why == why


def test_a_text_of_long_ago_is_not_taken_for_this_one(twilio: Twilio) -> None:
    telephony = TwilioTelephony(ACCOUNT_SID, TOKEN, twilio.account.base_url)
    telephony.send_text(GUEST, HOTEL, "as ever")
    assert telephony.find_text(GUEST, HOTEL, "as ever", datetime.now(UTC) + timedelta(minutes=1)) == ""


def test_wrong_credentials_are_no_doubt_and_no_answer_is(twilio: Twilio) -> None:
    with pytest.raises(TextRefused, match="401/20003") as refused:
        TwilioTelephony(ACCOUNT_SID, "wrong", twilio.account.base_url).send_text(GUEST, HOTEL, "hello")
    assert refused.value.why == "unavailable"
    nobody = TwilioTelephony(ACCOUNT_SID, TOKEN, "http://127.0.0.1:9")
    with pytest.raises(TextInDoubt):
        nobody.send_text(GUEST, HOTEL, "hello")
    with pytest.raises(TextInDoubt):
        nobody.find_text(GUEST, HOTEL, "hello", datetime.now(UTC))


# calls

ORDER = CallOrder(
    GUEST,
    HOTEL,
    "http://127.0.0.1:9/answered",
    "http://127.0.0.1:9/status",
    fallback_url="http://127.0.0.1:9/fallback",
    ring_s=5,
)


def test_a_call_is_placed_found_again_and_ended(line: Line) -> None:
    since = datetime.now(UTC)
    assert line.telephony.find_calls(OTHER, HOTEL, since) == []
    sid = line.telephony.start_call(ORDER)
    assert sid.startswith("CA")
    assert line.telephony.find_calls(GUEST, HOTEL, since) == [sid]
    state = line.telephony.call_state(sid)
    assert state is not None
    assert state.call_sid == sid
    line.telephony.end_call(sid)
    ended = line.telephony.call_state(sid)
    assert ended is not None
    assert ended.status in OVER


def test_a_call_that_still_waits_for_its_turn_is_found(line: Line) -> None:
    since = datetime.now(UTC)
    sids = [line.telephony.start_call(ORDER) for _ in range(2)]
    assert line.telephony.find_calls(GUEST, HOTEL, since)[:2] == sids[::-1]
    for sid in sids:
        line.telephony.end_call(sid)


@pytest.mark.parametrize("waits_for_beep", [True, False])
def test_who_picks_up_is_listened_to_in_either_way(twilio: Twilio, waits_for_beep: bool) -> None:
    """The account refuses an order of machine detection that it does not know."""
    telephony = TwilioTelephony(ACCOUNT_SID, TOKEN, twilio.account.base_url)
    order = replace(ORDER, machine_url="http://127.0.0.1:9/machine", waits_for_beep=waits_for_beep)
    telephony.end_call(telephony.start_call(order))


def test_a_call_that_is_over_cannot_be_changed_and_an_unknown_one_is_not_there(line: Line) -> None:
    sid = "CA" + "0" * 32
    assert line.telephony.call_state(sid) is None
    with pytest.raises(CallRefused) as refused:
        line.telephony.update_call(sid, "<Response/>")
    assert refused.value.why == "over"
    with pytest.raises(CallRefused) as refused:
        line.telephony.end_call(sid)
    assert refused.value.why == "over"


def test_a_number_that_is_none_is_refused_at_once(twilio: Twilio) -> None:
    telephony = TwilioTelephony(ACCOUNT_SID, TOKEN, twilio.account.base_url)
    with pytest.raises(CallRefused) as refused:
        telephony.start_call(CallOrder("+1", HOTEL, ORDER.answered_url, ORDER.status_url))
    assert refused.value.why == "number"


def test_a_country_that_may_not_be_called_is_refused_at_once(line: Line) -> None:
    with pytest.raises(CallRefused) as refused:
        line.telephony.start_call(replace(ORDER, to=ABROAD))
    assert refused.value.why == "country"


def test_no_answer_to_a_call_is_doubt() -> None:
    nobody = TwilioTelephony(ACCOUNT_SID, TOKEN, "http://127.0.0.1:9")
    with pytest.raises(CallInDoubt):
        nobody.start_call(ORDER)
    with pytest.raises(CallInDoubt):
        nobody.find_calls(GUEST, HOTEL, datetime.now(UTC))
    with pytest.raises(CallInDoubt):
        nobody.call_state("CA" + "0" * 32)
    with pytest.raises(CallInDoubt):
        nobody.end_call("CA" + "0" * 32)
