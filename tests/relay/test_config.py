"""Settings: what is missing or unreadable stops the start with its name, and secrets are not printed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from relay.config import Bucket, read_settings
from relay.errors import ConfigError

ENVIRONMENT = {
    "MEDIA_ORIGIN": "wss://relay.example.com/",
    "TWILIO_AUTH_TOKEN": "auth-token",
    "TOOLS_URL": "https://tools.example.com",
    "SERVICE_AUTH": "secret",
    "SERVICE_SECRET": "service-secret",
    "ENGINES": "openai=realtime:wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1, "
    "speech=realtime:wss://speech.example.com/v1/realtime?property_id={property_id}",
    "ENGINE_AUTH_OPENAI": "bearer:OPENAI_API_KEY",
    "OPENAI_API_KEY": "openai-key",
    "ENGINE_AUTH_SPEECH": "google_id",
    "PUBSUB_PROJECT": "hotel",
    "PUBSUB_AUTH": "google",
}


def test_engines_are_read_in_order_each_with_its_own_credential() -> None:
    openai, speech = read_settings(ENVIRONMENT).engines
    assert (openai.name, openai.auth, openai.secret, openai.model) == (
        "openai",
        "bearer",
        "openai-key",
        "gpt-realtime-2.1",
    )
    assert openai.is_reachable_before_the_session
    assert (speech.auth, speech.secret, speech.is_reachable_before_the_session) == ("google_id", "", False)


def test_defaults_are_those_of_the_design() -> None:
    settings = read_settings(ENVIRONMENT)
    assert settings.media_origin == "wss://relay.example.com"
    assert (settings.playout_lead_ms, settings.tool_announce_ms, settings.tool_timeout_ms) == (300, 1500, 12_000)
    assert settings.recordings is None


def test_what_is_set_to_nothing_is_as_by_default() -> None:
    settings = read_settings({**ENVIRONMENT, "PUBSUB_ORIGIN": "", "LOG_LEVEL": " ", "PORT": "", "HOST": ""})
    assert (settings.pubsub_origin, settings.log_level) == ("https://pubsub.googleapis.com", "INFO")
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)


def test_an_engines_audio_is_its_own_or_the_callers() -> None:
    openai, speech = read_settings({**ENVIRONMENT, "ENGINE_AUDIO_SPEECH": "pcm"}).engines
    assert (openai.audio, speech.audio) == ("", "pcm")


@pytest.mark.parametrize(
    ("written", "sent_by_a_browser"),
    [
        ("", ""),
        ("https://Kiosk.Example.com/", "https://kiosk.example.com"),
        ("https://kiosk.example.com:443", "https://kiosk.example.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_the_kiosks_origin_is_kept_as_a_browser_sends_it(written: str, sent_by_a_browser: str) -> None:
    assert read_settings({**ENVIRONMENT, "KIOSK_ORIGIN": written}).kiosk_origin == sent_by_a_browser


def test_secrets_are_not_in_the_representation() -> None:
    shown = repr(read_settings(ENVIRONMENT))
    assert not any(secret in shown for secret in ("auth-token", "service-secret", "openai-key"))


@pytest.mark.parametrize("setting", [name for name in ENVIRONMENT if name != "PUBSUB_ORIGIN"])
def test_a_missing_setting_is_named(setting: str) -> None:
    with pytest.raises(ConfigError) as missing:
        read_settings({name: value for name, value in ENVIRONMENT.items() if name != setting})
    assert missing.value.setting == setting


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("MEDIA_ORIGIN", "relay.example.com"),
        ("MEDIA_ORIGIN", "wss://[relay.example.com"),
        ("MEDIA_ORIGIN", "wss://relay.example.com/?region=us"),
        ("TOOLS_URL", "ftp://tools"),
        ("TOOLS_URL", "https://tools.example.com:https"),
        ("TOOLS_URL", "https://tools.example.com/#tools"),
        ("TWILIO_AUTH_TOKEN", "\ufeffauth-token"),
        ("SERVICE_SECRET", "service\u200bsecret"),
        ("OPENAI_API_KEY", "openai-\nkey"),
        ("OPENAI_API_KEY", "“openai-key”"),
        ("MAX_CALLS", "0"),
        ("TOOL_TIMEOUT_MS", "0"),
        ("PUBSUB_ORIGIN", "pubsub.googleapis.com"),
        ("LOG_LEVEL", "loud"),
        ("PORT", "http"),
        ("PORT", "80800"),
        ("SERVICE_AUTH", "none"),
        ("ENGINES", ","),
        ("ENGINES", "openai"),
        ("ENGINES", "openai=morse:wss://api.openai.com/v1/live/sessions"),
        ("ENGINES", "openai=realtime:wss://a openai=realtime:wss://b"),
        ("ENGINES", "openai=realtime:wss://api.openai.com:https/v1/realtime"),
        ("ENGINES", "openai=realtime:wss:///v1/realtime"),
        ("ENGINES", "speech=realtime:wss://speech.example.com/v1/realtime?property_id={property}"),
        ("ENGINE_AUTH_OPENAI", "openai-key"),
        ("ENGINE_AUDIO_OPENAI", "opus"),
        ("KIOSK_ORIGIN", "kiosk.example.com"),
        ("KIOSK_ORIGIN", "https://kiosk.example.com/page"),
        ("KIOSK_ORIGIN", "https://me@kiosk.example.com"),
        ("RECORDINGS", "gs:///bucket"),
        ("RECORDINGS", "gs://Bucket/prefix"),
        ("RECORDINGS", "s3://bucket"),
    ],
)
def test_an_unreadable_setting_is_named_with_its_cure(setting: str, value: str) -> None:
    with pytest.raises(ConfigError) as unreadable:
        read_settings({**ENVIRONMENT, setting: value})
    assert unreadable.value.setting == setting


@pytest.mark.parametrize("setting", ["TWILIO_AUTH_TOKEN", "SERVICE_SECRET", "OPENAI_API_KEY"])
def test_a_credential_that_is_refused_is_not_shown(setting: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_settings({**ENVIRONMENT, setting: "hunter2\nhunter3"})
    assert "hunter" not in str(refused.value)


def test_a_folder_for_recordings_is_a_file_url() -> None:
    assert read_settings({**ENVIRONMENT, "RECORDINGS": "file:///var/rec%20x"}).recordings == Path("/var/rec x")


@pytest.mark.parametrize(("url", "prefix"), [("gs://hotel-calls", ""), ("gs://hotel-calls/voice/2026/", "voice/2026")])
def test_a_bucket_for_recordings_may_have_a_prefix(url: str, prefix: str) -> None:
    assert read_settings({**ENVIRONMENT, "RECORDINGS": url}).recordings == Bucket("hotel-calls", prefix)


def test_the_process_stops_with_the_settings_name() -> None:
    command = [sys.executable, "-m", "relay"]
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, cwd=root, check=False
    )
    assert done.returncode == 2
    assert "SERVICE_AUTH: is missing" in done.stderr
