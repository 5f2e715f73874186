"""The history in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.record.verdict import Verdict
from conformance.reporting.history.flaky import Flaky, Standing, Turn
from conformance.reporting.history.night import Sitting, SubtestName, night_of
from conformance.reporting.history.nights import DeviceNight, Night
from conformance.reporting.history.pages import span
from conformance.reporting.history.trend import Trend
from conformance.reporting.legible import brief, line, moment

_Item = TypeVar("_Item")
MOST_LINES = 30
"""Of one kind; `--json` has them all."""
MOST_RUNS = 20
_MOST_PLACES = 6
_LONGEST_ROW = 60
_WIDTH = 118
_SHORT = {
    Verdict.FAILED: "failed",
    Verdict.ERROR: "error",
    Verdict.INCONCLUSIVE: "inconcl.",
    Verdict.PASSED: "passed",
    Verdict.INAPPLICABLE: "n/a",
    Verdict.SKIPPED: "skipped",
}


def output() -> Console:
    """Where to print; as wide as a page where there is no terminal."""
    console = Console(file=sys.stdout)
    return console if console.is_terminal else Console(file=sys.stdout, width=_WIDTH)


def say(console: Console, text: str, style: str = "") -> None:
    """Print a line as it stands."""
    console.print(Text(text, style=style), soft_wrap=True)


def tell_sittings(console: Console, sittings: Sequence[Sitting], zone: tzinfo | None = None) -> None:
    """A table of devices in runs."""
    table = Table(header_style="bold", pad_edge=False)
    for label in ("night", "device", "verdict"):
        table.add_column(label)
    _add_numbers(table)
    for sitting in sittings:
        table.add_row(
            night_of(sitting.run.started, zone).isoformat(),
            Text(line(sitting.device, 40)),
            f"{sitting.verdict.value} {sitting.run.state}".strip(),
            *_numbers(sitting, sitting.counts, sitting.response_us and sitting.response_us / 1_000_000),
        )
    console.print(table)


def tell_trend(console: Console, made: Trend) -> None:
    """A device over its nights."""
    nights = made.nights
    days = f"{nights[0]} to {nights[-1]}" if len(nights) > 1 else f"{nights[0]}"
    only = f"; cases {line(made.case, 80)} only" if made.case else ""
    say(
        console,
        f"{line(made.device, 80)}: {_many(len(made.points), 'run')} in {_many(len(nights), 'night')}, {days}{only}",
        "bold",
    )
    table = Table(header_style="bold", pad_edge=False)
    for label in ("night", "verdict"):
        table.add_column(label)
    _add_numbers(table)
    for point in made.points[-MOST_RUNS:]:
        verdict = f"{point.sitting.verdict.value} {point.sitting.run.state}".strip()
        numbers = _numbers(point.sitting, point.counts, point.response_s)
        table.add_row(f"{point.night}{' *' if point.mark else ''}", verdict, *numbers)
    console.print(table)
    if len(made.points) > MOST_RUNS:
        say(console, f"and {len(made.points) - MOST_RUNS} runs before: --json and --html have them all")
    changed = [point for point in made.points if point.mark is not None]
    _section(
        console,
        "* Changed around the meter",
        [f"{point.night}  {line(point.mark.words, 300)}" for point in reversed(changed) if point.mark is not None],
    )
    _section(console, f"Does not pass now ({len(made.standing)})", _standing_lines(made))
    restless = [one for one in made.flaky if one.went_back]
    once = [one for one in made.flaky if not one.went_back]
    title = f"Flaky: changed more than once though firmware, config and tool did not ({len(restless)})"
    _section(console, title, _flaky_lines(made, restless))
    _section(console, f"Changed once for no known cause ({len(once)})", _flaky_lines(made, once))


def tell_night(console: Console, made: Night) -> None:
    """A night, or one run of it."""
    say(console, f"night of {made.date}", "bold")
    tell_sittings(console, [one.sitting for one in made.devices])
    for one in made.devices:
        _tell_device(console, one)


def _tell_device(console: Console, one: DeviceNight) -> None:
    run = one.sitting.run
    say(console, f"\n{line(one.sitting.device, 80)}, run {run.number}, started {moment(run.started)}", "bold")
    say(console, f"  {line(run.scope, 120)}; tool {line(run.tool, 40)}; record in {line(run.directory, 200)}")
    if one.mark is not None:
        say(console, f"  changed before it: {line(one.mark.words, 400)}")
    if one.first:
        say(console, "  there is no earlier run of this device to hold it against")
    elif not (one.worse or one.better or one.other):
        say(console, "  no verdict changed since each subtest was judged before")
    for title, told in (("worse", one.worse), ("better", one.better), ("other changes", one.other)):
        _section(console, f"{title} ({len(told)})", _turn_lines(one, told), indent="  ")


def _turn_lines(one: DeviceNight, told: Iterable[Turn]) -> list[str]:
    def alike(turn: Turn) -> tuple[object, ...]:
        return one.names[turn.subtest].case, turn.before, turn.after, turn.explained, turn.subtest in one.flaky

    lines = []
    for together in _grouped(told, alike):
        first = together[0]
        known = "; something else changed too" if first.explained else "; flaky" if first.subtest in one.flaky else ""
        verdicts = f"{first.before.value} → {first.after.value}"
        lines.append(f"{_where([one.names[turn.subtest] for turn in together])}: {verdicts}{known}")
    return lines


def _standing_lines(made: Trend) -> list[str]:
    def alike(one: Standing) -> tuple[object, ...]:
        cause = made.causes.get(one.subtest)
        return made.names[one.subtest].case, one.verdict, one.announced, one.judged, one.since, one.last_passed, cause

    lines = []
    for together in _grouped(made.standing, alike):
        first = together[0]
        passed = "passed in none of these nights"
        if first.last_passed is not None:
            night = made.points[first.last_passed].night
            passed = f"last PASSED {night}, {span(made.without_pass(first))} ago"
        expected = ", as expected" if first.announced else ""
        judged = f", judged last {made.points[first.judged].night}" if first.judged < len(made.points) - 1 else ""
        since = f"first night {made.points[first.since].night}"
        where = _where([made.names[one.subtest] for one in together])
        text = f"{where}: {first.verdict.value}{expected}, {since}, {passed}{judged}"
        reason = made.causes.get(first.subtest, ("", ""))[0]
        lines.append(f"{text}\n      {line(reason, 300)}" if reason else text)
    return lines


def _flaky_lines(made: Trend, told: Iterable[Flaky]) -> list[str]:
    def alike(one: Flaky) -> tuple[object, ...]:
        return made.names[one.subtest].case, one.changes, one.comparisons, one.last, one.letters[-_LONGEST_ROW:]

    lines = []
    for together in _grouped(told, alike):
        first = together[0]
        where = _where([made.names[one.subtest] for one in together])
        times = f"{first.changes} of {_many(first.comparisons, 'time')}, last {made.points[first.last].night}"
        lines.append(f"{where}: {times}\n      {first.letters[-_LONGEST_ROW:]}")
    return lines


def _grouped(items: Iterable[_Item], alike: Callable[[_Item], tuple[object, ...]]) -> list[list[_Item]]:
    groups: dict[tuple[object, ...], list[_Item]] = {}
    for item in items:
        groups.setdefault(alike(item), []).append(item)
    return list(groups.values())


def _where(names: list[SubtestName]) -> str:
    """One place in full; of many of a case the associations with their numbers."""
    if len(names) == 1:
        return _place(names[0])
    numbers: dict[str, list[int]] = {}
    for name in names:
        where = " ".join(part for part in (name.association, name.variant) if part) or "bare link"
        numbers.setdefault(line(where, 80), []).append(name.number)
    told = [f"{where} {', '.join(map(str, those))}" for where, those in list(numbers.items())[:_MOST_PLACES]]
    rest = f"; and {len(numbers) - _MOST_PLACES} more" if len(numbers) > _MOST_PLACES else ""
    return f"{line(names[0].case, 80)}, {len(names)} subtests ({'; '.join(told)}{rest})"


def _place(name: SubtestName) -> str:
    return f"{line(name.place, 160)} ({line(name.title, 80)})"


def _section(console: Console, title: str, lines: list[str], *, indent: str = "") -> None:
    if not lines:
        return
    say(console, f"{'' if indent else chr(10)}{indent}{title}", "bold")
    for text in lines[:MOST_LINES]:
        say(console, f"{indent}  {text}")
    if len(lines) > MOST_LINES:
        say(console, f"{indent}  and {len(lines) - MOST_LINES} more lines: --json has them all")


def _add_numbers(table: Table) -> None:
    for label in ("run", *_SHORT.values(), "response"):
        table.add_column(label, justify="right")


def _numbers(sitting: Sitting, counts: Mapping[Verdict, int], response_s: float | None) -> list[str]:
    cells = [str(counts[verdict]) if counts[verdict] else "" for verdict in _SHORT]
    response = "" if response_s is None else brief(response_s)
    return [str(sitting.run.number), *cells, f"{response} (virtual)" if response and sitting.virtual else response]


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"
