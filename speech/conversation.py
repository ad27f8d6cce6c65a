"""The conversation: its items in order, and what a client may do to them. Pure."""

from typing import Any

from speech import errors
from speech.brain import Turn
from speech.ids import new_id
from speech.items import Item, Part
from speech.schema import integer, record, text

_ID = text()
_DELETE = record({"item_id": _ID}, required=("item_id",))
_TRUNCATE = record(
    {"item_id": _ID, "content_index": integer(0), "audio_end_ms": integer(0)},
    required=("item_id", "content_index", "audio_end_ms"),
)


class Conversation:
    """Items by order. Nothing else holds them, so a deleted item is gone for the brain too."""

    def __init__(self) -> None:
        self.id = new_id("conv")
        self._items: list[Item] = []

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(self._items)

    def get(self, item_id: str) -> Item | None:
        return next((item for item in self._items if item.id == item_id), None)

    def append(self, item: Item) -> str | None:
        """Answers the id of the item before it."""
        previous = self._items[-1].id if self._items else None
        self._items.append(item)
        return previous

    def before(self, item: Item) -> str | None:
        """The id of the item before `item`, which is in the conversation."""
        index = self._items.index(item)
        return self._items[index - 1].id if index else None

    def insert(self, item: Item, after: str | None) -> str | None:
        """Put a client's item after the item `after` ("root": in front; None or "": at the end).

        Answers the id of the item before it. Raises ClientError for an id that is taken, an item that is not there, and
        the output of a call that nobody made.
        """
        if self.get(item.id):
            raise errors.item_exists(item.id)
        if item.kind == "function_call_output" and not self._has_call(item.call_id):
            raise errors.unknown_call(item.call_id)
        if not after:
            return self.append(item)
        if after == "root":
            self._items.insert(0, item)
            return None
        previous = self.get(after)
        if previous is None:
            raise errors.no_previous_item(after)
        self._items.insert(self._items.index(previous) + 1, item)
        return after

    def delete(self, fields: dict[str, Any]) -> Item:
        item = self.get(_DELETE(fields, "")["item_id"])
        if item is None:
            raise errors.no_item_to_delete(fields["item_id"])
        self._items.remove(item)
        return item

    def retrieve(self, fields: dict[str, Any]) -> Item:
        item = self.get(_DELETE(fields, "")["item_id"])
        if item is None:
            raise errors.no_item_to_retrieve(fields["item_id"])
        return item

    def truncate(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Cut an assistant's audio to what was heard. Answers the fields of `conversation.item.truncated`."""
        checked: dict[str, Any] = _TRUNCATE(fields, "")
        item = self.get(checked["item_id"])
        if item is None:
            raise errors.no_item_to_truncate(checked["item_id"])
        part = _spoken_part(item, checked["content_index"])
        if checked["audio_end_ms"] > part.audio_ms:
            raise errors.audio_already_shorter(part.audio_ms, checked["audio_end_ms"])
        part.truncate(checked["audio_end_ms"])
        return checked

    def turns(self) -> list[Turn]:
        """What the brain reads: every item that is complete or was at least begun."""
        return [item.turn() for item in self._items]

    def _has_call(self, call_id: str) -> bool:
        return any(item.kind == "function_call" and item.call_id == call_id for item in self._items)


def _spoken_part(item: Item, index: int) -> Part:
    """Source: only assistant message items with audio can be truncated."""
    if item.role == "assistant" and index < len(item.parts) and item.parts[index].type == "output_audio":
        return item.parts[index]
    raise errors.not_truncatable()
