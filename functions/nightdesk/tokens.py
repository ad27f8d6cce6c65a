"""Session ids and session tokens. Pure but for the random `jti`; the clock comes in.

A token lets one media stream of one call fetch its session: two minutes long, for one CallSid, one attempt and (the
store sees to that) the first stream that shows it. Its claims are `contracts/token.json`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nightdesk.errors import Unauthenticated

LIFETIME = timedelta(minutes=2)


NOT_THEIRS = "failed"
"""The signature of a caller's carrier is wrong: the number that is shown may be anybody's."""


@dataclass(frozen=True)
class Claims:
    """Who is on the line. `caller` is E.164 or "" when withheld; `stir` is A, B, C, failed or ""."""

    session_id: str
    property_id: str
    channel: str
    direction: str
    attempt: int
    call_sid: str
    caller: str
    called: str
    stir: str
    language: str
    expired: bool = False


def session_id_of_call(call_sid: str) -> str:
    """Source: the session id of a phone call is derived from its CallSid, so that every webhook finds it."""
    return "sess_" + base64.b32encode(hashlib.sha256(call_sid.encode()).digest())[:26].decode().lower()


def stir_attestation(stir_verstat: str) -> str:
    """Twilio's StirVerstat as one letter, NOT_THEIRS, or "". Source: values like TN-Validation-Passed-A,
    TN-Validation-Failed-C.
    """
    if stir_verstat.startswith("TN-Validation-Passed-") and stir_verstat[-1] in "ABC":
        return stir_verstat[-1]
    return NOT_THEIRS if stir_verstat.startswith("TN-Validation-Failed") else ""


def mint(claims: Claims, key: str, now: datetime) -> str:
    """Stays under 490 characters: name and value of a Twilio `<Parameter>` together must be shorter than 500.

    Signed by hand, RFC 7515 with HS256: a JWT library brings a cryptography library along, and importing both takes
    about as long as all else that this package adds to a cold start before the first ring.
    """
    payload = {
        "sid": claims.session_id,
        "pid": claims.property_id,
        "ch": claims.channel,
        "dir": claims.direction,
        "att": claims.attempt,
        "cs": claims.call_sid,
        "clr": claims.caller,
        "cld": claims.called,
        "stir": claims.stir,
        "lang": claims.language,
        "jti": secrets.token_urlsafe(6),
        "exp": int((now + LIFETIME).timestamp()),
    }
    signed = f"{_base64url(json.dumps({'alg': 'HS256'}))}.{_base64url(json.dumps(payload, separators=(',', ':')))}"
    signature = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64url(signature)}"


def read(token: str, key: str, now: datetime) -> Claims:
    """The claims of a token whose signature is ours.

    Expiry is reported, not raised: a stream that is known already may show its token again, long after.
    Raises: Unauthenticated.
    """
    import jwt  # not needed for the answer to a ring: see mint

    try:
        payload: dict[str, Any] = jwt.decode(
            token, key, algorithms=["HS256"], options={"require": ["sid", "att", "cs", "exp"], "verify_exp": False}
        )
        return Claims(
            session_id=payload["sid"],
            property_id=payload["pid"],
            channel=payload["ch"],
            direction=payload["dir"],
            attempt=payload["att"],
            call_sid=payload["cs"],
            caller=payload["clr"],
            called=payload["cld"],
            stir=payload["stir"],
            language=payload["lang"],
            expired=payload["exp"] <= now.timestamp(),
        )
    except (jwt.InvalidTokenError, KeyError) as error:
        raise Unauthenticated("bad_token", f"the session token cannot be read: {error}") from error


def _base64url(data: str | bytes) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
