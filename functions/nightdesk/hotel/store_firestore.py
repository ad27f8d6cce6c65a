"""The production store: Firestore, by its official client (`firestore_base.py`); its collections are those of KINDS."""

from __future__ import annotations

from nightdesk.hotel.firestore_calls import FirestoreCalls
from nightdesk.hotel.firestore_ledger import FirestoreLedger
from nightdesk.hotel.firestore_records import FirestoreRecords
from nightdesk.hotel.firestore_rooms import FirestoreRooms


class FirestoreStore(FirestoreCalls, FirestoreLedger, FirestoreRooms, FirestoreRecords):
    """The `Store` of a project. FIRESTORE_EMULATOR_HOST, which the client itself reads, leads to an emulator."""
