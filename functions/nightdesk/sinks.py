"""Where events go: Pub/Sub over its REST API (Google's, its emulator's, a stand-in's). httpx is imported on first use.

`PUBSUB_AUTH=google` adds the access token of the function's own service account, from the metadata server.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Protocol

from nightdesk import events
from nightdesk.errors import PublishError
from nightdesk.events import Event
from nightdesk.google_access import AccessToken

if TYPE_CHECKING:
    import httpx


class Publisher(Protocol):
    def publish(self, event: Event, *, timeout_s: float = 5.0) -> None:
        """Returns when the event is safe with the broker. Raises: PublishError."""
        ...


class MemoryPublisher:
    """The fake: keeps what was published; `broken` makes it refuse."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.broken = False

    def publish(self, event: Event, *, timeout_s: float = 5.0) -> None:
        if self.broken:
            raise PublishError("the broker is down")
        self.events.append(event)


class PubSubPublisher:
    """Source: Pub/Sub REST, projects.topics.publish. Messages of a session are ordered by its id."""

    def __init__(self, origin: str, project: str, auth: str, transport: httpx.BaseTransport | None = None) -> None:
        self._origin, self._project, self._auth, self._transport = origin, project, auth, transport
        self._client: httpx.Client | None = None
        self._access = AccessToken()

    def publish(self, event: Event, *, timeout_s: float = 5.0) -> None:
        import httpx

        message = {
            "data": base64.b64encode(json.dumps(event, separators=(",", ":")).encode()).decode(),
            "orderingKey": event["session_id"],
            "attributes": {"event_type": event["event_type"]},
        }
        topic = f"projects/{self._project}/topics/{events.topic(event['event_type'])}"
        try:
            answer = self._http().post(
                f"{self._origin}/v1/{topic}:publish",
                json={"messages": [message]},
                headers=self._headers(),
                timeout=timeout_s,
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise PublishError(f"{event['event_type']} to {topic}: {error!r}") from error

    def _http(self) -> httpx.Client:
        if self._client is None:
            import httpx

            self._client = httpx.Client(transport=self._transport)
        return self._client

    def _headers(self) -> dict[str, str]:
        return {} if self._auth == "none" else self._access.headers(self._http())
