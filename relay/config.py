"""The relay's settings, read once from the environment. Nothing else in this package reads the environment."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from relay.errors import ConfigError

ENGINE_DIALECTS = ("realtime", "live")
EngineAuth = Literal["bearer", "google_id"]
_FILLED_IN = frozenset({"{property_id}", "{session_id}"})  # in the URL of an engine, by `engines.fill_in`

# Source: Cloud Storage, "Bucket name requirements".
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class EngineSetting:
    """One engine of ENGINES. `url` may hold {property_id} and {session_id}; `secret` is sent to this engine alone.

    `audio` is the only format it speaks, pcmu or pcm; "" when it speaks whatever the caller does.
    """

    name: str
    dialect: str
    url: str
    auth: EngineAuth
    secret: str = field(default="", repr=False)
    audio: str = ""

    @property
    def is_reachable_before_the_session(self) -> bool:
        """Whether the URL is complete without the answer of `POST /session`, so that both may be asked at once."""
        return "{" not in self.url

    @property
    def model(self) -> str:
        return parse_qs(urlsplit(self.url).query).get("model", [""])[0]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Of Cloud Storage. `prefix` is the part of every name before the first slash of ours; "" for none."""

    name: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Settings:
    host: str
    port: int
    media_origin: str
    twilio_auth_token: str = field(repr=False)
    tools_url: str
    service_auth: Literal["secret", "google_id"]
    service_secret: str = field(repr=False)
    engines: tuple[EngineSetting, ...]
    pubsub_origin: str
    pubsub_project: str
    pubsub_auth: Literal["google", "none"]
    kiosk_origin: str = ""  # of the page, as a browser writes it; "" when there is no kiosk
    recordings: Path | Bucket | None = None
    spare_engines: int = 1
    engine_renew_before_s: int = 300
    max_calls: int = 100
    playout_lead_ms: int = 300
    tool_announce_ms: int = 1500
    tool_timeout_ms: int = 12_000
    log_level: str = "INFO"
    traces: str = ""  # where a collector listens, OTLP over HTTP; "": no traces


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Raises ConfigError, which names the setting and its cure, when one is missing or unreadable."""
    service_auth = _choice(environ, "SERVICE_AUTH", "secret", "google_id")
    return Settings(
        host=environ.get("HOST", "").strip() or "127.0.0.1",
        port=_number(environ, "PORT", 8080, most=65_535),
        media_origin=_url(environ, "MEDIA_ORIGIN", "wss", "ws"),
        twilio_auth_token=_secret(environ, "TWILIO_AUTH_TOKEN"),
        tools_url=_url(environ, "TOOLS_URL", "https", "http"),
        service_auth="secret" if service_auth == "secret" else "google_id",
        service_secret=_secret(environ, "SERVICE_SECRET") if service_auth == "secret" else "",
        engines=_engines(environ),
        pubsub_origin=_url(environ, "PUBSUB_ORIGIN", "https", "http", default="https://pubsub.googleapis.com"),
        pubsub_project=_required(environ, "PUBSUB_PROJECT"),
        pubsub_auth="google" if _choice(environ, "PUBSUB_AUTH", "google", "none") == "google" else "none",
        kiosk_origin=_page_origin(environ, "KIOSK_ORIGIN"),
        recordings=_recordings(environ, "RECORDINGS"),
        spare_engines=_number(environ, "SPARE_ENGINES", 1),
        engine_renew_before_s=_number(environ, "ENGINE_RENEW_BEFORE_S", 300),
        max_calls=_number(environ, "MAX_CALLS", 100, least=1),
        playout_lead_ms=_number(environ, "PLAYOUT_LEAD_MS", 300),
        tool_announce_ms=_number(environ, "TOOL_ANNOUNCE_MS", 1500),
        tool_timeout_ms=_number(environ, "TOOL_TIMEOUT_MS", 12_000, least=1),
        log_level=_log_level(environ, "LOG_LEVEL"),
        traces=_url(environ, "TRACES", "https", "http") if environ.get("TRACES", "").strip() else "",
    )


def _engines(environ: Mapping[str, str]) -> tuple[EngineSetting, ...]:
    """`name=dialect:url`, separated by commas or white space; ENGINE_AUTH_<NAME> says how each is paid."""
    engines: list[EngineSetting] = []
    for entry in _required(environ, "ENGINES").replace(",", " ").split():
        name, _, rest = entry.partition("=")
        dialect, _, url = rest.partition(":")
        if not name or not _is_url(url, "wss", "ws"):
            raise ConfigError("ENGINES", f"'{name}' is not of the form name=dialect:ws(s)://host/path")
        if dialect not in ENGINE_DIALECTS:
            spoken = " and ".join(ENGINE_DIALECTS)
            raise ConfigError("ENGINES", f"'{name}' speaks '{dialect}', which this relay does not; it speaks {spoken}")
        if unknown := set(re.findall(r"\{.*?\}", url)) - _FILLED_IN:
            known = " and ".join(sorted(_FILLED_IN))
            raise ConfigError("ENGINES", f"'{name}' asks for {min(unknown)}; what is filled in is {known}")
        if any(engine.name == name for engine in engines):
            raise ConfigError("ENGINES", f"'{name}' is named twice")
        suffix = name.upper().replace("-", "_")
        auth, secret = _engine_auth(environ, f"ENGINE_AUTH_{suffix}")
        audio = _engine_audio(environ, f"ENGINE_AUDIO_{suffix}")
        engines.append(EngineSetting(name, dialect, url, auth, secret, audio))
    if not engines:
        raise ConfigError("ENGINES", "names none")
    return tuple(engines)


def _engine_auth(environ: Mapping[str, str], setting: str) -> tuple[EngineAuth, str]:
    kind, _, variable = _required(environ, setting).partition(":")
    if kind == "google_id":
        return "google_id", ""
    if kind == "bearer" and variable:
        return "bearer", _secret(environ, variable)
    raise ConfigError(setting, "say bearer:NAME_OF_A_VARIABLE or google_id")


def _engine_audio(environ: Mapping[str, str], setting: str) -> str:
    return _choice(environ, setting, "pcmu", "pcm") if environ.get(setting, "").strip() else ""


def _required(environ: Mapping[str, str], setting: str) -> str:
    value = environ.get(setting, "").strip()
    if not value:
        raise ConfigError(setting, "is missing; set it in the environment")
    return value


def _secret(environ: Mapping[str, str], setting: str) -> str:
    """It is sent in a header, or compared with what was; what was pasted with it shows nowhere else. Never printed."""
    value = _required(environ, setting)
    if not (value.isascii() and value.isprintable()):
        raise ConfigError(setting, "has a character that no credential has, perhaps an unseen one; set it anew")
    return value


def _number(environ: Mapping[str, str], setting: str, default: int, *, least: int = 0, most: int = 10**9) -> int:
    text = environ.get(setting, "").strip() or str(default)
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ConfigError(setting, f"'{text}' is not a whole number from {least} to {most}")
    return int(text)


def _log_level(environ: Mapping[str, str], setting: str) -> str:
    level = environ.get(setting, "").strip().upper() or "INFO"
    if level not in logging.getLevelNamesMapping():
        raise ConfigError(setting, f"'{level}' is none of {', '.join(logging.getLevelNamesMapping())}")
    return level


def _choice(environ: Mapping[str, str], setting: str, *choices: str) -> str:
    value = _required(environ, setting)
    if value not in choices:
        raise ConfigError(setting, f"'{value}' is none of {', '.join(choices)}")
    return value


def _url(environ: Mapping[str, str], setting: str, *schemes: str, default: str = "") -> str:
    url = (environ.get(setting, "").strip() or default or _required(environ, setting)).rstrip("/")
    if not _is_url(url, *schemes):
        raise ConfigError(setting, f"'{url}' is not a {' or '.join(schemes)} URL")
    if "?" in url or "#" in url:
        raise ConfigError(setting, f"'{url}' has more than a host and a path, which others are added to")
    return url


def _is_url(url: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # no port, or no address, can be made of what stands in its place
        return False


def _page_origin(environ: Mapping[str, str], setting: str) -> str:
    """As browsers send it in `Origin`: scheme and host in small letters, no path, no port where it is the usual one."""
    if not environ.get(setting, "").strip():
        return ""
    parts = urlsplit(_url(environ, setting, "https", "http").lower())
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ConfigError(setting, "is an origin: scheme://host, without a path")
    usual = {"https": ":443", "http": ":80"}[parts.scheme]
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"


def _recordings(environ: Mapping[str, str], setting: str) -> Path | Bucket | None:
    value = environ.get(setting, "").strip()
    if not value:
        return None
    parts = urlsplit(value)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return Path(unquote(parts.path))
    if parts.scheme == "gs" and _BUCKET.fullmatch(parts.netloc) and not parts.query and not parts.fragment:
        return Bucket(parts.netloc, parts.path.strip("/"))
    raise ConfigError(setting, f"'{value}' is neither file:///folder nor gs://bucket/prefix; empty: no recording")
