"""What a CI engine has to do in a night: a job for each line, or for several, and one that merges."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.lab.inventory import Lab, Line
from conformance.lab.night_journal import NIGHT_JOURNAL
from conformance.record.duration import parse_duration

PROGRAM = "dlms-conformance"
PARTS = "night-parts"
"""Directory of what the jobs bring, one below it for each."""
NIGHTS = "night-merged"
"""Directory of the merged night, which is named for its time."""
_WAIT = "30m"
"""So long a job waits for a line that somebody uses on the host itself."""
_CLOSING_S = 600.0
"""For each device beside its budget: the subtest that is being run is ended, and its reports are drawn."""
_PLAIN_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}")
_HASHED = re.compile(r".*-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanJob:
    """What one runner does.

    Attributes:
        slug: tells it from the others, upper and lower case alike; letters, digits, `_` and `-`.
        lines: that it tests, side by side.
        devices: how many there are on them.
        tags: of the runner.
        limit_s: so long it takes at most, the wait for the lock not counted; None: some device has no budget.
    """

    slug: str
    lines: tuple[Line, ...]
    devices: int
    tags: tuple[str, ...]
    limit_s: float | None

    @property
    def title(self) -> str:
        """What people call it."""
        return self.lines[0].name if len(self.lines) == 1 else f"{self.slug} ({len(self.lines)} lines)"

    @property
    def lock(self) -> str:
        """The name of what the engine must give to one job at a time: the line, or the part of the lab."""
        return lock_of(self.lines[0]) if len(self.lines) == 1 else f"dlms-{self.slug}"

    @property
    def out(self) -> str:
        """Directory of what it brings."""
        return f"{PARTS}/{self.slug}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A night for engines.

    Attributes:
        lab: the lab.
        file: its file, as the jobs name it from the root of the checkout.
        jobs: in the order of the lines in the lab file.
        again: the command that writes the plan again, without where to.
        out: where to; None: standard output.
        image: container image of the jobs; None: none.
        setup: commands that each job begins with.
        secrets: environment variables that configs and the lab file name.
        whole: it is all lines of the lab: devices without a result are missing.
        merge_tags: of the runner that merges.
        cron: when the night begins, where the engine's file says that.
        version: of the tool.
    """

    lab: Lab
    file: str
    jobs: tuple[PlanJob, ...]
    again: str
    out: str | None = None
    image: str | None = None
    setup: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    whole: bool = True
    merge_tags: tuple[str, ...] = ()
    cron: str = "0 22 * * *"
    version: str = ""

    def run_command(self, job: PlanJob) -> list[str]:
        """What the runner of a job runs. `--line=` keeps a name that begins with a hyphen from being an option."""
        return [*self.run_start(), *(f"--line={line.name}" for line in job.lines), "--out", job.out]

    def run_start(self) -> list[str]:
        """What is the same in every job."""
        return [PROGRAM, "lab", "run", self.file, "--part", "--wait", _WAIT]

    def merge_command(self, parts: Sequence[str]) -> list[str]:
        """What the merging runner runs. What is no part of a night must not be among the parts."""
        return [PROGRAM, "lab", "merge", *parts, *self._expected(), "--out", f"{NIGHTS}/night"]

    def merge_script(self) -> list[str]:
        """The same for a POSIX shell, line by line: with the parts that are there, whatever became of the others."""
        expected = f"{shell(self._expected())} " if self.whole else ""
        return [
            "set --",
            f"for part in {PARTS}/*/",
            f'do if [ -e "${{part}}{NIGHT_JOURNAL}" ]; then set -- "$@" "$part"; fi',
            "done",
            f'{shell([PROGRAM, "lab", "merge"])} "$@" {expected}--out "{NIGHTS}/$(date -u +%Y-%m-%dT%H%M%S)"',
        ]

    def _expected(self) -> list[str]:
        return ["--lab", self.file] if self.whole else []

    def head(self) -> list[str]:
        """What a reader of the plan has to know, line by line."""
        lines = sum(len(job.lines) for job in self.jobs)
        devices = sum(job.devices for job in self.jobs)
        return [
            f"Written by {PROGRAM} {self.version}. Do not edit: change the lab file and write it again with",
            f"  {self.again}" + ("" if self.out is None else f" --out {shlex.quote(self.out)}"),
            f"Lab: {self.lab.name}; {_several(lines, 'line')}, {_several(devices, 'device')}.",
        ]


