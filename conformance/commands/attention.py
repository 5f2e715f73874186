"""What needs attention after a run, told on the terminal: each problem once, however many associations show it."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.record.deviation import DeviationState
from conformance.record.model import CaseRecord, DecidingOctets, RunRecord, SubtestRecord
from conformance.record.verdict import Verdict
from conformance.reporting.legible import line

_MOST = 12
"""Problems that are told in full; the reports hold the rest."""
_LONGEST = 600


def attention(record: RunRecord) -> Iterator[str]:
    """The lines that tell of every FAILED, ERROR and INCONCLUSIVE that no deviation announces."""
    groups: dict[tuple[str, int, Verdict, str], list[tuple[CaseRecord, SubtestRecord]]] = {}
    for case, subtest in record.subtests():
        if subtest.verdict.is_problem and not subtest.excused:
            key = (case.id, subtest.number, subtest.verdict, subtest.observed or subtest.reason)
            if subtest.verdict is not Verdict.FAILED and not subtest.observed:
                # Nothing came to judge: one reason, such as a dead meter, stands for all subtests that it befell.
                key = ("", 0, subtest.verdict, subtest.reason)
            groups.setdefault(key, []).append((case, subtest))
    for members in list(groups.values())[:_MOST]:
        yield from _told(members)
    if len(groups) > _MOST:
        yield f"… and {len(groups) - _MOST} more, in the reports"


def deviation_lines(record: RunRecord) -> Iterator[str]:
    """A line for each expected deviation that fails the run, then for each that only stands in the config."""
    for deviation in sorted(record.deviations, key=lambda deviation: not deviation.state.fails):
        if deviation.state.fails:
            yield f"{deviation.state.value.upper()}  {line(deviation.told, _LONGEST)}"
        elif deviation.state is DeviationState.LAPSED:
            yield f"note: {line(deviation.told, _LONGEST)}"


def _told(members: list[tuple[CaseRecord, SubtestRecord]]) -> Iterator[str]:
    case, subtest = members[0]
    if len({(item.id, other.number) for item, other in members}) > 1:
        ids = list(dict.fromkeys(item.id for item, _ in members))
        first = f"{case.id} subtest {subtest.number} in {case.association}"
        several = f"{len(ids)} cases, {ids[0]} to {ids[-1]}" if len(ids) > 2 else " and ".join(ids)
        yield f"{subtest.verdict.value}  {len(members)} subtests of {several}; the first is {first}"
        yield f"{'reason':>14}  {subtest.reason}"
        return
    where = dict.fromkeys(" ".join(part for part in (item.association, item.variant) if part) for item, _ in members)
    yield f"{subtest.verdict.value}  {case.id} subtest {subtest.number}, {subtest.title}: {', '.join(where)}"
    rows = {
        "requirement": subtest.requirement,
        "stimulus": subtest.stimulus,
        "expected": subtest.expected,
        "observed": subtest.observed,
        "reason": subtest.reason,
        "octets": _octets(subtest.deciding),
        "to change": "; ".join(dict.fromkeys(finding.suggestion for finding in subtest.findings if finding.suggestion)),
    }
    for name, text in rows.items():
        if text:
            yield f"{name:>14}  {text}"


def _octets(deciding: DecidingOctets | None) -> str:
    if deciding is None:
        return ""
    return f"{deciding.octets}  {deciding.path}, octets {deciding.start} to {deciding.end - 1}, frame {deciding.frame}"
