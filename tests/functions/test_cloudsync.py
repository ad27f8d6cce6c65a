"""Other systems are told: signed, again until they take it, put aside if nobody does, and never while a guest waits."""

import base64
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient
from nightdesk import bootstrap, cloudsync, outbox, properties, webhooks
from nightdesk.bookkeeper import Bookkeeper
from nightdesk.cashier import Cashier
from nightdesk.cloudsync import CloudSync
from nightdesk.config import OtherSystem, Settings
from nightdesk.conversation import Session
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.payments_memory import SIGNATURE, MemoryPayments
from nightdesk.hotel.pms import Booking, BookingsUnavailable, Change
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import Store
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.records import Delivery
from nightdesk.outbox import Outbox, TellingBookings, TellingLeads
from nightdesk.sinks import MemoryPublisher

from .conftest import CALLER, SESSION_ID, Clock, Service, Twilio
from .receiver import Receiver
from .schemas import validator
from .serving import serving
from .stored import FRIDAY
from .test_finalise import stream_ended
from .test_golden import golden

SECRET = "whsec_" + base64.b64encode(b"a secret of more than 24 bytes").decode()
LEAD = {"name": "Ada", "name_confirmed": True, "phone_source": "caller_line"}
CALLS, LEADS, RESERVATIONS = "/api/v1/voice/calls", "/api/v1/leads", "/api/v1/reservations"
HOTEL = "west-bethel-motel"


@pytest.fixture
def receiver(clock: Clock) -> Receiver:
    return Receiver(SECRET, clock)


@pytest.fixture
def url(receiver: Receiver) -> Iterator[str]:
    with serving(receiver.application()) as url:
        yield url


@pytest.fixture
def told(url: str) -> dict[str, str]:
    """The settings of a deployment that tells everybody."""
    return {"CLOUD_SYNC_URL": url, "CLOUD_SYNC_SECRET": SECRET, "CRM_URL": url, "CRM_SECRET": SECRET}


@pytest.fixture
def desk(client: Callable[..., FlaskClient], told: dict[str, str], token: Callable[..., str]) -> Service:
    """The tools function in such a deployment, with the demo call's stream set up."""
    tools = Service(client("tools", **told))
    assert tools.session(token()).status_code == 200
    return tools


@pytest.fixture
def jobs(client: Callable[..., FlaskClient], told: dict[str, str]) -> Service:
    return Service(client("jobs", **told))


def deliver(jobs: Service, clock: Clock, **later: float) -> dict[str, int]:
    """One round of the job, some time later."""
    clock.forward(**(later or {"seconds": 11}))
    answer: dict[str, Any] = jobs.post("/jobs/deliver", {}).get_json()
    return {name: answer[name] for name in ("delivered", "failed", "dead") if answer[name]}


