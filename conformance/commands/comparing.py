"""`compare`: what changed between two runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from conformance.commands.closing import summary
from conformance.commands.problems import UsageProblem
from conformance.record.assemble import load
from conformance.record.deviation import DeviationState
from conformance.record.lines import write_whole
from conformance.record.verdict import Verdict
from conformance.reporting.comparison import Change, Changed, Comparison, compare
from conformance.reporting.comparison_json import to_json
from conformance.reporting.comparison_page import render
from conformance.reporting.legible import brief, line

REGRESSED = 1
"""Exit code: something got worse that nobody has announced."""
_WIDTH = 118
_MOST_PLACES = 6
_STYLES = {
    Change.REGRESSION: "bold red",
    Change.EXPOSED: "bold red",
    Change.ANNOUNCED: "yellow",
    Change.FIX: "green",
    Change.UNJUDGED: "yellow",
    Change.GONE: "yellow",
}
_COUNTED_ONLY = (Change.NEW, Change.GONE, Change.JUDGED, Change.UNJUDGED)
"""There may be thousands of them, and the count mostly says it all: one line a case."""


def register(app: typer.Typer) -> None:
    """Add `compare`."""
    app.command("compare")(compare_runs)


def compare_runs(
    before: Annotated[Path, typer.Argument(help="Directory of the earlier run.")],
    after: Annotated[Path, typer.Argument(help="Directory of the later run.")],
    html: Annotated[Path | None, typer.Option(help="Write the comparison as an HTML page to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what changed from one run to another: regressions, fixes, new, gone, other findings, slower answers.

    Exit code: 0 when nothing got worse, 1 on a regression, 2 when a run cannot be read. An expected deviation that the
    later run's device config announces is no regression, nor is a subtest that the earlier run did not hold; one that
    makes the later run fail, and not the earlier, since it expired or did not show, counts as a regression.
    """
    made = compare(load(before), load(after))
    if html is not None:
        try:
            write_whole(html, render(made).encode("utf-8", "replace"))
        except OSError as error:
            raise UsageProblem(f"compare: {html} cannot be written: {error.strerror or error}") from None
    if as_json:
        print(json.dumps(to_json(made), indent=1, ensure_ascii=False))
    else:
        _tell(made, html)
    raise typer.Exit(REGRESSED if made.regressed else 0)


def _tell(made: Comparison, html: Path | None) -> None:
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console = Console(file=sys.stdout, width=_WIDTH)

    def say(text: str, style: str = "") -> None:
        console.print(Text(text, style=style), soft_wrap=True)

    say(f"before  {summary(made.before)}")
    say(f"after   {summary(made.after)}")
    if made.surroundings:
        say("\nWhat else differs, and may explain the rest:", "bold")
        for difference in made.surroundings:
            say(f"  {line(difference.what, 60)}: {line(difference.before, 120)} → {line(difference.after, 120)}")
    for change in Change:
        told = made.of(change)
        if told:
            say(f"\n{heading(change)} ({len(told)})", _STYLES.get(change, "bold"))
            for text in _lines(change, told):
                say(f"  {text}")
    if made.deviations:
        say(f"\nExpected deviations ({len(made.deviations)})", "bold")
        for one in made.deviations:
            states = f"{_state(one.before)} → {_state(one.after)}"
            text = f"  {states}: {line(one.deviation.device, 60)}: {line(one.deviation.place, 160)}"
            say(f"{text} ({line(one.deviation.terms)})", "bold red" if one.fails else "")
    if made.drifts:
        say(f"\nResponse times that moved ({len(made.drifts)})", "bold")
        for drift in made.drifts:
            say(
                f"  {line(drift.device, 60)} {drift.case}: median {brief(drift.before_s)} → {brief(drift.after_s)}"
                f" (× {drift.ratio:.1f}, of {drift.responses[1]} answers)"
            )
    counts = ", ".join(f"{count} {change.value}" for change, count in made.counts.items() if count)
    say(f"\n{counts or 'no subtest differs'}; {made.unchanged} unchanged", "bold")
    if html is not None:
        say(f"page: {html}")


def heading(change: Change) -> str:
    """The title of a kind of changes."""
    return f"{change.value[0].upper()}{change.value[1:]}"


def _lines(change: Change, told: tuple[Changed, ...]) -> list[str]:
    if change in _COUNTED_ONLY:
        by_case: dict[str, list[Changed]] = {}
        for changed in told:
            by_case.setdefault(changed.head.id, []).append(changed)
        return [f"{case}: {_counted(items)}" for case, items in by_case.items()]
    if change is Change.FINDINGS:
        return [
            f"{changed.place} ({line(changed.title, 80)}): findings {_codes(changed.before_findings)}"
            f" → {_codes(changed.after_findings)}"
            for changed in told
        ]
    lines = []
    for items in _alike(told):
        first = items[0]
        verdicts = f"{_word(first.before)} → {_word(first.after)}"
        if len(items) == 1:
            lines.append(f"{first.place} ({line(first.title, 80)}): {verdicts}")
        else:
            lines.append(f"{first.head.id}: {verdicts} in {len(items)} subtests: {_places(items)}")
        if first.reason and first.after is not Verdict.PASSED:
            lines.append(f"    {line(first.reason, 400)}")
    return lines


def _alike(told: tuple[Changed, ...]) -> list[list[Changed]]:
    """Changes of one case with the same verdicts, and the same reason where that is what a reader wants to know."""
    alike: dict[tuple[str, Verdict | None, Verdict | None, str], list[Changed]] = {}
    for changed in told:
        reason = "" if changed.after is Verdict.PASSED else changed.reason
        alike.setdefault((changed.head.id, changed.before, changed.after, reason), []).append(changed)
    return list(alike.values())


def _places(items: list[Changed]) -> str:
    """`public 1, 5, 6; management glo 1`."""
    numbers: dict[str, list[int]] = {}
    for changed in items:
        where = " ".join(part for part in (changed.head.association, changed.head.variant) if part) or "bare link"
        numbers.setdefault(line(where, 80), []).append(changed.number)
    told = [f"{where} {', '.join(map(str, those))}" for where, those in list(numbers.items())[:_MOST_PLACES]]
    rest = f"; and {len(numbers) - _MOST_PLACES} more" if len(numbers) > _MOST_PLACES else ""
    return "; ".join(told) + rest


def _codes(codes: tuple[str, ...]) -> str:
    return line(", ".join(codes)) or "none"


def _counted(items: list[Changed]) -> str:
    counts: dict[str, int] = {}
    for changed in items:
        word = _word(changed.after or changed.before)
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _state(state: DeviationState | None) -> str:
    return state.value if state is not None else "not announced"


def _word(verdict: Verdict | None) -> str:
    return verdict.value if verdict is not None else "–"
