"""A device as plain values for the run record: all that was declared, each secret replaced by its fingerprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import TypeAlias

from conformance.cosem.obis import text_of
from conformance.device.model import Device
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.conformance import ConformanceBit

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def evidence(device: Device) -> dict[str, Json]:
    """Return the whole device as JSON values."""
    return _table(device)


def _table(value: object) -> dict[str, Json]:
    assert is_dataclass(value)  # noqa: S101 - every table of the model is one
    return {entry.name: _json(entry.name, getattr(value, entry.name)) for entry in fields(value)}


def _json(name: str, value: object) -> Json:
    if isinstance(value, Secret):
        return str(value)
    if isinstance(value, Data):
        return describe(value)
    if isinstance(value, bytes):
        return text_of(value) if name == "instance_id" else value.hex().upper()
    if isinstance(value, ApplicationContext | Mechanism | ConformanceBit):
        return value.label
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, date):
        return value.isoformat()
    if name == "base_names" and isinstance(value, tuple):
        return {text_of(instance): base for instance, base in value}
    if isinstance(value, frozenset):
        return [_json(name, item) for item in sorted(value)]
    if isinstance(value, tuple):
        return [_json(name, item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _json(str(key), item) for key, item in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return _table(value)
