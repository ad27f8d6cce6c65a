"""Names that follow from Twilio's, as every part of the system makes them."""

import base64
import hashlib


def session_id_of(call_sid: str) -> str:
    """The session id of a phone call, which is derived from its CallSid."""
    return "sess_" + base64.b32encode(hashlib.sha256(call_sid.encode()).digest())[:26].decode().lower()
