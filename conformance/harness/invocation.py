"""What a run was asked to do, in the words of its options: kept beside the evidence, so that a killed run can go on."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from conformance.record.errors import RecordError
from conformance.record.frames import first_problem
from conformance.record.lines import write_whole

INVOCATION = "invocation.json"
"""Name of the file in the directory of a run."""
_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """The options of a run as given; what was not given is None, empty or False.

    Attributes:
        devices: device configs: absolute paths, or names of shipped ones.
        cases: identifiers that were selected, wildcards as given.
        link: URL in place of the device configs'.
        profile: in place of the device configs'.
        acceptance: in place of the device configs'.
        permissions: what may be done to the meter beside what its config permits.
        defects: of the embedded meter.
        seed: challenges, dedicated keys and mutations come from it.
        qualify: run each defect of the embedded meter against the cases that claim it.
        state: absolute path of the directory of what outlives a run.
    """

    devices: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    link: str | None = None
    profile: str | None = None
    acceptance: str | None = None
    permissions: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    seed: int | None = None
    qualify: bool = False
    state: str | None = None

    def completed_by(self, earlier: Invocation) -> Invocation:
        """These options, with those of `earlier` where none is given here."""
        nothing = Invocation()
        missing = [entry.name for entry in fields(self) if getattr(self, entry.name) == getattr(nothing, entry.name)]
        return replace(self, **{name: getattr(earlier, name) for name in missing})

    def to_json(self) -> dict[str, Any]:
        """The options in JSON's types."""
        content: dict[str, Any] = _OPTIONS.dump_python(self, mode="json")
        return content

    @classmethod
    def from_json(cls, content: object) -> Invocation:
        """The options that `to_json` gave.

        Raises:
            pydantic.ValidationError: they are none.
        """
        return _OPTIONS.validate_python(content)


_OPTIONS = TypeAdapter(Invocation)


def invocation_of(config: pytest.Config) -> Invocation:
    """The options that a command line and an ini file give."""
    state = config.getoption("--dlms-state")
    return Invocation(
        devices=tuple(_lasting(name) for name in config.getoption("--dlms-device") or config.getini("dlms_device")),
        cases=tuple(config.getoption("--dlms-case") or ()),
        link=config.getoption("--dlms-link"),
        profile=config.getoption("--dlms-profile"),
        acceptance=config.getoption("--dlms-acceptance"),
        permissions=tuple(config.getoption("--dlms-permit") or ()),
        defects=tuple(config.getoption("--dlms-defect") or ()),
        seed=config.getoption("--dlms-seed"),
        qualify=bool(config.getoption("--dlms-qualify")),
        state=str(Path(state).resolve()) if state else None,
    )


def keep(directory: Path, invocation: Invocation) -> None:
    """Write the options of a run beside its evidence."""
    content = {"schema": _SCHEMA, **invocation.to_json()}
    write_whole(directory / INVOCATION, json.dumps(content, indent=1).encode("ascii") + b"\n")


def kept(directory: Path) -> Invocation:
    """The options of the run in `directory`; none where they were not kept.

    Raises:
        RecordError: they are damaged.
    """
    path = directory / INVOCATION
    try:
        content = json.loads(path.read_bytes())
        schema = content.pop("schema")
        if schema != _SCHEMA:
            raise ValueError(f"schema {schema}")
        return Invocation.from_json(content)
    except FileNotFoundError:
        return Invocation()
    except OSError as error:
        raise RecordError(path, f"cannot be read ({error.strerror})", remedy="Check its permissions") from None
    except ValidationError as error:
        raise _damaged(path, first_problem(error)) from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(path, str(error)) from None


def _damaged(path: Path, what: str) -> RecordError:
    remedy = "Delete it, and resume with the options that the run began with"
    return RecordError(path, f"does not hold the options of a run ({what})", remedy=remedy)


def _lasting(name: str) -> str:
    """A device config as it is found from any directory."""
    return str(Path(name).resolve()) if Path(name).exists() else name
