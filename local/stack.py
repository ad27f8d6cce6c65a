"""Starts, watches and stops the whole system: which processes there are, what each is told, and in what order they go.

The simulated Twilio, the Pub/Sub stand-in and the TLS front live in this process; everything that is deployed is a
process of its own. Nothing here knows what the parts do with what they are told.
"""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

from local import ports
from local.config import RUNS, STATE_FILE, UserSettings
from local.errors import ProcessFailed, SetupError
from local.front import Front
from local.process import Command, Process, Reaper
from local.pubsub import DELAY_S, PubSub
from local.twilio import NumberSettings, SimulatedTwilio

FUNCTIONS = ("twilio", "tools", "event_sink", "jobs")
PROJECT = "nightdesk-local"
PROPERTY_ID = "west-bethel-motel"
NUMBERS = ("+12072203501", "+12072203599")
"""The account's numbers, both with the same webhooks; the second belongs to no property."""
RECONCILE_EVERY_S = 3.0
RUNS_KEPT = 20

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """`engine`: offline (speech/ alone) or openai (first openai, speech/ when that fails)."""

    engine: str = "offline"
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


class Stack:
    """`async with Stack(options, user) as stack`: up and ready inside, everything stopped after.

    Raises SetupError for options that cannot be met and ProcessFailed when a process does not come up.
    """

    def __init__(self, options: Options, user: UserSettings, progress: Progress = lambda _: None) -> None:
        if options.engine == "openai" and not user.openai_api_key:
            raise SetupError(
                "--engine openai needs a key.",
                "Set OPENAI_API_KEY in the environment or in .env, or use --engine offline.",
            )
        self.options = options
        self.secrets = Secrets()
        self.run_folder = new_run_folder(RUNS)
        self._user = user
        self._progress = progress
        relays = [f"relay-{number}" for number in range(1, options.relays + 1)]
        self.ports = ports.assign(
            [*FUNCTIONS, "speech", *relays, "pubsub", "front", "simulated-twilio", "control"], options.ports
        )
        self._reaper: Reaper | None = None
        self._processes: dict[str, Process] = {}
        self._watchers: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[ProcessFailed] = asyncio.get_running_loop().create_future()
        self._http: aiohttp.ClientSession | None = None
        self.placing = asyncio.Lock()
        """Held while a call is on its way to its relay."""
        self.front = Front([(ports.HOST, self.ports[name]) for name in relays])
        self.pubsub = PubSub(
            project=PROJECT,
            push_url=self.origin("event_sink") + "/",
            push_secret=self.secrets.service_secret,
            log=self.run_folder / "events.jsonl",
            port=self.ports["pubsub"],
        )
        hooks = self.origin("twilio") + "/voice/twilio"
        self.twilio = SimulatedTwilio(
            account_sid=self.secrets.twilio_account_sid,
            auth_token=self.secrets.twilio_auth_token,
            numbers={
                number: NumberSettings(f"{hooks}/inbound", status_callback=f"{hooks}/status") for number in NUMBERS
            },
            tls=self.front.client_context(),
        )

    def origin(self, name: str) -> str:
        return f"http://{ports.HOST}:{self.ports[name]}"

    @property
    def sqlite_path(self) -> Path:
        return self.run_folder / "nightdesk.sqlite3"

    @property
    def recordings(self) -> Path:
        return self.run_folder / "recordings"

    @property
    def logs(self) -> Path:
        return self.run_folder / "logs"

    @property
    def relays(self) -> list[Process]:
        return [process for name, process in self._processes.items() if name.startswith("relay-")]

    @property
    def processes(self) -> Mapping[str, Process]:
        return self._processes

    async def __aenter__(self) -> "Stack":
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def failure(self) -> ProcessFailed:
        """Returns when a process ended that nobody wanted to end; never otherwise."""
        return await asyncio.shield(self._failed)

    async def stop(self) -> None:
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        await self.twilio.stop()
        await asyncio.gather(*(process.stop() for process in self._processes.values()))
        await self.front.stop()
        await self.pubsub.stop()
        if self._http:
            await self._http.close()
        if self._reaper:
            await asyncio.to_thread(self._reaper.close)

    @contextlib.contextmanager
    def front_prefers(self, relay: Process | None) -> Iterator[None]:
        """Streams that begin in the block go to `relay`, if it is not None, before the others."""
        usual = list(self.front.backends)
        if relay is not None:
            chosen = (ports.HOST, relay.command.port)
            self.front.backends = [chosen, *(backend for backend in usual if backend != chosen)]
        try:
            yield
        finally:
            self.front.backends = usual

    async def restart(self, process: Process) -> None:
        """Bring a killed process back, as the platform would."""
        await process.start()
        self._watch(process)
        assert self._http is not None
        await process.ready(self._http)

    async def _start(self) -> None:
        self._reaper = Reaper()
        self._http = aiohttp.ClientSession()
        await self.pubsub.start()
        await self.twilio.start(self.ports["simulated-twilio"])
        await self.front.start(self.ports["front"])
        commands = self.commands()
        self._progress(f"starting {', '.join(command.name for command in commands)}")
        for command in commands:
            process = Process(command, self.logs / f"{command.name}.log", self._reaper)
            self._processes[command.name] = process
            await process.start()
        await self._all_ready()
        for process in self._processes.values():
            self._watch(process)
        self._watchers.add(asyncio.create_task(self._reconcile()))
        self._progress("ready")

    async def _all_ready(self) -> None:
        assert self._http is not None
        waiting = [asyncio.create_task(process.ready(self._http)) for process in self._processes.values()]
        try:
            await asyncio.gather(*waiting)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _watch(self, process: Process) -> None:
        async def watch() -> None:
            code = await process.ended()
            if not process.killed and not self._failed.done():
                self._failed.set_result(process.failure(f"ended with exit code {code}"))

        task = asyncio.create_task(watch())
        self._watchers.add(task)
        task.add_done_callback(self._watchers.discard)

    async def _reconcile(self) -> None:
        """What Cloud Scheduler does."""
        assert self._http is not None
        while True:
            await asyncio.sleep(RECONCILE_EVERY_S)
            # A scheduler's call that fails is made again next time, and the service's own log says why it failed.
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                await self._http.post(
                    self.origin("jobs") + "/jobs/reconcile",
                    headers={"Authorization": f"Bearer {self.secrets.service_secret}"},
                    json={},
                    timeout=aiohttp.ClientTimeout(total=10),
                )

    # -- what each process is told

    def commands(self) -> list[Command]:
        return [
            *(self._function(name) for name in FUNCTIONS),
            Command("speech", [sys.executable, "-m", "speech"], self._speech_settings(), self.ports["speech"]),
            *(
                Command(name, [sys.executable, "-m", "relay"], self._relay_settings(port), port)
                for name, port in self.ports.items()
                if name.startswith("relay-")
            ),
        ]

    def _function(self, name: str) -> Command:
        port = self.ports[name]
        arguments = ["-m", "functions_framework", "--source", "functions/main.py", "--target", name]
        settings = {
            **self._service_auth,
            **self._pubsub_settings,
            "FUNCTION_TARGET": name,
            "WEBHOOK_ORIGIN": self.origin("twilio"),
            "MEDIA_ORIGIN": self.media_origin,
            "SESSION_SIGNING_KEY": self.secrets.session_signing_key,
            "TWILIO_ACCOUNT_SID": self.secrets.twilio_account_sid,
            "TWILIO_AUTH_TOKEN": self.secrets.twilio_auth_token,
            "TWILIO_API_BASE": self.origin("simulated-twilio"),
            "STORE": "sqlite",
            "SQLITE_PATH": str(self.sqlite_path),
            # gunicorn's own: one process with a few threads is what one instance of a function is.
            "WORKERS": "1",
            "THREADS": "4",
        }
        return Command(name, [sys.executable, *arguments, "--host", ports.HOST, "--port", str(port)], settings, port)

    @property
    def media_origin(self) -> str:
        return f"wss://{ports.HOST}:{self.ports['front']}"

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
            "CLERK_URL": self.origin("tools"),
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
            openai = f"openai=realtime:{self._user.openai_origin}/v1/realtime?model=gpt-realtime-2.1"
            settings |= {
                "ENGINES": f"{openai},{speech}",
                "ENGINE_AUTH_OPENAI": "bearer:OPENAI_API_KEY",
                "OPENAI_API_KEY": self._user.openai_api_key,
            }
        return settings


