"""What other processes of a run have written of a meter, for the rules that look at the whole run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from conformance.harness.hygiene import Hygiene
from conformance.harness.hygiene_faults import Where
from conformance.record.frame_security import FrameSecurity
from conformance.record.frames import Frame, Place
from conformance.tester.tape import TapedFrame

_LOG = re.compile(r"frames-([A-Za-z0-9_]{1,32})\.jsonl")
_SECURITY: TypeAdapter[FrameSecurity | None] = TypeAdapter(FrameSecurity | None)


def replay_logs(directory: Path, hygiene: Hygiene) -> None:
    """Take the frames of the collection's device from every frame log in `directory`, in the order of their writing.

    A log that a killed process left torn is taken as far as it goes; it is for the assembly of the run to complain.
    """
    logs = [
        (path, found[1]) for path in sorted(directory.glob("frames-*.jsonl")) if (found := _LOG.fullmatch(path.name))
    ]
    name = hygiene.device.name
    for path, worker in sorted(logs, key=lambda log: log[0].stat().st_mtime_ns):
        if worker == hygiene.worker:
            continue
        for line in _lines(path):
            if line.get("device") == name:
                _take(hygiene, line, worker)


def take_frame(hygiene: Hygiene, frame: Frame, octets: bytes | None) -> None:
    """Take one frame of a log that was read already.

    Args:
        hygiene: takes it.
        frame: of the log.
        octets: that passed, where they are known: what is masked does not decode any more.
    """
    place = Place(frame.device, frame.case, frame.association, frame.variant, frame.subtest)
    spans = frame.plain_redacted or frame.apdu_redacted or (frame.redacted if octets is None else ())
    layer = "octets" if frame.layer == "apdu" else frame.layer
    apdu = None if frame.apdu is None else bytes.fromhex(frame.apdu)
    plain = None if frame.plain is None else bytes.fromhex(frame.plain)
    taped = None if octets is None else TapedFrame(frame.n, frame.t, frame.dir, layer, octets, apdu, plain)
    where = Where(place, frame.n, frame.worker)
    hygiene.replay(frame.dir, frame.security, where, [end - start for start, end in spans], taped)


def _take(hygiene: Hygiene, line: Mapping[str, Any], worker: str) -> None:
    try:
        security = _SECURITY.validate_python(line.get("security"))
        subtest = line.get("subtest")
        place = Place(
            line["device"], line.get("case", ""), line.get("association", ""), line.get("variant", ""), subtest
        )
        where = Where(place, int(line["n"]), worker)
        direction = line["dir"]
        spans = line.get("plain_redacted") or line.get("apdu_redacted") or line.get("redacted") or ()
        masked = [end - start for start, end in spans]
    except (ValidationError, KeyError, TypeError, ValueError):
        return
    hygiene.replay(direction, security, where, masked)


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for text in file:
                try:
                    line = json.loads(text)
                except ValueError:
                    return
                if isinstance(line, dict):
                    yield line
    except OSError:
        return
