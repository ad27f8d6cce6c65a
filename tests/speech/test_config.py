"""Settings: complete, or a start that names what is wrong."""

import pytest

from speech.config import ConfigError, Settings

COMPLETE = {
    "SPEECH_API_KEY": "key",
    "CLERK_URL": "http://127.0.0.1:9000/",
    "SERVICE_AUTH": "secret",
    "SERVICE_SECRET": "s3cret",
    "PROPERTY_ID": "west-bethel-motel",
}


def test_what_may_be_left_out_has_a_default() -> None:
    settings = Settings.from_environment(COMPLETE)
    assert (settings.port, settings.stt_workers, settings.tts_voice, settings.tts_rate_wpm) == (8080, 2, "en-us", 165)
    assert settings.clerk_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize("name", COMPLETE)
def test_a_missing_setting_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is not set"):
        Settings.from_environment({key: value for key, value in COMPLETE.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "http"), ("STT_WORKERS", "0"), ("TTS_RATE_WPM", "9999"), ("SERVICE_AUTH", "none")]
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Settings.from_environment(COMPLETE | {name: value})


def test_a_google_token_needs_no_secret() -> None:
    settings = Settings.from_environment(COMPLETE | {"SERVICE_AUTH": "google_id", "SERVICE_SECRET": ""})
    assert settings.service_secret == ""
