"""What went wrong with an engine, and whether asking the same one again can help."""

from __future__ import annotations

import pytest

from relay import faults
from relay.connection import Connection
from relay.faults import Fault


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("invalid_api_key", "bad_key"),
        ("account_deactivated", "bad_key"),
        ("insufficient_quota", "quota"),
        ("credit_balance_exhausted", "quota"),
        ("billing_hard_limit_reached", "quota"),
        ("model_not_found", "no_model"),
        ("beta_api_shape_disabled", "refused"),
        ("invalid_request_error.beta_api_shape_disabled", "refused"),
    ],
)
def test_codes_that_no_repetition_will_change_are_fatal(code: str, kind: str) -> None:
    assert faults.of_error(code) == Fault(kind, code.rpartition(".")[2], is_fatal=True)


@pytest.mark.parametrize("code", ["", "rate_limit_exceeded", "invalid_value", "server_error", "unknown_parameter"])
def test_after_most_errors_the_connection_lives_on(code: str) -> None:
    assert faults.of_error(code) is None


@pytest.mark.parametrize(
    ("code", "reason", "kind", "fatal"),
    [
        (1001, "session_expired: Your session hit the maximum duration of 60 minutes.", "expired", False),
        (1001, "Your session has expired", "expired", False),
        (1001, "going away", "lost", False),
        (1006, "", "lost", False),
        (1011, "internal error", "lost", False),
        (1000, "", "lost", False),
        (4000, "invalid_request_error.beta_api_shape_disabled", "refused", True),
        (4000, "", "refused", True),
        (3000, "invalid_api_key", "bad_key", True),
    ],
)
def test_a_close_is_transient_unless_its_code_or_reason_says_otherwise(
    code: int, reason: str, kind: str, fatal: bool
) -> None:
    fault = faults.of_close(code, reason)
    assert (fault.kind, fault.is_fatal) == (kind, fatal)


@pytest.mark.parametrize(
    ("status", "body", "kind", "fatal"),
    [
        (400, '{"error":{"code":"model_not_found"}}', "no_model", True),
        (401, "", "bad_key", True),
        (403, "", "bad_key", True),
        (404, "", "no_model", True),
        (302, "", "refused", True),
        (429, '{"error":{"code":"rate_limit_exceeded"}}', "rate_limited", False),
        (429, '{"error":{"code":"insufficient_quota"}}', "quota", True),
        (500, "", "unavailable", False),
        (503, "", "unavailable", False),
        (0, "", "unavailable", False),
    ],
)
def test_an_upgrade_that_was_not_granted(status: int, body: str, kind: str, fatal: bool) -> None:
    fault = faults.of_upgrade(status, body)
    assert (fault.kind, fault.is_fatal) == (kind, fatal)


# --- the connection as the talk sees it ---


def test_one_response_that_failed_is_forgiven_and_a_good_one_forgets_it() -> None:
    connection = Connection()
    connection.response_refused("server_error")
    assert connection.trouble is None
    connection.response_succeeded()
    connection.response_refused("server_error")
    assert connection.trouble is None
    connection.response_refused("server_error")
    assert connection.trouble == Fault("failing", "server_error")


def test_a_response_that_failed_for_lack_of_credit_is_the_connections_end() -> None:
    connection = Connection()
    connection.response_refused("insufficient_quota")
    assert connection.trouble == Fault("quota", "insufficient_quota", is_fatal=True)


def test_a_lost_connection_takes_its_trouble_along_and_the_next_has_another_number() -> None:
    connection = Connection()
    connection.is_up = True
    connection.never_answered()
    assert connection.ends_with("session_expired")
    connection.lost()
    after = (connection.is_up, connection.number, connection.trouble)
    assert after == (False, 1, None)
