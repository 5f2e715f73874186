"""A run as somebody reads it who has a minute: what was judged, what came of it and why, and what was not tested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from conformance.record.deviation import DeviationState
from conformance.record.model import RunRecord
from conformance.record.verdict import Verdict, totals
from conformance.reporting.not_judged import NotJudged, without_name
from conformance.reporting.outline import Case, Group, Run, Subtest

MOST_REASONS = 6
MOST_LEFT = 5
MOST_DEVIATIONS = 200

PROBLEMS = tuple(verdict for verdict in Verdict if verdict.is_problem)
UNTESTED = (Verdict.INAPPLICABLE, Verdict.SKIPPED)


@dataclass(frozen=True, slots=True)
class Area:
    """The cases of one suite on one device.

    Attributes:
        title: of the suite.
        device: whose they are.
        anchor: of the first case in it that has a problem, else of the first.
        cases: how many there are.
        case_totals: cases that have a subtest of this verdict.
        totals: subtests by verdict.
    """

    title: str
    device: str
    anchor: str
    cases: int
    case_totals: dict[Verdict, int]
    totals: dict[Verdict, int]


@dataclass(frozen=True, slots=True)
class Reason:
    """What several subtests have come to grief for, or were not tested for.

    Attributes:
        text: the reason.
        verdict: of all of them.
        subtests: how many there are.
        cases: how many cases they belong to.
        name: identifier of the first case.
        anchor: of the first subtest.
    """

    text: str
    verdict: Verdict
    subtests: int
    cases: int
    name: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Announced:
    """An expected deviation.

    Attributes:
        place: what it is announced for.
        device: whose config announces it.
        reason, owner, expires: as announced.
        state: what became of it, in words.
        fails: whether it fails the run.
        anchor: of the first subtest that it covers; empty where there is none.
    """

    place: str
    device: str
    reason: str
    owner: str
    expires: str
    state: str
    fails: bool
    anchor: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What stands at the top of a report.

    Attributes:
        sentences: the verdict in words.
        areas: in the order of the report.
        reasons: why what FAILED did, the gravest and most frequent first; expected deviations are no part of them.
        more_reasons: how many there are beyond these.
        left: why something was not tested, the most frequent reason first.
        more_left: how many reasons there are beyond these.
        deviations: every expected deviation.
    """

    sentences: tuple[str, ...]
    areas: tuple[Area, ...]
    reasons: tuple[Reason, ...]
    more_reasons: int
    left: tuple[Reason, ...]
    more_left: int
    deviations: tuple[Announced, ...]


def overview(
    record: RunRecord, groups: Sequence[Group], left: Iterable[tuple[Verdict, Sequence[NotJudged]]]
) -> Overview:
    """The overview of a run.

    Args:
        record: the run.
        groups: its outline.
        left: what was not judged, by verdict.
    """
    areas = tuple(_area(group) for group in groups)
    reasons = _reasons(groups)
    anchors = {(group.device, case.head.id): case.anchor for group in groups for case in group.cases}
    causes = _causes(left, anchors)
    return Overview(
        sentences=tuple(_sentences(record, areas)),
        areas=areas,
        reasons=tuple(reasons[:MOST_REASONS]),
        more_reasons=max(0, len(reasons) - MOST_REASONS),
        left=tuple(causes[:MOST_LEFT]),
        more_left=max(0, len(causes) - MOST_LEFT),
        deviations=tuple(_deviations(record, groups)),
    )


