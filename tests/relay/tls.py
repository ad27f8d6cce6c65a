"""Certificates of an authority that only the test knows."""

import ssl

import trustme


def trusting() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The side of a server named localhost, and that of a client who trusts it."""
    authority = trustme.CA()
    theirs, ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(theirs)
    authority.configure_trust(ours)
    return theirs, ours
