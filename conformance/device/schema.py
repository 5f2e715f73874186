"""The JSON Schema of device configs: editors complete and check with it, named by the `#:schema` line of each file."""

from __future__ import annotations

import json
from typing import Any

from conformance.device.device_toml import DeviceToml

SCHEMA_FILE = "device.schema.json"
"""Its name beside the shipped device configs."""


def device_schema() -> dict[str, Any]:
    """Return the schema, draft 2020-12, with the meaning of every key."""
    schema = _without_null(DeviceToml.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "DLMS/COSEM device config"}


def schema_text() -> str:
    """Return the schema as it stands in `SCHEMA_FILE`."""
    return json.dumps(device_schema(), indent=2, ensure_ascii=False) + "\n"


def _without_null(node: Any) -> Any:
    """Remove the null alternatives: TOML has no null, a key is left out instead."""
    if isinstance(node, list):
        return [_without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: " ".join(value.split()) if key == "description" and isinstance(value, str) else _without_null(value)
        for key, value in node.items()
        if not (key == "default" and value is None) and not (key == "title" and isinstance(value, str))
    }
    alternatives = kept.get("anyOf")
    if isinstance(alternatives, list) and {"type": "null"} in alternatives:
        rest = [alternative for alternative in alternatives if alternative != {"type": "null"}]
        del kept["anyOf"]
        kept = {**(rest[0] if len(rest) == 1 else {"anyOf": rest}), **kept}
    return kept
