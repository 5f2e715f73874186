"""A verdict is about the meter: over whatever line it is reached, every subtest ends the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.device.model import Profile
from conformance.harness.embedded import embedded_meter
from conformance.link.pty_server import PtyServer
from conformance.link.server import TcpServer
from conformance.link.udp_server import UdpServer
from conformance.record.assemble import assemble
from conformance.record.model import RunRecord
from conformance.record.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("every_line.toml")
APPLICATION_MODULES = ("test_open_version", "test_release", "test_idle")
APPLICATION = ("T_APPL_OPEN_12", "T_APPL_REL_P1", "T_APPL_IDLE_N1")
"""Cases of another suite, which tell whether associations live and die with their line."""
FINE = (Verdict.PASSED, Verdict.INAPPLICABLE, Verdict.SKIPPED)
RUN_TIMEOUT_S = 120
AT_ONCE = 5
"""Runs side by side: most of their time is spent in proving silences."""


@dataclass(frozen=True)
class Way:
    """How an embedded meter is reached: a server's URL without its port, or a loopback; and what is run over it."""

    line: str
    profile: Profile
    opening: str = ""
    cases: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.profile.value} over {self.line}{self.opening}"


HDLC_LOOPBACK = Way("loopback:", Profile.HDLC)
OPENED_LOOPBACK = Way("loopback:", Profile.HDLC, "?opening=mode-e", ("X_HDLC_MODE_E",))
WRAPPER_LOOPBACK = Way("loopback:", Profile.WRAPPER)
DATAGRAM_LOOPBACK = Way("loopback:?transport=udp", Profile.WRAPPER)
REFERENCE = {
    Way("tcp:", Profile.HDLC): HDLC_LOOPBACK,
    Way("pty:", Profile.HDLC): HDLC_LOOPBACK,
    Way("pty:", Profile.HDLC, "?opening=mode-e", ("X_HDLC_MODE_E",)): OPENED_LOOPBACK,
    Way("tcp:", Profile.WRAPPER): WRAPPER_LOOPBACK,
    Way("udp:", Profile.WRAPPER): DATAGRAM_LOOPBACK,
}
"""Real lines, each with the loopback that its verdicts must be those of."""
LOOPBACKS = tuple(dict.fromkeys(REFERENCE.values()))
HERE = tuple(way for way in REFERENCE if sys.platform != "win32" or way.line != "pty:")


@contextmanager
def reached(way: Way) -> Iterator[str]:
    """The link by which an embedded meter of its own is reached."""
    device = replace(load(CONFIG), profile=way.profile, link=f"loopback:{way.opening}")
    meter = embedded_meter(device, seed=1)
    with ExitStack() as stack:
        match way.line:
            case "tcp:":
                yield f"tcp://127.0.0.1:{stack.enter_context(TcpServer(meter.endpoint)).port}"
            case "udp:":
                yield f"udp://127.0.0.1:{stack.enter_context(UdpServer(meter.datagram_endpoint)).port}"
            case "pty:":
                yield f"serial:{stack.enter_context(PtyServer(meter.endpoint())).path}{way.opening}"
            case loopback:
                yield f"{loopback}{way.opening}"


def run(way: Way, directory: Path) -> RunRecord:
    """The record of the suite of a profile, run in a process of its own."""
    out = directory / "out"
    application = (ROOT / "suites" / "application" / f"{module}.py" for module in APPLICATION_MODULES)
    command = [sys.executable, "-m", "pytest", str(ROOT / "suites" / way.profile.value), *map(str, application)]
    command += ["-q", "--tb=line", "-p", "no:cacheprovider", "--rootdir", str(ROOT / "suites")]
    command += ["--import-mode=importlib", "--dlms-device", str(CONFIG), "--dlms-profile", way.profile.value]
    command += ["--dlms-out", str(out), "--dlms-state", str(directory / "state"), "--dlms-seed", "1"]
    for case in way.cases or (f"*_{way.profile.name}_*", *APPLICATION):
        command += ["--dlms-case", case]
    with reached(way) as link:
        command += ["--dlms-link", link]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=RUN_TIMEOUT_S, check=False)
    if not out.exists():
        raise RuntimeError(f"{way}: {done.stdout[-8000:]}\n{done.stderr[-2000:]}")
    return assemble(out)


def verdicts(record: RunRecord) -> dict[str, Verdict]:
    """The verdict of every subtest, by where it stands."""
    return {
        f"{case.id} {case.association} {case.variant} {subtest.number}": subtest.verdict
        for case in record.cases
        for subtest in case.subtests
    }


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Way, Future[RunRecord]]]:
    """Every run, on its way or done."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # Real lines first, and of these the slow ones: what is quick fills the gaps.
        slow_first = sorted((*LOOPBACKS, *HERE), key=lambda way: (not way.opening, way in LOOPBACKS))
        yield {way: pool.submit(run, way, tmp_path_factory.mktemp("run")) for way in slow_first}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("way", LOOPBACKS, ids=str)
def test_sound_meter_fails_nothing_over_the_loopback(runs: dict[Way, Future[RunRecord]], way: Way) -> None:
    found = verdicts(runs[way].result())
    passed = [where for where, verdict in found.items() if verdict is Verdict.PASSED]

    assert {where: verdict for where, verdict in found.items() if verdict not in FINE} == {}
    for case in way.cases or APPLICATION:
        assert any(where.startswith(case) for where in passed)
    assert way.cases or len(passed) >= 30


@pytest.mark.parametrize("way", REFERENCE, ids=str)
def test_every_subtest_has_the_same_verdict_over_a_real_line(runs: dict[Way, Future[RunRecord]], way: Way) -> None:
    if way not in runs:
        pytest.skip("Windows has no pseudo terminals")
    record = runs[way].result()
    found, wanted = verdicts(record), verdicts(runs[REFERENCE[way]].result())

    assert record.complete
    assert found.keys() == wanted.keys()
    assert {where: (verdict, wanted[where]) for where, verdict in found.items() if verdict is not wanted[where]} == {}
