"""The end of a run: the reports, the verdict table, and where everything is."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from conformance.commands.attention import attention
from conformance.record.assemble import load
from conformance.record.model import RunRecord
from conformance.record.verdict import Verdict
from conformance.reporting.draw import FORMATS, DrawError, draw

_SHORT = {
    Verdict.FAILED: ("failed", "bold red"),
    Verdict.ERROR: ("error", "bold magenta"),
    Verdict.INCONCLUSIVE: ("inconcl.", "yellow"),
    Verdict.PASSED: ("passed", "green"),
    Verdict.INAPPLICABLE: ("n/a", "dim"),
    Verdict.SKIPPED: ("skipped", "dim"),
}


def close_run(directory: Path, *, pdf: bool = True) -> RunRecord:
    """Draw the reports of a run and print its verdicts and their paths."""
    wanted = tuple(name for name in FORMATS if pdf or name != "pdf")
    failures = ""
    try:
        drawn = draw(directory, formats=wanted)
    except DrawError as error:
        drawn, failures = error.drawn, str(error)
    record = load(directory)
    console = Console(width=None if Console().is_terminal else 110)
    console.print(verdict_table(record))
    for line in attention(record):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for note in record.notes:
        console.print(f"note: {note}", markup=False, highlight=False)
    counts = ", ".join(f"{count} {verdict.value}" for verdict, count in record.subtest_totals.items() if count)
    judged = sum(record.subtest_totals[verdict] for verdict in (Verdict.PASSED, Verdict.FAILED))
    cases = len({case.id for case in record.cases})
    console.print(
        f"{record.verdict.value}: {cases} cases, {judged} subtests judged ({counts})", markup=False, highlight=False
    )
    for name, path in drawn.items():
        console.print(f"{name:>8}  {path}", markup=False, highlight=False, soft_wrap=True)
    if failures:
        console.print(failures, markup=False, highlight=False, soft_wrap=True)
    return record


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
    counted: dict[tuple[str, str], dict[Verdict, int]] = {}
    for case in record.cases:
        row = counted.setdefault((case.device, case.id), dict.fromkeys(Verdict, 0))
        for subtest in case.subtests:
            row[subtest.verdict] += 1
    for (device, case_id), row in counted.items():
        worst = next((verdict for verdict in Verdict if row[verdict]), Verdict.SKIPPED)
        cells = [str(row[verdict]) if row[verdict] else "" for verdict in _SHORT]
        style = _SHORT[worst][1]
        table.add_row(*([device] if several else []), case_id, f"[{style}]{worst.value}[/]", *cells)
    return table
