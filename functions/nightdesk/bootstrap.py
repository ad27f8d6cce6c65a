"""Wires ports to adapters: the only place that knows which is real. Everything that costs time is made on first use.

The `twilio` function answers the ring with what is here without a store, a publisher or their libraries being loaded.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nightdesk import config, logs, properties
from nightdesk.config import Settings
from nightdesk.errors import PublishError, Refusal
from nightdesk.events import Event
from nightdesk.properties import Properties
from nightdesk.sinks import Publisher, PubSubPublisher

if TYPE_CHECKING:
    import httpx

    from nightdesk.bookkeeper import Bookkeeper
    from nightdesk.cashier import Cashier, Page
    from nightdesk.cloudsync import CloudSync
    from nightdesk.hotel.call_recorder import CallRecorder
    from nightdesk.hotel.model import Property
    from nightdesk.hotel.payments import Payments
    from nightdesk.hotel.pms import PropertyManagement
    from nightdesk.hotel.pms_own import OwnBooks
    from nightdesk.hotel.ports import Leads, Store
    from nightdesk.hotel.recording_store import RecordingStore
    from nightdesk.hotel.telephony import Telephony
    from nightdesk.outbox import Outbox
    from nightdesk.recordings import Recordings
    from nightdesk.task_queue import TaskQueue
    from nightdesk.tools.desk import Knowledge

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
CANNOT_TAKE_PAYMENTS = "I am sorry, I cannot take payments myself. The front desk can."


def utc_now() -> datetime:
    return datetime.now(UTC)


class House:
    """One function's settings and adapters. A test hands in its own store, publisher and clock."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        store: Store | None = None,
        publisher: Publisher | None = None,
        telephony: Telephony | None = None,
        payments: Payments | None = None,
        recorder: CallRecorder | None = None,
        recording_store: RecordingStore | None = None,
        task_queue: TaskQueue | None = None,
    ) -> None:
        self.settings, self.clock = settings, clock
        self.properties = _load_properties(settings)
        self._lock = threading.Lock()
        self._store = store
        self._publisher = publisher
        self._telephony = telephony
        self._payments = payments
        self._recorder, self._recording_store = recorder, recording_store
        self._task_queue = task_queue

    @property
    def store(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = open_store(self.settings)
            return self._store

    @property
    def publisher(self) -> Publisher:
        with self._lock:
            if self._publisher is None:
                s = self.settings
                self._publisher = PubSubPublisher(s.pubsub_origin, s.pubsub_project, s.pubsub_auth)
            return self._publisher

    @cached_property
    def telephony(self) -> Telephony:
        """One that sends nothing where no account is set: what goes to a screen needs none."""
        if self._telephony is not None:
            return self._telephony
        s = self.settings
        if not s.twilio_account_sid:
            from nightdesk.hotel.telephony import NoTelephony

            return NoTelephony()
        from nightdesk.hotel.telephony_twilio import TwilioTelephony

        told_at = f"{s.webhook_origin}/voice/twilio/message-status" if s.webhook_origin else ""
        return TwilioTelephony(s.twilio_account_sid, s.twilio_auth_token, s.twilio_api_base, told_at)

    @cached_property
    def task_queue(self) -> TaskQueue:
        if self._task_queue is not None:
            return self._task_queue
        from nightdesk import task_queue

        s = self.settings
        if s.tasks != "cloud_tasks":
            return task_queue.StoreQueue()
        return task_queue.CloudTasksQueue(s.cloud_tasks_origin, s.cloud_tasks_queue, s.jobs_url, s.cloud_tasks_account)

    @cached_property
    def recordings(self) -> Recordings:
        from nightdesk.recordings import Recordings

        told_at = f"{self.settings.webhook_origin}/voice/twilio/recording"
        return Recordings(self.store, self._open_recorder(), self._open_recording_store(), self.clock, told_at)

    def _open_recorder(self) -> CallRecorder:
        if self._recorder is not None:
            return self._recorder
        s = self.settings
        if not s.twilio_account_sid:
            from nightdesk.hotel.call_recorder import NoRecorder

            return NoRecorder()
        from nightdesk.hotel.call_recorder_twilio import TwilioRecorder

        return TwilioRecorder(s.twilio_account_sid, s.twilio_auth_token, s.twilio_api_base)

    def _open_recording_store(self) -> RecordingStore:
        from nightdesk.hotel import recording_store

        if self._recording_store is not None:
            return self._recording_store
        place = self.settings.recordings
        if place.startswith("file://"):
            return recording_store.FolderRecordings(Path(place.removeprefix("file://")))
        if not place:
            return recording_store.NoRecordings()
        from nightdesk.hotel.recording_bucket import BucketRecordings, metadata_token

        bucket, _, prefix = place.removeprefix("gs://").partition("/")
        return BucketRecordings(self.http, bucket, prefix, lambda: metadata_token(self.http))

    @cached_property
    def knowledge(self) -> Knowledge:
        """Made on first use, after gunicorn forked: it may have a thread of its own."""
        if self.settings.knowledge == "hybrid":
            from nightdesk.knowledge_hybrid import HybridKnowledge

            return HybridKnowledge.with_openai(self.settings)
        from nightdesk import knowledge

        return knowledge

    def bookings(self, hotel: Property) -> PropertyManagement:
        """A hotel's bookings: our own books, or the system's that a setting names. The CRM is told of changes."""
        books: PropertyManagement
        if (elsewhere := self.settings.pms.get(hotel.property_id)) is not None:
            from nightdesk.hotel.pms_http import HttpBooks

            books = HttpBooks(hotel, elsewhere.url, elsewhere.secret, self.http)
        else:
            books = self.own_books(hotel)
        if "crm" not in self.settings.webhooks:
            return books
        from nightdesk.outbox import TellingBookings

        return TellingBookings(hotel, books, self.outbox)

    def own_books(self, hotel: Property) -> OwnBooks:
        from nightdesk.hotel.pms_own import OwnBooks

        return OwnBooks(hotel, self.store, self.clock, self.outbox.hold_expired)

    @property
    def leads(self) -> Leads:
        if "crm" not in self.settings.webhooks:
            return self.store
        from nightdesk.outbox import TellingLeads

        return TellingLeads(self.store, self.outbox)

    @property
    def outbox(self) -> Outbox:
        from nightdesk.outbox import Outbox

        return Outbox(self.store, self.settings.webhooks, self.clock)

    @property
    def cloud_sync(self) -> CloudSync:
        from nightdesk.cloudsync import CloudSync

        return CloudSync(self.store, self._bookings_of, self.settings.webhooks, self.clock, self.http)

    @cached_property
    def payments(self) -> Payments:
        """Raises: Refusal where no account is set."""
        if self._payments is not None:
            return self._payments
        s = self.settings
        if not s.stripe_api_key:
            message = "this hotel takes no payments by link: say so, and that the front desk does"
            raise Refusal("no_payments", message, say=CANNOT_TAKE_PAYMENTS)
        from nightdesk.hotel.payments_stripe import StripePayments

        return StripePayments(s.stripe_api_key, s.stripe_api_base, s.stripe_webhook_secret)

    @property
    def cashier(self) -> Cashier:
        """Raises: Refusal where no account is set."""
        from nightdesk.cashier import Cashier

        return Cashier(self.store, self._bookings_of, self.payments, self.settings.payments_origin, self.clock)

    def payment_page(self, payment_id: str) -> Page | None:
        """Needs no account."""
        from nightdesk import cashier

        return cashier.page(self.store, self._bookings_of, payment_id, self.clock())

    @property
    def bookkeeper(self) -> Bookkeeper:
        """Without an account of the provider's it enters what came, and leaves what goes back to who has one."""
        from nightdesk.bookkeeper import Bookkeeper
        from nightdesk.hotel.payments import NoPayments

        payments: Payments
        try:
            payments = self.payments
        except Refusal:
            payments = NoPayments()
        return Bookkeeper(self.store, self._bookings_of, payments, self.clock, self.outbox.payment_received)

    def _bookings_of(self, property_id: str) -> PropertyManagement | None:
        hotel = self.properties.get(property_id)
        return None if hotel is None else self.bookings(hotel)

    @cached_property
    def http(self) -> httpx.Client:
        """For other systems. On first use, after gunicorn's fork."""
        import httpx

        return httpx.Client()

    def publish_if_possible(self, event: Event, *, timeout_s: float = 2.0) -> None:
        """For events that must not hold up or fail what they tell of."""
        try:
            self.publisher.publish(event, timeout_s=timeout_s)
        except PublishError as error:
            log.error("! event lost: %s", error, extra={"fields": {"event_id": event["event_id"]}})


def open_store(settings: Settings) -> Store:
    """The store that is set. Raises: StoreError."""
    if settings.store == "firestore":
        from nightdesk.hotel.store_firestore import FirestoreStore

        return FirestoreStore(settings.firestore_project, settings.firestore_database)
    from nightdesk.hotel.store_sqlite import SqliteStore

    return SqliteStore(settings.sqlite_path)


def open_house(target: str) -> House:
    """What a target starts with. Raises: ConfigError naming every missing setting."""
    settings = config.load(target)
    logs.start(target, settings.log_level)
    return House(settings)


def _load_properties(settings: Settings) -> Properties:
    loaded = properties.load(settings.properties_dir or properties.PACKAGED)
    for error in loaded.broken:
        log.error("! property out of service: %s", error, extra={"fields": {"file": error.file, "field": error.field}})
    if not loaded.by_id:
        log.error("! no property is in service")
    return loaded
