"""Starts, watches and stops the whole system, in order; what each process is told is `wiring`'s.

The simulated Twilio and Stripe, the Pub/Sub stand-in, the clerk's prompter and the TLS front live in this process; what
is deployed is a process of its own. Nothing here knows what the parts do with what they are told.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

import aiohttp

from local import hotels, ports
from local.config import RUNS, UserSettings
from local.errors import ProcessFailed, SetupError
from local.front import Front
from local.pay_connector import StripeConnector
from local.process import Process, Reaper
from local.prompter import Prompter
from local.pubsub import PubSub
from local.state import State, new_run_folder
from local.stripe import SimulatedStripe
from local.twilio import NumberSettings, SimulatedTwilio
from local.wiring import FUNCTIONS, NUMBERS, PROJECT, STAND_INS, Options, Secrets, Wiring

JOBS = (
    *("/jobs/reconcile", "/jobs/holds", "/jobs/deliver", "/jobs/callbacks", "/jobs/payments", "/jobs/recordings"),
    "/jobs/retention",
)
JOBS_EVERY_S = 3.0

Progress = Callable[[str], None]


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
        self._progress = progress
        relays = [f"relay-{number}" for number in range(1, options.relays + 1)]
        pms = ["pms"] if options.bookings == "reference" else []
        self.ports = ports.assign([*pms, *FUNCTIONS, "speech", *relays, *STAND_INS], options.ports)
        self.wiring = Wiring(self.ports, self.secrets, user, options, self.run_folder)
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
            push_url=self.wiring.origin("event_sink") + "/",
            push_secret=self.secrets.service_secret,
            log=self.run_folder / "events.jsonl",
            port=self.ports["pubsub"],
        )
        self.stripe = SimulatedStripe(
            api_key=self.secrets.stripe_api_key,
            webhook_url=self.wiring.origin("payments") + "/payments/webhook",
            webhook_secret=self.secrets.stripe_webhook_secret,
            origin=self.wiring.origin("simulated-stripe"),
        )
        self.prompter = Prompter(self.wiring.origin("tools"), self.ports["prompter"])
        hooks = self.wiring.origin("twilio") + "/voice/twilio"
        self.twilio = SimulatedTwilio(
            account_sid=self.secrets.twilio_account_sid,
            auth_token=self.secrets.twilio_auth_token,
            numbers={
                number: NumberSettings(
                    f"{hooks}/inbound",
                    voice_fallback_url=f"{hooks}/fallback",
                    status_callback=f"{hooks}/status",
                    sms_url=f"{hooks}/sms",
                )
                for number in NUMBERS
            },
            tls=self.front.client_context(),
        )
        self.twilio.connectors["Default"] = StripeConnector(self.stripe.account)

    @property
    def logs(self) -> Path:
        return self.run_folder / "logs"

    def state(self) -> State:
        """What another command must know to reach this stack."""
        return State(
            pid=os.getpid(),
            control_url=self.wiring.origin("control"),
            control_token=self.secrets.control_token,
            run_folder=str(self.run_folder),
            tools_url=self.wiring.origin("tools"),
            service_secret=self.secrets.service_secret,
            session_signing_key=self.secrets.session_signing_key,
        )

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
        await self.stripe.stop()
        await self.prompter.stop()
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
        await self.stripe.start(self.ports["simulated-stripe"])
        await self.prompter.start()
        await self.front.start(self.ports["front"])
        hotels.open_for_calls(self.wiring.properties)
        commands = self.wiring.commands()
        self._progress(f"starting {', '.join(command.name for command in commands)}")
        for command in commands:
            process = Process(command, self.logs / f"{command.name}.log", self._reaper)
            self._processes[command.name] = process
            await process.start()
        await self._all_ready()
        for process in self._processes.values():
            self._watch(process)
        self._watchers.add(asyncio.create_task(self._schedule()))
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

    async def _schedule(self) -> None:
        """What Cloud Scheduler does."""
        assert self._http is not None
        while True:
            await asyncio.sleep(JOBS_EVERY_S)
            for job in JOBS:
                # A job that fails is asked for again next time, and the service's own log says why it failed.
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    await self._http.post(
                        self.wiring.origin("jobs") + job,
                        headers={"Authorization": f"Bearer {self.secrets.service_secret}"},
                        json={},
                        timeout=aiohttp.ClientTimeout(total=10),
                    )