def test_the_signature_is_the_one_of_the_standard() -> None:
    """Source: standardwebhooks 1.1.0 for Python, Webhook(secret).sign(id, timestamp, payload)."""
    secret, webhook_id = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    signed = webhooks.signature(secret, webhook_id, "1614265330", b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_can_refuse_what_is_forged_old_or_repeated(receiver: Receiver, clock: Clock) -> None:
    content = webhooks.encoded({"v": 1})
    good = webhooks.headers(SECRET, "id_1", clock(), content)
    other = "whsec_" + base64.b64encode(b"another secret, as long as that").decode()
    forged = webhooks.headers(other, "id_1", clock(), content)
    assert receiver.judge(forged, LEADS, content) == 401
    assert receiver.judge(good, LEADS, content + b" ") == 401
    assert receiver.judge({**good, "webhook-id": "id_2"}, LEADS, content) == 401
    later = str(int(clock().timestamp()) + 60)
    assert receiver.judge({**good, "webhook-timestamp": later}, LEADS, content) == 401
    assert receiver.judge({}, LEADS, content) == 401
    clock.forward(minutes=6)
    assert receiver.judge(good, LEADS, content) == 400
    clock.forward(minutes=-6)
    assert receiver.judge(good, LEADS, content) == 204
    assert receiver.judge(good, LEADS, content) == 409


def test_a_lead_reaches_the_crm(desk: Service, jobs: Service, receiver: Receiver, clock: Clock) -> None:
    lead_id = desk.tool("create_lead", **LEAD).get_json()["result"]["lead_id"]
    assert receiver.asked == []
    assert deliver(jobs, clock) == {"delivered": 1}
    [message] = receiver.messages(LEADS)
    validator("webhooks", "lead_changed").validate(message)
    assert (message["lead"]["lead_id"], message["lead"]["phone"], message["property_id"]) == (lead_id, CALLER, HOTEL)
    assert deliver(jobs, clock) == {}


def test_every_change_of_a_lead_is_told_also_one_that_is_taken_back(
    desk: Service, jobs: Service, receiver: Receiver, clock: Clock
) -> None:
    names = ("Ada", "Ida", "Ada")
    for number, name in enumerate(names):
        clock.forward(seconds=1)
        assert desk.tool("create_lead", f"call_{number}", **{**LEAD, "name": name}).get_json()["ok"]
        assert deliver(jobs, clock) == {"delivered": 1}
    messages = receiver.messages(LEADS)
    assert [message["lead"]["name"] for message in messages] == list(names)
    assert len({message["lead"]["lead_id"] for message in messages}) == 1


def test_a_call_that_ended_reaches_the_cloud(
    client: Callable[..., FlaskClient],
    told: dict[str, str],
    desk: Service,
    jobs: Service,
    receiver: Receiver,
    publisher: MemoryPublisher,
    clock: Clock,
) -> None:
    event_sink, twilio = Service(client("event_sink", **told)), Twilio(client("twilio", **told))
    desk.turn(1, "user", "a room please")
    desk.tool("create_lead", **LEAD)
    event_sink.push(stream_ended())
    twilio.post("/voice/twilio/status", CallStatus="completed", CallDuration="92")
    [ended] = [event for event in publisher.events if event["event_type"] == "conversation.ended"]
    for _ in range(2):
        assert event_sink.push(ended).status_code == 204
    assert deliver(jobs, clock) == {"delivered": 2}
    [message] = receiver.messages(CALLS)
    validator("webhooks", "call_ended").validate(message)
    call = message["call"]
    assert (call["session_id"], call["duration_seconds"], call["outcome"]) == (SESSION_ID, 92, "lead_created")
    assert call["transcription"] == "user: a room please"
    assert set(call) == set(golden("webhook_call")["body"]["call"])


def test_a_system_that_is_down_is_told_later_and_holds_no_call(
    desk: Service, jobs: Service, receiver: Receiver, store: MemoryStore, clock: Clock
) -> None:
    receiver.answers = [503, 500, 401]
    assert desk.tool("create_lead", **LEAD).get_json()["ok"]
    assert deliver(jobs, clock) == {"failed": 1}
    assert deliver(jobs, clock, seconds=30) == {}
    assert deliver(jobs, clock, seconds=31) == {"failed": 1}
    assert deliver(jobs, clock, minutes=2) == {"failed": 1}
    assert deliver(jobs, clock, minutes=4) == {"delivered": 1}
    [message] = receiver.messages(LEADS)
    [delivery] = store.records(Delivery, session_id=SESSION_ID)
    assert (delivery.status, delivery.attempts, delivery.body) == ("delivered", 4, {})
    assert message["id"] == delivery.delivery_id


def test_what_nobody_takes_is_put_aside_seen_and_sent_again(
    desk: Service, jobs: Service, receiver: Receiver, clock: Clock
) -> None:
    receiver.answers = [500] * cloudsync.MOST_ATTEMPTS
    desk.tool("create_lead", **LEAD)
    rounds = [deliver(jobs, clock, hours=7) for _ in range(cloudsync.MOST_ATTEMPTS)]
    assert rounds == [{"failed": 1}] * (cloudsync.MOST_ATTEMPTS - 1) + [{"dead": 1}]
    assert deliver(jobs, clock, days=1) == {}
    headers = {"Authorization": "Bearer service-secret"}
    [dead] = jobs.client.get(f"/jobs/deliveries?property_id={HOTEL}", headers=headers).get_json()["dead"]
    assert (dead["target"], dead["attempts"], dead["last_error"]) == ("crm", 10, "out of reach: status 500")
    assert "body" not in dead
    again = jobs.post(f"/jobs/deliveries/{dead['delivery_id']}/redrive", {})
    assert again.get_json()["status"] == "pending"
    assert deliver(jobs, clock) == {"delivered": 1}
    assert jobs.client.get(f"/jobs/deliveries?property_id={HOTEL}", headers=headers).get_json()["dead"] == []
    assert jobs.post("/jobs/deliveries/nothing/redrive", {}).status_code == 404
    assert jobs.client.get("/jobs/deliveries").status_code == 401


def test_a_hold_that_ran_out_is_let_go_of_by_a_job_and_told(
    jobs: Service, receiver: Receiver, store: MemoryStore, clock: Clock
) -> None:
    books = OwnBooks(properties.load().by_id[HOTEL], store, clock)
    stay = Stay(FRIDAY, FRIDAY + timedelta(days=2), adults=2)
    held = books.hold(Booking("reservation_1", SESSION_ID, stay, "suite", "Davis"))
    assert jobs.post("/jobs/holds", {}).get_json()["expired"] == []
    clock.forward(hours=1)
    assert jobs.post("/jobs/holds", {}).get_json()["expired"] == [held.reservation_id]
    assert jobs.post("/jobs/holds", {}).get_json()["expired"] == []
    assert deliver(jobs, clock) == {"delivered": 1}
    [message] = receiver.messages(RESERVATIONS)
    assert message["reservation"]["status"] == "expired"


def test_nobody_is_told_where_nobody_is_configured(
    call: Service, store: MemoryStore, client: Callable[..., FlaskClient], clock: Clock
) -> None:
    call.tool("create_lead", **LEAD)
    assert store.records(Delivery, session_id=SESSION_ID) == []
    assert deliver(Service(client("jobs")), clock) == {}


class Deployment:
    """The parts around one store, with a client that answers `statuses` and then yes."""

    def __init__(self, store: Store, clock: Clock, *systems: str) -> None:
        self.store, self.clock, self.statuses, self.sent = store, clock, list[int | Exception](), list[httpx.Request]()
        self.hotel = properties.load().by_id[HOTEL]
        secret = OtherSystem("https://other.example.com", SECRET)
        self.systems = dict.fromkeys(systems or ("cloud_sync", "crm"), secret)
        self.outbox = Outbox(store, self.systems, clock)
        house = bootstrap.House(Settings("jobs"), clock=clock, store=store)
        self.own = house.bookings(self.hotel)
        self.books = TellingBookings(self.hotel, self.own, self.outbox)
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.sync = CloudSync(store, lambda _: self.books, self.systems, clock, client)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        status = self.statuses.pop(0) if self.statuses else 204
        if isinstance(status, Exception):
            raise status
        return httpx.Response(status)

    def round(self, **later: float) -> tuple[int, int, int]:
        self.clock.forward(**(later or {"seconds": 11}))
        sent = self.sync.deliver_due(50, 60)
        return sent.delivered, sent.failed, sent.dead

    def booking(self, reservation_id: str = "reservation_1") -> Booking:
        stay = Stay(FRIDAY, FRIDAY + timedelta(days=2), adults=2)
        return Booking(reservation_id, SESSION_ID, stay, "suite", "Davis", phone=CALLER, phone_source="caller_line")


@pytest.fixture
def deployment(any_store: Store, clock: Clock) -> Deployment:
    return Deployment(any_store, clock)


def test_every_change_of_a_reservation_is_told(deployment: Deployment) -> None:
    books, said = deployment.books, []
    changes: list[Callable[[], object]] = [
        lambda: books.hold(deployment.booking()),
        lambda: books.confirm("reservation_1", "payment_1"),
        lambda: books.modify("reservation_1", Change(adults=1), "change_1"),
        lambda: books.cancel("reservation_1", 0, "change_2"),
    ]
    for change in changes:
        change()
        assert deployment.round() == (1, 0, 0)
        message = httpx.Response(200, content=deployment.sent[-1].content).json()
        validator("webhooks", "reservation_changed").validate(message)
        assert deployment.sent[-1].url.path == RESERVATIONS
        said.append((message["reservation"]["status"], message["reservation"]["adults"]))
        assert set(message["reservation"]) == set(golden("webhook_reservation")["body"]["reservation"])
    assert said == [("held", 2), ("confirmed", 2), ("confirmed", 1), ("cancelled", 1)]


def test_a_payment_is_told_once_it_was_made(deployment: Deployment) -> None:
    store, clock, provider = deployment.store, deployment.clock, MemoryPayments()
    told = deployment.outbox.payment_received
    cashier = Cashier(store, lambda _: deployment.own, provider, "https://pay.hotel.example", clock)
    bookkeeper = Bookkeeper(store, lambda _: deployment.own, provider, clock, told)
    payment = cashier.link(deployment.own.hold(deployment.booking()), SESSION_ID, "payment_1")
    assert deployment.round() == (0, 0, 0)
    for event_id in ("evt_1", "evt_2"):
        news = provider.read(provider.webhook("payment_1", "completed", event_id), SIGNATURE)
        assert news is not None
        bookkeeper.apply(news)
    assert deployment.round() == (1, 0, 0)
    message = httpx.Response(200, content=deployment.sent[-1].content).json()
    validator("webhooks", "payment_received").validate(message)
    assert deployment.sent[-1].url.path == "/api/v1/payments"
    assert set(message["payment"]) == set(golden("webhook_payment")["body"]["payment"])
    assert (message["payment"]["status"], message["payment"]["amount_cents"]) == ("paid", payment.amount_cents)


def test_a_repeated_message_is_the_same_message_under_the_same_id(deployment: Deployment) -> None:
    """Also when the reservation has changed since. Only the time, and with it the signature, is another."""
    deployment.statuses = [503, httpx.ReadTimeout("slow")]
    deployment.books.hold(deployment.booking())
    assert deployment.round() == (0, 1, 0)
    deployment.own.modify("reservation_1", Change(adults=1), "change_1")
    assert [deployment.round(hours=1) for _ in range(2)] == [(0, 1, 0), (1, 0, 0)]
    assert len({request.content for request in deployment.sent}) == 1
    assert {request.headers["webhook-id"] for request in deployment.sent} == {"reservation_1-hold-crm"}
    assert len({request.headers["webhook-signature"] for request in deployment.sent}) == 3


def test_who_dies_in_between_leaves_it_to_the_next(deployment: Deployment) -> None:
    deployment.books.hold(deployment.booking())
    deployment.clock.forward(seconds=11)
    [due] = deployment.store.due_records(Delivery, deployment.clock(), 10)
    assert deployment.sync._take(due.delivery_id) is not None
    assert deployment.sync._take(due.delivery_id) is None
    assert deployment.round(seconds=30) == (0, 0, 0)
    deployment.statuses = [409]
    assert deployment.round(seconds=31) == (1, 0, 0)


def test_what_was_noted_and_then_did_not_happen_is_told_to_nobody(deployment: Deployment) -> None:
    deployment.outbox.reservation_changed(HOTEL, SESSION_ID, "reservation_9", "hold")
    assert [deployment.round(minutes=minutes) for minutes in (1, 2, 4)] == [(0, 1, 0), (0, 1, 0), (1, 0, 0)]
    assert deployment.sent == []


def test_one_system_that_is_down_does_not_keep_the_other_waiting(any_store: Store, clock: Clock) -> None:
    deployment = Deployment(any_store, clock)
    for number in (1, 2):
        deployment.outbox.reservation_changed(HOTEL, SESSION_ID, f"reservation_{number}", "hold")
        deployment.books.hold(deployment.booking(f"reservation_{number}"))
    deployment.outbox.call_ended(session_of(any_store, clock))
    deployment.statuses = [httpx.ConnectError("refused")]
    assert deployment.round() == (1, 1, 0)
    assert [request.url.path for request in deployment.sent] == [RESERVATIONS, CALLS]


def test_a_message_that_cannot_be_made_keeps_nobody_waiting_and_is_put_aside(deployment: Deployment) -> None:
    clock = deployment.clock()
    unreadable = Delivery("d0", HOTEL, SESSION_ID, clock, "crm", outbox.CALL_ENDED, {"about": {}}, clock)
    deployment.store.change_record(Delivery, "d0", lambda _: unreadable)
    deployment.books.hold(deployment.booking())
    assert deployment.round() == (1, 1, 0)
    rounds = [deployment.round(hours=7) for _ in range(cloudsync.MOST_ATTEMPTS - 1)]
    assert rounds == [(0, 1, 0)] * (cloudsync.MOST_ATTEMPTS - 2) + [(0, 0, 1)]


def session_of(store: Store, clock: Clock) -> Session:
    begun = Session(SESSION_ID, HOTEL, "voice", "inbound", "en", "CA1", CALLER, "", "", start_time=clock())
    kept = store.change_session(SESSION_ID, lambda known: known or begun)
    assert kept is not None
    return kept


def test_bookings_out_of_reach_are_asked_for_again(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object) -> None:
        raise BookingsUnavailable("down")

    deployment.books.hold(deployment.booking())
    with monkeypatch.context() as patch:
        patch.setattr(TellingBookings, "reservation", down)
        assert deployment.round() == (0, 1, 0)
    assert deployment.round(seconds=61) == (1, 0, 0)


def test_only_who_is_configured_is_told(any_store: Store, clock: Clock) -> None:
    deployment = Deployment(any_store, clock, "crm")
    deployment.outbox.call_ended(session_of(any_store, clock))
    assert deployment.round() == (0, 0, 0)
    leads = TellingLeads(any_store, deployment.outbox)
    assert leads.leads(SESSION_ID) == []


@pytest.mark.parametrize("name", ["call", "lead", "reservation", "payment"])
def test_a_webhook_without_its_main_part_is_none(name: str) -> None:
    message = golden(f"webhook_{name}")
    del message["body"][name]
    assert not validator(message["wire"], message["message"]).is_valid(message["body"])
