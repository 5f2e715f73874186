"""The manifest of a run: the SHA-256 of every file of its directory, and whether they still are what they were."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from conformance.record.errors import RecordError
from conformance.record.lines import write_whole

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
"""A detached signature of the manifest, which the manifest cannot list."""

_SCHEMA = 1
_ALGORITHM = "SHA-256"
_RESTORE = "Restore the directory from its archive, or draw the reports again"
_DIGEST_LENGTH = 64


class Change(StrEnum):
    """What befell a file after the manifest was written."""

    CHANGED = "changed"
    """Its octets are others."""
    MISSING = "missing"
    """It is listed and not there."""
    UNLISTED = "unlisted"
    """It is there and not listed."""


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """A file that is not what the manifest says; `path` is relative to the directory, with slashes."""

    path: str
    change: Change
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.change}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class _Entry:
    sha256: str
    octets: int


def write(directory: Path) -> Path:
    """Write the manifest of `directory` and give its path; the same files give the same octets.

    Raises:
        RecordError: the directory cannot be read, or holds something that is neither a file nor a directory.
    """
    path = directory / MANIFEST
    write_whole(path, content_for(directory))
    return path


def content_for(directory: Path, replaced: Mapping[str, bytes] | None = None) -> bytes:
    """What the manifest of `directory` says, or will say.

    Args:
        directory: of a run.
        replaced: contents of files, by name, that are not written yet.

    Raises:
        RecordError: as for `write`.
    """
    entries = {}
    linked: dict[tuple[int, int], _Entry] = {}
    for name, path in _walk(directory):
        if replaced is not None and name in replaced:
            continue
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise RecordError(
                path, "is neither a file nor a directory", remedy="Remove it: only files can be vouched for"
            )
        # A file with several names is read once: the united results of a night are mostly such.
        same = (status.st_dev, status.st_ino)
        entry = linked.get(same) if status.st_nlink > 1 else None
        if entry is None:
            entry = _entry(path)
            if status.st_nlink > 1:
                linked[same] = entry
        entries[name] = entry
    for name, octets in (replaced or {}).items():
        entries[name] = _Entry(hashlib.sha256(octets).hexdigest(), len(octets))
    content = {
        "schema": _SCHEMA,
        "algorithm": _ALGORITHM,
        "files": [
            {"path": name, "octets": entries[name].octets, "sha256": entries[name].sha256} for name in sorted(entries)
        ],
    }
    return json.dumps(content, indent=1).encode("ascii") + b"\n"


def listed(directory: Path) -> int:
    """How many files the manifest of `directory` vouches for.

    Raises:
        RecordError: there is no manifest, or it is damaged.
    """
    return len(_load(directory / MANIFEST))


def check(directory: Path) -> tuple[Difference, ...]:
    """Compare `directory` with its manifest.

    Returns:
        What differs, sorted by path; empty when every file is as it was and none was added.

    Raises:
        RecordError: there is no manifest, or it is damaged.
    """
    listed = _load(directory / MANIFEST)
    found = dict(_walk(directory))
    differences = [Difference(name, Change.MISSING) for name in listed.keys() - found.keys()]
    for name, path in found.items():
        wanted = listed.get(name)
        if wanted is None:
            differences.append(Difference(name, Change.UNLISTED))
        elif not _is_regular(path):
            differences.append(Difference(name, Change.CHANGED, "is no regular file any more"))
        else:
            differences += _compared(name, path, wanted)
    return tuple(sorted(differences))


def _compared(name: str, path: Path, wanted: _Entry) -> list[Difference]:
    octets = path.lstat().st_size
    if octets != wanted.octets:  # whatever its size is now, it need not be read
        return [Difference(name, Change.CHANGED, f"{octets} octets in place of {wanted.octets}")]
    entry = _entry(path)
    if entry == wanted:
        return []
    if entry.octets != wanted.octets:
        return [Difference(name, Change.CHANGED, f"{entry.octets} octets in place of {wanted.octets}")]
    return [Difference(name, Change.CHANGED, f"SHA-256 {entry.sha256} in place of {wanted.sha256}")]


def _walk(directory: Path) -> Iterator[tuple[str, Path]]:
    """Everything below `directory` but directories, manifest and signature; links are not followed."""

    def refuse(error: OSError) -> None:
        raise RecordError(
            Path(error.filename or directory),
            f"cannot be read ({error.strerror})",
            remedy="Check the path and its permissions",
        ) from None

    for folder, folders, files in os.walk(directory, onerror=refuse):
        place = Path(folder)
        below = place.relative_to(directory).as_posix()
        within = "" if below == "." else f"{below}/"
        links = [name for name in folders if (place / name).is_symlink()]
        for name in (*files, *links):
            relative = f"{within}{name}"
            if relative not in (MANIFEST, SIGNATURE):
                yield relative, place / name


def _is_regular(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _entry(path: Path) -> _Entry:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            return _Entry(digest.hexdigest(), file.tell())
    except OSError as error:
        raise RecordError(path, f"cannot be read ({error.strerror})", remedy="Check its permissions") from None


def _load(path: Path) -> dict[str, _Entry]:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise RecordError(path, "there is no such file", remedy="Draw the reports of the run first") from None
    except OSError as error:
        raise RecordError(path, f"cannot be read ({error.strerror})", remedy="Check its permissions") from None
    except (ValueError, RecursionError):
        raise RecordError(path, "is no JSON", remedy=_RESTORE) from None
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, list) or content.get("schema") != _SCHEMA or content.get("algorithm") != _ALGORITHM:
        raise RecordError(path, f"is no manifest of schema {_SCHEMA} with {_ALGORITHM}", remedy=_RESTORE)
    entries: dict[str, _Entry] = {}
    for number, file in enumerate(files, 1):
        name, entry = _listed(file)
        if entry is None or name in entries:
            raise RecordError(path, f"has a wrong entry {number}", remedy=_RESTORE)
        entries[name] = entry
    return entries


def _listed(file: object) -> tuple[str, _Entry | None]:
    match file:
        case {"path": str(name), "octets": int(octets), "sha256": str(digest)} if _lies_within(name):
            return name, _Entry(digest, octets) if len(digest) == _DIGEST_LENGTH else None
        case _:
            return "", None


def _lies_within(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts
