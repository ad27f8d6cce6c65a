"""Recordings in a bucket of Cloud Storage, by its JSON API.

Sources: Cloud Storage JSON API: objects.insert with uploadType=media, objects.list with a prefix and pages, and
objects.delete, for which 404 is as good; objects.get with alt=media. The account needs the role Storage Object User.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import httpx

from nightdesk.hotel.recording_store import RecordingsOutOfReach, checked

ORIGIN = "https://storage.googleapis.com"
_METADATA_TOKEN = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
TIMEOUT_S = 30.0


class BucketRecordings:
    """`access_token` gives an OAuth token for devstorage.read_write; "" for none."""

    def __init__(
        self, http: httpx.Client, bucket: str, prefix: str, access_token: Callable[[], str], *, origin: str = ORIGIN
    ) -> None:
        self._http, self._bucket, self._access_token, self._origin = http, bucket, access_token, origin
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def put(self, name: str, content: bytes) -> str:
        asked = {"uploadType": "media", "name": self._prefix + checked(name)}
        url = f"{self._origin}/upload/storage/v1/b/{quote(self._bucket, safe='')}/o"
        self._ask("POST", url, params=asked, content=content, headers={"Content-Type": "audio/wav"})
        return self.url(name)

    def url(self, name: str) -> str:
        return f"gs://{self._bucket}/{self._prefix}{checked(name)}"

    def delete(self, folder: str) -> int:
        names = list(self._listed(f"{self._prefix}{checked(folder)}/"))
        for name in names:
            self._ask("DELETE", f"{self._objects}/{quote(name, safe='')}", gone_is_fine=True)
        return len(names)

    def sizes(self, folder: str) -> dict[str, int]:
        found = self._listed(f"{self._prefix}{checked(folder)}/")
        return {name.removeprefix(self._prefix): size for name, size in found.items()}

    def get(self, name: str) -> bytes:
        url = f"{self._objects}/{quote(self._prefix + checked(name), safe='')}"
        return self._ask("GET", url, params={"alt": "media"}).content

    @property
    def _objects(self) -> str:
        return f"{self._origin}/storage/v1/b/{quote(self._bucket, safe='')}/o"

    def _listed(self, prefix: str) -> dict[str, int]:
        """The objects under a prefix, with their sizes. Source: `size` is a number as text."""
        page, found = "", dict[str, int]()
        while True:
            fields = "items(name,size),nextPageToken"
            asked = {"prefix": prefix, "fields": fields, **({"pageToken": page} if page else {})}
            answer = self._ask("GET", self._objects, params=asked).json()
            found |= {item["name"]: int(item["size"]) for item in answer.get("items", [])}
            page = answer.get("nextPageToken", "")
            if not page:
                return found

    def _ask(
        self,
        method: str,
        url: str,
        *,
        params: dict[str, str] | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        gone_is_fine: bool = False,
    ) -> httpx.Response:
        token = self._access_token()
        shown = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            answer = self._http.request(
                method, url, params=params, content=content, headers={**(headers or {}), **shown}, timeout=TIMEOUT_S
            )
        except httpx.HTTPError as error:
            raise RecordingsOutOfReach(type(error).__name__) from error
        if not answer.is_success and not (gone_is_fine and answer.status_code == 404):
            raise RecordingsOutOfReach(f"{method} answered {answer.status_code}")
        return answer


def metadata_token(http: httpx.Client) -> str:
    """The access token of the function's own service account. Raises: RecordingsOutOfReach."""
    try:
        answer = http.get(_METADATA_TOKEN, headers={"Metadata-Flavor": "Google"}, timeout=2.0)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise RecordingsOutOfReach(f"no access token: {type(error).__name__}") from error
    return str(answer.json()["access_token"])
