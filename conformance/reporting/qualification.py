"""What `qualify` found of the tool itself, as a file: the defects that cases caught, and problems on sound meters.

`qualify` writes it into its directory; `report --qualification` lays it beside the record of a run, whose manifest and
PDF report then vouch for it too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import AwareDatetime, Field, NonNegativeInt, ValidationError

from conformance.record.errors import RecordError
from conformance.record.frames import first_problem
from conformance.record.lines import write_whole
from conformance.record.part import Record
from conformance.record.text import Text

QUALIFICATION: Final = "qualification.json"
_MOST_OCTETS: Final = 8 << 20
_MOST_ROWS: Final = 100_000
_REMEDY: Final = "Give the directory of a finished `dlms-conformance qualify --out`"


class ClaimRow(Record):
    """A case's claim to catch a defect, and what came of it."""

    defect: Text
    title: Text = ""
    """What the meter does wrong."""
    group: Text = ""
    """The suite of the case."""
    case: Text
    caught: bool
    failed: NonNegativeInt
    """Subtests that FAILED, as they must, over all associations and variants."""
    judged: NonNegativeInt
    """Subtests that were judged in all."""


class Qualification(Record):
    """A qualification run of the tool."""

    schema_version: Literal[1] = Field(default=1, validation_alias="schema", serialization_alias="schema")
    tool: Text
    """Name and version."""
    digest: Text = ""
    """SHA-256 over the tool's sources and suites, as run records have it."""
    platform: Text = ""
    python: Text = ""
    started: AwareDatetime
    finished: AwareDatetime | None
    restricted: tuple[Text, ...] = ()
    """Cases to which it was restricted; empty: all."""
    rows: tuple[ClaimRow, ...] = Field(max_length=_MOST_ROWS)
    problems: tuple[Text, ...] = ()
    """What went wrong on meters without a defect; nothing may."""
    unproven: tuple[Text, ...] = ()
    """Cases that no defect claims."""
    unclaimed: tuple[Text, ...] = ()
    """Defects that no case claims."""
    record_sha256: Text = ""
    """SHA-256 of the run record that it is drawn from."""

    @property
    def defects(self) -> int:
        """Different defects."""
        return len({row.defect for row in self.rows})

    @property
    def cases(self) -> int:
        """Different cases."""
        return len({row.case for row in self.rows})

    @property
    def missed(self) -> tuple[ClaimRow, ...]:
        """Claims that were not kept."""
        return tuple(row for row in self.rows if not row.caught)

    @property
    def passed(self) -> bool:
        """Whether every defect was caught by each case that claims it, and nothing else was found."""
        return bool(self.rows) and not self.missed and not self.problems and not self.unproven


def write(directory: Path, qualification: Qualification) -> Path:
    """Lay the result into the directory of the qualification run, or beside the record of another; give its path."""
    path = directory / QUALIFICATION
    content = qualification.model_dump_json(by_alias=True, indent=1)
    write_whole(path, content.encode("utf-8") + b"\n")
    return path


def read(path: Path) -> tuple[Qualification, bytes]:
    """The result in a file, and its octets.

    Raises:
        RecordError: there is none, or it is none.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_OCTETS + 1)
    except FileNotFoundError:
        raise RecordError(path, "there is no such file", remedy=_REMEDY) from None
    except OSError as error:
        raise RecordError(path, f"cannot be read ({error.strerror})", remedy=_REMEDY) from None
    if len(content) > _MOST_OCTETS:
        raise RecordError(path, f"is larger than {_MOST_OCTETS >> 20} MiB", remedy=_REMEDY)
    try:
        return Qualification.model_validate_json(content), content
    except (ValidationError, RecursionError) as error:
        told = first_problem(error) if isinstance(error, ValidationError) else "it nests too deeply"
        raise RecordError(path, f"is no qualification result ({told})", remedy=_REMEDY) from None


def beside(directory: Path) -> tuple[Qualification, bytes] | None:
    """The result that lies beside the record in a directory; None where there is none.

    Raises:
        RecordError: what lies there is none.
    """
    path = directory / QUALIFICATION
    return read(path) if path.exists() else None
