"""What each process of the system is told: its program, its port and every setting it gets.

Who is told which secret is decided here and nowhere else; a process is told nothing that it does not need.
"""

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local import hotels, ports
from local.config import HOTELS, UserSettings
from local.process import Command
from local.pubsub import DELAY_S

FUNCTIONS = ("twilio", "tools", "event_sink", "jobs", "mcp", "payments", "staff")
STAND_INS = ("pubsub", "front", "simulated-twilio", "simulated-stripe", "prompter", "control")
"""What lives in the supervisor's own process and has a port."""
PROJECT = "nightdesk-local"
PROPERTY_ID = "west-bethel-motel"
NUMBERS = (*hotels.numbers(), "+12072203599")
"""The account's numbers, all with the same webhooks; the last belongs to no property."""


@dataclass(frozen=True)
class Options:
    """`engine`: offline (speech/ alone) or openai (first openai, speech/ when that fails).

    `bookings`: own, the functions' store; or reference, the reference booking system for every hotel.
    `recording`: who records: relay, twilio, off.
    """

    engine: str = "offline"
    bookings: str = "own"
    recording: str = "relay"
    relays: int = 1
    ports: Mapping[str, int] = field(default_factory=dict)
    events_delay_s: float = DELAY_S
    log_level: str = "INFO"


@dataclass(frozen=True)
class Secrets:
    """Made anew for every run; nothing on disk but the state file, which its owner alone can read."""

    session_signing_key: str = field(default_factory=lambda: secrets.token_hex(32))
    twilio_account_sid: str = field(default_factory=lambda: f"AC{secrets.token_hex(16)}")
    twilio_auth_token: str = field(default_factory=lambda: secrets.token_hex(16))
    service_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    speech_api_key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    control_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    stripe_api_key: str = field(default_factory=lambda: f"sk_test_{secrets.token_hex(24)}")
    stripe_webhook_secret: str = field(default_factory=lambda: f"whsec_{secrets.token_hex(24)}")
    mcp_key: str = field(default_factory=lambda: secrets.token_hex(24))
    pms_key: str = field(default_factory=lambda: secrets.token_hex(24))