def make_jobs(lab: Lab, lines: Sequence[Line], parts: int | None = None) -> tuple[PlanJob, ...]:
    """Make the jobs of some lines of a lab.

    Args:
        lab: the lab.
        lines: those that have devices are planned.
        parts: as many jobs, each with lines that one kind of runner reaches; None: a job for each line.

    Raises:
        ValueError: there are more kinds of runner than parts; the message says how many.
    """
    used = [line for line in lines if lab.devices_on(line.name)]
    if parts is None or parts >= len(used):
        return tuple(_job(lab, slug_of(line.name), (line,)) for line in used)
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in used:
        groups.setdefault(_tags(lab, line), []).append(line)
    if len(groups) > parts:
        raise ValueError(f"the benches ask for {len(groups)} kinds of runner; there must be a part for each")
    made: list[list[Line]] = []
    for count, group in zip(_shares([len(group) for group in groups.values()], parts), groups.values(), strict=True):
        made += _spread(lab, group, count)
    width = len(str(len(made)))
    return tuple(_job(lab, f"part-{number:0{width}}", tuple(group)) for number, group in enumerate(made, start=1))


def slug_of(name: str) -> str:
    """A name for files, artefacts and locks: the name itself where it is plain, else what is plain of it and a hash."""
    if _PLAIN_SLUG.fullmatch(name) and not _HASHED.fullmatch(name):
        return name
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_")[:32] or "line"
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def lock_of(line: Line) -> str:
    """The name under which engines lock a line."""
    return f"dlms-line-{slug_of(line.name)}"


def shell(command: Sequence[str]) -> str:
    """A command for a POSIX shell, every word of it as it is."""
    return shlex.join(command)


def _several(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _job(lab: Lab, slug: str, lines: tuple[Line, ...]) -> PlanJob:
    return PlanJob(
        slug=slug,
        lines=lines,
        devices=sum(len(lab.devices_on(line.name)) for line in lines),
        tags=_tags(lab, lines[0]),
        limit_s=_limit_s(lab, lines),
    )


def _tags(lab: Lab, line: Line) -> tuple[str, ...]:
    return lab.bench(line.bench).tags if line.bench else ()


def _limit_s(lab: Lab, lines: tuple[Line, ...]) -> float | None:
    """How long lines take at most: one after another on as many workers as there are."""
    limits = [_line_limit_s(lab, line) for line in lines]
    known = [limit for limit in limits if limit is not None]
    if len(known) < len(limits):
        return None
    wait_s = parse_duration(_WAIT)
    workers = min(lab.workers or len(lines), len(lines))
    # Whatever the order in which workers take lines, the last one ends no later.
    return wait_s + sum(known) / workers + max(known) * (workers - 1) / workers


def _line_limit_s(lab: Lab, line: Line) -> float | None:
    total = lab.labgrid.wait_s if lab.labgrid is not None and line.labgrid_place is not None else 0.0
    for device in lab.devices_on(line.name):
        budget_s = lab.profile(device.profile).budget_s
        if budget_s is None:
            return None
        hooks = sum(bool(command) for command in (device.hooks.before, device.hooks.after, device.hooks.dead))
        total += budget_s + hooks * device.hooks.timeout_s + _CLOSING_S
    return total


def _shares(sizes: list[int], parts: int) -> list[int]:
    """So many parts for each group: one at least, and the others where a part has the most lines."""
    shares = [1] * len(sizes)
    for _ in range(parts - len(sizes)):
        fullest = max(range(len(sizes)), key=lambda index: (sizes[index] / shares[index], -index))
        shares[fullest] += 1
    return shares


def _spread(lab: Lab, lines: list[Line], count: int) -> list[list[Line]]:
    """Give each line, the longest first, to the part that has the least to do; then in the order of the lab file."""
    weights = {line.name: _weight(lab, line) for line in lines}
    parts: list[list[Line]] = [[] for _ in range(count)]
    loads = [0.0] * count
    for line in sorted(lines, key=lambda line: -weights[line.name]):
        lightest = min(range(count), key=lambda index: (loads[index], index))
        parts[lightest].append(line)
        loads[lightest] += weights[line.name]
    order = {line.name: index for index, line in enumerate(lines)}
    return [sorted(part, key=lambda line: order[line.name]) for part in parts if part]


def _weight(lab: Lab, line: Line) -> float:
    return _line_limit_s(lab, line) or 3600.0 * len(lab.devices_on(line.name))
