"""Running items in this process: trials from slots, verdicts from trials, evidence from verdicts."""

from __future__ import annotations

import fnmatch
import re
import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from random import Random

import pytest

from conformance.harness.aftermath import look_after
from conformance.harness.case import ATTRIBUTE, Case
from conformance.harness.judging import Failed, Inapplicable, Inconclusive, NothingJudged, Withheld
from conformance.harness.reporting import NOTE, conceal, report_item
from conformance.harness.session import DlmsSession
from conformance.harness.size_judging import overlong_reply
from conformance.harness.slot import Slot
from conformance.harness.trial import Trial
from conformance.harness.waits import told, waits_of
from conformance.tester.association import PreambleFailed
from conformance.tester.transfer import TransferFailed

RUNNING = pytest.StashKey["Running"]()


@dataclass(slots=True)
class Running:
    """An item on its way: when it began, and its trial once there is one."""

    case: Case
    slot: Slot
    started: datetime
    began: float
    trial: Trial | None = None


def declared(item: pytest.Item | None) -> tuple[Case, Slot] | None:
    """The case and the slot of an item; None for one that is not ours."""
    case: Case | None = getattr(getattr(item, "function", None), ATTRIBUTE, None)
    callspec = getattr(item, "callspec", None)
    if case is None or callspec is None or "dlms_slot" not in callspec.params:
        return None
    slot: Slot = callspec.params["dlms_slot"]
    return case, slot


def announceable(items: Iterable[pytest.Item]) -> list[tuple[str, Case, Slot]]:
    """Those of `items` that are ours, by node id, with their cases and slots."""
    return [(item.nodeid, *found) for item in items if (found := declared(item)) is not None]


