"""The end of a run: the verdict table, the reports, and where everything is."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table

from conformance.commands.attention import attention, deviation_lines
from conformance.record.assemble import gather
from conformance.record.deviation import DeviationState
from conformance.record.model import RunRecord
from conformance.record.verdict import Verdict
from conformance.reporting.draw import FORMATS, DrawError, draw
from conformance.reporting.presentation import PLAIN, Presentation
from conformance.reporting.sealing import seal as sealed
from conformance.reporting.shares import share_lines
from conformance.reporting.signing import Seal

FAILED = 1
"""Exit code: something FAILED."""
UNJUDGED = 3
"""Exit code: nothing FAILED, but something is ERROR or INCONCLUSIVE, or was not judged at all."""

Key = tuple[str, str]
"""Device and case."""
_MANY = 4
"""Cases in a row that do not apply at all: a class of which the meter has no object is nothing to read on."""
_WIDTH = 110
"""Columns where there is no terminal."""
_SHORT = {
    Verdict.FAILED: ("failed", "bold red"),
    Verdict.ERROR: ("error", "bold magenta"),
    Verdict.INCONCLUSIVE: ("inconcl.", "yellow"),
    Verdict.PASSED: ("passed", "green"),
    Verdict.INAPPLICABLE: ("n/a", "dim"),
    Verdict.SKIPPED: ("skipped", "dim"),
}


@dataclass(frozen=True, slots=True)
class Closed:
    """A run that was closed.

    Attributes:
        record: of the run.
        files: what was written, by name.
        failure: what could not be drawn; None when everything was.
    """

    record: RunRecord
    files: dict[str, Path]
    failure: DrawError | None = None

    def to_json(self, code: int) -> dict[str, object]:
        """What a program wants to know at the end of a run."""
        record = self.record
        return {
            "verdict": record.verdict.value,
            "exit_code": code,
            "complete": record.complete,
            "cases": {verdict.value: count for verdict, count in record.totals.items()},
            "subtests": {verdict.value: count for verdict, count in record.subtest_totals.items()},
            "timing": [timing.to_json() for timing in record.timing],
            "deviations": [deviation.to_json() for deviation in record.deviations],
            "files": {name: str(path) for name, path in self.files.items()},
            "notes": list(record.notes),
        }


def exit_code(record: RunRecord) -> int:
    """0 when all is well; 1 when something FAILED that no deviation announces, or an announced one did not show.

    3 when nothing of that is so, but something was not judged.
    """
    verdicts = {subtest.verdict for _, subtest in record.subtests() if not subtest.excused}
    if Verdict.FAILED in verdicts or any(deviation.state.fails for deviation in record.deviations):
        return FAILED
    unjudged = verdicts & {Verdict.ERROR, Verdict.INCONCLUSIVE}
    return UNJUDGED if unjudged or not record.complete else 0


def close_run(
    directory: Path,
    *,
    pdf: bool = True,
    stream: TextIO | None = None,
    seal: Seal | None = None,
    presentation: Presentation = PLAIN,
) -> Closed:
    """Print the verdicts of a run, draw its reports and print where they are.

    Args:
        directory: of the run.
        pdf: draw the PDF report too.
        stream: where to print; None is standard output.
        seal: what signs the PDF report and the manifest; None: nobody does.
        presentation: how the reports look.

    Raises:
        SigningError: it could not be signed; report and manifest are as they were.
        RecordError: there is no run, or its record is damaged.
    """
    console = Console(file=stream or sys.stdout)
    if not console.is_terminal:
        console = Console(file=stream or sys.stdout, width=_WIDTH)
    run = gather(directory)
    record = run.record
    console.print(verdict_table(record))
    for line in (*attention(record), *deviation_lines(record)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for note in record.notes:
        console.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    for shares in share_lines(record):
        console.print(shares, markup=False, highlight=False, soft_wrap=True)
    console.print(summary(record), markup=False, highlight=False, soft_wrap=True)
    failure = None
    formats = tuple(name for name in FORMATS if name != "pdf" or (pdf and seal is None))
    try:
        files = draw(directory, formats=formats, run=run, vouched=seal is None, presentation=presentation)
        if seal is not None:
            files |= sealed(directory, run, seal, presentation)
    except DrawError as error:
        files, failure = error.drawn, error
        print(f"dlms-conformance: {error}", file=sys.stderr)
    for name, path in files.items():
        console.print(f"{name:>8}  {path}", markup=False, highlight=False, soft_wrap=True)
    return Closed(record, files, failure)


def summary(record: RunRecord) -> str:
    """A run in one line."""
    counts = ", ".join(f"{count} {verdict.value}" for verdict, count in record.subtest_totals.items() if count)
    judged = sum(record.subtest_totals[verdict] for verdict in (Verdict.PASSED, Verdict.FAILED))
    cases = len({case.id for case in record.cases})
    verdict = record.verdict.value if record.complete else f"NOT COMPLETE, {record.verdict.value} so far"
    return f"{verdict}: {cases} cases, {judged} subtests judged ({counts}){''.join(_deviating(record))}"


def _deviating(record: RunRecord) -> Iterator[str]:
    """What expected deviations explain of a run, and what they make fail."""
    expected = sum(subtest.excused for _, subtest in record.subtests())
    if expected:
        are = "are expected deviations" if expected > 1 else "is an expected deviation"
        yield f"; {expected} of the FAILED {are}"
    states = [deviation.state for deviation in record.deviations]
    passed, expired = states.count(DeviationState.UNEXPECTED_PASS), states.count(DeviationState.EXPIRED)
    if passed:
        yield f"; {passed} expected deviation{'s'[: passed > 1]} did not show, which fails the run"
    if expired:
        yield f"; {expired} expected deviation{'s'[: expired > 1]} expired"


def _rows(counted: Mapping[Key, Mapping[Verdict, int]]) -> Iterator[tuple[list[Key], Mapping[Verdict, int]]]:
    """Cases with their counts; neighbours that do not apply at all share a row where there are many of them."""
    for (_, silent), keys in groupby(counted, lambda key: (key[0], _applies_nowhere(counted[key]))):
        together = list(keys)
        if not silent or len(together) < _MANY:
            yield from (([key], counted[key]) for key in together)
        else:
            yield together, {verdict: sum(counted[key][verdict] for key in together) for verdict in Verdict}


def _applies_nowhere(row: Mapping[Verdict, int]) -> bool:
    return not any(count for verdict, count in row.items() if verdict is not Verdict.INAPPLICABLE)


def verdict_table(record: RunRecord) -> Table:
    """Case × device: how many subtests had which verdict, over all associations and variants."""
    table = Table(title=None, header_style="bold", pad_edge=False)
    several = len(record.devices) > 1
    if several:
        table.add_column("device")
    table.add_column("case")
    table.add_column("verdict")
    for label, style in _SHORT.values():
        table.add_column(label, justify="right", style=style)
    counted: dict[Key, dict[Verdict, int]] = {}
    for case in record.cases:
        row = counted.setdefault((case.device, case.id), dict.fromkeys(Verdict, 0))
        for subtest in case.subtests:
            row[subtest.verdict] += 1
    for cases, sums in _rows(counted):
        worst = next((verdict for verdict in Verdict if sums[verdict]), Verdict.SKIPPED)
        cells = [str(sums[verdict]) if sums[verdict] else "" for verdict in _SHORT]
        style = _SHORT[worst][1]
        device, first = cases[0]
        named = first if len(cases) == 1 else f"{first} … {cases[-1][1]} ({len(cases)})"
        table.add_row(*([device] if several else []), named, f"[{style}]{worst.value}[/]", *cells)
    return table
