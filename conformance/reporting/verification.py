"""Verifying the evidence of a run: signatures, hashes, record, frame log, attachments, and that verdicts follow."""

from __future__ import annotations

import stat
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from cryptography import x509
from pydantic import ValidationError

from conformance.device.model import Acceptance, Device
from conformance.harness.case import Subtest
from conformance.harness.catalogue import functions
from conformance.record.collector import paused
from conformance.record.errors import RecordError
from conformance.record.frames import Frame, first_problem
from conformance.record.journal import FRAMES, JOURNAL, RUN
from conformance.record.model import CaseRecord, RunRecord
from conformance.record.verdict import worst
from conformance.reporting import manifest
from conformance.reporting.attachments import AttachmentError, attachments, readable
from conformance.reporting.enclosures import enclosure_faults, frame_log_in
from conformance.reporting.journal_check import Fault, journal_faults
from conformance.reporting.manifest import MANIFEST, SIGNATURE
from conformance.reporting.pdf import REPORT
from conformance.reporting.plain_texts import PlainTexts, check_plain_texts
from conformance.reporting.recorded_settings import UnreadableConfigError, recorded_settings
from conformance.reporting.rejudging import Depth, Surroundings, examine
from conformance.reporting.replay_check import Replaying, Replays, is_needed, is_wanting
from conformance.reporting.signature_check import SignatureFault, Signed, check_detached, check_pdf
from conformance.reporting.signing_keys import require_signing

_MOST_OCTETS: Final = 1 << 30
_MOST_MANIFEST: Final = 1 << 26
_MARK: Final = b"/ByteRange"
NO_READER: Final = "the files inside report.pdf were not compared: that needs the extra `sign`"


