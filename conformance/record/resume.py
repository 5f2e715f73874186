"""Finishing a run that was killed, interrupted, or lost its meter: what it has judged stays, the rest is judged now.

What ended INCONCLUSIVE was not judged: a line that was pulled, a meter that no longer answered. It is tried again.
"""

from __future__ import annotations

from pathlib import Path

from conformance.record.errors import RecordError
from conformance.record.frames import frames_file
from conformance.record.journal import JOURNAL, Item, ItemKey
from conformance.record.model import RunHead
from conformance.record.replay import Replay, read_journal, standing
from conformance.record.verdict import Verdict


def judged(directory: Path, *, part: int | None = None) -> frozenset[ItemKey]:
    """The subtests that the run in `directory` has judged; INCONCLUSIVE is no judgement.

    Args:
        directory: of the run.
        part: count only what was judged before this part of the run (`Journal.part`) began, so that every worker gives
            the same answer however far the others are; None counts all.

    Raises:
        RecordError: there is no journal, it is damaged, or the run is complete and everything in it was judged.
    """
    run = _unfinished(directory)
    count = len(run.items)
    if part is not None and 2 <= part <= len(run.resumptions) + 1:
        count = run.resumptions[part - 2]
    return frozenset(item.key for item in standing(run.items[:count]) if _is_judged(item))


def judged_items(directory: Path) -> tuple[Item, ...]:
    """Of the run in `directory`, what `judged` counts.

    Raises:
        RecordError: there is no journal, or it is damaged.
    """
    return tuple(item for item in standing(read_journal(directory / JOURNAL).items) if _is_judged(item))


def check_same(directory: Path, head: RunHead) -> None:
    """Refuse to finish a run with another tool, another config or other permissions than it began with.

    Raises:
        RecordError: naming the first difference; or as `judged`.
    """
    before = _unfinished(directory).head
    for what, then, now in (
        ("tool version", before.tool.version, head.tool.version),
        ("devices", ", ".join(_fingerprints(before)), ", ".join(_fingerprints(head))),
        ("acceptance", before.acceptance, head.acceptance),
        ("permissions", ", ".join(sorted(before.permissions)), ", ".join(sorted(head.permissions))),
        ("seeds", before.seeds, head.seeds),
    ):
        if then != now:
            message = f"began with {what} {then or 'none'}, now {now or 'none'}"
            raise RecordError(directory / JOURNAL, message, line=1, remedy="Resume it as it began")
    now_by_name = _fingerprints(head)
    changed = [name for name, fingerprint in _fingerprints(before).items() if now_by_name[name] != fingerprint]
    if changed:
        raise RecordError(
            directory / JOURNAL,
            f"the device config of {', '.join(changed)} is no longer the one that the run began with",
            line=1,
            remedy="Restore it and resume, or start a new run",
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
    if run.complete and all(map(_is_judged, standing(run.items))):
        raise RecordError(directory, "holds a complete run", remedy="Nothing is left to resume: start a new run")
    return run


def _is_judged(item: Item) -> bool:
    return item.subtest.verdict is not Verdict.INCONCLUSIVE


def _fingerprints(head: RunHead) -> dict[str, str]:
    """Of each device config, by the name of its device."""
    return {device.name: device.fingerprint for device in (head.device, *head.further_devices)}
