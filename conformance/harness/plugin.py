"""The pytest plugin: light in every run, and at work once a meter is spoken of or a case is met."""

from __future__ import annotations

from collections.abc import Generator
from inspect import isfunction
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.harness.case import Case
    from conformance.harness.runner import Runner
    from conformance.harness.session import DlmsSession
    from conformance.harness.slot import Slot
    from conformance.harness.trial import Trial

SESSION = pytest.StashKey["DlmsSession"]()
RUNNER = "dlms_runner"
_TALLY = "dlms_tally"
_ATTRIBUTE = "dlms_case"
_VERDICT = "dlms_verdict"
_EXIT_UNJUDGED = 3


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--dlms-*`."""
    from conformance.harness.options import add_options

    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and what makes the exit code."""
    config.addinivalue_line("markers", "dlms_case(id): set by @case; select with --dlms-case ID")
    if not _is_worker(config):
        config.pluginmanager.register(Tally(), _TALLY)


def pytest_sessionstart(session: pytest.Session) -> None:
    """What cannot be used is told before anything is collected."""
    if _asked_for(session.config) and not _is_worker(session.config):
        session_of(session.config)


def session_of(config: pytest.Config) -> DlmsSession:
    """The session of this process, made when a meter is spoken of or the first case is met: others never pay for it.

    Raises:
        pytest.UsageError: it cannot be made of these options.
    """
    if SESSION not in config.stash:
        from conformance.device.problems import ConfigError
        from conformance.harness.concealing import Concealer
        from conformance.harness.conductor import Conductor
        from conformance.harness.reruns import refuse_reruns
        from conformance.harness.runner import Runner
        from conformance.harness.session import DlmsSession
        from conformance.harness.settings import settings_of
        from conformance.link.url import LinkUrlError
        from conformance.record.collector import make_patient
        from conformance.record.errors import RecordError

        refuse_reruns(config)
        try:
            dlms = DlmsSession(settings_of(config), config)
        except (ConfigError, LinkUrlError, RecordError) as error:
            raise pytest.UsageError(str(error)) from None
        config.stash[SESSION] = dlms
        config.add_cleanup(make_patient())
        distributes = config.pluginmanager.hasplugin("dsession")
        if not _is_worker(config):
            tally = config.pluginmanager.getplugin(_TALLY)
            conductor = Conductor(dlms, config, distributes=distributes, count=tally.add)
            config.pluginmanager.register(conductor, "dlms_conductor")
        if not distributes:
            config.pluginmanager.register(Concealer(dlms.redactor), "dlms_concealer")
            config.pluginmanager.register(Runner(dlms), RUNNER)
            if config.getoption("--alluredir", None):
                _agree_with_allure(dlms, config)
    return config.stash[SESSION]


def _agree_with_allure(dlms: DlmsSession, config: pytest.Config) -> None:
    """Let results of allure-pytest say what our own say."""
    import allure_commons

    from conformance.harness.allure_results import AllureResults

    dlms.allure = AllureResults()
    allure_commons.plugin_manager.register(dlms.allure)
    config.add_cleanup(lambda: allure_commons.plugin_manager.unregister(dlms.allure))


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> list[pytest.Item] | None:
    """Make no items of a case that nobody has selected: there are thousands."""
    case: Case | None = getattr(obj, _ATTRIBUTE, None) if isfunction(obj) else None
    return None if case is None or session_of(collector.config).selects(case.id) else []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make the items of a case."""
    case: Case | None = getattr(metafunc.function, _ATTRIBUTE, None)
    if case is None:
        return
    from conformance.harness.slot import slots

    settings = session_of(metafunc.config).settings
    several = len(settings.devices) > 1
    made = list(slots(case, settings.devices_for(case.id)))
    metafunc.parametrize("dlms_slot", made, ids=[slot.id(several) for slot in made])


@pytest.fixture
def subtest(dlms_slot: Slot, request: pytest.FixtureRequest) -> Generator[Trial]:
    """The subtest to be judged, with a fresh association."""
    runner: Runner = request.config.pluginmanager.getplugin(RUNNER)
    trial = runner.trial(dlms_slot, request.node)
    yield trial
    trial.close()


class Tally:
    """Keeps what went wrong, and lets the exit code tell FAILED from what could not be judged."""

    def __init__(self) -> None:
        self._problems: set[str] = set()
        self._others_failed = False

    def add(self, problem: str) -> None:
        """Count a verdict that no report of this session tells."""
        self._problems.add(problem)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be collected is a failure of its own."""
        self._others_failed |= report.failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Reports come as items end, in the controller from all workers."""
        if report.failed:
            verdicts = [str(value) for name, value in report.user_properties if name == _VERDICT]
            self._problems.update(verdicts)
            self._others_failed |= not verdicts

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Exit code 1 when something FAILED, 3 when all that went wrong could not be judged."""
        ended = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
        ran = session.exitstatus in ended
        if ran and self._problems:
            failed = self._others_failed or "FAILED" in self._problems
            session.exitstatus = pytest.ExitCode.TESTS_FAILED if failed else _EXIT_UNJUDGED


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _asked_for(config: pytest.Config) -> bool:
    """Whether the command line or the ini file speaks of a meter."""
    options = ("device", "out", "resume", "case", "link", "qualify", "defect")
    return bool(config.getini("dlms_device")) or any(config.getoption(f"--dlms-{name}") for name in options)