@dataclass(slots=True)
class Verification:
    """What verifying has shown.

    Attributes:
        path: what was verified.
        faults: what does not hold.
        signatures: that were found and hold in themselves, by file.
        notes: what could not be checked, or is worth knowing.
        record: of the run; None where it cannot be read.
        files: how many the manifest vouches for; None without a manifest that can be read.
        depths: how far subtests could be verified.
        left: the subtests that could not be judged again, or run again where that was asked for, and why.
        thorough: every subtest was to run again.
        plain_texts: of deciphered APDUs; None where no keys were given.
    """

    path: Path
    faults: list[Fault] = field(default_factory=list)
    signatures: dict[str, Signed] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    record: RunRecord | None = None
    files: int | None = None
    depths: Counter[Depth] = field(default_factory=Counter)
    left: Replays = field(default_factory=Replays)
    thorough: bool = False
    plain_texts: PlainTexts | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing was found that does not."""
        return not self.faults

    def fault(self, file: str, message: str) -> None:
        """Note that something does not hold."""
        self.faults.append(Fault(file, message))

    def octets(self, directory: Path, name: str, most: int = _MOST_OCTETS) -> bytes | None:
        """The content of a file of the directory; None, and a fault, where it is no file, or a huge one."""
        path = directory / name
        try:
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode):
                self.fault(name, "is no regular file (a link, or something else): it is not followed")
            elif found.st_size > most:
                self.fault(name, f"is larger than {most >> 20} MiB: it is not read")
            else:
                return path.read_bytes()
        except OSError as error:
            self.fault(name, f"cannot be read ({error.strerror})")
        return None


def is_run(directory: Path) -> bool:
    """Whether there is anything to verify in a directory."""
    return any((directory / name).is_symlink() or (directory / name).exists() for name in (MANIFEST, RUN, JOURNAL))


@paused()
def verify_directory(
    directory: Path,
    trust: Sequence[x509.Certificate] = (),
    device: Device | None = None,
    *,
    thorough: bool = False,
) -> Verification:
    """Verify the run in a directory.

    Args:
        directory: of the run.
        trust: certificates that signatures must lead to; none: it is told only who has signed.
        device: with keys, to check what the log says was deciphered, and to run procedures again.
        thorough: run every subtest again, also those that can be judged again without: then each octet that the tester
            sent is held against what its code sends, and each that came plays its part.

    Raises:
        SigningError: something is signed, and the extra that checks it is not installed.
    """
    made = Verification(directory)
    _signature_of_manifest(made, directory, trust)
    _hashes(made, directory)
    record_octets = _record(made, directory)
    strict = False
    if _is_there(directory, JOURNAL) and _are_files(made, directory):
        found, strict = journal_faults(directory, made.record)
        made.faults += found
    elif not _is_there(directory, JOURNAL):
        made.notes.append(f"there is no {JOURNAL}: whether the record follows from it cannot be told")
    _pdf(made, directory, record_octets, trust)
    frames = _frames(made, directory)
    if made.record is not None and frames is not None:
        _judged_again(made, made.record, frames, device, strict=strict, thorough=thorough)
    return made


@paused()
def verify_pdf(
    path: Path,
    trust: Sequence[x509.Certificate] = (),
    device: Device | None = None,
    *,
    thorough: bool = False,
) -> Verification:
    """Verify one signed report: its signature, and that the verdicts inside follow from the frames inside.

    Args:
        path: of the report.
        trust: as for a directory.
        device: likewise.
        thorough: likewise.

    Raises:
        SigningError: the extra that checks it is not installed.
    """
    require_signing("verifying a PDF")
    made = Verification(path.parent)
    document = made.octets(path.parent, path.name)
    if document is None:
        return made
    _signature_of_pdf(made, path.name, document, trust)
    try:
        inside = attachments(document)
    except AttachmentError as error:
        made.fault(path.name, str(error))
        return made
    if RUN not in inside:
        made.fault(path.name, f"carries no {RUN}")
        return made
    made.record = _parsed(made, f"{path.name}: {RUN} inside", inside[RUN])
    for message in enclosure_faults(inside, None):
        made.fault(path.name, message)
    log = frame_log_in(inside)
    if log is None:
        made.notes.append("it carries no frame log: whether its verdicts follow cannot be told")
        return made
    frames = _parsed_frames(made, f"{path.name}: {FRAMES} inside", log)
    if made.record is not None and frames is not None:
        _judged_again(made, made.record, frames, device, strict=False, thorough=thorough)
    return made


def is_signed(document: bytes) -> bool:
    """Whether a PDF carries a signature, by the look of it."""
    return _MARK in document


def _is_there(directory: Path, name: str) -> bool:
    path = directory / name
    return path.is_symlink() or path.exists()


def _are_files(made: Verification, directory: Path) -> bool:
    """Whether journal and frame logs can be read: all are files, and none is huge."""
    for path in directory.glob("*.jsonl"):
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            return False  # the manifest's check tells of it
        if found.st_size > _MOST_OCTETS:
            made.fault(path.name, f"is larger than {_MOST_OCTETS >> 20} MiB: it is not read")
            return False
    return True


def _signature_of_manifest(made: Verification, directory: Path, trust: Sequence[x509.Certificate]) -> None:
    if not _is_there(directory, SIGNATURE):
        return
    signature = made.octets(directory, SIGNATURE, _MOST_MANIFEST)
    content = made.octets(directory, MANIFEST, _MOST_MANIFEST)
    if signature is None or content is None:
        return
    require_signing(f"checking {directory / SIGNATURE}")
    try:
        signed = check_detached(signature, content, trust)
    except SignatureFault as fault:
        made.fault(MANIFEST if fault.content_changed else SIGNATURE, str(fault))
        return
    made.signatures[SIGNATURE] = signed
    for reason in signed.faults:
        made.fault(SIGNATURE, reason)


def _hashes(made: Verification, directory: Path) -> None:
    if not _is_there(directory, MANIFEST):
        made.fault(MANIFEST, "there is none: nothing vouches for the files; dlms-conformance report writes one")
        return
    if made.octets(directory, MANIFEST, _MOST_MANIFEST) is None:
        return
    try:
        for difference in manifest.check(directory):
            detail = f" ({difference.detail})" if difference.detail else ""
            made.fault(difference.path, f"{difference.change.value}{detail}")
        made.files = manifest.listed(directory)
    except RecordError as error:
        name = error.file.relative_to(directory).as_posix() if error.file.is_relative_to(directory) else str(error.file)
        made.fault(name, error.message)


def _record(made: Verification, directory: Path) -> bytes | None:
    octets = made.octets(directory, RUN)
    if octets is not None:
        made.record = _parsed(made, RUN, octets)
    return octets


def _parsed(made: Verification, name: str, octets: bytes) -> RunRecord | None:
    try:
        record = RunRecord.model_validate_json(octets)
    except (ValidationError, RecursionError) as error:
        told = first_problem(error) if isinstance(error, ValidationError) else "it nests too deeply"
        made.fault(name, f"is no run record of this schema ({told})")
        return None
    for case in record.cases:
        if CaseRecord.of(case, case.subtests) != case:
            made.fault(name, f"{case.id} in {case.association}: its verdict or reason is not the worst of its subtests")
    if record.verdict is not worst(case.verdict for case in record.cases):
        made.fault(name, f"the verdict {record.verdict.value} is not the worst of its cases")
    return record


def _frames(made: Verification, directory: Path) -> list[Frame] | None:
    octets = made.octets(directory, FRAMES)
    return None if octets is None else _parsed_frames(made, FRAMES, octets)


def _parsed_frames(made: Verification, name: str, octets: bytes) -> list[Frame] | None:
    *lines, rest = octets.split(b"\n")
    frames = []
    if rest:
        made.fault(name, "ends within a line")
    for number, line in enumerate(lines, 1):
        try:
            frame = Frame.model_validate_json(line)
        except (ValidationError, RecursionError) as error:
            told = first_problem(error) if isinstance(error, ValidationError) else "it nests too deeply"
            made.fault(name, f"line {number} is no frame ({told})")
            return None
        if frame.n != number:
            made.fault(name, f"line {number} has frame {frame.n}")
            return None
        frames.append(frame)
    return frames


def _pdf(made: Verification, directory: Path, record: bytes | None, trust: Sequence[x509.Certificate]) -> None:
    if not _is_there(directory, REPORT):
        return
    document = made.octets(directory, REPORT)
    if document is None:
        return
    if is_signed(document):
        require_signing(f"checking {directory / REPORT}")
        _signature_of_pdf(made, REPORT, document, trust)
    elif SIGNATURE in made.signatures:
        made.notes.append(f"{REPORT} itself carries no signature; the manifest vouches for it")
    if not readable():
        made.notes.append(NO_READER)
        return
    try:
        inside = attachments(document)
    except AttachmentError as error:
        made.fault(REPORT, str(error))
        return
    if RUN not in inside:
        made.fault(REPORT, f"carries no {RUN}")

    def beside(name: str) -> bytes | None:
        if name == RUN:
            return record
        plain = not name.startswith(".") and not set(name) & set("/\\:\0")
        return made.octets(directory, name) if plain and _is_there(directory, name) else None

    for message in enclosure_faults(inside, beside):
        made.fault(REPORT, message)


def _signature_of_pdf(made: Verification, name: str, document: bytes, trust: Sequence[x509.Certificate]) -> None:
    try:
        signed = check_pdf(document, trust)
    except SignatureFault as fault:
        made.fault(name, str(fault))
        return
    made.signatures[name] = signed
    for reason in signed.faults:
        made.fault(name, reason)


def _judged_again(
    made: Verification,
    record: RunRecord,
    frames: Sequence[Frame],
    device: Device | None,
    *,
    strict: bool,
    thorough: bool,
) -> None:
    _verdicts(made, record, frames, device, strict=strict, thorough=thorough)
    if device is not None:
        made.plain_texts = check_plain_texts(frames, device)
        made.faults += made.plain_texts.faults


def _verdicts(
    made: Verification,
    record: RunRecord,
    frames: Sequence[Frame],
    device: Device | None,
    *,
    strict: bool,
    thorough: bool,
) -> None:
    """Judge what was recorded again, and see that every frame of a case belongs to a subtest."""
    given = _surroundings(made, record, frames)
    replaying = Replaying(record, frames, device)
    made.left, made.thorough = replaying.shown, thorough
    claimed: set[int] = set()
    for case, subtest in record.subtests():
        depth, faults = examine(case, subtest, given)
        told = is_wanting(depth, subtest) or (thorough and subtest.frames is not None)
        if not faults and (told or is_needed(subtest)):
            depth, fault = replaying.judge(case, subtest, depth, told=told)
            faults = [] if fault is None else [fault]
        replaying.pass_by(case, subtest)
        made.depths[depth] += 1
        if subtest.frames is not None:
            claimed.update(range(subtest.frames[0], min(subtest.frames[1], len(frames)) + 1))
        name = " ".join(part for part in (case.id, "in", case.association, case.variant) if part)
        for fault in faults:
            made.fault(RUN, f"{name} subtest {subtest.number}: {fault}")
    if strict:
        orphan = next((frame for frame in frames if frame.case and frame.n not in claimed), None)
        if orphan is not None:
            where = f"{orphan.case} subtest {orphan.subtest} in {orphan.association}"
            made.fault(FRAMES, f"frame {orphan.n} is of {where}, which the record does not hold or which leaves it out")


def _surroundings(made: Verification, record: RunRecord, frames: Sequence[Frame]) -> Surroundings:
    settings = {}
    profile: dict[str, Acceptance] = {}
    for device in record.devices:
        try:
            profile[device.name] = Acceptance(str(device.config.get("acceptance", record.acceptance)))
            settings.update({(device.name, name): found for name, found in recorded_settings(device).items()})
        except (UnreadableConfigError, ValueError) as error:
            made.notes.append(f"nothing of it is judged again: {error}")
    return Surroundings(frames, _declared(), settings, profile)


@cache
def _declared() -> Mapping[tuple[str, int], Subtest]:
    """The subtests of the shipped suites, by case and number."""
    return {(case.id, subtest.number): subtest for case, _ in functions().values() for subtest in case.subtests}
