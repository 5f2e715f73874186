"""A device config against its model: problems that a lab engineer can act on, and the sound parts of a broken file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from conformance.device.association_toml import AssociationToml
from conformance.device.device_toml import (
    DeviceToml,
    EmbeddedToml,
    ExpectedDeviationToml,
    HdlcToml,
    LinkToml,
    LogicalDeviceToml,
    TimingToml,
)
from conformance.device.document import Document
from conformance.device.problems import Problem
from conformance.device.push_toml import PushToml
from conformance.device.table_problems import problems_of
from conformance.device.toml_lines import Path

_STAND_INS: dict[str, Any] = {
    "name": "unnamed",
    "logical_device": 0,
    "client_sap": 0,
    "context": "ln",
    "mechanism": "none",
    "conformance": ["get"],
}

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class DraftAssociation:
    """An association as far as it could be read.

    Attributes:
        index: its number in the file, from 0.
        toml: the values; a stand-in for each key in `doubtful`.
        doubtful: keys whose value is wrong, missing or probably misspelt: nothing may be concluded from them.
    """

    index: int
    toml: AssociationToml
    doubtful: frozenset[str]


@dataclass(frozen=True, slots=True)
class Draft:
    """The sound parts of a document; None where a table is unusable or absent."""

    link: LinkToml | None
    hdlc: HdlcToml | None
    timing: TimingToml | None
    embedded: EmbeddedToml | None
    push: PushToml | None
    logical_devices: tuple[tuple[int, LogicalDeviceToml], ...]
    all_logical_devices: bool
    associations: tuple[DraftAssociation, ...]
    expected_deviations: tuple[tuple[int, ExpectedDeviationToml], ...]


def validate(document: Document) -> tuple[DeviceToml | None, list[Problem], Draft]:
    """Check every key and value on its own; the model is None when there are problems."""
    try:
        model = DeviceToml.model_validate(document.values)
    except ValidationError as error:
        paths, misspelt, problems = problems_of(document, error, DeviceToml)
        return None, problems, _draft(document, paths, misspelt)
    return model, [], _draft(document, [], {})


def _draft(document: Document, wrong: list[Path], misspelt: dict[Path, set[str]]) -> Draft:
    values = document.values
    logical_devices = _entries(values, "logical_device", LogicalDeviceToml)
    return Draft(
        link=_table(values, "link", LinkToml),
        hdlc=_table(values, "hdlc", HdlcToml) if "hdlc" in values else HdlcToml(),
        timing=_table(values, "timing", TimingToml),
        embedded=_table(values, "embedded", EmbeddedToml),
        push=_table(values, "push", PushToml),
        logical_devices=logical_devices,
        all_logical_devices=not any(path[:1] == ("logical_device",) for path in wrong),
        associations=tuple(_associations(values, wrong, misspelt)),
        expected_deviations=_entries(values, "expected_deviation", ExpectedDeviationToml),
    )


def _table(values: dict[str, Any], key: str, model: type[M]) -> M | None:
    try:
        return model.model_validate(values[key]) if key in values else None
    except ValidationError:
        return None


def _entries(values: dict[str, Any], key: str, model: type[M]) -> tuple[tuple[int, M], ...]:
    listed = values.get(key)
    entries = listed if isinstance(listed, list) else []
    sound = ((index, _table({key: entry}, key, model)) for index, entry in enumerate(entries))
    return tuple((index, entry) for index, entry in sound if entry is not None)


def _associations(values: dict[str, Any], wrong: list[Path], misspelt: dict[Path, set[str]]) -> list[DraftAssociation]:
    listed = values.get("association")
    drafts: list[DraftAssociation] = []
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(entry, dict):
            continue
        place = ("association", index)
        bad = {str(path[2]) for path in wrong if path[:2] == place and len(path) > 2}
        doubtful = frozenset(bad | misspelt.get(place, set()))
        kept = {key: value for key, value in entry.items() if key not in bad}
        stand_ins = {key: value for key, value in _STAND_INS.items() if key not in kept}
        toml = _table({"association": kept | stand_ins}, "association", AssociationToml)
        if toml is not None:
            drafts.append(DraftAssociation(index, toml, doubtful | frozenset(stand_ins)))
    return drafts
