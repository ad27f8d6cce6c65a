"""Bookings that another system keeps: the suite over real HTTP, every message held to the contract, every outage."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient
from nightdesk import properties
from nightdesk.hotel.model import Property
from nightdesk.hotel.pms import BookingsUnavailable, FeeChanged, PropertyManagement
from nightdesk.hotel.pms_http import HttpBooks

from local.pms.books import Books
from local.pms.server import application, read_hotels

from .conftest import CALLER, Clock, Service
from .schemas import validator
from .serving import serving
from .test_bookings import HOTELS, STAY, Suite, suite
from .test_golden import golden

KEY = "key-of-the-booking-system"


@pytest.fixture(scope="module")
def hotel() -> Property:
    return properties.load(HOTELS).by_id["contract-inn"]


def by_the_contract(answer: httpx.Response) -> None:
    """Every message of this suite, both ways, is one of contracts/pms.json."""
    answer.read()
    what = answer.request.url.path.rpartition("/")[2]
    names = {"offers": ("offers", "offers"), "search": ("search", "search"), "payments": ("payment", "reservation")}
    named = ("confirm", "modify", "cancel")
    asked, answered = names.get(what, (what if what in named else "hold", "reservation"))
    if answer.request.method != "GET":
        validator("pms", f"{asked}_request").validate(json.loads(answer.request.content))
    validator("pms", f"{answered}_answer" if answer.is_success else "refusal").validate(answer.json())


class TestHttpBooks(Suite):
    """The reference system, over real HTTP."""

    @pytest.fixture
    def url(self, clock: Clock) -> Iterator[str]:
        with serving(application(read_hotels(HOTELS), KEY, clock)) as url:
            yield url

    @pytest.fixture
    def books(self, hotel: Property, url: str) -> Iterator[PropertyManagement]:
        with httpx.Client(event_hooks={"response": [by_the_contract]}) as client:
            yield HttpBooks(hotel, url, KEY, client)

    def test_a_wrong_key_opens_nothing(self, hotel: Property, url: str) -> None:
        with httpx.Client() as client, pytest.raises(BookingsUnavailable) as caught:
            HttpBooks(hotel, url, "wrong", client).offers([STAY])
        assert "401" in caught.value.problem

    def test_a_hotel_that_it_does_not_know_is_an_outage(self, hotel: Property, url: str) -> None:
        with httpx.Client() as client:
            stranger = HttpBooks(replace(hotel, property_id="other-inn"), url, KEY, client)
            with pytest.raises(BookingsUnavailable):
                stranger.offers([STAY])
            with pytest.raises(BookingsUnavailable):
                stranger.reservation("reservation_1")


class Answers:
    """A booking system that answers what it is told to, once each, and the last for ever."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content)


def asking(hotel: Property, *answers: httpx.Response | Exception) -> tuple[HttpBooks, Answers]:
    system = Answers(*answers)
    return HttpBooks(hotel, "http://pms", KEY, httpx.Client(transport=httpx.MockTransport(system))), system


def offered(**changes: Any) -> httpx.Response:
    quote = {
        "room_type": "queen",
        "name": "Queen",
        "rate_plan": "standard",
        "rate_plan_name": "standard rate",
        "nightly_cents": [100, 100],
        "fees": [],
        "taxes": [],
        "tax_cents": 18,
        "total_cents": 218,
        **changes,
    }
    return httpx.Response(200, json={"v": 1, "ok": True, "offers": [[{"quote": quote, "available": 1}]]})


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(502, text="bad gateway"),
        httpx.Response(503, json={"v": 1, "ok": False, "error": {"code": "unavailable", "message": "later"}}),
        httpx.Response(500, text="oops"),
        httpx.Response(400, json={"v": 1, "ok": False, "error": {"code": "bad_request", "message": "?"}}),
        httpx.Response(404, text="no such page"),
        httpx.Response(409, json={"v": 1, "ok": False, "error": {"code": "moon_phase", "message": "wrong"}}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"v": 1, "ok": True}),
        httpx.Response(200, json={"v": 1, "ok": True, "offers": []}),
        offered(total_cents=217),
        offered(total_cents="218"),
        offered(total_cents=218.0),
        offered(nightly_cents=[-100, 300]),
    ],
    ids=lambda answer: repr(answer) + (answer.text[-60:] if isinstance(answer, httpx.Response) else ""),
)
def test_a_system_that_is_down_or_talks_nonsense_is_out_of_reach(hotel: Property, answer: Any) -> None:
    books, _ = asking(hotel, answer)
    with pytest.raises(BookingsUnavailable) as caught:
        books.offers([STAY])
    assert "I cannot see our bookings right now" in caught.value.say
    assert "quote no price" in caught.value.message


@pytest.mark.parametrize("first", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.Response(503)])
def test_it_is_asked_a_second_time_and_no_more(hotel: Property, first: httpx.Response | Exception) -> None:
    books, system = asking(hotel, first, offered())
    assert books.offers([STAY])[0][0].quote.total_cents == 218
    assert len(system.asked) == 2
    books, system = asking(hotel, first)
    with pytest.raises(BookingsUnavailable):
        books.offers([STAY])
    assert len(system.asked) == 2


