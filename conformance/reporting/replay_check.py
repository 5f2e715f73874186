"""Whether verdicts follow that only the code of a case can reach: it runs again, with the log in place of the meter."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from typing import Any, Final

from conformance.device.content import shipped_device_configs
from conformance.device.evidence import evidence
from conformance.device.load import load
from conformance.device.model import Acceptance, Device, EmbeddedMeter, Permission, Profile
from conformance.harness.replaying import Replayed, Replayer, looks_at_whole_run
from conformance.record.frames import MAIN, Frame
from conformance.record.model import CaseRecord, DeviceRecord, RunRecord, SubtestRecord
from conformance.record.verdict import Verdict
from conformance.reporting.rejudging import Depth

NO_CONFIG: Final = "no device config is given (--device), and the run was not of one that is shipped"
OTHER_CONFIG: Final = "the device config is not that of the run"
SEVERAL_WORKERS: Final = "several processes ran, and nothing tells what the one that judged it had seen"
OTHER_VERSION: Final = "another version of the tool has judged it, and this one judges otherwise"
FAILED: Final = "the tester failed while it ran again"
MASKED_WORDS: Final = "secrets are masked in its words"

_OF_THE_RUN: Final = frozenset(("link", "profile", "permissions", "acceptance", "embedded"))
"""What a run may set beside the config, by options."""
_OF_THE_FILE: Final = frozenset(("path", "missing", "placeholders", "fingerprint"))
_LINE_CHECK: Final = "line check"
_JUDGED: Final = (Verdict.PASSED, Verdict.FAILED)
_MASKS: Final = ("<secret sha256:", "XX")


class OtherConfigError(Exception):
    """A device config with which nothing of a run can run again; the message says why."""


@dataclass(slots=True)
class Replays:
    """What running again has shown.

    Attributes:
        left: subtests that could not be judged again, by the kind of reason.
        examples: of each kind the first one, in words.
    """

    left: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def leave(self, kind: str, example: str) -> None:
        """Count a subtest that could not be judged again."""
        self.left[kind] += 1
        self.examples.setdefault(kind, example)


class Replaying:
    """Runs the code of subtests again, each in the process and on the device that it ran on."""

    def __init__(self, record: RunRecord, frames: Sequence[Frame], given: Device | None) -> None:
        self.shown = Replays()
        self._record = record
        self._frames = frames
        self._workers = sorted({frame.worker for frame in frames}) or [MAIN]
        self._same_version = record.tool.version == metadata.version("dlms-conformance")
        self._players: dict[tuple[str, str], Replayer] = {}
        self._after: Counter[tuple[str, str]] = Counter()
        self._devices: dict[str, Device] = {}
        self._without: dict[str, str] = {}
        for device in record.devices:
            try:
                self._devices[device.name] = device_of(device, given)
            except OtherConfigError as error:
                self._without[device.name] = str(error)

    def judge(self, case: CaseRecord, subtest: SubtestRecord, depth: Depth, *, told: bool) -> tuple[Depth, str | None]:
        """Run one subtest again: how far it could be verified, and what does not hold.

        Args:
            case: that it is of.
            subtest: as recorded.
            depth: how far it could be verified without that.
            told: whether it is to be told when it cannot run again.
        """
        kind, example, fault = self._judged(case, subtest)
        if not kind:
            return Depth.REPLAYED, fault
        if told:
            name = f"{case.id} subtest {subtest.number} in {case.association or case.device}"
            self.shown.leave(kind, f"{name}: {example}")
        return depth, None

    def _judged(self, case: CaseRecord, subtest: SubtestRecord) -> tuple[str, str, str | None]:
        """The kind of reason why it could not be judged and an example, both empty where it could; what is wrong."""
        without = self._without.get(case.device)
        if without is not None:
            return without.partition(":")[0], without, None
        worker = self._worker(subtest)
        if worker is None or (len(self._workers) > 1 and looks_at_whole_run(case.id)):
            return SEVERAL_WORKERS, f"{len(self._workers)} processes", None
        found = self._played(worker, case, subtest)
        if found.left:
            return found.kind, found.left, None
        fault = _against(subtest, found)
        if fault is not None and not self._same_version:
            return OTHER_VERSION, fault, None
        masked = any(mask in subtest.reason + subtest.observed for mask in _MASKS)
        if fault is not None and masked and found.verdict is subtest.verdict:
            return MASKED_WORDS, fault, None
        return "", "", fault

    def pass_by(self, case: CaseRecord, subtest: SubtestRecord) -> None:
        """Note that a subtest is behind us, whether it ran again or not."""
        if subtest.frames is not None:
            worker = self._worker(subtest) or MAIN
            self._after[worker, case.device] = subtest.frames[1]

    def _worker(self, subtest: SubtestRecord) -> str | None:
        if subtest.frames is not None:
            return self._frames[subtest.frames[0] - 1].worker
        return self._workers[0] if len(self._workers) == 1 else None

    def _played(self, worker: str, case: CaseRecord, subtest: SubtestRecord) -> Replayed:
        key = (worker, case.device)
        player = self._players.get(key)
        if player is None:
            seed = self._record.seeds.get("run", 0)
            player = self._players[key] = Replayer(self._devices[case.device], seed, self._frames)
        told = f"{subtest.observed}\n{subtest.reason}"
        slot = (case.id, case.association, case.variant, subtest.number)
        try:
            return player.play(slot, subtest.frames, told, after=self._after[key])
        except Exception as error:  # what a log holds that somebody has made may fail anywhere
            return Replayed(f"{type(error).__name__}: {str(error)[:200]}", FAILED)


def is_wanting(depth: Depth, subtest: SubtestRecord) -> bool:
    """Whether only its code can judge a subtest again."""
    return depth is Depth.CHECKED or (depth is Depth.WITHOUT and subtest.verdict in _JUDGED)


def is_needed(subtest: SubtestRecord) -> bool:
    """Whether a subtest that was judged again already must run all the same: it has found out about the line."""
    return any(step.title == _LINE_CHECK for step in subtest.steps)


def device_of(recorded: DeviceRecord, given: Device | None) -> Device:
    """The device as the run knew it, with the keys of the config that is given, or of a shipped one.

    Raises:
        OtherConfigError: there is none that fits.
    """
    if given is not None:
        if given.name != recorded.name:
            raise OtherConfigError(f"{OTHER_CONFIG}: it is that of {given.name}, and the run was of {recorded.name}")
        return _as_in_the_run(recorded, given)
    for path in shipped_device_configs():
        if hashlib.sha256(path.read_bytes()).hexdigest() == recorded.fingerprint:
            return _as_in_the_run(recorded, load(path, environ={}, secrets="available", commands_of=()))
    raise OtherConfigError(NO_CONFIG)


def _as_in_the_run(recorded: DeviceRecord, device: Device) -> Device:
    config = dict(recorded.config)
    present: dict[str, Any] = dict(evidence(device))
    for name in present.keys() | config.keys():
        if name in _OF_THE_RUN or name in _OF_THE_FILE:
            continue
        differs = _difference(name, present.get(name), config.get(name))
        if differs is not None:
            raise OtherConfigError(f"{OTHER_CONFIG}: {differs}")
    try:
        return replace(
            device,
            link=recorded.link,
            profile=Profile(str(config["profile"])),
            permissions=frozenset(Permission(str(item)) for item in _list(config["permissions"])),
            acceptance=Acceptance(str(config["acceptance"])),
            embedded=_embedded(config["embedded"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OtherConfigError(f"{OTHER_CONFIG}: its record is of another form ({error})") from None


def _embedded(recorded: Any) -> EmbeddedMeter | None:
    if recorded is None:
        return None
    return EmbeddedMeter(**{**recorded, "defects": frozenset(map(str, _list(recorded["defects"])))})


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def _difference(path: str, ours: Any, theirs: Any) -> str | None:
    """The first place in which two configs differ; a secret that could not be had is no difference."""
    if ours == theirs or (ours is None and isinstance(theirs, str) and theirs.startswith(_MASKS[0])):
        return None
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        found = (_difference(f"{path}.{name}", ours[name], theirs[name]) for name in ours)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        found = (_difference(f"{path}[{at}]", *pair) for at, pair in enumerate(zip(ours, theirs, strict=True)))
    else:
        return path
    return next((difference for difference in found if difference is not None), path)


def _against(subtest: SubtestRecord, found: Replayed) -> str | None:
    if found.verdict is not subtest.verdict:
        told = found.verdict.value if found.verdict is not None else "none"
        return f"is {subtest.verdict.value}, but its case judges the recorded frames {told}: {found.reason[:200]}"
    if found.reason != subtest.judged_reason:
        return f"its reason {subtest.reason[:100]!r} is not what its case says of the frames: {found.reason[:100]!r}"
    if subtest.verdict in _JUDGED and found.observed != subtest.observed:
        return f"it observed {subtest.observed[:100]!r}, and its case sees in the frames: {found.observed[:100]!r}"
    return None
