"""Whose report it is: the laboratory, its logo and accreditation, who signs, and its own title and number.

One TOML file, given with `--branding`; it changes what a report looks like, never what it says of a meter.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from conformance.reporting.logo import MOST_OCTETS, Logo, LogoError, check

_MOST_FILE: Final = 64 << 10

DEFAULT_ROLES: Final = ("Tested by", "Reviewed by", "Approved by")
"""Rows of the signatures page where nothing else is said."""


class BrandingError(Exception):
    """A branding file that cannot be used.

    Attributes:
        file: the file at fault.
        key: dotted; empty for the file itself.
        message: what is wrong and what to do.
    """

    def __init__(self, file: Path, key: str, message: str) -> None:
        super().__init__(file, key, message)
        self.file = file
        self.key = key
        self.message = message

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.message}" if self.key else f"{self.file}: {self.message}"


@dataclass(frozen=True, slots=True)
class Branding:
    """What a laboratory puts on its reports. All texts are as the file has them: whoever prints them escapes them.

    Attributes:
        name: of the laboratory; empty when there is none.
        logo: None without one.
        address: line by line.
        accreditation: standard and number.
        contact: mail address, telephone, or both.
        roles: who signs, one row each.
        title: in place of the report's own; empty keeps that.
        number: the laboratory's own number of the report.
    """

    name: str = ""
    logo: Logo | None = None
    address: tuple[str, ...] = ()
    accreditation: str = ""
    contact: str = ""
    roles: tuple[str, ...] = DEFAULT_ROLES
    title: str = ""
    number: str = ""


NO_BRANDING: Final = Branding()
"""The tool's own look."""

_Line = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]
_Named = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Laboratory(_Table):
    name: _Line = ""
    logo: _Named | None = None
    address: Annotated[list[_Named], Field(max_length=8)] = []
    accreditation: _Line = ""
    contact: _Line = ""


class _Signatures(_Table):
    roles: Annotated[list[_Named], Field(min_length=1, max_length=8)] = list(DEFAULT_ROLES)


class _Report(_Table):
    title: _Line = ""
    number: _Line = ""


class _File(_Table):
    laboratory: _Laboratory = _Laboratory()
    signatures: _Signatures = _Signatures()
    report: _Report = _Report()


def load(path: Path) -> Branding:
    """The branding in a TOML file; the logo lies beside it.

    Raises:
        BrandingError: the file or its logo cannot be used.
    """
    said = _parsed(path)
    laboratory = said.laboratory
    return Branding(
        name=laboratory.name,
        logo=_logo(path, laboratory.logo) if laboratory.logo is not None else None,
        address=tuple(laboratory.address),
        accreditation=laboratory.accreditation,
        contact=laboratory.contact,
        roles=tuple(said.signatures.roles),
        title=said.report.title,
        number=said.report.number,
    )


def _parsed(path: Path) -> _File:
    content = _read(path, path, "", _MOST_FILE)
    try:
        return _File.model_validate(tomllib.loads(content.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise BrandingError(path, "", f"is not UTF-8 (octet {error.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BrandingError(path, "", f"is no TOML: {error}") from None
    except RecursionError:
        raise BrandingError(path, "", "nests too deeply; it has three flat tables") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BrandingError(path, key[:100], _told(first["type"], first["loc"], first["msg"])) from None


def _told(kind: str, place: tuple[int | str, ...], message: str) -> str:
    if kind != "extra_forbidden":
        return message[:1].lower() + message[1:]
    tables: dict[str, type[_Table]] = {"laboratory": _Laboratory, "signatures": _Signatures, "report": _Report}
    model = tables.get(str(place[0]), _File) if len(place) > 1 else _File
    return f"there is no such key; there are {', '.join(model.model_fields)}"


def _logo(path: Path, name: str) -> Logo:
    key = "laboratory.logo"
    logo = Path(name)
    if logo.is_absolute() or len(logo.parts) != 1 or logo.name != name or "\\" in name or "\0" in name:
        raise BrandingError(path, key, "is no plain file name; put the logo beside this file and give its name only")
    content = _read(path, path.parent / name, key, MOST_OCTETS)
    try:
        return check(content)
    except LogoError as error:
        raise BrandingError(path, key, f"{name} {error}") from None


def _read(path: Path, file: Path, key: str, most: int) -> bytes:
    """The content of `file`, which `key` of `path` names."""
    named = f"{file.name} " if key else ""
    try:
        if not file.is_file():
            raise BrandingError(path, key, f"{named}is no file; check the path")
        with file.open("rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise BrandingError(path, key, f"{named}cannot be read ({error.strerror})") from None
    if len(content) > most:
        raise BrandingError(path, key, f"{named}is larger than {most >> 10} KiB; make it smaller")
    return content
