"""Expected deviations in a run: what they explain, and when they fail it; every way to ask agrees."""

from __future__ import annotations

import json

import pytest

from conformance.commands.closing import close_run, exit_code, summary
from conformance.record.assemble import assemble

FAILING = {"subtest": 2, "association": "public"}
PASSING = {"subtest": 1, "association": "public"}


@pytest.fixture
def announcing(pytester, simulator_toml):
    """Writes a device config with these deviations, and gives the option that names it."""

    def write(*deviations, **more):
        toml = simulator_toml
        for deviation in deviations:
            entry = {"case": "X_SMALL_OPEN", "reason": "known since 1.2", "owner": "lab 2", **deviation, **more}
            rows = [f"{name} = {value if name == 'expires' else json.dumps(value)}" for name, value in entry.items()]
            toml += "\n[[expected_deviation]]\n" + "\n".join(rows) + "\n"
        pytester.path.joinpath("meter.toml").write_text(toml)
        return "--dlms-device=meter.toml"

    return write


def states(run):
    return [deviation.state.value for deviation in run.record.deviations]


ONLY_PUBLIC = ("--dlms-case=X_SMALL_OPEN", "-k", "public-1 or public-2")
"""Subtest 1 passes, subtest 2 fails; association sn-public is ruled out."""


def test_what_showed_as_announced_does_not_fail_the_run(run_suite, announcing):
    run = run_suite(announcing(FAILING), *ONLY_PUBLIC)
    assert (run.code, states(run), exit_code(run.record)) == (0, ["shown"], 0)
    assert "1 of the FAILED is an expected deviation" in summary(run.record)
    assert run.record.verdict == "FAILED"


def test_a_whole_case_shows_its_deviation_when_any_of_its_subtests_fails(run_suite, announcing):
    run = run_suite(announcing({}), *ONLY_PUBLIC)
    assert (run.code, states(run)) == (0, ["shown"])


def test_an_unexpected_pass_fails_the_run_and_leaves_the_verdict_alone(run_suite, announcing):
    run = run_suite(announcing(PASSING, FAILING), *ONLY_PUBLIC)
    assert (run.code, states(run), exit_code(run.record)) == (1, ["unexpected-pass", "shown"], 1)
    assert run.subtest("public", "X_SMALL_OPEN", 1).verdict == "PASSED"
    assert run.record.complete
    (line,) = [text for text in run.result.outlines if text.startswith("UNEXPECTED-PASS")]
    assert "expected deviation of X_SMALL_OPEN subtest 1 in public (known since 1.2; owner lab 2) did not show" in line


def test_without_evidence_the_exit_code_is_the_same(run_suite, announcing):
    assert run_suite(announcing(PASSING, FAILING), *ONLY_PUBLIC, out=None).code == 1
    assert run_suite(announcing(FAILING), *ONLY_PUBLIC, out=None).code == 0


def test_distributed_over_workers_the_exit_code_is_the_same(run_suite, announcing):
    run = run_suite(announcing(PASSING, FAILING), *ONLY_PUBLIC, "-n", "2")
    assert (run.code, states(run)) == (1, ["unexpected-pass", "shown"])


def test_an_expired_deviation_counts_and_says_since_when_and_whose_it_is(run_suite, announcing):
    run = run_suite(announcing(FAILING, expires="2020-01-31"), *ONLY_PUBLIC)
    assert (run.code, states(run), exit_code(run.record)) == (1, ["expired"], 1)
    failed = run.subtest("public", "X_SMALL_OPEN", 2)
    assert failed.reason.endswith("; expected deviation expired on 2020-01-31, owner lab 2")
    assert failed.expected_deviation is None
    (line,) = [text for text in run.result.outlines if text.startswith("EXPIRED")]
    assert "expired on 2020-01-31, 1 FAILED: the run fails" in line
    assert "1 expected deviation expired" in summary(run.record)


def test_an_expired_deviation_that_shows_no_more_fails_nothing(run_suite, announcing):
    run = run_suite(announcing(PASSING, expires="2020-01-31"), "--dlms-case=X_SMALL_OPEN", "-k", "public-1")
    assert (run.code, states(run)) == (0, ["lapsed"])
    assert run.subtest("public", "X_SMALL_OPEN", 1).reason.count("expired") == 0


def test_of_two_that_cover_a_subtest_the_one_that_has_not_expired_explains_it(run_suite, announcing):
    run = run_suite(announcing({**FAILING, "expires": "2020-01-31"}, FAILING), *ONLY_PUBLIC)
    assert (run.code, states(run)) == (0, ["lapsed", "shown"])


@pytest.mark.parametrize(
    "deviation",
    [{"subtest": 3, "association": "public"}, {"subtest": 4}, {"case": "X_SMALL_ENDS"}, {"association": "sn-public"}],
    ids=["ruled out", "not permitted", "not selected", "case ruled out"],
)
def test_what_was_not_judged_says_nothing(run_suite, announcing, deviation):
    run = run_suite(announcing(deviation, FAILING), "--dlms-case=X_SMALL_OPEN", "-k", "public and not management")
    assert states(run)[0] == "not-judged"
    assert run.code == 0


def test_a_resumed_run_counts_what_its_earlier_part_has_judged(run_suite, announcing):
    """The pass was judged before the interruption; the resumed part alone would not know of it."""
    device = announcing(PASSING, FAILING)
    whole = run_suite(device, "--dlms-case=X_SMALL_OPEN", "-k", "public and not management", out="whole")
    assert whole.code == 1
    lines = [json.loads(text) for text in (whole.directory / "journal.jsonl").read_text().splitlines()]
    passed = next(
        at for at, line in enumerate(lines)
        if line["kind"] == "item" and line["subtest"]["number"] == 1 and line["case"]["association"] == "public"
    )  # fmt: skip
    cut = [*lines[: passed + 1], {**lines[-1], "complete": False}]
    (whole.directory / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in cut))
    for name in ("run.json", "frames.jsonl"):
        (whole.directory / name).unlink()
    before = assemble(whole.directory)
    assert [deviation.state.value for deviation in before.deviations] == ["not-judged", "not-judged"]
    resumed = run_suite("--dlms-resume=whole", "-k", "public and not management", out="whole")
    assert (resumed.code, states(resumed), exit_code(resumed.record)) == (1, ["unexpected-pass", "shown"], 1)


def test_the_reports_are_drawn_and_the_terminal_tells_each_on_a_line(run_suite, announcing, tmp_path):
    deviations = (PASSING, {**FAILING, "expires": "2020-01-31"})
    run = run_suite(announcing(*deviations), *ONLY_PUBLIC)
    with (tmp_path / "said.txt").open("w", encoding="utf-8") as stream:
        closed = close_run(run.directory, pdf=False, stream=stream)
    said = (tmp_path / "said.txt").read_text("utf-8").splitlines()
    assert [line.split()[0] for line in said if "the run fails" in line] == ["UNEXPECTED-PASS", "EXPIRED"]
    assert any("1 expected deviation did not show, which fails the run" in line for line in said)
    told = closed.to_json(1)["deviations"]
    assert [(one["case"], one["subtest"], one["state"]) for one in told] == [
        ("X_SMALL_OPEN", 1, "unexpected-pass"),
        ("X_SMALL_OPEN", 2, "expired"),
    ]
