"""The devices of a lab file with their device configs found and their names known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from conformance.device.content import find_device_config
from conformance.device.document import Document
from conformance.device.problems import ConfigError, Problem
from conformance.device.toml_file import parse, read
from conformance.lab.lab_toml import LabDeviceToml, LabToml


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """A device as the file has it.

    Attributes:
        index: its number in the file, from 0.
        name: as the file or else its device config says.
        config: file of its device config; absolute.
        toml: the table.
    """

    index: int
    name: str
    config: Path
    toml: LabDeviceToml


def device_entries(document: Document, toml: LabToml) -> tuple[tuple[DeviceEntry, ...], list[Problem]]:
    """Find the device config of each device, and the name in it where the lab file gives none."""
    directory = Path(document.file).absolute().parent
    entries: list[DeviceEntry] = []
    problems: list[Problem] = []
    names: dict[Path, str | Problem] = {}
    for index, device in enumerate(toml.device):
        config = _config(document, index, device.config, directory)
        if isinstance(config, Problem):
            problems.append(config)
            continue
        name: str | Problem | None = device.name
        if name is None:
            name = names.setdefault(config, _name_in(config)) if config not in names else names[config]
        if isinstance(name, Problem):
            problems.append(document.problem(("device", index, "config"), name.message))
            continue
        entries.append(DeviceEntry(index, name, config, device))
    return tuple(entries), problems


def _config(document: Document, index: int, name: str, directory: Path) -> Path | Problem:
    """The file: from the folder of the lab file, or a shipped one by its name."""
    path = ("device", index, "config")
    if "\0" in name:
        return document.problem(path, "may not hold the character NUL")
    beside = directory / name
    if beside.is_file():
        return beside
    try:
        found = beside if beside.exists() or Path(name).parent != Path() else find_device_config(name)
    except ConfigError as error:
        problem = error.problems[0]
        message = "there is neither a file of this path, from the folder of the lab file, nor a shipped device config"
        return document.problem(path, message, allowed=problem.allowed, meant=problem.nearest)
    if not found.is_file() or found.absolute() != found:
        why = "is a directory" if beside.is_dir() else f"there is no file {beside}"
        return document.problem(path, f"{why}; name a device config, from the folder of the lab file")
    return found


def _name_in(config: Path) -> str | Problem:
    """The name in a device config, which is not checked otherwise."""
    try:
        values = parse(str(config), read(str(config))).values
        name = LabDeviceToml.model_validate(
            {"name": values.get("name"), "config": ".", "line": ".", "profile": "."}
        ).name
    except ConfigError as error:
        return Problem(file=str(config), message=f"cannot be used: {error.problems[0].message}")
    except ValueError:
        name = None
    if name is None:
        message = f"has no name that a directory can have ({config}); give the device a name here"
        return Problem(file=str(config), message=message)
    return name