def test_a_write_that_is_asked_again_is_the_same_write(hotel: Property) -> None:
    books, system = asking(hotel, httpx.ReadTimeout("slow"))
    with pytest.raises(BookingsUnavailable):
        books.cancel("reservation_1", 0, "change_1")
    first, second = system.asked
    assert first.content == second.content == b'{"v":1,"fee_cents":0,"change_id":"change_1"}'


def test_a_socket_that_never_answers_is_given_up(hotel: Property, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightdesk.hotel.pms_http.ATTEMPT_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, httpx.Client() as client:
        books = HttpBooks(hotel, f"http://127.0.0.1:{silent.getsockname()[1]}", KEY, client)
        with pytest.raises(BookingsUnavailable):
            books.offers([STAY])


def test_guests_numbers_and_codes_are_in_no_url(hotel: Property) -> None:
    books, system = asking(hotel, httpx.Response(200, json={"v": 1, "ok": True, "reservations": []}))
    books.by_phone(CALLER)
    books.by_code("12345678")
    assert all(request.url.path == "/v1/properties/contract-inn/reservations/search" for request in system.asked)
    assert all(not request.url.query for request in system.asked)


def reservation_of(**changes: Any) -> dict[str, Any]:
    hotel = read_hotels(HOTELS)["contract-inn"]
    wanted = {"session_id": "", "last_name": "Davis", "room_type": "queen"}
    stay = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
    return {**Books(hotel, Clock()).hold("reservation_1", {**wanted, "stay": stay}), **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"property_id": "other-inn"},
        {"created_at": "2026-11-20T17:00:00"},
        {"status": "dreaming"},
        {"check_in": "soon"},
        {"quote": None},
    ],
)
def test_a_reservation_that_is_not_by_the_contract_is_not_believed(hotel: Property, changes: dict[str, Any]) -> None:
    good = {"v": 1, "ok": True, "reservation": reservation_of()}
    books, _ = asking(hotel, httpx.Response(200, json=good))
    assert books.reservation("reservation_1") is not None
    books, _ = asking(hotel, httpx.Response(200, json={**good, "reservation": reservation_of(**changes)}))
    with pytest.raises(BookingsUnavailable):
        books.reservation("reservation_1")


def test_what_is_asked_and_understood_are_the_golden_messages(hotel: Property) -> None:
    offers, hold, cancel = (golden(f"pms_{name}_request") for name in ("offers", "hold", "cancel"))
    answers = [golden(f"pms_{name}") for name in ("offers_answer", "reservation_answer", "refusal_fee_changed")]
    books, system = asking(hotel, *(httpx.Response(a["http"]["status"], json=a["body"]) for a in answers))
    assert [o.quote.room_type for o in books.offers([STAY])[0]] == ["queen", "suite"]
    assert books.hold(suite()).confirmation_code == "48210573"
    with pytest.raises(FeeChanged):
        books.cancel("reservation_1", 0, cancel["body"]["change_id"])
    for request, wanted in zip(system.asked, (offers, hold, cancel), strict=True):
        assert (request.method, request.url.path) == (wanted["http"]["method"], wanted["http"]["path"])
        assert json.loads(request.content) == wanted["body"]
        assert request.headers["Authorization"] == f"Bearer {KEY}"


def test_a_search_brings_nobody_else(hotel: Property) -> None:
    others = {"v": 1, "ok": True, "reservations": [reservation_of(phone="+12075550199")]}
    books, _ = asking(hotel, httpx.Response(200, json=others))
    assert books.by_phone(CALLER) == []


class TestDesk:
    """The tools of a hotel whose bookings the reference system keeps."""

    @pytest.fixture
    def desk(self, client: Callable[..., FlaskClient], token: Callable[..., str], url: str) -> Service:
        settings = {"PMS_URLS": f"contract-inn={url}", "PMS_KEYS": f"contract-inn={KEY}", "PROPERTIES_DIR": str(HOTELS)}
        tools = Service(client("tools", **settings))
        assert tools.session(token(property_id="contract-inn")).status_code == 200
        return tools

    @pytest.fixture
    def url(self, clock: Clock, request: pytest.FixtureRequest) -> Iterator[str]:
        if getattr(request, "param", "up") == "down":
            yield "http://127.0.0.1:9"  # the discard port: nobody listens
            return
        with serving(application(read_hotels(HOTELS), KEY, clock)) as url:
            yield url

    def test_what_is_free_is_what_the_other_system_says(self, desk: Service, hotel: Property, url: str) -> None:
        asked = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 4}
        first = desk.tool("check_availability", "call_1", **asked).get_json()
        with httpx.Client() as client:
            HttpBooks(hotel, url, KEY, client).hold(suite())
        second = desk.tool("check_availability", "call_2", **asked).get_json()
        assert [answer["result"]["offers"][0]["available"] for answer in (first, second)] == [2, 1]

    @pytest.mark.parametrize("url", ["down"], indirect=True)
    def test_when_it_is_down_the_guest_hears_why_and_is_asked_for_a_number(self, desk: Service) -> None:
        answer = desk.tool("check_availability", check_in="2026-11-27", check_out="2026-11-29", adults=2)
        error = answer.get_json()["error"]
        assert (answer.status_code, error["code"]) == (200, "bookings_unavailable")
        assert "May I take your number" in error["say"]
