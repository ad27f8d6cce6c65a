"""The tokens that Google signs for a service account, with a key of our own, and the certificate they are known by.

Source: Google Identity, "Service account tokens": an ID token is a JWT, RS256, of issuer https://accounts.google.com
with `aud`, `email` and `email_verified`, for an hour.
"""

from datetime import UTC, datetime, timedelta

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://accounts.google.com"
LIFETIME = timedelta(hours=1)
_KEY_ID = "simulated"


class Signer:
    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "simulated Google")])
        now = datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self._key.public_key())
        made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        certificate = made.sign(self._key, hashes.SHA256())
        self.certificates = {_KEY_ID: certificate.public_bytes(serialization.Encoding.PEM).decode()}
        """As https://www.googleapis.com/oauth2/v1/certs has them."""

    def id_token(self, account: str, audience: str) -> str:
        """By the clock on the wall: who checks it looks there."""
        now = datetime.now(UTC)
        claims = {"iss": ISSUER, "aud": audience, "email": account, "email_verified": True, "sub": account}
        return jwt.encode(
            {**claims, "iat": now, "exp": now + LIFETIME}, self._key, algorithm="RS256", headers={"kid": _KEY_ID}
        )
