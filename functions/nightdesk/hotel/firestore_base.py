"""The few ways in which the Firestore store reaches its database, by the official client.

A change reads, decides, and commits one batch of writes, each under a condition: "must not be there yet", or "must be
as I read it". The batch is all or nothing; who comes second reads and decides again. Nobody holds a lock, so a rival
that dies holds nobody up. (Firestore's transactions lock what they read; see DECISIONS.md.)

The service answers a query as of one moment; its emulator does not: a rival's batch shows write by write, in its order
(`_commit`). So whatever is written rests on conditions of single documents, and never on what a query found alone.
"""

from __future__ import annotations

import hashlib
import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from google.api_core.exceptions import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    GoogleAPICallError,
    NotFound,
    RetryError,
    ServiceUnavailable,
)
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from nightdesk.errors import StoreError
from nightdesk.hotel import firestore_indexes

T = TypeVar("T")
Document = dict[str, Any]

_TIMEOUT_S = 5.0  # of one request, its repetitions by the client included
_LONGEST_PAUSE_S = 0.1
_RIVAL = (AlreadyExists, Aborted, FailedPrecondition, NotFound)


@dataclass
class Writes:
    """What a change comes to, before it is committed. `update`: (reference, when it was read to be from, all fields).

    `set` and `delete` have no condition: another write of the same batch has. `then` is told when the first document
    with a condition is from.
    """

    create: list[tuple[Any, Document]] = field(default_factory=list)
    update: list[tuple[Any, Any, Document]] = field(default_factory=list)
    set: list[tuple[Any, Document]] = field(default_factory=list)
    delete: list[Any] = field(default_factory=list)
    then: Callable[[Any], None] | None = None

    def put(self, found: Any, document: Document) -> None:
        """Create or replace the document of a snapshot."""
        if found.exists:
            self.update.append((found.reference, found.update_time, document))
        else:
            self.create.append((found.reference, document))


class FirestoreBase:
    def __init__(self, project: str, database: str, timeout_s: float = _TIMEOUT_S) -> None:
        self._client: Any = firestore.Client(project=project, database=database)
        self._timeout_s, self._patience_s = timeout_s, 2 * timeout_s
        self._bounds = self._bounded()

    def close(self) -> None:
        self._client.close()

    def _bounded(self, on_retry: Callable[[Exception], None] | None = None) -> dict[str, Any]:
        """How long the client may take, and that it asks again where the service does not answer."""
        again = if_exception_type(ServiceUnavailable)
        retry = Retry(again, initial=0.05, maximum=0.5, timeout=self._timeout_s, on_error=on_retry)
        return {"retry": retry, "timeout": self._timeout_s}

    def _document(self, collection: str, *names: str) -> Any:
        """The reference of a document; further names are subcollection, id, ..."""
        path = [collection, *names]
        return self._client.document(*(identifier(p) if n % 2 else p for n, p in enumerate(path)))

    def _get(self, *references: Any) -> list[Any]:
        """Their snapshots in that order, as of one moment; `exists` says whether there is one."""
        with _reaching():
            found = {s.reference.path: s for s in self._client.get_all(references, **self._bounds)}
        return [found[reference.path] for reference in references]

    def _select(
        self,
        collection: str,
        equal: dict[str, Any],
        *,
        order: str,
        newest: bool = False,
        many: frozenset[str] = frozenset(),
        at_least: Any = None,
        below: Any = None,
        at_most: Any = None,
        limit: int | None = None,
    ) -> Any:
        """A query: these fields equal (or containing, for `many`), and `order` within its bounds."""
        mode: firestore_indexes.Mode = "DESCENDING" if newest else "ASCENDING"
        wanted = firestore_indexes.index(collection, equal.keys() - many, equal.keys() & many, (order, mode))
        firestore_indexes.must_exist(wanted)
        query = self._client.collection(collection)
        for name, value in equal.items():
            query = query.where(filter=FieldFilter(name, "array_contains" if name in many else "==", value))
        for operator, bound in ((">=", at_least), ("<", below), ("<=", at_most)):
            if bound is not None:
                query = query.where(filter=FieldFilter(order, operator, bound))
        query = query.order_by(order, direction=mode)
        return query if limit is None else query.limit(limit)

    def _list(self, query: Any) -> list[Any]:
        """The snapshots that a query finds."""
        with _reaching():
            return list(query.stream(**self._bounds))

    def _change(self, decide: Callable[[], tuple[Writes | None, T]]) -> T:
        """Read and decide, commit, and do it again when somebody else was faster. None: there is nothing to write."""
        deadline = time.monotonic() + self._patience_s
        pause_s = 0.005
        while True:
            writes, value = decide()
            if writes is None or self._committed(writes):
                return value
            if time.monotonic() > deadline:
                raise StoreError(f"Firestore: too many rivals for {self._patience_s:.0f} s")
            time.sleep(random.uniform(0, pause_s))
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    def _committed(self, writes: Writes) -> bool:
        """Whether the batch went through. If something is no longer as it was read, nothing is written.

        When the client had to ask again, its own first request may have gone through and then stand in the way of the
        second: so the first document bears a mark of ours, by which we know it again.
        """
        reference, marked = writes.create[0] if writes.create else (writes.update[0][0], writes.update[0][2])
        marked["written_by"] = uuid.uuid4().hex
        retried: list[Exception] = []
        try:
            written_at = self._commit(writes, retried.append)
        except _RIVAL:
            if not retried:
                return False
            [found] = self._get(reference)
            if not found.exists or found.to_dict().get("written_by") != marked["written_by"]:
                return False
            written_at = found.update_time
        if writes.then is not None:
            writes.then(written_at)
        return True

    def _commit(self, writes: Writes, on_retry: Callable[[Exception], None]) -> Any:
        """Commit; returns when the first document with a condition is from. Raises: what is in _RIVAL; StoreError."""
        batch = self._client.batch()
        for reference, document in writes.set:
            batch.set(reference, document)
        for reference in writes.delete:
            batch.delete(reference)
        # Last, since the emulator shows a commit to a query that runs meanwhile write by write, in this order: who
        # finds one of these as it is now has found everything that goes with it. (The service shows all or nothing.)
        for reference, document in writes.create:
            batch.create(reference, document)
        for reference, read_at, document in writes.update:
            batch.update(reference, document, self._client.write_option(last_update_time=read_at))
        try:
            written = batch.commit(**self._bounded(on_retry))
            return written[len(writes.set) + len(writes.delete)].update_time
        except _RIVAL:
            raise
        except (GoogleAPICallError, RetryError) as error:
            raise StoreError(f"Firestore: {error}") from error


def identifier(name: str) -> str:
    """Any text as the id of a document.

    Source: Firestore, "Constraints on document IDs": no slash, not "." or "..", nothing like __this__, 1,500 bytes.
    """
    safe = quote(name, safe="@:+")
    if len(safe) > 1000:
        safe = f"~{hashlib.sha256(name.encode()).hexdigest()}"
    elif name in ("", ".", "..") or name.startswith(("__", "~")):
        safe = f"~{safe}"
    return safe


@contextmanager
def _reaching() -> Iterator[None]:
    """Turns the client's errors into ours."""
    try:
        yield
    except (GoogleAPICallError, RetryError) as error:
        raise StoreError(f"Firestore: {error}") from error
