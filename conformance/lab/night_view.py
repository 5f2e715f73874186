"""What a reader of a night wants to know, sorted out once for the page, the paper and the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conformance.lab.night_record import NightRecord, NightRow, RowState
from conformance.record.verdict import Verdict, totals


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device in the night.

    Attributes:
        row: of the night.
        anchor: fragment identifier of its row on the page.
        report: path of its own report, relative to the night and quoted for a link; None where there is none.
        worse: subtests that got worse since the last night, announced ones left out; None: not compared.
        better: subtests that PASSED now and did not then; None: not compared.
        explained: circumstances that changed since the last night, in words.
    """

    row: NightRow
    anchor: str
    report: str | None
    worse: int | None = None
    better: int | None = None
    explained: tuple[str, ...] = ()

    @property
    def budget_share(self) -> float | None:
        """Which part of its budget it used; None without one."""
        budget, took = self.row.budget_s, self.row.duration_s
        return None if not budget or took is None else took / budget


@dataclass(frozen=True, slots=True)
class Touched:
    """A device that a case touches.

    Attributes:
        device: its name.
        subtests: how many of its subtests.
        link: to the first of them in its report; None where there is no report.
        verdict: the worst of them.
    """

    device: str
    subtests: int
    link: str | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class CaseChange:
    """What changed in a case since the last night, on how many devices.

    Attributes:
        case: its identifier.
        title: of the case.
        before: verdict then.
        after: verdict now.
        reason: for the verdict now, on the first of the devices.
        devices: on which.
    """

    case: str
    title: str
    before: Verdict
    after: Verdict
    reason: str
    devices: tuple[Touched, ...]


@dataclass(frozen=True, slots=True)
class CaseTally:
    """A case that somebody has to look at, over all devices.

    Attributes:
        case: its identifier.
        title: of the case.
        judged: on how many devices it PASSED or has a problem.
        announced: on how many of them every FAILED subtest is an expected deviation.
        devices: with a problem, those with the most subtests first.
        reason: the one that most of them give.
        alike: how many of them give it.
    """

    case: str
    title: str
    judged: int
    announced: int
    devices: tuple[Touched, ...]
    reason: str
    alike: int

    @property
    def verdict(self) -> Verdict:
        """The worst of its devices."""
        return min((touched.verdict for touched in self.devices), key=lambda verdict: verdict.severity)


@dataclass(frozen=True, slots=True)
class Share:
    """Devices that have something in common: a vendor and model, a firmware, a line.

    Attributes:
        names: what they have in common, from the wide to the narrow.
        devices: how many there are by verdict.
        regressed: how many got worse since the last night.
        busy_s: how long they were tested in all; seconds.
        common: cases that have a problem on every one of them that was judged, where they are at least two.
    """

    names: tuple[str, ...]
    devices: dict[Verdict, int]
    regressed: int
    busy_s: float
    common: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many devices."""
        return sum(self.devices.values())


@dataclass(frozen=True, slots=True)
class FlakySubtest:
    """A subtest whose verdict changed more than once for no known cause.

    Attributes:
        device: its name.
        case: identifier of its case.
        place: association, variant and number.
        title: of the subtest.
        changes: how often.
        comparisons: of how many pairs of runs.
        letters: its verdicts, the oldest first.
    """

    device: str
    case: str
    place: str
    title: str
    changes: int
    comparisons: int
    letters: str


@dataclass(frozen=True, slots=True)
class Against:
    """The night that this one is held against.

    Attributes:
        night: its record, without its rows' runs.
        gone: devices that it had and this one has not.
        new: devices that this one has and it had not.
        unmatched: devices of both that could not be compared, for want of a result in one.
    """

    night: NightRecord
    gone: tuple[str, ...]
    new: tuple[str, ...]
    unmatched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NightView:
    """A night, sorted out.

    Attributes:
        night: its record.
        devices: in the order of the lab.
        against: the night before; None: there is none.
        regressions: worse than then, those on the most devices first.
        fixes: PASSED now, and not then.
        cases: with problems, those on the most devices first.
        models: by vendor, model and firmware.
        lines: by bench and line.
        flaky: from the history, the most restless first; None: no history is kept.
        notes: what befell the drawing.
    """

    night: NightRecord
    devices: tuple[DeviceView, ...]
    against: Against | None
    regressions: tuple[CaseChange, ...]
    fixes: tuple[CaseChange, ...]
    cases: tuple[CaseTally, ...]
    models: tuple[Share, ...]
    lines: tuple[Share, ...]
    flaky: tuple[FlakySubtest, ...] | None
    notes: tuple[str, ...] = ()

    @property
    def untested(self) -> tuple[DeviceView, ...]:
        """Devices whose test did not come to its end."""
        return tuple(one for one in self.devices if one.row.state is not RowState.DONE)

    @property
    def regressed(self) -> tuple[DeviceView, ...]:
        """Devices that got worse, the worst first."""
        return tuple(sorted((one for one in self.devices if one.worse), key=lambda one: -(one.worse or 0)))

    @property
    def worst(self) -> tuple[DeviceView, ...]:
        """Devices with problems, those that FAILED most first."""
        found = [one for one in self.devices if one.row.problems]
        return tuple(sorted(found, key=lambda one: (-one.row.subtest_totals[Verdict.FAILED], -one.row.problems)))

    @property
    def slowest(self) -> tuple[DeviceView, ...]:
        """Devices that were tested, the ones that took longest first."""
        found = [one for one in self.devices if one.row.duration_s is not None]
        return tuple(sorted(found, key=lambda one: -(one.row.duration_s or 0)))

    @property
    def tended(self) -> tuple[DeviceView, ...]:
        """Devices that were tried more than once, or about which the lab's hooks have something to tell."""
        return tuple(
            one
            for one in self.devices
            if len(one.row.attempts) > 1
            or any(hook.hook == "dead" or hook.exit_code != 0 for hook in one.row.hooks)
            or one.row.notes
        )

    @property
    def overdue(self) -> tuple[DeviceView, ...]:
        """Devices whose config announces deviations that have to be renewed or withdrawn."""
        return tuple(one for one in self.devices if one.row.deviations)


def shares(devices: Sequence[DeviceView], key: str, cases: Iterable[CaseTally] = ()) -> tuple[Share, ...]:
    """Devices by what they have in common.

    Args:
        devices: of the night.
        key: `model` for vendor, model and firmware; `line` for bench and line.
        cases: of the night, to tell which fail on all that have something in common.
    """
    grouped: dict[tuple[str, ...], list[DeviceView]] = {}
    for one in devices:
        row = one.row
        common = (row.vendor, row.model, row.firmware) if key == "model" else (row.bench, row.line, row.host)
        grouped.setdefault(common, []).append(one)
    touched = [(tally.case, {found.device for found in tally.devices}) for tally in cases]
    made = []
    for names, members in grouped.items():
        judged = {one.row.device for one in members if any(one.row.subtest_totals.values())}
        alike = tuple(case for case, found in touched if len(judged) > 1 and judged <= found)
        verdicts = totals(one.row.verdict for one in members)
        regressed = sum(bool(one.worse) for one in members)
        busy = sum(one.row.duration_s or 0.0 for one in members)
        made.append(Share(names, verdicts, regressed, busy, alike))
    if key == "model":
        made.sort(key=lambda share: (share.names[0].lower(), share.names[1].lower(), share.names[2]))
    return tuple(made)
