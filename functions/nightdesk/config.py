"""Settings, read once from the environment into a frozen dataclass. The only module that touches `os.environ`.

Only what a target needs is required of it; everything that is missing or wrong is reported in one error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nightdesk.errors import ConfigError

_STORED = ("STORE", "PUBSUB_PROJECT")
_REQUIRED: dict[str, tuple[str, ...]] = {
    "twilio": (
        *("WEBHOOK_ORIGIN", "MEDIA_ORIGIN", "SESSION_SIGNING_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
        *("TOOLS_URL", "SERVICE_AUTH", *_STORED),
    ),
    "tools": ("SESSION_SIGNING_KEY", "SERVICE_AUTH", *_STORED),
    "event_sink": ("SERVICE_AUTH", *_STORED),
    "jobs": ("SERVICE_AUTH", *_STORED),
    "staff": ("SERVICE_AUTH", "WEBHOOK_ORIGIN", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", *_STORED),
    "mcp": ("MCP_KEYS", "SESSION_SIGNING_KEY", *_STORED),
    "payments": ("PAYMENTS_ORIGIN", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET", *_STORED),
    "refund": ("STRIPE_API_KEY", "STORE"),
    "embeddings": ("OPENAI_API_KEY", "EMBEDDINGS_CACHE"),
    "seed": ("STORE",),
}
_TO_BE_CALLED = ["SERVICE_AUDIENCE", "SERVICE_CALLERS"]
_CHOICES = {
    "SERVICE_AUTH": ("google_id", "secret"),
    "STORE": ("firestore", "sqlite"),
    "RECORDING_SOURCE": ("twilio", "relay", "off"),
    "PUBSUB_AUTH": ("google", "none"),
    "KNOWLEDGE": ("words", "hybrid"),
    "TASKS": ("store", "cloud_tasks"),
    "LOG_LEVEL": ("DEBUG", "INFO", "WARNING", "ERROR"),
}
_BY_STORE = {"firestore": ["FIRESTORE_PROJECT"], "sqlite": ["SQLITE_PATH"]}
_BY_TASKS = {"cloud_tasks": ["CLOUD_TASKS_QUEUE", "CLOUD_TASKS_ACCOUNT", "JOBS_URL"]}
_DEFAULTS = {
    "RECORDING_SOURCE": "relay",
    "TASKS": "store",
    "CLOUD_TASKS_ORIGIN": "https://cloudtasks.googleapis.com",
    "FIRESTORE_DATABASE": "(default)",
    "PUBSUB_ORIGIN": "https://pubsub.googleapis.com",
    "PUBSUB_AUTH": "google",
    "KNOWLEDGE": "words",
    "TWILIO_API_BASE": "https://api.twilio.com",
    "STRIPE_API_BASE": "https://api.stripe.com",
    "EMBEDDINGS_MODEL": "text-embedding-3-small",
    "LOG_LEVEL": "INFO",
}
_ORIGINS = {
    "WEBHOOK_ORIGIN": ("https://", "http://"),
    "MEDIA_ORIGIN": ("wss://",),
    "PAYMENTS_ORIGIN": ("https://", "http://"),
    "JOBS_URL": ("https://", "http://"),
    "CLOUD_TASKS_ORIGIN": ("https://", "http://"),
    "PUBSUB_ORIGIN": ("https://", "http://"),
    "TOOLS_URL": ("https://", "http://"),
}
_ENCRYPTED = ("OPENAI_BASE_URL", "TWILIO_API_BASE", "STRIPE_API_BASE", "PAYMENTS_ORIGIN", "TOOLS_URL")
_USES_KNOWLEDGE = ("tools", "mcp")
_MAKES_LINKS = ("tools", "mcp")
_CALLS_BACK = ("tools", "twilio", "jobs")
_TELEPHONES = ("tools", "jobs", "staff")
_RECORDS = ("tools", "twilio", "jobs", "staff")
_SHORTEST_KEY = 32  # bytes: RFC 7518, section 3.2, for HS256
_AGENT_KEY = re.compile(rf"([a-z0-9-]{{1,40}})=([a-z0-9-]{{1,64}}):([!-~]{{{_SHORTEST_KEY},}})")


_PROPERTY_VALUE = re.compile(r"([a-z0-9-]{1,64})=([!-~]+)")
_LOCAL = ("http://127.0.0.1:", "http://localhost:")  # everywhere else, what we send to other systems is encrypted
_WEBHOOK_SECRET = re.compile(r"whsec_([A-Za-z0-9+/]{32,}={0,2})")
_WEBHOOKS = {"cloud_sync": ("CLOUD_SYNC_URL", "CLOUD_SYNC_SECRET"), "crm": ("CRM_URL", "CRM_SECRET")}


@dataclass(frozen=True)
class AgentKey:
    """Another agent that may use a hotel's tools, by this key."""

    name: str
    property_id: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class OtherSystem:
    """Where another system is reached (no trailing slash), and the secret we share with it."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """What is "" is not needed by this target. Origins carry no trailing slash."""

    target: str
    webhook_origin: str = ""
    media_origin: str = ""
    tools_url: str = ""
    session_signing_key: str = ""
    twilio_auth_token: str = ""
    twilio_account_sid: str = ""
    twilio_api_base: str = ""
    payments_origin: str = ""
    stripe_api_key: str = field(default="", repr=False)
    stripe_api_base: str = ""
    stripe_webhook_secret: str = field(default="", repr=False)
    service_auth: str = ""
    service_secret: str = ""
    service_audience: str = ""
    service_callers: frozenset[str] = frozenset()
    tasks: str = "store"
    cloud_tasks_origin: str = ""
    cloud_tasks_queue: str = ""
    cloud_tasks_account: str = ""
    jobs_url: str = ""
    store: str = "sqlite"
    sqlite_path: str = ""
    firestore_project: str = ""
    firestore_database: str = "(default)"
    pubsub_origin: str = ""
    pubsub_project: str = ""
    pubsub_auth: str = "google"
    properties_dir: Path | None = None
    recording_source: str = "relay"
    recordings: str = ""
    """Where they are kept, as the relay has it: file:///folder or gs://bucket/prefix."""
    log_level: str = "INFO"
    mcp_keys: tuple[AgentKey, ...] = ()
    knowledge: str = "words"
    openai_api_key: str = field(default="", repr=False)
    openai_base_url: str = ""
    embeddings_model: str = ""
    embeddings_cache: Path | None = None
    pms: Mapping[str, OtherSystem] = field(default_factory=dict)
    """By property_id: who keeps a hotel's bookings, where that is not our own store."""
    webhooks: Mapping[str, OtherSystem] = field(default_factory=dict)
    """By target, cloud_sync or crm: who is told of calls, leads and reservations."""


