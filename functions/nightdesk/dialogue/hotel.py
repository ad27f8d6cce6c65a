"""What the dialogue needs to know of a property: names to say and room types to recognise. No rate, no fee, no rule.

Protocols, so that the dialogue can be tested without a property file. `nightdesk.hotel.model.Property` satisfies them.
"""

from collections.abc import Sequence
from typing import Protocol


class RoomTypeFacts(Protocol):
    """`code` is what tools take ("standard-queen"), `name` what is said ("Standard Queen")."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...


class PropertyFacts(Protocol):
    @property
    def property_id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def room_types(self) -> Sequence[RoomTypeFacts]: ...
