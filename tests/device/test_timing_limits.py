"""Declared limits of time: optional, checked, and kept in the evidence."""

from __future__ import annotations

import pytest

from conformance.device.evidence import evidence
from tests.device.conftest import ASSOCIATION, METER, Bench


def config(timing: str) -> str:
    return METER + f"\n[timing]\n{timing}\n" + ASSOCIATION


def test_without_limits_nothing_is_judged_by_them(bench: Bench) -> None:
    timing = bench.load(METER + ASSOCIATION).timing

    assert (timing.max_response_time_s, timing.max_inter_octet_gap_s) == (None, None)


def test_limits_reach_the_device_and_its_evidence(bench: Bench) -> None:
    device = bench.load(config("max_response_time_s = 1\nmax_inter_octet_gap_s = 0.02"))

    assert (device.timing.max_response_time_s, device.timing.max_inter_octet_gap_s) == (1.0, 0.02)
    assert evidence(device)["timing"] == {
        "response_timeout_s": 5.0,
        "recovery_time_s": 30.0,
        "max_response_time_s": 1.0,
        "max_inter_octet_gap_s": 0.02,
    }


@pytest.mark.parametrize(
    ("timing", "key", "words"),
    [
        ("max_response_time_s = 0", "max_response_time_s", "more than 0"),
        ("max_response_time_s = -0.5", "max_response_time_s", "more than 0"),
        ('max_response_time_s = "0.5"', "max_response_time_s", "must be a number, without quotes"),
        ("max_response_time_s = true", "max_response_time_s", "must be a number, without quotes"),
        ("max_response_time_s = inf", "max_response_time_s", "86400"),
        ("max_response_time_s = 5.5", "max_response_time_s", "above response_timeout_s, 5"),
        ("response_timeout_s = 1.5\nmax_response_time_s = 2", "max_response_time_s", "above response_timeout_s, 1.5"),
        ("max_inter_octet_gap_s = 0", "max_inter_octet_gap_s", "more than 0"),
        ("max_inter_octet_gap_s = 7", "max_inter_octet_gap_s", "6.0 or less"),
        ("max_inter_octet_gap_s = nan", "max_inter_octet_gap_s", "6.0 or less"),
    ],
)
def test_a_wrong_limit_is_told_with_its_line_and_what_would_be_right(
    bench: Bench, timing: str, key: str, words: str
) -> None:
    text = config(timing)

    problem = bench.problem(text)

    assert problem.where == f"timing.{key}"
    assert words in problem.message
    assert problem.line == text[: text.index(key)].count("\n") + 1


def test_a_misspelt_limit_gets_the_nearest_spelling(bench: Bench) -> None:
    problem = bench.problem(config("max_respons_time_s = 0.5"))

    assert (problem.where, problem.nearest) == ("timing.max_respons_time_s", "max_response_time_s")


def test_nothing_is_concluded_from_a_timeout_that_is_itself_wrong(bench: Bench) -> None:
    problems = bench.problems(config("response_timeout_s = 0\nmax_response_time_s = 2"))

    assert [problem.where for problem in problems] == ["timing.response_timeout_s"]
