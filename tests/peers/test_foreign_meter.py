"""The suites against a meter that was not written beside them: what they say of it is what its device config expects.

Each config announces, with octets, where the simulator leaves the standard. A case that fails and is not announced is
either a fault of ours or a further deviation: look at its frames, then mend the one or announce the other.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conformance.record.verdict import Verdict
from tests.peers.foreign_meter import ForeignMeter, run_suites

HERE = Path(__file__).parent
SUITES = HERE.parents[1] / "suites" / "application"
OPENINGS = ("T_APPL_OPEN_*", "X_APPL_HLS", "X_APPL_LLS", "X_APPL_CHALLENGE")
RUNS = {"pydlms_hdlc": (), "pydlms_wrapper": (), "pydlms_mechanisms": OPENINGS}
"""Device config → the cases that run; none named: all. The one that waits longest begins."""
RUN_TIMEOUT_S = 300
AT_ONCE = 2
"""Runs side by side, each with a meter of its own: half of the time over HDLC is spent in proving silences."""


@pytest.fixture(scope="module")
def runs(peer_python, tmp_path_factory):
    """Every run, on its way or done."""

    def run(name, directory):
        with ForeignMeter(peer_python, HERE / f"{name}.toml") as meter:
            done = run_suites(meter, SUITES, directory, cases=RUNS[name], timeout_s=RUN_TIMEOUT_S)
            return meter.device, done, meter.running

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(run, name, tmp_path_factory.mktemp(name)) for name in RUNS}
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module", params=sorted(RUNS, reverse=True))
def finished(request, runs):
    """A meter's config, and the record of the suites' run against it."""
    device, run, alive = runs[request.param].result()
    assert alive, "the simulator died"
    assert run.record.complete, run.output
    return device, run


def items(run):
    for case in run.record.cases:
        for subtest in case.subtests:
            yield case, subtest


def name_of(case, subtest):
    where = f"{case.association}/{case.variant}" if case.variant else case.association
    return f"{case.id} subtest {subtest.number} in {where}"


def test_only_announced_deviations_fail(finished):
    _, run = finished

    unexpected = [
        f"{subtest.verdict} {name_of(case, subtest)}: {subtest.reason}"
        for case, subtest in items(run)
        if subtest.verdict.is_problem and (subtest.verdict is not Verdict.FAILED or subtest.expected_deviation is None)
    ]

    assert not unexpected, "\n".join(unexpected)
    assert run.code == 0, run.output


def test_every_announced_deviation_is_there(finished):
    device, run = finished
    stale = []

    for deviation in device.expected_deviations:
        met = [
            (name_of(case, subtest), subtest.verdict)
            for case, subtest in items(run)
            if deviation.case == case.id
            and deviation.subtest in (None, subtest.number)
            and deviation.association in (None, case.association)
            and deviation.variant in (None, case.variant)
            and subtest.verdict not in (Verdict.INAPPLICABLE, Verdict.SKIPPED)
        ]
        stale.extend(f"{verdict} {name}, announced to fail" for name, verdict in met if verdict is not Verdict.FAILED)
        if not met:
            stale.append(f"{deviation.case} subtest {deviation.subtest}: announced, but nothing was judged")

    assert not stale, "\n".join(stale)


def test_most_of_what_is_judged_passes(finished):
    _, run = finished
    judged = [subtest.verdict for _, subtest in items(run) if subtest.verdict in (Verdict.PASSED, Verdict.FAILED)]

    # A tester that fails everything would agree with any announcement.
    assert judged.count(Verdict.PASSED) > len(judged) / 2