class Runner:
    """The hooks of a process that runs items: a worker, or the only process."""

    def __init__(self, dlms: DlmsSession) -> None:
        self._dlms = dlms

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Order, and what an earlier part of the run has judged already; an identifier of no case is refused."""
        ours = [(item, found) for item in items if (found := declared(item)) is not None]
        _refuse_what_runs_twice(ours)
        _check_identifiers(self._dlms.met, self._dlms.settings.cases)
        devices = {device.name: position for position, device in enumerate(self._dlms.settings.devices)}
        items.sort(key=lambda item: _place(item, devices))
        kept: list[pytest.Item] = []
        left: list[pytest.Item] = []
        for number, item in enumerate(items):
            found = declared(item)
            if found is None:
                kept.append(item)
                continue
            case, slot = found
            self._dlms.order[item.nodeid] = number
            item.add_marker(pytest.mark.dlms_case(case.id))
            (kept if self._to_be_run(case, slot) else left).append(item)
        if left:
            config.hook.pytest_deselected(items=left)
            items[:] = kept

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        """Say how long the run will wait, before it does."""
        line = told(waits_of(announceable(items)))
        return [line] if line else []

    def trial(self, slot: Slot, item: pytest.Item) -> Trial:
        """The trial of an item that begins.

        Raises:
            Inapplicable: the slot is ruled out.
            Withheld: it needs a permission that was not given.
            Inconclusive: the meter does not answer, or the time of the run is over.
            LinkError: another process uses the meter's line.
        """
        running = item.stash[RUNNING]
        if slot.inapplicable is not None:
            raise Inapplicable(slot.inapplicable)
        if slot.withheld is not None:
            raise Withheld(f"needs the permission {slot.withheld.value}, which was not given")
        not_now = self._dlms.why_not_now(slot.device)
        if not_now is not None:
            raise Inconclusive(not_now)
        bench = self._dlms.bench(slot.device)
        asked = time.perf_counter()
        dead = self._dlms.sanity.before(bench, running.case)
        # The sanity association belongs to the group, not to the subtest that happens to be its first.
        running.began += time.perf_counter() - asked
        if dead is not None:
            raise Inconclusive(dead)
        assert slot.subtest is not None  # noqa: S101 - only inapplicable slots have none
        bench.begin(f"{running.case.id}:{slot}")
        bench.line_fault = None
        random = Random(f"{self._dlms.settings.seed}:{running.case.id}:{slot}")  # noqa: S311 - must be repeatable
        running.trial = Trial(running.case, slot.subtest, slot.association, slot.protection, bench, random)
        return running.trial

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Keep the time and the place of an item of ours."""
        found = declared(item)
        if found is not None:
            item.stash[RUNNING] = Running(*found, datetime.now(UTC), time.perf_counter())
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """After what might have hurt the meter, see whether it still serves a fresh link."""
        running = item.stash.get(RUNNING, None)
        if running is None:
            return (yield)
        try:
            try:
                result = yield
            except (Failed, Inconclusive, PreambleFailed, TransferFailed) as ended:
                if running.trial is not None:
                    running.trial.settle(ended)
                raise
            if running.trial is not None:
                running.trial.settle()
            if running.trial is None or running.trial.decisive is None:
                raise NothingJudged("the case ended without having judged anything")
            overlong = overlong_reply(running.trial, None)
            if overlong is not None:
                raise overlong
        except (Exception, pytest.skip.Exception, pytest.fail.Exception) as error:
            overlong = overlong_reply(running.trial, error)
            look_after(running.trial, overlong or error)
            if overlong is not None:
                raise overlong from error
            raise
        look_after(running.trial, None)
        return result

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn how the item ended into a verdict, and the verdict into evidence, before another plugin sees either."""
        report = yield
        running = item.stash.get(RUNNING, None)
        if running is not None:
            if call.when == "call" or (call.when == "setup" and call.excinfo is not None):
                report_item(self._dlms, item, running, call, report)
            conceal(self._dlms.redactor, call, report)
            if self._dlms.allure is not None and call.when == "teardown" and report.failed:
                self._dlms.allure.spoilt()
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
        """After the last item of a group, ask once more whether the meter answers."""
        yield
        found, following = declared(item), declared(nextitem)
        if found is None:
            return
        case, slot = found
        if following is not None and (following[0].group, following[1].device.name) == (case.group, slot.device.name):
            return
        if self._dlms.sanity.watches(slot.device):
            bench = self._dlms.bench(slot.device)
            note = self._dlms.sanity.after(bench, case.group)
            notes = [*bench.notes, *([note] if note is not None else [])]
            item.user_properties.extend((NOTE, self._dlms.redactor.text(note)) for note in notes)
            bench.notes.clear()

    def pytest_sessionfinish(self) -> None:
        """Close the evidence of this process."""
        self._dlms.close()

    def _to_be_run(self, case: Case, slot: Slot) -> bool:
        return (slot.device.name, case.id, slot.association.name, slot.variant, slot.number) not in self._dlms.done


def _place(item: pytest.Item, devices: Mapping[str, int]) -> tuple[int, int, str, list[tuple[str, int]]]:
    """Where an item stands: device by device, what changes keys or policy last, group by group, cases by identifier."""
    found = declared(item)
    if found is None:
        return -1, 0, "", []
    case, slot = found
    words = [(word, int(digits or 0)) for word, digits in re.findall(r"([^0-9]+)([0-9]*)", case.id)]
    return devices[slot.device.name], case.turn, case.group, words


def _refuse_what_runs_twice(ours: list[tuple[pytest.Item, tuple[Case, Slot]]]) -> None:
    seen = set()
    for item, (case, slot) in ours:
        if item.get_closest_marker("flaky") is not None:
            raise pytest.UsageError(f"{item.nodeid} is marked flaky: reruns hide attempts; remove the mark")
        key = (case.id, repr(slot))
        if key in seen:
            raise pytest.UsageError(f"{item.nodeid} would run more than once; a subtest has one verdict in a run")
        seen.add(key)


def _check_identifiers(known: set[str], wanted: tuple[str, ...]) -> None:
    for identifier in wanted:
        if not any(fnmatch.fnmatchcase(case, identifier) for case in known):
            near = get_close_matches(identifier, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise pytest.UsageError(f"--dlms-case {identifier}: no case of this name was collected{hint}")
