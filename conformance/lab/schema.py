"""The JSON Schema of lab files, beside the one of device configs."""

from __future__ import annotations

from typing import Any

from conformance.device.schema import table_schema
from conformance.lab.lab_toml import LabToml

LAB_SCHEMA_FILE = "lab.schema.json"
"""Its name beside the shipped device configs."""


def lab_schema() -> dict[str, Any]:
    """Return the schema, draft 2020-12, with the meaning of every key."""
    return table_schema(LabToml, "Lab of DLMS/COSEM meters")