@dataclass(frozen=True)
class State:
    """What another command must know of a running stack; written to .local/stack.json, which only its owner reads."""

    pid: int
    control_url: str
    control_token: str
    run_folder: str
    tools_url: str
    service_secret: str
    session_signing_key: str

    @classmethod
    def of(cls, stack: Stack) -> "State":
        return cls(
            pid=os.getpid(),
            control_url=stack.origin("control"),
            control_token=stack.secrets.control_token,
            run_folder=str(stack.run_folder),
            tools_url=stack.origin("tools"),
            service_secret=stack.secrets.service_secret,
            session_signing_key=stack.secrets.session_signing_key,
        )

    def write(self, path: Path = STATE_FILE) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{self.pid}")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(vars(self), file)
        temporary.replace(path)

    def remove(self, path: Path = STATE_FILE) -> None:
        """Takes the file away unless another stack has written its own since."""
        if read_state(path) == self:
            path.unlink(missing_ok=True)


def read_state(path: Path = STATE_FILE) -> State | None:
    """The state of a stack that was running when it was written, or None; a damaged file is as good as none."""
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return State(**values)
    except (OSError, ValueError, TypeError):
        return None


def new_run_folder(runs: Path) -> Path:
    """A new folder named after the time; the oldest beyond RUNS_KEPT go."""
    runs.mkdir(parents=True, exist_ok=True)
    for old in sorted(path for path in runs.iterdir() if path.is_dir())[: -(RUNS_KEPT - 1) or None]:
        shutil.rmtree(old, ignore_errors=True)
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    for number in range(100):
        folder = runs / (stamp if number == 0 else f"{stamp}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise SetupError(f"No folder for this run could be made under {runs}.", "Remove old runs there.")
