"""The relays that are measured side by side: ours, the practical limit, and what others publish.

The peers are small programs of our own that use these libraries as their published examples do, each in a virtual
environment of its own (`make bench-peers`). Each is told PORT and ENGINE_URL, and answers Twilio at /media-stream.
"""

from __future__ import annotations

import secrets
import shutil
import sys
from pathlib import Path

from bench.load.phone import upgrade_signature
from bench.load.run import Place, Program, Relay
from bench.load.sound import STAMPS, TONES, Kind

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
ENVIRONMENTS = ROOT / ".local/bench/venvs"
STREAM_PATH = "/media-stream"

_MEDIA_ORIGIN = "wss://media.example.com"
_AUTH_TOKEN = secrets.token_hex(16)


def nightdesk(*, transcodes: bool = False, records: bool = True) -> Relay:
    """Our own relay as it is deployed: pacing, marks, the barge-in gate, events, turns and recording on.

    `transcodes`: the engine speaks PCM at 24 kHz alone, so that every call is converted both ways. `records`: False for
    a hotel that keeps no recordings.
    """

    def program(place: Place) -> Program:
        # Tones do not say whose they are, so the URL does.
        engine = f"{place.engine_url}&session={{session_id}}" if transcodes else place.engine_url
        settings = {
            "HOST": "127.0.0.1",
            "PORT": str(place.port),
            "MEDIA_ORIGIN": _MEDIA_ORIGIN,
            "TWILIO_AUTH_TOKEN": _AUTH_TOKEN,
            "TOOLS_URL": place.functions_origin,
            "SERVICE_AUTH": "secret",
            "SERVICE_SECRET": secrets.token_hex(32),
            "ENGINES": f"bench=realtime:{engine}",
            "ENGINE_AUDIO_BENCH": "pcm" if transcodes else "",
            "ENGINE_AUTH_BENCH": "bearer:BENCH_KEY",
            "BENCH_KEY": secrets.token_hex(16),
            "PUBSUB_ORIGIN": place.functions_origin,
            "PUBSUB_PROJECT": "bench",
            "PUBSUB_AUTH": "none",
            "RECORDINGS": place.folder.as_uri() if records else "",
            "MAX_CALLS": str(place.calls + 10),
            "LOG_LEVEL": "INFO",
            "PYTHONPATH": str(ROOT),
        }
        return Program([sys.executable, "-m", "relay"], settings)

    signature = upgrade_signature(_AUTH_TOKEN, f"{_MEDIA_ORIGIN}/voice/stream")
    name, kind = ("nightdesk, transcoding", TONES) if transcodes else ("nightdesk", STAMPS)
    return Relay(name, program, "/voice/stream", kind, {"X-Twilio-Signature": signature}, stats_path="/stats")


def limit() -> Relay:
    """What Python can do at best: payloads spliced without parsing, on picows and uvloop."""
    return _peer("limit: picows pass-through", [sys.executable, str(HERE / "limit/relay.py")])


def node() -> Relay:
    """The shape of Twilio's Node sample."""
    program = ROOT / ".local/bench/node/relay.mjs"
    executable = shutil.which("node")
    if executable is None:
        return _peer("Twilio's sample, Node (ws)", [], missing="node is not on this machine")
    missing = "" if program.exists() else "not installed; run make bench-peers"
    return _peer("Twilio's sample, Node (ws)", [executable, str(program)], missing=missing)


def _python_peer(name: str, folder: str, kind: Kind = STAMPS) -> Relay:
    python = ENVIRONMENTS / folder / "bin/python"
    missing = "" if (ENVIRONMENTS / folder / "installed").exists() else "not installed; run make bench-peers"
    return _peer(name, [str(python), str(HERE / folder / "relay.py")], kind, missing)


def _peer(name: str, command: list[str], kind: Kind = STAMPS, missing: str = "") -> Relay:
    def program(place: Place) -> Program:
        return Program(command, {"PORT": str(place.port), "ENGINE_URL": place.engine_url, "OPENAI_API_KEY": "bench"})

    return Relay(name, program, STREAM_PATH, kind, missing=missing)


def all_relays() -> list[Relay]:
    """Ours first, then the peers, those that are not installed among them."""
    return [
        nightdesk(),
        limit(),
        _python_peer("websockets pass-through", "websockets"),
        node(),
        _python_peer("OpenAI Agents SDK example", "agents_sdk"),
        _python_peer("pipecat, OpenAI realtime", "pipecat", TONES),
    ]
