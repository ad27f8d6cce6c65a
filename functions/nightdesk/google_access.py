"""The access token of a function's own service account, from Google's metadata server; asked for anew in good time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

_METADATA_TOKEN = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"
_REFRESH_EARLY_S = 300


class AccessToken:
    def __init__(self) -> None:
        self._token, self._until = "", 0.0

    def headers(self, http: httpx.Client) -> dict[str, str]:
        """Raises: httpx.HTTPError."""
        if time.monotonic() >= self._until:
            answer = http.get(_METADATA_TOKEN, headers={"Metadata-Flavor": "Google"}, timeout=2.0)
            answer.raise_for_status()
            got: dict[str, Any] = answer.json()
            self._token = got["access_token"]
            self._until = time.monotonic() + max(got["expires_in"] - _REFRESH_EARLY_S, 0)
        return {"Authorization": f"Bearer {self._token}"}
