"""The speech server's settings, read once from the environment; a missing or wrong one stops the start by its name."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ServiceAuth = Literal["secret", "google_id"]


class ConfigError(Exception):
    """A setting is missing or cannot be used; the text names it."""


@dataclass(frozen=True)
class Settings:
    """`api_key` is what clients send; `clerk_url` is the base URL of the functions' `tools`, which `service_*` open."""

    host: str
    port: int
    api_key: str
    clerk_url: str
    service_auth: ServiceAuth
    service_secret: str
    property_id: str
    stt_workers: int
    tts_voice: str
    tts_rate_wpm: int
    log_level: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Raises ConfigError."""

        def need(name: str) -> str:
            value = environment.get(name, "")
            if not value:
                raise ConfigError(f"{name} is not set")
            return value

        def number(name: str, default: int, low: int, high: int) -> int:
            value = environment.get(name) or str(default)
            if not value.isdecimal() or not low <= int(value) <= high:
                raise ConfigError(f"{name} is {value!r}; expected a number from {low} to {high}")
            return int(value)

        auth = need("SERVICE_AUTH")
        if auth != "secret" and auth != "google_id":
            raise ConfigError(f"SERVICE_AUTH is {auth!r}; expected secret or google_id")
        return cls(
            host=environment.get("HOST") or "127.0.0.1",
            port=number("PORT", 8080, 0, 65_535),
            api_key=need("SPEECH_API_KEY"),
            clerk_url=need("CLERK_URL").rstrip("/"),
            service_auth="secret" if auth == "secret" else "google_id",
            service_secret=need("SERVICE_SECRET") if auth == "secret" else "",
            property_id=need("PROPERTY_ID"),
            stt_workers=number("STT_WORKERS", 2, 1, 64),
            tts_voice=environment.get("TTS_VOICE") or "en-us",
            tts_rate_wpm=number("TTS_RATE_WPM", 165, 80, 450),
            log_level=(environment.get("LOG_LEVEL") or "INFO").upper(),
        )
