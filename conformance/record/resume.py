"""Finishing a run that was killed or interrupted: what it has judged stays, what is left is judged now."""

from __future__ import annotations

from pathlib import Path

from conformance.record.errors import RecordError
from conformance.record.frames import frames_file
from conformance.record.journal import JOURNAL
from conformance.record.model import RunHead
from conformance.record.replay import Replay, read_journal

ItemKey = tuple[str, str, str, str, int]
"""Device, case, association, variant, number of the subtest."""


def judged(directory: Path, *, part: int | None = None) -> frozenset[ItemKey]:
    """The subtests that the run in `directory` has judged.

    Args:
        directory: of the run.
        part: count only what was judged before this part of the run (`Journal.part`) began, so that every worker gives
            the same answer however far the others are; None counts all.

    Raises:
        RecordError: there is no journal, it is damaged, or the run is complete.
    """
    run = _unfinished(directory)
    count = len(run.items)
    if part is not None and 2 <= part <= len(run.resumptions) + 1:
        count = run.resumptions[part - 2]
    return frozenset((*item.case.key, item.subtest.number) for item in run.items[:count])


def check_same(directory: Path, head: RunHead) -> None:
    """Refuse to finish a run with another tool, another config or other permissions than it began with.

    Raises:
        RecordError: naming the first difference; or as `judged`.
    """
    before = _unfinished(directory).head
    for what, then, now in (
        ("tool version", before.tool.version, head.tool.version),
        ("devices", _devices(before), _devices(head)),
        ("acceptance", before.acceptance, head.acceptance),
        ("permissions", sorted(before.permissions), sorted(head.permissions)),
        ("seeds", before.seeds, head.seeds),
    ):
        if then != now:
            raise RecordError(
                directory / JOURNAL, f"began with {what} {then}, now {now}", line=1, remedy="Resume it as it began"
            )


def next_worker(directory: Path, worker: str) -> str:
    """The name under which `worker` can write a frame log beside those that are there."""
    name, part = worker, 1
    while frames_file(directory, name).exists():
        part += 1
        name = f"{worker}_{part}"
    return name


def _unfinished(directory: Path) -> Replay:
    run = read_journal(directory / JOURNAL)
    if run.complete:
        raise RecordError(directory, "holds a complete run", remedy="Nothing is left to resume: start a new run")
    return run


def _devices(head: RunHead) -> list[str]:
    return [f"{device.name} {device.fingerprint}".strip() for device in (head.device, *head.further_devices)]
