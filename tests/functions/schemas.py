"""The schemas of our own wires, and where the golden messages are."""

import json
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource

CONTRACTS = Path(__file__).parents[2] / "functions" / "contracts"
GOLDEN = Path(__file__).parents[1] / "contract" / "functions"

SCHEMAS = {path.stem: json.loads(path.read_text()) for path in CONTRACTS.glob("*.json") if path.name != "tools.json"}
REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()
)


def validator(wire: str, message: str) -> jsonschema.Draft202012Validator:
    """Of one kind of message of a wire, by the names in `functions/contracts/`."""
    return jsonschema.Draft202012Validator(
        {"$ref": f"urn:nightdesk:{wire}#/$defs/{message}"},
        registry=REGISTRY,
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
