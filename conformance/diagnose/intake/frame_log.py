"""The frame log of a run of ours, or the part of it that belongs to one case or subtest."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from conformance.diagnose.intake.collector import Collector, OpenStream
from conformance.diagnose.intake.conversation import Layer, Passing
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.place import Place
from conformance.diagnose.intake.selection import Selection
from conformance.record.frames import Frame, first_problem

FRAMES: Final = "frames.jsonl"
_LONGEST_LINE: Final = 4 << 20
_MOST_CASES: Final = 10_000
_REMEDY: Final = "The file was changed after the run: restore it, or run again"


def take(path: Path, collector: Collector) -> None:
    """Take the frames that the collector's selection wants, each connection of a subtest as a stream of its own.

    A log that does not tell connections apart gives one stream for each subtest. What a meter pushes passes over a
    connection of its own, without a number; it is taken with the connection that was in use last.

    Raises:
        IntakeError: a line that is no frame, or nothing that is selected.
    """
    collector.form = "frame log"
    selection = collector.selection
    streams: dict[tuple[object, ...], int] = {}
    groups: dict[tuple[object, ...], int] = {}
    latest: dict[tuple[object, ...], int] = {}
    cases: set[str] = set()
    any_frame = False
    for number, content in _lines(path, collector):
        any_frame = True
        if len(cases) < _MOST_CASES:
            cases.add(str(content.get("case", ""))[:200])
        if selection.names and content.get("case") != selection.names[0]:
            continue
        frame = _frame(path, number, content)
        subtest = (frame.worker, frame.device, frame.case, frame.association, frame.variant, frame.subtest)
        connection = latest[subtest] = frame.connection or latest.get(subtest, 0)
        key = (*subtest, connection)
        index = streams.get(key)
        if index is None:
            if len(streams) >= collector.limits.streams:
                text = f"From here on frames were left out: {len(streams)} connections are told apart at most."
                collector.findings.warning("streams-left-out", Place("frame", frame.n), text, "Select one case.")
                break
            # Outside of subtests the numbers begin anew whenever something is looked at.
            known = connection and frame.subtest is not None
            group = groups.setdefault(subtest, len(groups) + 1) if known else 0
            index = streams[key] = collector.open(_stream(frame, connection, group))
        collector.take(
            index,
            frame.dir,
            frame.octets,
            frame.t,
            Place("frame", frame.n),
            notes=(frame.note[:500],) if frame.note else (),
            unknown=frame.redacted,
            plain=None if frame.plain is None or frame.plain_redacted else bytes.fromhex(frame.plain),
            passing=Passing(frame.began, frame.longest_gap_s, frame.datagrams),
        )
        if frame.ended_by is not None:
            collector.streams[index].ended_by = frame.ended_by
    _tell_layers(collector)
    if any_frame and selection.names and not collector.heard:
        raise _not_found(path, selection, cases)


def _stream(frame: Frame, connection: int, group: int) -> OpenStream:
    names = tuple(part for part in (frame.case, frame.association, frame.variant) if part)
    name = "/".join(names) or "outside any case"
    name += f", subtest {frame.subtest}" if frame.subtest is not None else ""
    name += f", connection {connection}" if connection > 1 else ""
    layer = None if frame.layer == "octets" else Layer(frame.layer)
    return OpenStream(name, layer, names=names, subtest=frame.subtest, connection=connection, group=group)


def _tell_layers(collector: Collector) -> None:
    """Redacted octets are told once: they are stand-ins, and no check sequence holds over them."""
    masked = [piece.place for piece in collector.heard if piece.unknown]
    if masked:
        collector.findings.info(
            "octets-redacted",
            masked[0],
            f"{len(masked)} frames hold redacted octets, shown as 2A: check sequences and tags over them cannot be "
            "recomputed.",
        )


def _lines(path: Path, collector: Collector) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        file = path.open("rb")
    except OSError as error:
        remedy = "Give the directory of a run, as --out named it, or its frames.jsonl"
        raise IntakeError(path, f"cannot be read ({error.strerror})", remedy=remedy) from None
    with file:
        number = 0
        while raw := file.readline(_LONGEST_LINE):
            number += 1
            if not raw.endswith(b"\n"):
                if len(raw) >= _LONGEST_LINE:
                    raise IntakeError(path, "is too long for a frame", remedy=_REMEDY, where=f"line {number}")
                text = "The last line is torn: its writer was stopped while it wrote. It is left out."
                collector.findings.warning("frame-log-torn", Place("line", number), text)
                return
            yield number, _object(path, number, raw)


def _object(path: Path, number: int, raw: bytes) -> dict[str, Any]:
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise IntakeError(path, "is no JSON object", remedy=_REMEDY, where=f"line {number}")
    return content


def _frame(path: Path, number: int, content: dict[str, Any]) -> Frame:
    try:
        return Frame.model_validate(content)
    except ValidationError as error:
        message = f"is no frame ({first_problem(error)[:300]})"
        raise IntakeError(path, message, remedy=_REMEDY, where=f"line {number}") from None


def _not_found(path: Path, selection: Selection, cases: set[str]) -> IntakeError:
    wanted = selection.names[0]
    if wanted in cases:
        return IntakeError(path, f"no frame belongs to {selection}", remedy="Leave out the subtest to see them all")
    near = difflib.get_close_matches(wanted, sorted(cases), n=3)
    remedy = f"Near to it are {', '.join(near)}" if near else f"It has {len(cases)} cases; `list` names them"
    return IntakeError(path, f"no frame belongs to the case {wanted[:80]}", remedy=remedy)