def counted(number: int, word: str) -> str:
    """`1 subtest`, `2,499 subtests`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _sentences(record: RunRecord, areas: Sequence[Area]) -> Iterator[str]:
    found = record.subtest_totals
    tested = sum(count for verdict, count in found.items() if verdict not in UNTESTED)
    if not tested:
        yield "Nothing was tested: every subtest was skipped, or does not apply."
    else:
        cases = {(case.device, case.id) for case, subtest in record.subtests() if subtest.verdict not in UNTESTED}
        were = "was" if tested == 1 else "were"
        yield f"{counted(tested, 'subtest')} in {counted(len(cases), 'case')} {were} tested."
        for verdict in PROBLEMS:
            if found[verdict]:
                yield _trouble(verdict, areas)
        if not any(found[verdict] for verdict in PROBLEMS):
            yield "All of them PASSED." if tested > 1 else "It PASSED."
        elif not found[Verdict.FAILED]:
            yield "None FAILED, but what could not be judged leaves the run without a clean verdict."
        elif not found[Verdict.INCONCLUSIVE]:
            yield "None was left INCONCLUSIVE."
    excused = sum(subtest.excused for _, subtest in record.subtests())
    if excused:
        what = "is an expected deviation" if excused == 1 else "are expected deviations"
        yield f"{excused:,} of what FAILED {what}: announced beforehand, and still no conformance."
    yield from _untested(record)


_ENDED = {Verdict.ERROR: "ended in ERROR", Verdict.INCONCLUSIVE: "stayed INCONCLUSIVE"}


def _trouble(verdict: Verdict, areas: Sequence[Area]) -> str:
    """As in `168 subtests FAILED in 40 cases: application (128), hdlc (40).`."""
    concerned = [area for area in areas if area.totals[verdict]]
    subtests = sum(area.totals[verdict] for area in concerned)
    cases = sum(area.case_totals[verdict] for area in concerned)
    several = len({area.device for area in areas}) > 1
    named = [f"{area.title} of {area.device}" if several else area.title for area in concerned[:8]]
    where = ", ".join(f"{name} ({area.totals[verdict]:,})" for name, area in zip(named, concerned[:8], strict=True))
    more = f" and {len(concerned) - 8} more areas" if len(concerned) > 8 else ""
    state = _ENDED.get(verdict, str(verdict))
    return f"{counted(subtests, 'subtest')} {state} in {counted(cases, 'case')}: {where}{more}."


def _untested(record: RunRecord) -> Iterator[str]:
    apply, skipped = (record.subtest_totals[verdict] for verdict in UNTESTED)
    if apply and skipped:
        were = "was" if skipped == 1 else "were"
        yield f"{counted(apply, 'subtest')} did not apply to this device, {skipped:,} {were} skipped."
    elif apply:
        yield f"{counted(apply, 'subtest')} did not apply to this device; none was skipped."
    elif skipped:
        yield f"{counted(skipped, 'subtest')} {'was' if skipped == 1 else 'were'} skipped."


def _area(group: Group) -> Area:
    subtests = totals(subtest.record.verdict for case in group.cases for _, subtest in _of(case))
    cases = totals(verdict for case in group.cases for verdict in {subtest.record.verdict for _, subtest in _of(case)})
    first = next((case for case in group.cases if case.verdict.is_problem), group.cases[0])
    return Area(group.title, group.device, first.anchor, len(group.cases), cases, subtests)


def _of(case: Case) -> Iterator[tuple[Run, Subtest]]:
    for run in case.runs:
        for subtest in run.subtests:
            yield run, subtest


def _reasons(groups: Iterable[Group]) -> list[Reason]:
    found: dict[tuple[Verdict, str], list[tuple[str, str, str]]] = {}
    for group in groups:
        for case in group.cases:
            for _, subtest in _of(case):
                told = subtest.record
                if told.verdict.is_problem and not told.excused:
                    text = without_name(told.reason or told.observed) or "no reason told"
                    found.setdefault((told.verdict, text), []).append((case.anchor, case.head.id, subtest.anchor))
    reasons = [
        Reason(text, verdict, len(places), len({case for case, _, _ in places}), places[0][1], places[0][2])
        for (verdict, text), places in found.items()
    ]
    return sorted(reasons, key=lambda reason: (reason.verdict.severity, -reason.subtests))


def _causes(left: Iterable[tuple[Verdict, Sequence[NotJudged]]], anchors: dict[tuple[str, str], str]) -> list[Reason]:
    found: dict[tuple[Verdict, str], list[NotJudged]] = {}
    for verdict, rows in left:
        for row in rows:
            found.setdefault((verdict, row.reason), []).append(row)
    causes = [
        Reason(
            text or "no reason told",
            verdict,
            sum(row.count for row in rows),
            sum(row.cases for row in rows),
            rows[0].first,
            anchors[rows[0].device, rows[0].first],
        )
        for (verdict, text), rows in found.items()
    ]
    return sorted(causes, key=lambda cause: -cause.subtests)


_STATES = {
    DeviationState.EXPIRED: "expired, and still FAILED: the run fails",
    DeviationState.UNEXPECTED_PASS: "PASSED unexpectedly: the run fails until it is withdrawn",
    DeviationState.SHOWN: "FAILED as announced",
    DeviationState.LAPSED: "expired, and did not show any more",
    DeviationState.NOT_JUDGED: "not judged",
}


def _deviations(record: RunRecord, groups: Sequence[Group]) -> Iterator[Announced]:
    if not record.deviations:
        yield from _of_older_records(groups)
        return
    for deviation in record.deviations:
        anchor = next(
            (
                subtest.anchor
                for group in groups
                if group.device == deviation.device
                for case in group.cases
                if case.head.id == deviation.case
                for run, subtest in _of(case)
                if deviation.covers(run.record.id, subtest.record.number, run.record.association, run.record.variant)
            ),
            "",
        )
        yield Announced(
            deviation.place, deviation.device, deviation.reason, deviation.owner, deviation.expires,
            _STATES[deviation.state], deviation.state.fails, anchor,
        )  # fmt: skip


def _of_older_records(groups: Iterable[Group]) -> Iterator[Announced]:
    """Older records tell of a deviation at the subtests only that it covers."""
    told: set[tuple[str, str, str, str]] = set()
    for group in groups:
        for case in group.cases:
            for run, subtest in _of(case):
                found = subtest.record.expected_deviation
                key = (case.anchor, found.reason, found.owner, found.expires) if found is not None else None
                if found is None or key is None or key in told:
                    continue
                told.add(key)
                state = "FAILED as announced" if subtest.record.excused else str(subtest.record.verdict)
                yield Announced(
                    case.head.id, run.record.device, found.reason, found.owner, found.expires, state, False,
                    subtest.anchor,
                )  # fmt: skip