def load(target: str, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings of a target.

    Raises: ConfigError listing every name that is missing or has a value that cannot be used.
    """
    env = {**_DEFAULTS, **{name: value for name, value in (environ or os.environ).items() if value}}
    problems = _missing(target, env) + _wrong(target, env)
    agents, pms, webhooks = _agents(target, env, problems), _pms(env, problems), _webhooks(env, problems)
    if problems:
        raise ConfigError(target, problems)
    return Settings(
        target=target,
        webhook_origin=env.get("WEBHOOK_ORIGIN", ""),
        media_origin=env.get("MEDIA_ORIGIN", ""),
        tools_url=env.get("TOOLS_URL", ""),
        session_signing_key=env.get("SESSION_SIGNING_KEY", ""),
        twilio_auth_token=env.get("TWILIO_AUTH_TOKEN", ""),
        twilio_account_sid=env.get("TWILIO_ACCOUNT_SID", ""),
        twilio_api_base=env["TWILIO_API_BASE"].rstrip("/"),
        payments_origin=env.get("PAYMENTS_ORIGIN", ""),
        stripe_api_key=env.get("STRIPE_API_KEY", ""),
        stripe_api_base=env["STRIPE_API_BASE"].rstrip("/"),
        stripe_webhook_secret=env.get("STRIPE_WEBHOOK_SECRET", ""),
        service_auth=env.get("SERVICE_AUTH", ""),
        service_secret=env.get("SERVICE_SECRET", ""),
        service_audience=env.get("SERVICE_AUDIENCE", ""),
        service_callers=frozenset(filter(None, map(str.strip, env.get("SERVICE_CALLERS", "").split(",")))),
        tasks=env["TASKS"],
        cloud_tasks_origin=env["CLOUD_TASKS_ORIGIN"],
        cloud_tasks_queue=env.get("CLOUD_TASKS_QUEUE", ""),
        cloud_tasks_account=env.get("CLOUD_TASKS_ACCOUNT", ""),
        jobs_url=env.get("JOBS_URL", ""),
        store=env.get("STORE", ""),
        sqlite_path=env.get("SQLITE_PATH", ""),
        firestore_project=env.get("FIRESTORE_PROJECT", ""),
        firestore_database=env["FIRESTORE_DATABASE"],
        pubsub_origin=env["PUBSUB_ORIGIN"],
        pubsub_project=env.get("PUBSUB_PROJECT", ""),
        pubsub_auth=env["PUBSUB_AUTH"],
        recording_source=env["RECORDING_SOURCE"],
        recordings=env.get("RECORDINGS", "").rstrip("/"),
        properties_dir=Path(env["PROPERTIES_DIR"]) if "PROPERTIES_DIR" in env else None,
        log_level=env["LOG_LEVEL"],
        mcp_keys=agents,
        knowledge=env["KNOWLEDGE"],
        openai_api_key=env.get("OPENAI_API_KEY", ""),
        openai_base_url=env.get("OPENAI_BASE_URL", ""),
        embeddings_model=env["EMBEDDINGS_MODEL"],
        embeddings_cache=Path(env["EMBEDDINGS_CACHE"]) if "EMBEDDINGS_CACHE" in env else None,
        pms=pms,
        webhooks=webhooks,
    )


def _missing(target: str, env: Mapping[str, str]) -> list[str]:
    """A sentence for each setting that this target needs, by what else is set, and that is not there."""
    required = [*_REQUIRED[target]]
    if "SERVICE_AUTH" in required:
        by_auth = {"secret": ["SERVICE_SECRET"], "google_id": _TO_BE_CALLED if target != "twilio" else []}
        required += by_auth.get(env.get("SERVICE_AUTH", ""), [])
    required += _BY_STORE.get(env.get("STORE", ""), [])
    required += _BY_TASKS.get(env["TASKS"], []) if target in _CALLS_BACK else []
    if env["KNOWLEDGE"] == "hybrid" and target in _USES_KNOWLEDGE:
        required.append("OPENAI_API_KEY")
    if "STRIPE_API_KEY" in env and target in _MAKES_LINKS:
        required.append("PAYMENTS_ORIGIN")
    if env["RECORDING_SOURCE"] == "twilio" and target in _RECORDS:
        required += ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "WEBHOOK_ORIGIN", "RECORDINGS"]
    problems = [f"{name} is not set" for name in dict.fromkeys(required) if name not in env]
    if target in _TELEPHONES and "TWILIO_ACCOUNT_SID" in env:
        needed = ("TWILIO_AUTH_TOKEN", "WEBHOOK_ORIGIN")
        missing = [name for name in needed if name not in env and name not in required]
        problems += [f"{name} is not set, but TWILIO_ACCOUNT_SID is" for name in missing]
    return problems


def _wrong(target: str, env: Mapping[str, str]) -> list[str]:
    """A sentence for each setting whose value cannot be used."""
    problems = [
        f"{name} must be one of {', '.join(choices)}, not {env[name]!r}"
        for name, choices in _CHOICES.items()
        if name in env and env[name] not in choices
    ]
    problems += [
        f"{name} must start with {' or '.join(schemes)} and have no path"
        for name, schemes in _ORIGINS.items()
        if name in env and (not env[name].startswith(schemes) or env[name].count("/") != 2)
    ]
    if not env.get("RECORDINGS", "gs://").startswith(("file:///", "gs://")):
        problems.append("RECORDINGS must start with file:/// or gs://")
    problems += [f"{name} must start with https://" for name in _ENCRYPTED if not _is_safe(env.get(name, "https://"))]
    key = env.get("SESSION_SIGNING_KEY", "")
    if "SESSION_SIGNING_KEY" in _REQUIRED[target] and 0 < len(key.encode()) < _SHORTEST_KEY:
        problems.append(f"SESSION_SIGNING_KEY must have at least {_SHORTEST_KEY} bytes")
    return problems


def _agents(target: str, env: Mapping[str, str], problems: list[str]) -> tuple[AgentKey, ...]:
    if "MCP_KEYS" not in _REQUIRED[target]:
        return ()
    found = [_AGENT_KEY.fullmatch(entry.strip()) for entry in filter(None, env.get("MCP_KEYS", "").split(","))]
    if None in found:
        problems.append(
            f"MCP_KEYS must be agent=property_id:key, with commas between, keys of {_SHORTEST_KEY} characters"
        )
    return tuple(AgentKey(*agent.groups()) for agent in found if agent)


def _pms(env: Mapping[str, str], problems: list[str]) -> dict[str, OtherSystem]:
    """PMS_URLS and PMS_KEYS: property_id=value, with commas between, for the same hotels."""
    values: dict[str, dict[str, str]] = {}
    for name in ("PMS_URLS", "PMS_KEYS"):
        found = [_PROPERTY_VALUE.fullmatch(entry.strip()) for entry in filter(None, env.get(name, "").split(","))]
        values[name] = {match[1]: match[2] for match in found if match}
        if None in found:
            problems.append(f"{name} must be property_id=value, with commas between")
    urls, keys = values["PMS_URLS"], values["PMS_KEYS"]
    problems += [f"PMS_KEYS has no key for {name}" for name in urls if name not in keys]
    problems += [f"PMS_URLS has no URL for {name}" for name in keys if name not in urls]
    problems += [f"PMS_URLS: {url} must start with https://" for url in urls.values() if not _is_safe(url)]
    return {name: OtherSystem(url.rstrip("/"), keys[name]) for name, url in urls.items() if name in keys}


def _webhooks(env: Mapping[str, str], problems: list[str]) -> dict[str, OtherSystem]:
    found = {}
    for target, (url_name, secret_name) in _WEBHOOKS.items():
        url, secret = env.get(url_name, ""), env.get(secret_name, "")
        if not url and not secret:
            continue
        if not _is_safe(url):
            problems.append(f"{url_name} must start with https://")
        if not _WEBHOOK_SECRET.fullmatch(secret):
            problems.append(f"{secret_name} must be whsec_ and at least 24 bytes in base64")
        found[target] = OtherSystem(url.rstrip("/"), secret)
    return found


def _is_safe(url: str) -> bool:
    return url.startswith(("https://", *_LOCAL))
