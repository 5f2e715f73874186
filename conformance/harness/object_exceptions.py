"""What is not done to the objects of a meter, or only in one way: the data files beside the cases."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.device.content import content_directory
from conformance.dlms.data import codec
from conformance.dlms.data.types import Data
from conformance.dlms.errors import DecodeError

NOT_WRITTEN = "not_written.toml"
METHODS = "methods.toml"


class ExceptionFileError(Exception):
    """A data file of the object cases that cannot be used; the message says where, and what is wrong."""


@dataclass(frozen=True, slots=True)
class HarmlessMethod:
    """A method that does no harm when it is invoked with this parameter.

    Attributes:
        parameter: the method invocation parameter; None: none is sent.
        invoked: it is invoked where the list gives access too, and then it must succeed.
    """

    parameter: Data | None
    invoked: bool


@cache
def not_written(directory: Path | None = None) -> Mapping[tuple[int, int], str]:
    """Why an attribute is not written back, by class_id and attribute.

    Raises:
        ExceptionFileError: the file is broken.
    """
    found: dict[tuple[int, int], str] = {}
    for number, row in enumerate(_rows(NOT_WRITTEN, "attribute", directory), 1):
        match row:
            case {"class_id": int(class_id), "indices": [*indices], "reason": str(reason)} if all(
                isinstance(index, int) for index in indices
            ):
                found.update(((class_id, int(str(index))), reason) for index in indices)
            case _:
                raise ExceptionFileError(
                    f"{NOT_WRITTEN}, attribute {number}: class_id, indices (integers) and reason are needed"
                )
    return found


@cache
def harmless_methods(directory: Path | None = None) -> Mapping[tuple[int, int], HarmlessMethod]:
    """The methods that may be invoked, by class_id and method.

    Raises:
        ExceptionFileError: the file is broken.
    """
    found: dict[tuple[int, int], HarmlessMethod] = {}
    for number, row in enumerate(_rows(METHODS, "method", directory), 1):
        match row:
            case {"class_id": int(class_id), "index": int(index), "reason": str()}:
                parameter = _parameter(number, row.get("parameter"))
                found[class_id, index] = HarmlessMethod(parameter, row.get("invoked") is True)
            case _:
                raise ExceptionFileError(f"{METHODS}, method {number}: class_id, index and reason are needed")
    return found


def _rows(file: str, name: str, directory: Path | None) -> list[Mapping[str, object]]:
    path = (directory or content_directory("suites") / "objects") / file
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get(name, [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ExceptionFileError(f"{path}: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ExceptionFileError(f"{path}: tables [[{name}]] are expected")
    return rows


def _parameter(number: int, text: object) -> Data | None:
    if text is None:
        return None
    try:
        return codec.decode(bytes.fromhex(str(text)))
    except (ValueError, DecodeError) as error:
        raise ExceptionFileError(
            f"{METHODS}, method {number}: parameter {text!r} is no encoded value: {error}"
        ) from None
