"""The Firestore store's share of records under an id, and of locks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from nightdesk.hotel.documents import document, read
from nightdesk.hotel.firestore_base import FirestoreBase, Writes
from nightdesk.hotel.kinds import KINDS, R
from nightdesk.hotel.reservations import Lock


class FirestoreRecords(FirestoreBase):
    def record(self, kind: type[R], key: str) -> R | None:
        [found] = self._get(self._document(KINDS[kind].collection, key))
        return read(kind, found.to_dict()) if found.exists else None

    def change_record(self, kind: type[R], key: str, change: Callable[[R | None], R | None]) -> R | None:
        def decide() -> tuple[Writes | None, R | None]:
            [found] = self._get(self._document(KINDS[kind].collection, key))
            before: R | None = read(kind, found.to_dict()) if found.exists else None
            after = change(before)
            if after is None:
                return None, before
            writes = Writes()
            writes.put(found, document(after, pack=True))
            return writes, after

        return self._change(decide)

    def records(self, kind: type[R], *, limit: int = 100, **equals: str) -> list[R]:
        how = KINDS[kind]
        how.check(frozenset(equals))
        query = self._select(how.collection, equals, order="created_at", newest=True, many=how.many, limit=limit)
        found: list[R] = [read(kind, s.to_dict()) for s in self._list(query)]
        return sorted(found, key=lambda r: (-r.created_at.timestamp(), getattr(r, how.key)))

    def due_records(self, kind: type[R], now: datetime, limit: int = 100) -> list[R]:
        how = KINDS[kind]
        status, moment = how.waiting()
        query = self._select(how.collection, {"status": status}, order=moment, at_most=now, limit=limit)
        found: list[R] = [read(kind, s.to_dict()) for s in self._list(query)]
        return sorted(found, key=lambda r: (getattr(r, moment), getattr(r, how.key)))

    def locks(self, keys: Sequence[str]) -> list[Lock]:
        found = self._get(*(self._document("verification_locks", key) for key in keys))
        return [read(Lock, s.to_dict()) if s.exists else Lock(key) for s, key in zip(found, keys, strict=True)]

    def change_locks(self, keys: Sequence[str], change: Callable[[list[Lock]], Iterable[Lock]]) -> list[Lock]:
        def decide() -> tuple[Writes | None, list[Lock]]:
            found = dict(
                zip(keys, self._get(*(self._document("verification_locks", key) for key in keys)), strict=True)
            )
            locks = {key: read(Lock, s.to_dict()) if s.exists else Lock(key) for key, s in found.items()}
            changed = {lock.key: lock for lock in change(list(locks.values()))}
            writes = Writes()
            for key, lock in changed.items():
                writes.put(found[key], document(lock, pack=True))
            return writes if changed else None, [changed.get(key, lock) for key, lock in locks.items()]

        return self._change(decide)
