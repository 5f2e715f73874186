"""What every renderer makes of one run with each verdict in it, word for word."""

from __future__ import annotations

import pytest

from conformance.commands.closing import exit_code
from conformance.record.assemble import load
from conformance.record.deviation import DeviationState
from conformance.record.verdict import Verdict
from tests.reporting.golden_run import write_golden_run
from tests.reporting.golden_texts import COMMAND, differing, golden_names, golden_texts

NAMES = (
    "comparison.html.txt",
    "comparison.json",
    "comparison.terminal.txt",
    "run.allure.json",
    "run.exchange.txt",
    "run.html.txt",
    "run.json",
    "run.junit.xml",
    "run.pdf.txt",
    "run.terminal.txt",
)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    return golden_texts(tmp_path_factory.mktemp("golden"))


def test_every_renderer_has_its_golden_file(texts):
    """One that is missing would never be compared."""
    assert sorted(texts) == golden_names() == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_drawn_is_what_was_drawn(texts, name):
    """Read the difference; where it is wanted, draw the golden files anew."""
    difference = list(differing(name, texts[name]))
    shown = "\n".join(difference[:200])
    assert not difference, f"golden/{name} differs; wanted? then: {COMMAND}\n{shown}"


def test_the_run_shows_every_verdict_and_every_state_of_a_deviation(tmp_path):
    """Else a renderer could lose one of them unseen."""
    write_golden_run(tmp_path)
    record = load(tmp_path)
    assert all(record.subtest_totals[verdict] for verdict in Verdict)
    assert {deviation.state for deviation in record.deviations} == set(DeviationState)
    assert len(record.devices) == 2
    assert any(subtest.steps for _, subtest in record.subtests())
    assert exit_code(record) == 1
