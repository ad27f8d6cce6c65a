"""Service credentials and Twilio's signature: vectors of the official validator, Google tokens signed by ourselves."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import google.auth.crypt
import google.auth.jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.exceptions import TransportError
from nightdesk.auth import GoogleIdToken, SharedSecret, TwilioSignature
from nightdesk.errors import Busy, Forbidden, Unauthenticated
from werkzeug.datastructures import ImmutableMultiDict

AUDIENCE, RELAY = "https://tools.example.com", "relay@project.iam.gserviceaccount.com"

FIVE = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}
INBOUND = {
    "AccountSid": "AC" + "0" * 32,
    "CallSid": "CA" + "1" * 32,
    "From": "+15005550006",
    "To": "+15005550010",
    "CallStatus": "ringing",
    "Direction": "inbound",
}


@pytest.mark.parametrize(
    ("token", "origin", "uri", "params", "signature"),
    [
        ("12345", "https://example.com", "/myapp.php?foo=1&bar=2", FIVE, "L/OH5YylLD5NRKLltdqwSvS0BnU="),
        ("relay-test-token", "https://relay.example.com", "/voice/inbound", INBOUND, "pnCsvqPPsQjDX72FtfBgfRPrX40="),
    ],
)
def test_known_signatures_are_accepted(
    token: str, origin: str, uri: str, params: dict[str, str], signature: str
) -> None:
    TwilioSignature(token, origin).check(uri, ImmutableMultiDict(params), signature)


def test_an_absolute_request_line_is_taken_by_its_path() -> None:
    check = TwilioSignature("12345", "https://example.com").check
    check("http://10.0.0.1/myapp.php?foo=1&bar=2", FIVE, "L/OH5YylLD5NRKLltdqwSvS0BnU=")


@pytest.mark.parametrize(
    ("uri", "changes", "signature"),
    [
        ("/voice/inbound/", {}, "pnCsvqPPsQjDX72FtfBgfRPrX40="),
        ("/voice/inbound", {"To": "+15005550011"}, "pnCsvqPPsQjDX72FtfBgfRPrX40="),
        ("/voice/inbound", {"New": "x"}, "pnCsvqPPsQjDX72FtfBgfRPrX40="),
        ("/voice/inbound", {}, ""),
        ("/voice/inbound", {}, "lzfEa1Rl+BXhanjTvfl4YWoxBkj4LG8I/oxh5LfzXoo="),
    ],
)
def test_any_difference_is_refused(uri: str, changes: dict[str, str], signature: str) -> None:
    with pytest.raises(Forbidden):
        TwilioSignature("relay-test-token", "https://relay.example.com").check(uri, {**INBOUND, **changes}, signature)


def test_a_string_body_where_a_form_is_due_is_refused_not_raised() -> None:
    with pytest.raises(Forbidden):
        TwilioSignature("relay-test-token", "https://relay.example.com").check("/voice/inbound", "{}", "x" * 28)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic secret", "Bearer wrong", "Bearer sécret", "secret"])
def test_a_wrong_secret_is_refused(header: str) -> None:
    with pytest.raises(Unauthenticated):
        SharedSecret("secret").check(header)


def test_the_right_secret_is_accepted() -> None:
    SharedSecret("secret").check("Bearer secret")


class Google:
    """A certificate of our own where Google's would be, and tokens signed with it."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
        day = timedelta(days=1)
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(1).not_valid_before(now - day).not_valid_after(now + day)
        certificate = builder.sign(key, hashes.SHA256())
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM).decode()
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.signer = google.auth.crypt.RSASigner.from_string(private, "kid")  # type: ignore[no-untyped-call]
        self.fetched = 0
        self.down = False

    def __call__(self, url: str, method: str = "GET", **_: Any) -> Any:
        self.fetched += 1
        if self.down:
            raise TransportError("no route to Google")  # type: ignore[no-untyped-call]
        return Answer(json.dumps({"kid": self.certificate}).encode())

    def token(self, **changes: Any) -> str:
        claims = {
            "iss": "https://accounts.google.com",
            "aud": AUDIENCE,
            "email": RELAY,
            "email_verified": True,
            "iat": int(time.time()),
            "exp": int(time.time()) + 3600,
            **changes,
        }
        token: bytes = google.auth.jwt.encode(self.signer, claims)  # type: ignore[no-untyped-call]
        return f"Bearer {token.decode()}"


class Answer:
    status = 200
    headers = {"cache-control": "public, max-age=19800"}  # noqa: RUF012

    def __init__(self, data: bytes) -> None:
        self.data = data


@pytest.fixture(scope="module")
def certificate() -> Google:
    return Google()


@pytest.fixture
def google_(certificate: Google) -> Google:
    certificate.fetched, certificate.down = 0, False
    return certificate


@pytest.fixture
def check(google_: Google) -> Callable[[str], None]:
    return GoogleIdToken(AUDIENCE, frozenset({RELAY}), google_).check


def test_a_google_token_of_a_listed_service_account_is_accepted(google_: Google, check: Callable[[str], None]) -> None:
    check(google_.token())


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example.com"},
        {"email": "somebody@project.iam.gserviceaccount.com"},
        {"email_verified": False},
        {"iss": "https://evil.example.com"},
        {"exp": 1_700_000_000, "iat": 1_699_990_000},
    ],
)
def test_a_google_token_that_is_not_for_us_is_refused(
    google_: Google, check: Callable[[str], None], changes: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        check(google_.token(**changes))


def test_a_token_signed_by_another_is_refused(check: Callable[[str], None]) -> None:
    with pytest.raises(Unauthenticated):
        check(Google().token())


@pytest.mark.parametrize("header", ["Bearer x", "Bearer a.b.c", ""])
def test_what_is_no_token_is_refused(check: Callable[[str], None], header: str) -> None:
    with pytest.raises(Unauthenticated):
        check(header)


def test_certificates_are_fetched_once_in_their_lifetime(google_: Google, check: Callable[[str], None]) -> None:
    for _ in range(3):
        check(google_.token())
    assert google_.fetched == 1


def test_an_outage_of_the_certificates_is_no_verdict(google_: Google, check: Callable[[str], None]) -> None:
    google_.down = True
    with pytest.raises(Busy):
        check(google_.token())
