from pathlib import Path

import pytest
from nightdesk import config
from nightdesk.errors import ConfigError

from .conftest import ENVIRONMENT

FULL = {**ENVIRONMENT, "SQLITE_PATH": "/tmp/x.sqlite3"}


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in FULL.items() if name not in names}


def test_every_missing_name_is_in_one_error() -> None:
    with pytest.raises(ConfigError) as caught:
        config.load("twilio", {"STORE": "sqlite"})
    message = str(caught.value)
    for name in ("WEBHOOK_ORIGIN", "MEDIA_ORIGIN", "SESSION_SIGNING_KEY", "TWILIO_AUTH_TOKEN", "SQLITE_PATH"):
        assert f"{name} is not set" in message
    assert "'twilio'" in message


def test_a_target_asks_only_for_what_it_needs() -> None:
    settings = config.load(
        "event_sink", without("WEBHOOK_ORIGIN", "MEDIA_ORIGIN", "SESSION_SIGNING_KEY", "TWILIO_AUTH_TOKEN")
    )
    assert settings.webhook_origin == ""
    assert config.load("mcp", without("SERVICE_AUTH", "SERVICE_SECRET")).service_auth == ""


def test_the_twilio_function_asks_others_and_is_asked_by_none_of_ours() -> None:
    settings = config.load("twilio", {**without("SERVICE_SECRET"), "SERVICE_AUTH": "google_id"})
    assert settings.tools_url == FULL["TOOLS_URL"]
    with pytest.raises(ConfigError, match="SERVICE_SECRET is not set"):
        config.load("twilio", without("SERVICE_SECRET"))
    with pytest.raises(ConfigError, match="TOOLS_URL must start with https://"):
        config.load("twilio", {**FULL, "TOOLS_URL": "http://tools.example.com"})


def test_an_empty_value_is_a_missing_one() -> None:
    with pytest.raises(ConfigError, match="SERVICE_SECRET is not set"):
        config.load("tools", {**FULL, "SERVICE_SECRET": ""})


def test_google_id_tokens_need_an_audience_and_callers() -> None:
    with pytest.raises(ConfigError, match="SERVICE_AUDIENCE is not set; SERVICE_CALLERS is not set"):
        config.load("tools", {**without("SERVICE_SECRET"), "SERVICE_AUTH": "google_id"})


def test_each_store_asks_for_its_own_settings() -> None:
    with pytest.raises(ConfigError, match="FIRESTORE_PROJECT is not set"):
        config.load("jobs", {**FULL, "STORE": "firestore"})
    settings = config.load("jobs", {**without("SQLITE_PATH"), "STORE": "firestore", "FIRESTORE_PROJECT": "hotel"})
    assert (settings.firestore_project, settings.firestore_database) == ("hotel", "(default)")


def test_knowledge_by_meaning_needs_a_key_and_knowledge_by_words_does_not() -> None:
    assert config.load("tools", FULL).knowledge == "words"
    with pytest.raises(ConfigError, match="OPENAI_API_KEY is not set"):
        config.load("tools", {**FULL, "KNOWLEDGE": "hybrid"})
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL must start with https://"):
        config.load("tools", {**FULL, "OPENAI_BASE_URL": "http://api.example.com/v1"})
    settings = config.load("tools", {**FULL, "KNOWLEDGE": "hybrid", "OPENAI_API_KEY": "sk-1", "EMBEDDINGS_CACHE": "/v"})
    assert (settings.embeddings_model, settings.embeddings_cache) == ("text-embedding-3-small", Path("/v"))
    assert "sk-1" not in repr(settings)
    config.load("twilio", {**FULL, "KNOWLEDGE": "hybrid"})