@dataclass(frozen=True)
class Wiring:
    """`ports` has a port for every process and for the stand-ins; `run_folder` holds what the run leaves behind."""

    ports: Mapping[str, int]
    secrets: Secrets
    user: UserSettings
    options: Options
    run_folder: Path

    def origin(self, name: str) -> str:
        return f"http://{ports.HOST}:{self.ports[name]}"

    @property
    def media_origin(self) -> str:
        return f"wss://{ports.HOST}:{self.ports['front']}"

    @property
    def sqlite_path(self) -> Path:
        return self.run_folder / "nightdesk.sqlite3"

    @property
    def properties(self) -> Path:
        return self.run_folder / "properties"

    @property
    def recordings(self) -> Path:
        return self.run_folder / "recordings"

    def commands(self) -> list[Command]:
        return [
            *([self._bookings()] if self.options.bookings == "reference" else []),
            *(self._function(name) for name in FUNCTIONS),
            Command("speech", [sys.executable, "-m", "speech"], self._speech_settings(), self.ports["speech"]),
            *(
                Command(name, [sys.executable, "-m", "relay"], self._relay_settings(port), port)
                for name, port in self.ports.items()
                if name.startswith("relay-")
            ),
        ]

    def _bookings(self) -> Command:
        arguments = ["-m", "local", "pms", "--serve-on", str(self.ports["pms"]), "--key", self.secrets.pms_key]
        return Command("pms", [sys.executable, *arguments], {}, self.ports["pms"])

    def _function(self, name: str) -> Command:
        port = self.ports[name]
        arguments = ["-m", "functions_framework", "--source", "functions/main.py", "--target", name]
        settings = {
            **self._service_auth,
            **self._pubsub_settings,
            "FUNCTION_TARGET": name,
            "WEBHOOK_ORIGIN": self.origin("twilio"),
            "MEDIA_ORIGIN": self.media_origin,
            "TOOLS_URL": self.origin("tools"),
            "SESSION_SIGNING_KEY": self.secrets.session_signing_key,
            "TWILIO_ACCOUNT_SID": self.secrets.twilio_account_sid,
            "TWILIO_AUTH_TOKEN": self.secrets.twilio_auth_token,
            "TWILIO_API_BASE": self.origin("simulated-twilio"),
            "PROPERTIES_DIR": str(self.properties),
            "RECORDINGS": self.recordings.as_uri(),
            "RECORDING_SOURCE": self.options.recording,
            "STORE": "sqlite",
            "SQLITE_PATH": str(self.sqlite_path),
            # gunicorn's own: one process with a few threads is what one instance of a function is.
            "WORKERS": "1",
            "THREADS": "4",
        }
        if self.options.bookings == "reference":
            hotels = [file.stem for file in sorted(HOTELS.glob("*.yaml"))]
            settings["PMS_URLS"] = ",".join(f"{hotel}={self.origin('pms')}" for hotel in hotels)
            settings["PMS_KEYS"] = ",".join(f"{hotel}={self.secrets.pms_key}" for hotel in hotels)
        if name in ("tools", "mcp", "payments", "jobs"):
            settings["PAYMENTS_ORIGIN"] = self.origin("payments")
            settings["STRIPE_API_KEY"] = self.secrets.stripe_api_key
            settings["STRIPE_API_BASE"] = self.origin("simulated-stripe")
        if name == "payments":
            settings["STRIPE_WEBHOOK_SECRET"] = self.secrets.stripe_webhook_secret
        if name == "mcp":
            settings["MCP_KEYS"] = f"local={PROPERTY_ID}:{self.secrets.mcp_key}"
        return Command(name, [sys.executable, *arguments, "--host", ports.HOST, "--port", str(port)], settings, port)

    @property
    def _service_auth(self) -> dict[str, str]:
        return {
            "SERVICE_AUTH": "secret",
            "SERVICE_SECRET": self.secrets.service_secret,
            "LOG_LEVEL": self.options.log_level,
        }

    @property
    def _pubsub_settings(self) -> dict[str, str]:
        return {"PUBSUB_ORIGIN": self.origin("pubsub"), "PUBSUB_PROJECT": PROJECT, "PUBSUB_AUTH": "none"}

    def _speech_settings(self) -> dict[str, str]:
        return {
            **self._service_auth,
            "HOST": ports.HOST,
            "PORT": str(self.ports["speech"]),
            "SPEECH_API_KEY": self.secrets.speech_api_key,
            "CLERK_URL": self.origin("prompter"),
            "PROPERTY_ID": PROPERTY_ID,
        }

    def _relay_settings(self, port: int) -> dict[str, str]:
        names = "property_id={property_id}&session_id={session_id}"
        speech = f"speech=realtime:ws://{ports.HOST}:{self.ports['speech']}/v1/realtime?model=offline&{names}"
        settings = {
            **self._service_auth,
            **self._pubsub_settings,
            "HOST": ports.HOST,
            "PORT": str(port),
            "MEDIA_ORIGIN": self.media_origin,
            "TWILIO_AUTH_TOKEN": self.secrets.twilio_auth_token,
            "TOOLS_URL": self.origin("tools"),
            "ENGINES": speech,
            "ENGINE_AUTH_SPEECH": "bearer:SPEECH_API_KEY",
            "SPEECH_API_KEY": self.secrets.speech_api_key,
            "RECORDINGS": self.recordings.as_uri(),
        }
        if self.options.engine == "openai":
            openai = f"openai=realtime:{self.user.openai_origin}/v1/realtime?model=gpt-realtime-2.1"
            settings |= {
                "ENGINES": f"{openai},{speech}",
                "ENGINE_AUTH_OPENAI": "bearer:OPENAI_API_KEY",
                "OPENAI_API_KEY": self.user.openai_api_key,
            }
        return settings
