"""From pydantic's errors to problems that a lab engineer can act on, for any TOML file whose tables are models."""

from __future__ import annotations

import re
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from conformance.device.document import Document
from conformance.device.problems import Problem, nearest
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


def problems_of(
    document: Document, error: ValidationError, root: type[BaseModel]
) -> tuple[list[Path], dict[Path, set[str]], list[Problem]]:
    """Translate what pydantic found.

    Returns:
        Where each error is; by table, the keys that its unknown keys were probably meant to be; the problems, without
        those of a missing key that stands there misspelt.
    """
    details = [(_path(detail), detail) for detail in error.errors(include_url=False)]
    misspelt = {path[:-1]: set[str]() for path, _ in details}
    for path, detail in details:
        if detail["type"] == "extra_forbidden":
            misspelt[path[:-1]].add(nearest(str(path[-1]), _keys_at(root, path[:-1])))
    problems = [
        _problem(document, root, path, detail)
        for path, detail in details
        if not (detail["type"] == "missing" and path[-1] in misspelt[path[:-1]])
    ]
    return [path for path, _ in details], misspelt, problems


def _path(detail: ErrorDetails) -> Path:
    return tuple(step for step in detail["loc"] if step not in UNION_TAGS and step != "[key]")


def _problem(document: Document, root: type[BaseModel], path: Path, detail: ErrorDetails) -> Problem:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        keys = _keys_at(root, path[:-1])
        meant = nearest(str(path[-1]), keys)
        return document.problem(path, "unknown key", allowed=sorted(keys), hide_value=True, meant=meant)
    if kind == "missing":
        return document.problem(path, f"is missing: {_description(root, path)}")
    if kind == "literal_error" and path[-1] == "dedicated_key":
        return document.problem(path, _MUST_BE_REFERENCE, allowed=('"random"', "a table"), hide_value=True)
    if kind == "literal_error":
        return document.problem(path, "is not among the allowed values", allowed=_literals(str(context["expected"])))
    if kind == "device_config":
        return document.problem(path, context["message"], allowed=context["allowed"])
    if kind in ("model_type", "model_attributes_type"):
        secret = _table_at(root, path) is SecretReference
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


def _table_at(root: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """Find the model of the table at a path."""
    table: type[BaseModel] | None = root
    of_own_names = False
    for step in path:
        if not isinstance(step, str):
            continue
        if of_own_names:
            of_own_names = False
            continue
        field = table.model_fields.get(step) if table is not None else None
        table = _model_in(field.annotation) if field is not None else None
        of_own_names = field is not None and get_origin(field.annotation) is dict
    return table


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part)) is not None), None)


def _keys_at(root: type[BaseModel], path: Path) -> list[str]:
    table = _table_at(root, path)
    return list(table.model_fields) if table is not None else []


def _description(root: type[BaseModel], path: Path) -> str:
    table = _table_at(root, path[:-1])
    description = table.model_fields[str(path[-1])].description if table is not None else None
    return " ".join((description or "this key is needed").split())
