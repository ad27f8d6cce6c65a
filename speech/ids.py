"""Random identifiers in the shape of the real service's: `item_...`, `resp_...`, `call_...`."""

import secrets


def new_id(prefix: str) -> str:
    """At most 32 characters, the service's limit for item ids."""
    return f"{prefix}_{secrets.token_hex(11)}"
