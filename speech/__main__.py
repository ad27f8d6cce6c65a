"""`python -m speech`: read the settings, warm the engines, serve until SIGTERM."""

import asyncio
import json
import logging
import signal
import sys

from speech.brain_clerk import ClerkBrain
from speech.config import ConfigError, Settings
from speech.engines import Engines
from speech.recognizer import recogniser
from speech.server import SpeechServer
from speech.service_auth import GoogleIdToken, SharedSecret
from speech.stt import RecogniserError
from speech.tts import TtsError, TtsProcess
from speech.vad import SileroModel
from speech.voice import Voice

log = logging.getLogger("speech")


class _JsonLines(logging.Formatter):
    """One JSON object a line, with the field names that the platform's log reads."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"severity": record.levelname, "logger": record.name, "message": record.getMessage()}
        if session_id := getattr(record, "session_id", ""):
            line["session_id"] = session_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _engines(settings: Settings) -> Engines:
    auth = (
        SharedSecret(settings.service_secret)
        if settings.service_auth == "secret"
        else GoogleIdToken(settings.clerk_url)
    )
    tts = TtsProcess(settings.tts_voice, settings.tts_rate_wpm)
    return Engines(
        vad=SileroModel(),
        recogniser=recogniser(settings.stt_workers),
        brain=ClerkBrain(settings.clerk_url, auth),
        tts=tts,
        voice=Voice(tts, settings.tts_rate_wpm),
    )


async def _serve(settings: Settings) -> int:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    server = SpeechServer(_engines(settings), settings.api_key, settings.property_id)
    try:
        port = await server.start(settings.host, settings.port)
        log.info("= listening on %s:%d", settings.host, port)
        await stopped.wait()
    except (OSError, RecogniserError, TtsError) as error:
        log.error("! cannot start: %s", error)
        return 1
    finally:
        await server.close()
    return 0


def main() -> int:
    try:
        settings = Settings.from_environment()
    except ConfigError as error:
        sys.stderr.write(f"speech: {error}\n")
        return 2
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=settings.log_level, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("websockets").setLevel(logging.WARNING)
    return asyncio.run(_serve(settings))


if __name__ == "__main__":
    sys.exit(main())
