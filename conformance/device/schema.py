"""The JSON Schema of a TOML file of ours: editors complete and check with it, named by the file's `#:schema` line."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from conformance.device.device_toml import DeviceToml

SCHEMA_FILE = "device.schema.json"
"""Its name beside the shipped device configs."""


def device_schema() -> dict[str, Any]:
    """Return the schema, draft 2020-12, with the meaning of every key."""
    return table_schema(DeviceToml, "DLMS/COSEM device config")


def table_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """Return the schema of the file whose tables `model` describes."""
    schema = _without_null(model.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def schema_text(schema: dict[str, Any] | None = None) -> str:
    """Return a schema, that of device configs if no other is given, as its file has it."""
    return json.dumps(device_schema() if schema is None else schema, indent=2, ensure_ascii=False) + "\n"


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
