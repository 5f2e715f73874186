"""What the plugin keeps in one process: settings, benches, evidence; in the controller the journal."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pytest
from pydantic import JsonValue

from conformance.device.evidence import evidence as device_evidence
from conformance.device.model import Device
from conformance.harness.bench import Bench, secrets_of
from conformance.harness.evidence import Evidence
from conformance.harness.settings import Settings
from conformance.link.link import LinkError
from conformance.record.errors import RecordError
from conformance.record.frames import MAIN
from conformance.record.journal import JOURNAL, Journal
from conformance.record.model import DeviceRecord, RunHead, ToolRecord
from conformance.record.redaction import Redactor
from conformance.record.resume import check_same, judged, next_worker
from conformance.record.verdict import Verdict
from conformance.tester.tape import Tape

_NAMED = ("pytest", "pytest-xdist", "cryptography", "pydantic", "fastcrc")


class DlmsSession:
    """One process of a run.

    Attributes:
        settings: what was asked for.
        redactor: knows every secret of every device.
        evidence: of this process.
        journal: in the controller, or the only process; None in workers and when no evidence is kept.
        done: items that an earlier, interrupted part of the run has judged.
        order: place of each item in the collection.
        part: which part of a resumed run this is; None for a run from its start.
        planned: whether the journal knows how much there is to do.
        verdicts: of the items so far, in the controller or the only process.
        expected: for each of them, whether the device config announces a deviation.
    """

    def __init__(self, settings: Settings, config: pytest.Config) -> None:
        self.settings = settings
        self.redactor = Redactor(secret for device in settings.devices for secret in secrets_of(device))
        self.journal: Journal | None = None
        self.done: frozenset[tuple[str, str, str, str, int]] = frozenset()
        self.order: dict[str, int] = {}
        self.verdicts: list[Verdict] = []
        self.expected: list[bool] = []
        self.part: int | None = None
        self.planned = False
        self._benches: dict[str, Bench] = {}
        self._checked: set[tuple[str, str]] = set()
        self.evidence = Evidence(None, self.redactor)

    def begin(self, config: pytest.Config) -> None:
        """Open the evidence: in the controller the journal, wherever meters are talked to the frame log.

        Raises:
            pytest.UsageError: the directory cannot be used, or the run in it cannot be resumed.
        """
        worker_input = getattr(config, "workerinput", None)
        worker = MAIN if worker_input is None else str(worker_input["workerid"])
        resumed = bool(config.getoption("--dlms-resume"))
        out = self.settings.out
        if out is not None and resumed:
            self.part = None if worker_input is None else int(worker_input["dlms_part"])
            self.done = _judged(out, self.part, _head(self.settings))
            worker = next_worker(out, worker)
        if out is not None and worker_input is None:
            self.journal = self._journal(out, resumed)
        needs_log = out is not None and (worker_input is not None or not _distributes(config))
        if needs_log:
            self.evidence = Evidence(out, self.redactor, worker)
        if self.journal is not None and not self.settings.qualify:
            self._note_identities(self.journal)

    def check_reach(self) -> None:
        """Before a run begins: every device that is not embedded must be reachable and answer.

        Raises:
            pytest.UsageError: one does not; the message says which, and what to do.
        """
        for device in self.settings.devices:
            if device.embedded is not None and device.link.startswith("loopback"):
                continue
            bench = self.bench(device)
            try:
                reason = bench.why_dead(Tape())
            except LinkError as error:
                raise pytest.UsageError(f"{device.name} cannot be reached: {error}") from None
            if reason is not None:
                raise pytest.UsageError(
                    f"{device.name} does not answer at {device.link}: {reason}; check [link] and the addresses in "
                    f"{device.path or 'the device config'}"
                )

    def _note_identities(self, journal: Journal) -> None:
        """What each meter says of itself, read before anything else is done to it."""
        for device in self.settings.devices:
            identity = self.bench(device).identity()
            if identity:
                journal.identity(device.name, identity)

    def bench(self, device: Device) -> Bench:
        """The bench of a device, made once per process."""
        bench = self._benches.get(device.name)
        if bench is None:
            bench = Bench(
                device, seed=self.settings.seed, keep_secret=self.redactor.add, state_directory=self.settings.state
            )
            self._benches[device.name] = bench
        return bench

    def sanity(self, bench: Bench, group: str) -> str | None:
        """Before the first item of a group on a device: why the meter does not answer; None when it does."""
        key = (bench.device.name, group)
        if key not in self._checked:
            self._checked.add(key)
            bench.dead_since = _why_dead(bench, f"the {group or 'first'} group began")
        return bench.dead_since

    def sanity_after(self, bench: Bench, group: str) -> str | None:
        """After the last item of a group: a note when the meter, alive until then, no longer answers."""
        if bench.dead_since is not None:
            return None
        bench.dead_since = _why_dead(bench, f"the {group} group ended")
        return bench.dead_since

    def close(self) -> None:
        """Put everything of this process on the disk."""
        self.evidence.close()
        if self.journal is not None:
            self.journal.close()

    def _journal(self, out: Path, resumed: bool) -> Journal:
        try:
            if resumed:
                journal = Journal.resumed(out, self.redactor)
                self.part = journal.part
                return journal
            out.mkdir(parents=True, exist_ok=True)
            if any(out.iterdir()):
                what = "the evidence of another run" if (out / JOURNAL).exists() else "files"
                raise pytest.UsageError(
                    f"--dlms-out {out}: holds {what}; name a new directory, or resume with --dlms-resume"
                )
            return Journal(out, _head(self.settings), self.redactor)
        except OSError as error:
            raise pytest.UsageError(
                f"--dlms-out {out}: {error.strerror or error}; name a directory that can be written"
            ) from None


def _judged(out: Path, part: int | None, head: RunHead) -> frozenset[tuple[str, str, str, str, int]]:
    try:
        if part is None:
            check_same(out, head)
        return judged(out, part=part)
    except RecordError as error:
        raise pytest.UsageError(f"--dlms-resume {out}: {error}") from None


def _why_dead(bench: Bench, moment: str) -> str | None:
    try:
        reason = bench.why_dead_for_good(Tape())
    except LinkError as error:
        reason = str(error)
    return None if reason is None else f"the meter did not answer when {moment}: {reason}"


def _distributes(config: pytest.Config) -> bool:
    return bool(config.getoption("numprocesses", None)) or bool(config.getoption("tx", None))


def _head(settings: Settings) -> RunHead:
    records = [_device_record(device) for device in settings.devices]
    permissions = sorted({item.value for device in settings.devices for item in device.permissions})
    return RunHead(
        tool=ToolRecord(
            version=metadata.version("dlms-conformance"),
            python=platform.python_version(),
            platform=f"{sys.platform} {platform.machine()}",
        ),
        plugins=_versions(_NAMED),
        started=datetime.now(UTC),
        device=records[0],
        further_devices=tuple(records[1:]),
        permissions=tuple(permissions),
        acceptance=", ".join(sorted({device.acceptance.value for device in settings.devices})),
        seeds={"run": settings.seed},
        scope=", ".join(settings.cases) or "all cases",
    )


def _versions(names: Iterable[str]) -> dict[str, str]:
    return {name: metadata.version(name) for name in names}


def _device_record(device: Device) -> DeviceRecord:
    config: dict[str, JsonValue] = dict(device_evidence(device))
    return DeviceRecord(
        name=device.name,
        manufacturer=device.manufacturer,
        model=device.model,
        description=device.description,
        profile=device.profile.value,
        link=device.link,
        fingerprint=device.fingerprint,
        config=config,
    )
