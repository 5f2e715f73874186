"""The pytest plugin: items from cases, trials from items, verdicts from trials, evidence from verdicts."""

from __future__ import annotations

import fnmatch
import re
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from random import Random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling
    from xdist.workermanage import WorkerController

    from conformance.harness.case import Case
    from conformance.harness.session import DlmsSession
    from conformance.harness.slot import Slot
    from conformance.harness.trial import Trial

SESSION = pytest.StashKey["DlmsSession"]()
RUNNING = pytest.StashKey["Running"]()
_RERUN_PLUGINS = ("rerunfailures", "flaky")
_ATTRIBUTE = "dlms_case"


@dataclass(slots=True)
class Running:
    """An item on its way: when it began, and its trial once there is one."""

    case: Case
    slot: Slot
    started: datetime
    began: float
    trial: Trial | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--dlms-*`."""
    from conformance.harness.options import add_options

    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the part that listens to reports."""
    config.addinivalue_line("markers", "dlms_case(id): set by @case; select with --dlms-case ID")
    config.pluginmanager.register(Listener(config), "dlms_listener")


class Listener:
    """Hears of reports as they come, in the controller from all workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """An item's line goes into the journal at once."""
        if SESSION in self._config.stash:
            from conformance.harness.reporting import journal_line

            journal_line(self._config.stash[SESSION], report)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """What begins is noted, so that a killed run says where it was."""
        dlms = self._config.stash.get(SESSION, None)
        if dlms is not None and dlms.journal is not None:
            dlms.journal.started(nodeid.rpartition("::")[2])


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """What is wrong with the options is told before anything is collected; a meter out of reach likewise."""
    if _asked_for(session.config) and not session.config.getoption("--collect-only"):
        dlms = session_of(session.config)
        if not hasattr(session.config, "workerinput"):
            dlms.check_reach()
        dlms.begin(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Tell a worker which part of a resumed run it belongs to, and the seed that all share."""
    if _asked_for(node.config):
        dlms = session_of(node.config)
        node.workerinput["dlms_part"] = dlms.part or 0
        node.workerinput["dlms_seed"] = dlms.settings.seed


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: WorkerController, ids: list[str]) -> None:
    """The controller collects nothing itself: a worker tells how much there is to do."""
    dlms = node.config.stash.get(SESSION, None)
    if dlms is not None and dlms.journal is not None and not dlms.planned:
        dlms.planned = True
        dlms.journal.planned(len(dlms.done) + len(ids))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """One worker per line; suites that are not ours are left to the distribution that the user chose."""
    if not _asked_for(config):
        return None
    from conformance.harness.scheduler import LineScheduling, line_of

    dlms = session_of(config)
    return LineScheduling(config, log, {device.name: line_of(device) for device in dlms.settings.devices})


def session_of(config: pytest.Config) -> DlmsSession:
    """The session of this process, made when the first case is met: other suites never pay for it."""
    if SESSION not in config.stash:
        from conformance.device.problems import ConfigError
        from conformance.harness.session import DlmsSession
        from conformance.harness.settings import settings_of
        from conformance.link.url import LinkUrlError

        for name in _RERUN_PLUGINS:
            if config.pluginmanager.hasplugin(name) and (config.getoption("reruns", 0) or name == "flaky"):
                raise pytest.UsageError(
                    f"{name}: reruns hide attempts and advance the counters of a real meter; run with -p no:{name}"
                )
        try:
            settings = settings_of(config)
        except (ConfigError, LinkUrlError) as error:
            raise pytest.UsageError(str(error)) from None
        config.stash[SESSION] = DlmsSession(settings, config)
    return config.stash[SESSION]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make the items of a case."""
    case: Case | None = getattr(metafunc.function, _ATTRIBUTE, None)
    if case is None:
        return
    from conformance.harness.slot import slots

    session = session_of(metafunc.config)
    devices = session.settings.devices_for(case.id)
    several = len(session.settings.devices) > 1
    made = list(slots(case, devices))
    metafunc.parametrize("dlms_slot", made, ids=[slot.id(several) for slot in made])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order, selection by identifier, and what an earlier part of the run has judged already."""
    if SESSION not in config.stash:
        return
    dlms = config.stash[SESSION]
    _check_identifiers(items, dlms)
    devices = {device.name: position for position, device in enumerate(dlms.settings.devices)}
    items.sort(key=lambda item: _place(item, devices))
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for number, item in enumerate(items):
        found = _declared(item)
        if found is None:
            kept.append(item)
            continue
        case, slot = found
        dlms.order[item.nodeid] = number
        item.add_marker(pytest.mark.dlms_case(case.id))
        done = (slot.device.name, case.id, slot.association.name, slot.variant, slot.number) in dlms.done
        selected = not dlms.settings.cases or any(
            fnmatch.fnmatchcase(case.id, wanted) for wanted in dlms.settings.cases
        )
        (kept if selected and not done else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept
    if dlms.journal is not None:
        dlms.journal.planned(len(dlms.done) + sum(_declared(item) is not None for item in items))


@pytest.fixture
def subtest(dlms_slot: Slot, request: pytest.FixtureRequest) -> Generator[Trial]:
    """The subtest to be judged, with a fresh association."""
    from conformance.harness.judging import Inapplicable, Inconclusive, Withheld
    from conformance.harness.trial import Trial

    running = request.node.stash[RUNNING]
    if dlms_slot.inapplicable is not None:
        raise Inapplicable(dlms_slot.inapplicable)
    if dlms_slot.withheld is not None:
        raise Withheld(f"needs the permission {dlms_slot.withheld.value}, which was not given")
    dlms = session_of(request.config)
    bench = dlms.bench(dlms_slot.device)
    dead = dlms.sanity(bench, running.case.group)
    if dead is not None:
        raise Inconclusive(dead)
    assert dlms_slot.subtest is not None  # noqa: S101 - only inapplicable slots have none
    random = Random(f"{dlms.settings.seed}:{running.case.id}:{dlms_slot.id(True)}")  # noqa: S311 - must be repeatable
    trial = Trial(running.case, dlms_slot.subtest, dlms_slot.association, dlms_slot.protection, bench, random)
    running.trial = trial
    yield trial
    trial.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Keep the time and the place of an item of ours."""
    found = _declared(item)
    if found is not None:
        item.stash[RUNNING] = Running(*found, datetime.now(UTC), time.perf_counter())
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """After a negative subtest, see whether the meter still serves a fresh link."""
    try:
        result = yield
    except BaseException:
        _look_after(item)
        raise
    if (gone := _look_after(item)) is not None:
        from conformance.harness.judging import Failed

        raise Failed(gone)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn how the item ended into a verdict, and the verdict into evidence."""
    report = yield
    running = item.stash.get(RUNNING, None)
    if running is not None and (call.when == "call" or (call.when == "setup" and call.excinfo is not None)):
        from conformance.harness.reporting import report_item

        report_item(session_of(item.config), item, running, call, report)
    return report


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After the last item of a group, ask once more whether the meter answers."""
    running = item.stash.get(RUNNING, None)
    if running is None or running.trial is None:
        return
    following = _declared(nextitem) if nextitem is not None else None
    if following is not None:
        case, slot = following
        if (case.group, slot.device.name) == (running.case.group, running.slot.device.name):
            return
    running.trial.close()
    dlms = session_of(item.config)
    note = dlms.sanity_after(running.trial.bench, running.case.group)
    notes = [*running.trial.bench.notes, *([note] if note is not None else [])]
    item.user_properties.extend(("dlms_note", note) for note in notes)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Close the evidence; tell what could not be judged from what failed by the exit code."""
    if SESSION not in session.config.stash:
        return
    from conformance.harness.reporting import finish

    finish(session, session.config.stash[SESSION])


def _asked_for(config: pytest.Config) -> bool:
    """Whether the command line or the ini file speaks of a meter: only then the controller has a part in it."""
    options = ("device", "out", "resume", "case", "link", "qualify", "defect")
    return bool(config.getini("dlms_device")) or any(config.getoption(f"--dlms-{name}") for name in options)


def _look_after(item: pytest.Item) -> str | None:
    """Why the meter serves no fresh link after a negative subtest; None when it does, or when nobody asks."""
    running = item.stash.get(RUNNING, None)
    if running is None or running.trial is None or not running.case.negative or not running.trial.tape.frames:
        return None
    from conformance.harness.aftermath import meter_gone

    return meter_gone(running.trial)


def _declared(item: pytest.Item) -> tuple[Case, Slot] | None:
    case: Case | None = getattr(getattr(item, "function", None), _ATTRIBUTE, None)
    callspec = getattr(item, "callspec", None)
    if case is None or callspec is None or "dlms_slot" not in callspec.params:
        return None
    slot: Slot = callspec.params["dlms_slot"]
    return case, slot


def _place(item: pytest.Item, devices: Mapping[str, int]) -> tuple[int, str, list[tuple[str, int]]]:
    """Where an item stands: device by device, group by group, cases by identifier with their numbers as numbers."""
    found = _declared(item)
    if found is None:
        return -1, "", []
    case, slot = found
    words = [(word, int(digits or 0)) for word, digits in re.findall(r"([^0-9]+)([0-9]*)", case.id)]
    return devices[slot.device.name], case.group, words


def _check_identifiers(items: list[pytest.Item], dlms: DlmsSession) -> None:
    known = {found[0].id for item in items if (found := _declared(item)) is not None}
    for wanted in dlms.settings.cases:
        if not any(fnmatch.fnmatchcase(identifier, wanted) for identifier in known):
            near = get_close_matches(wanted, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise pytest.UsageError(f"--dlms-case {wanted}: no case of this name was collected{hint}")
