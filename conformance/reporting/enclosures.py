"""The files that the PDF report carries: run record, frame log, qualification, and a listing that vouches for them."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.record.journal import FRAMES, RUN
from conformance.record.model import RunRecord
from conformance.reporting.qualification import QUALIFICATION

LISTING: Final = "evidence.json"
PACKED_FRAMES: Final = f"{FRAMES}.gz"
MOST_PLAIN_OCTETS: Final = 32 << 20
"""A frame log up to this size is enclosed as it is, a longer one packed by gzip (RFC 1952)."""
_MOST_UNPACKED: Final = 1 << 30
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that the document carries.

    Attributes:
        name: under which it is enclosed.
        source: its content, or the file that has it.
        relationship: `source`, `data` or `supplement` (ISO 19005-3).
        media_type: of what is enclosed.
        description: in words.
    """

    name: str
    source: bytes | Path
    relationship: str
    media_type: str
    description: str

    def lay(self, folder: Path) -> None:
        """Write into `folder` what is enclosed; the same source gives the same octets."""
        path = folder / self.name
        if isinstance(self.source, bytes):
            path.write_bytes(self.source)
        elif self.name != PACKED_FRAMES:
            shutil.copyfile(self.source, path)
        else:
            with (
                self.source.open("rb") as plain,
                path.open("wb") as raw,
                gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as packed,
            ):
                shutil.copyfileobj(plain, packed, _CHUNK)


def enclosures(
    record: RunRecord, run: bytes, frame_log: Path | None = None, qualification: bytes | None = None
) -> tuple[Enclosure, ...]:
    """What the report of `record` carries.

    Args:
        record: the run.
        run: the octets of its run.json.
        frame_log: its frames.jsonl; None leaves it out.
        qualification: the octets of qualification.json; None leaves it out.
    """
    carried = [
        Enclosure(RUN, run, "source", "application/json", "The run record that this report is a view of"),
    ]
    if frame_log is not None:
        carried.append(_frames(frame_log))
    if qualification is not None:
        described = "What qualifying the tool has shown"
        carried.append(Enclosure(QUALIFICATION, qualification, "supplement", "application/json", described))
    listing = _listing(record, carried)
    described = "SHA-256 of the files of the run and of the device configs"
    return (*carried, Enclosure(LISTING, listing, "supplement", "application/json", described))


def _frames(log: Path) -> Enclosure:
    if log.stat().st_size <= MOST_PLAIN_OCTETS:
        return Enclosure(FRAMES, log, "data", "application/x-ndjson", "The frame log: every octet of the run")
    return Enclosure(PACKED_FRAMES, log, "data", "application/gzip", "The frame log, packed: every octet of the run")


def _listing(record: RunRecord, carried: list[Enclosure]) -> bytes:
    """Of each file path, size and hash as it is beside the report, and under which name it is enclosed."""
    files = []
    for item in carried:
        path = FRAMES if item.name == PACKED_FRAMES else item.name
        octets, digest = _measured(item.source)
        files.append({"path": path, "octets": octets, "sha256": digest, "enclosed_as": item.name})
    configs = [
        {"device": device.name, "fingerprint": device.fingerprint, "sha256": _digest(device.config)}
        for device in record.devices
        if device.config
    ]
    content = {
        "schema": 1,
        "algorithm": "sha256",
        "files": files,
        "device_configs": configs,
    }
    return json.dumps(content, indent=1, ensure_ascii=True).encode("ascii") + b"\n"


def _digest(config: object) -> str:
    """SHA-256 of a device config as the record has it, in one way of writing: names in order, no spaces, ASCII."""
    written = json.dumps(config, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(written.encode("ascii")).hexdigest()


def _measured(source: bytes | Path) -> tuple[int, str]:
    if isinstance(source, bytes):
        return len(source), hashlib.sha256(source).hexdigest()
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return file.tell(), digest.hexdigest()


def enclosure_faults(inside: Mapping[str, bytes], beside: Callable[[str], bytes | None] | None) -> Iterator[str]:
    """What is wrong with the files inside a report, each message naming the file.

    Args:
        inside: the enclosed files by name.
        beside: gives a file of the same name beside the report, None where there is none that can be read; None itself
            when the report stands alone.
    """
    for name, content in inside.items():
        if beside is None or name == LISTING:
            continue
        own = FRAMES if name == PACKED_FRAMES else name
        expected = beside(own)
        if expected is None:
            if own not in {RUN, FRAMES}:  # those that are missing are told of anyway
                yield f"the {name} inside is not the file {own}, which is not there"
        elif _unpacked(name, content) != expected:
            yield f"the {name} inside is not the file {own}"
    if LISTING in inside:
        yield from _listing_faults(inside)


def frame_log_in(inside: Mapping[str, bytes]) -> bytes | None:
    """The frame log that a report carries; None where it carries none, or it cannot be unpacked."""
    found = (_unpacked(name, inside[name]) for name in (FRAMES, PACKED_FRAMES) if name in inside)
    return next((log for log in found if log is not None), None)


def _listing_faults(inside: Mapping[str, bytes]) -> Iterator[str]:
    try:
        content = json.loads(inside[LISTING])
        files = [(str(file["path"]), str(file["sha256"]), str(file["enclosed_as"])) for file in content["files"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        yield f"the {LISTING} inside is no listing of evidence"
        return
    for path, digest, name in files:
        if name not in inside:
            yield f"carries no {name}, which the {LISTING} inside lists"
            continue
        unpacked = _unpacked(name, inside[name])
        if unpacked is None or hashlib.sha256(unpacked).hexdigest() != digest:
            yield f"the {name} inside is not the {path} that the {LISTING} inside lists"
    for name in inside.keys() - {name for _, _, name in files} - {LISTING}:
        yield f"carries {name[:80]}, which the {LISTING} inside does not list"


def _unpacked(name: str, content: bytes) -> bytes | None:
    """What was enclosed under `name`; None where it cannot be unpacked."""
    if name != PACKED_FRAMES:
        return content
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        plain = unpacking.decompress(content, _MOST_UNPACKED)
    except zlib.error:
        return None
    return plain if unpacking.eof and not unpacking.unused_data else None