def test_callers_are_a_comma_list() -> None:
    env = {**FULL, "SERVICE_AUTH": "google_id", "SERVICE_AUDIENCE": "https://t", "SERVICE_CALLERS": "a@x, b@x,"}
    assert config.load("tools", env).service_callers == {"a@x", "b@x"}


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("STORE", "postgres", "STORE must be one of firestore, sqlite, not 'postgres'"),
        ("SERVICE_AUTH", "none", "SERVICE_AUTH must be one of google_id, secret"),
        ("MEDIA_ORIGIN", "ws://relay", "MEDIA_ORIGIN must start with wss://"),
        (
            "WEBHOOK_ORIGIN",
            "https://hotel.example.com/",
            "WEBHOOK_ORIGIN must start with https:// or http:// and have no",
        ),
        ("SESSION_SIGNING_KEY", "short", "SESSION_SIGNING_KEY must have at least 32 bytes"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL must be one of"),
        ("TWILIO_API_BASE", "http://api.example.com", "TWILIO_API_BASE must start with https://"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str, complaint: str) -> None:
    target = "tools" if name == "SERVICE_AUTH" else "twilio"
    with pytest.raises(ConfigError, match=complaint):
        config.load(target, {**FULL, name: value})


def test_texts_need_an_account_and_its_token() -> None:
    account = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_API_BASE": "http://127.0.0.1:8100/"}
    settings = config.load("tools", {**FULL, **account})
    assert (settings.twilio_account_sid, settings.twilio_api_base) == ("AC1", "http://127.0.0.1:8100")
    without_token = {name: value for name, value in {**FULL, **account}.items() if name != "TWILIO_AUTH_TOKEN"}
    with pytest.raises(ConfigError, match="TWILIO_AUTH_TOKEN is not set, but TWILIO_ACCOUNT_SID is"):
        config.load("tools", without_token)


@pytest.mark.parametrize("target", ["staff", "twilio"])
def test_who_always_places_calls_does_not_start_without_the_account(target: str) -> None:
    with pytest.raises(ConfigError, match="TWILIO_ACCOUNT_SID is not set"):
        config.load(target, without("TWILIO_ACCOUNT_SID"))


def test_who_places_calls_needs_the_account_and_where_twilio_asks() -> None:
    account = {"TWILIO_ACCOUNT_SID": "AC1"}
    assert config.load("staff", {**FULL, **account}).twilio_account_sid == "AC1"
    without_origin = {name: value for name, value in {**FULL, **account}.items() if name != "WEBHOOK_ORIGIN"}
    with pytest.raises(ConfigError, match="WEBHOOK_ORIGIN is not set, but TWILIO_ACCOUNT_SID is"):
        config.load("jobs", without_origin)


def test_cloud_tasks_are_told_of_calls_where_a_queue_is_set() -> None:
    queue = {"TASKS": "cloud_tasks", "CLOUD_TASKS_QUEUE": "projects/p/locations/l/queues/q"}
    there = {**queue, "CLOUD_TASKS_ACCOUNT": "sa@p.iam", "JOBS_URL": "https://jobs.example.com"}
    settings = config.load("tools", {**FULL, **there})
    assert (settings.tasks, settings.cloud_tasks_queue) == ("cloud_tasks", queue["CLOUD_TASKS_QUEUE"])
    assert config.load("tools", FULL).tasks == "store"
    for target in ("tools", "twilio", "jobs"):
        with pytest.raises(ConfigError, match="CLOUD_TASKS_ACCOUNT is not set; JOBS_URL is not set"):
            config.load(target, {**FULL, **queue})
    assert config.load("event_sink", {**FULL, **queue}).jobs_url == ""


def test_agents_have_a_hotel_and_a_long_key() -> None:
    key = "k" * 32
    first, second = config.load("mcp", {**FULL, "MCP_KEYS": f"a=one-hotel:{key}, b=another:{key}:x"}).mcp_keys
    assert (first.name, first.property_id, first.key) == ("a", "one-hotel", key)
    assert second.key == f"{key}:x"
    assert key not in repr(first)


@pytest.mark.parametrize("value", ["a", "a=hotel", f"=hotel:{'k' * 32}", f"a=hotel:{'k' * 31}", f"a:{'k' * 40}"])
def test_keys_of_agents_that_cannot_be_read_stop_the_start(value: str) -> None:
    with pytest.raises(ConfigError, match="MCP_KEYS must be agent=property_id:key"):
        config.load("mcp", {**FULL, "MCP_KEYS": value})


SECRET = "whsec_" + "A" * 32


def test_another_system_keeps_a_hotels_bookings_and_others_are_told() -> None:
    settings = config.load(
        "tools",
        {
            **FULL,
            "PMS_URLS": "one-inn=https://pms.example.com/, other-inn=http://127.0.0.1:8300",
            "PMS_KEYS": "one-inn=k1,other-inn=k2",
            "CRM_URL": "https://crm.example.com",
            "CRM_SECRET": SECRET,
        },
    )
    assert {name: (pms.url, pms.secret) for name, pms in settings.pms.items()} == {
        "one-inn": ("https://pms.example.com", "k1"),
        "other-inn": ("http://127.0.0.1:8300", "k2"),
    }
    assert {name: told.url for name, told in settings.webhooks.items()} == {"crm": "https://crm.example.com"}
    assert SECRET not in repr(settings)
    assert config.load("tools", FULL).pms == config.load("tools", FULL).webhooks == {}


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"PMS_URLS": "one-inn=https://pms"}, "PMS_KEYS has no key for one-inn"),
        ({"PMS_KEYS": "one-inn=k"}, "PMS_URLS has no URL for one-inn"),
        ({"PMS_URLS": "https://pms", "PMS_KEYS": "one-inn=k"}, "PMS_URLS must be property_id=value"),
        ({"PMS_URLS": "one-inn=http://pms", "PMS_KEYS": "one-inn=k"}, "http://pms must start with https://"),
        ({"CRM_URL": "https://crm"}, "CRM_SECRET must be whsec_"),
        ({"CRM_SECRET": SECRET}, "CRM_URL must start with https://"),
        ({"CRM_URL": "http://crm", "CRM_SECRET": SECRET}, "CRM_URL must start with https://"),
        ({"CLOUD_SYNC_URL": "https://c", "CLOUD_SYNC_SECRET": "secret"}, "CLOUD_SYNC_SECRET must be whsec_"),
    ],
)
def test_settings_of_other_systems_that_cannot_be_used_stop_the_start(values: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        config.load("tools", {**FULL, **values})


PAYING = ("PAYMENTS_ORIGIN", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE")


def test_payments_need_all_of_their_secrets_and_tools_none_of_them() -> None:
    with pytest.raises(ConfigError) as caught:
        config.load("payments", without(*PAYING))
    for name in PAYING[:3]:
        assert f"{name} is not set" in str(caught.value)
    settings = config.load("tools", without(*PAYING))
    assert (settings.stripe_api_key, settings.stripe_api_base) == ("", "https://api.stripe.com")
    assert "sk_test_nobody" not in repr(config.load("payments", FULL))
    assert "whsec_nobody" not in repr(config.load("payments", FULL))


@pytest.mark.parametrize(
    ("target", "values", "complaint"),
    [
        ("tools", {"PAYMENTS_ORIGIN": ""}, "PAYMENTS_ORIGIN is not set"),
        ("mcp", {"PAYMENTS_ORIGIN": ""}, "PAYMENTS_ORIGIN is not set"),
        ("payments", {"PAYMENTS_ORIGIN": "http://pay.example.com"}, "PAYMENTS_ORIGIN must start with https://"),
        ("payments", {"PAYMENTS_ORIGIN": "https://pay.example.com/x"}, "PAYMENTS_ORIGIN must start with"),
        ("payments", {"STRIPE_API_BASE": "http://stripe"}, "STRIPE_API_BASE must start with https://"),
        ("refund", {"STRIPE_API_KEY": ""}, "STRIPE_API_KEY is not set"),
    ],
)
def test_settings_of_payments_that_cannot_be_used_stop_the_start(
    target: str, values: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        config.load(target, {**FULL, **values})
