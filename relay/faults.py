"""What went wrong with an engine, and whether trying the same one again can help. Pure.

A fatal fault rules the engine out for the call and is a person's business (a key, a bill, a setting); a transient one
is forgiven once. `kind` is a counter's name.
Source: OpenAI Realtime, "error" and close codes (1001 after `session_expired`, 4000 for a refused protocol); OpenAI
GPT-Live, errors and recovery; the answers to a WebSocket upgrade.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    problem: str  # for the log; never content
    is_fatal: bool = False


_FATAL = {
    "invalid_api_key": "bad_key",
    "account_deactivated": "bad_key",
    "permission_denied": "bad_key",
    "insufficient_quota": "quota",
    "credit_balance_exhausted": "quota",
    "billing_hard_limit_reached": "quota",
    "model_not_found": "no_model",
    "beta_api_shape_disabled": "refused",
}
_TRANSIENT = {"session_expired": "expired"}

_STATUS = {400: "refused", 401: "bad_key", 403: "bad_key", 404: "no_model", 426: "refused"}

# Source: OpenAI Realtime: a configuration or protocol that is refused, such as the beta's, is closed with this.
PROTOCOL_REFUSED = 4000
GOING_AWAY = 1001


def of_error(code: str) -> Fault | None:
    """What an `error` event means for the connection; None when it lives on, as after most.

    `code` may carry its type before a dot (`invalid_request_error.beta_api_shape_disabled`).
    """
    name = code.rpartition(".")[2]
    if name in _FATAL:
        return Fault(_FATAL[name], name, is_fatal=True)
    return Fault(_TRANSIENT[name], name) if name in _TRANSIENT else None


def of_close(code: int, reason: str) -> Fault:
    """A connection that closed without having been asked to. Its reason may name the error."""
    problem = f"closed {code} {reason[:80]}".strip()
    named = next((fault for word in reason.replace(":", " ").split() if (fault := of_error(word.strip(".,")))), None)
    if named is not None:
        return Fault(named.kind, problem, named.is_fatal)
    if code == PROTOCOL_REFUSED:
        return Fault("refused", problem, is_fatal=True)
    if code == GOING_AWAY and "expire" in reason.lower():
        return Fault("expired", problem)
    return Fault("lost", problem)


def of_upgrade(status: int, body: str = "") -> Fault:
    """The upgrade was answered with something else than 101.

    429 is a limit that passes, unless the answer says that the account has no credit.
    """
    problem = f"upgrade answered {status}"
    if kind := _named_in(body):
        return Fault(kind, problem, is_fatal=True)
    if status in _STATUS:
        return Fault(_STATUS[status], problem, is_fatal=True)
    if 300 <= status < 400:
        return Fault("refused", problem, is_fatal=True)
    return Fault("rate_limited" if status == 429 else "unavailable", problem)


def of_idle_close(code: int, reason: str, said: str) -> Fault:
    """A connection that closed before anything was asked on it; `said` is all that came on it.

    Source: OpenAI Realtime: a wrong key, or model, is refused at the upgrade, or by an `error` and a close behind it.
    """
    fault = of_close(code, reason)
    kind = _named_in(said)
    return Fault(kind, fault.problem, is_fatal=True) if kind else fault


def _named_in(text: str) -> str:
    """The kind of the fatal error whose code stands in this JSON, "" for none."""
    return next((kind for code, kind in _FATAL.items() if f'"{code}"' in text), "")
