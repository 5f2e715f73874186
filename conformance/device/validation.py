"""From pydantic's errors to problems that a lab engineer can act on, and to the sound parts of a broken file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

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
from conformance.device.problems import Problem, nearest
from conformance.device.push_toml import PushToml
from conformance.device.toml_lines import Path
from conformance.device.toml_types import UNION_TAGS, SecretReference

_TYPE_MESSAGES = {
    "string_type": "must be a string in quotes",
    "int_type": "must be a whole number, without quotes",
    "float_type": "must be a number, without quotes",
    "bool_type": "must be true or false, without quotes",
    "list_type": "must be a list: [ … ]",
    "dict_type": "must be a table: { … }",
    "date_type": "must be a date without quotes, as 2027-12-31",
    "string_too_short": "must not be empty",
    "too_short": "needs at least one entry",
    "string_pattern_mismatch": "may hold letters, digits, dots, spaces, _ and -, and begins with a letter or a digit",
}
_MUST_BE_REFERENCE = (
    "a secret does not stand here itself; say where it is: "
    '{ env = "NAME" }, { file = "path" } or { command = ["program", "argument"] }'
)
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
        details = [(_path(detail), detail) for detail in error.errors(include_url=False)]
        misspelt = {path[:-1]: set[str]() for path, _ in details}
        for path, detail in details:
            if detail["type"] == "extra_forbidden":
                misspelt[path[:-1]].add(nearest(str(path[-1]), _keys_at(path[:-1])))
        problems = [
            _problem(document, path, detail)
            for path, detail in details
            if not (detail["type"] == "missing" and path[-1] in misspelt[path[:-1]])
        ]
        return None, problems, _draft(document, [path for path, _ in details], misspelt)
    return model, [], _draft(document, [], {})


def _path(detail: ErrorDetails) -> Path:
    return tuple(step for step in detail["loc"] if step not in UNION_TAGS and step != "[key]")


def _problem(document: Document, path: Path, detail: ErrorDetails) -> Problem:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        keys = _keys_at(path[:-1])
        meant = nearest(str(path[-1]), keys)
        return document.problem(path, "unknown key", allowed=sorted(keys), hide_value=True, meant=meant)
    if kind == "missing":
        return document.problem(path, f"is missing: {_description(path)}")
    if kind == "literal_error" and path[-1] == "dedicated_key":
        return document.problem(path, _MUST_BE_REFERENCE, allowed=('"random"', "a table"), hide_value=True)
    if kind == "literal_error":
        return document.problem(path, "is not among the allowed values", allowed=_literals(str(context["expected"])))
    if kind == "device_config":
        return document.problem(path, context["message"], allowed=context["allowed"])
    if kind in ("model_type", "model_attributes_type"):
        secret = _table_at(path) is SecretReference
        return document.problem(path, _MUST_BE_REFERENCE if secret else "must be a table: { … }")
    if kind == "greater_than_equal":
        return document.problem(path, f"must be {context['ge']} or more")
    if kind == "greater_than":
        return document.problem(path, f"must be more than {context['gt']}")
    if kind == "less_than_equal":
        return document.problem(path, f"must be {context['le']} or less")
    if kind == "string_too_long":
        return document.problem(path, f"must have at most {context['max_length']} characters")
    return document.problem(path, _TYPE_MESSAGES.get(kind, detail["msg"]))


def _literals(expected: str) -> list[str]:
    """Read the values out of pydantic's `'a', 'b' or 3`; numbers from 16 on are octets, shown as such."""
    words = [text or number for text, number in re.findall(r"'([^']*)'|\b(\d+)\b", expected)]
    return [f"0x{int(word):02X}" if word.isdigit() and int(word) >= 16 else word for word in words]


def _table_at(path: Path) -> type[BaseModel] | None:
    """Find the model of the table at a path."""
    table: type[BaseModel] | None = DeviceToml
    for step in path:
        if isinstance(step, str):
            field = table.model_fields.get(step) if table is not None else None
            table = _model_in(field.annotation) if field is not None else None
    return table


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part)) is not None), None)


def _keys_at(path: Path) -> list[str]:
    table = _table_at(path)
    return list(table.model_fields) if table is not None else []


def _description(path: Path) -> str:
    table = _table_at(path[:-1])
    description = table.model_fields[str(path[-1])].description if table is not None else None
    return " ".join((description or "this key is needed").split())


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
