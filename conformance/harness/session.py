"""What one process of a run has: its settings, its benches, its evidence, and what was judged before."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.device.model import Device
from conformance.harness.bench import Bench, secrets_of
from conformance.harness.budget import Budget
from conformance.harness.evidence import Evidence
from conformance.harness.head import head_of
from conformance.harness.lines import Lines
from conformance.harness.lost_link import lost_link_note
from conformance.harness.sanity import Sanity
from conformance.harness.settings import Settings
from conformance.record.frames import MAIN
from conformance.record.journal import JOURNAL, Item, ItemKey
from conformance.record.redaction import Redactor
from conformance.record.resume import check_same, judged, judged_items, next_worker

if TYPE_CHECKING:
    from conformance.harness.allure_results import AllureResults


class DlmsSession:
    """One process of a run: the controller, a worker, or the only one.

    Attributes:
        settings: what the run works with.
        redactor: knows every secret of every device, and every one that this process has made up.
        evidence: of this process.
        sanity: asks whether the meters answer.
        lines: that this process holds.
        budget: the time that the run may take.
        unreachable: why devices did not answer when the run began, by name, where that is to be recorded.
        earlier: what an earlier, interrupted part of the run has judged; empty in workers.
        done: the keys of it, in every process.
        order: place of each item in the collection, by node id.
        met: identifiers of the cases that were met in the collection, selected or not.
        allure: hears what allure-pytest writes; None where it does not.
    """

    def __init__(self, settings: Settings, config: pytest.Config) -> None:
        self.settings = settings
        self.redactor = Redactor(secret for device in settings.devices for secret in secrets_of(device))
        self.lines = Lines(settings.state)
        self.earlier: tuple[Item, ...] = ()
        self.done: frozenset[ItemKey] = frozenset()
        self.order: dict[str, int] = {}
        self.met: set[str] = set()
        self.allure: AllureResults | None = None
        self.unreachable: dict[str, str] = {}
        self._benches: dict[str, Bench] = {}
        handed_over = getattr(config, "workerinput", None)
        left_s = None if handed_over is None else handed_over.get("dlms_budget_left_s")
        self.budget = Budget(config.getoption("--dlms-budget"), left_s=left_s)
        worker = MAIN if handed_over is None else str(handed_over["workerid"])
        out = settings.out
        if handed_over is not None:
            self.done = frozenset(map(_key, handed_over.get("dlms_done", ())))
        elif out is not None and settings.resumed:
            check_same(out, head_of(settings, config))
            self.done = judged(out)
            self.earlier = judged_items(out)
        elif out is not None:
            _check_room(out)
        self.evidence = Evidence(out, self.redactor, worker if out is None else next_worker(out, worker))
        self.sanity = Sanity(self.evidence)

    def selects(self, case: str) -> bool:
        """Whether a case that is met in the collection is to be run."""
        self.met.add(case)
        wanted = self.settings.cases
        return not wanted or any(fnmatch.fnmatchcase(case, pattern) for pattern in wanted)

    def bench(self, device: Device) -> Bench:
        """The bench of a device, made once per process, which holds the device's line from then on.

        Raises:
            LinkError: another process holds the line.
        """
        self.lines.hold(device)
        bench = self._benches.get(device.name)
        if bench is None:
            bench = Bench(
                device, seed=self.settings.seed, keep_secret=self.redactor.add, state_directory=self.settings.state
            )
            self._benches[device.name] = bench
            self.evidence.watch(bench.hygiene)
        return bench

    def why_not_now(self, device: Device) -> str | None:
        """Why nothing of a device can be begun: it did not answer, or the time of the run is over; None when it can."""
        return self.unreachable.get(device.name) or self.budget.used_up()

    def lost_links(self) -> list[str]:
        """A note for each device that does not answer as the run ends, of those that this process has spoken to."""
        dead = {name: bench.dead_since for name, bench in self._benches.items() if bench.dead_since is not None}
        lost = dead | self.unreachable
        return [lost_link_note(name, reason.removeprefix(f"{name}: ")) for name, reason in lost.items()]

    def close(self) -> None:
        """Put everything of this process on the disk, and let go of the lines."""
        self.evidence.close()
        self.let_go()

    def let_go(self) -> None:
        """Let other processes use the lines."""
        for bench in self._benches.values():
            bench.close()
        self.lines.release()


def _key(handed_over: tuple[str, str, str, str, int]) -> ItemKey:
    device, case, association, variant, number = handed_over
    return device, case, association, variant, number


def _check_room(out: Path) -> None:
    """Refuse a directory that holds anything, or that cannot be made: evidence is never overwritten."""
    try:
        if out.exists() and any(out.iterdir()):
            what = "the evidence of another run" if (out / JOURNAL).exists() else "files"
            raise pytest.UsageError(
                f"--dlms-out {out}: holds {what}; name a new directory, or resume with --dlms-resume"
            )
        nearest = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
        if not nearest.is_dir() or not os.access(nearest, os.W_OK):
            raise pytest.UsageError(f"--dlms-out {out}: {nearest} is no directory that can be written; name another")
    except OSError as error:
        raise pytest.UsageError(
            f"--dlms-out {out}: {error.strerror or error}; name a directory that can be written"
        ) from None
