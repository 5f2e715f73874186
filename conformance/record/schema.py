"""The JSON Schemas of the run record and of a line of the frame log."""

from __future__ import annotations

from typing import Any

from conformance.record.frames import Frame
from conformance.record.model import SCHEMA, RunRecord

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def run_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `run.json`."""
    return {"$schema": _DIALECT, **RunRecord.model_json_schema(mode="serialization"), "title": f"Run record {SCHEMA}"}


def frame_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line of `frames.jsonl`."""
    return {"$schema": _DIALECT, **Frame.model_json_schema(mode="serialization"), "title": f"Frame log line {SCHEMA}"}
