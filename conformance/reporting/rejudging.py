"""Whether verdicts follow from the recorded exchanges: reactions are built again from the frame log and judged again.

Where its declared expectation decided a subtest, the reaction is rebuilt from the frames and judged anew; that needs no
keys. A procedure decides by code: `replay_check` runs it again, where the device config is at hand. Of every subtest it
is checked that the frames are its own, and that the deciding octets stand where the record says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from conformance.device.model import Acceptance, AssociationSettings
from conformance.harness.case import Subtest
from conformance.harness.deciding import deciding_octets
from conformance.record.frames import Frame
from conformance.record.model import CaseRecord, DecidingOctets, SubtestRecord
from conformance.record.verdict import Verdict
from conformance.reporting.recorded_reactions import (
    GENERAL_BLOCK_TRANSFER,
    absence,
    apdu_in,
    joined_blocks,
    proposal_before,
    reactions_of,
    reply_of,
)
from conformance.tester.expectation import Expectation, Judgement, Situation
from conformance.tester.liveness import ALIVE
from conformance.tester.reaction import Reaction, Silence
from conformance.tester.seen import seen
from conformance.tester.tape import TapedFrame

_AFTERWARDS = "afterwards the meter serves no fresh link"
_JUDGED = (Verdict.PASSED, Verdict.FAILED)
_SLACK_S = 0.01
_MASK = 0x2A


class Depth(Enum):
    """How far a subtest could be verified."""

    JUDGED = "judged again from the frames"
    REPLAYED = "run again against the frames"
    CHECKED = "checked for consistency with the frames"
    WITHOUT = "without an exchange"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What subtests are judged in.

    Attributes:
        frames: the whole frame log, numbered from 1 without gaps.
        declared: the subtests of the suites, by case and number.
        settings: the associations, by device and name.
        profile: of acceptance, by device.
    """

    frames: Sequence[Frame]
    declared: Mapping[tuple[str, int], Subtest]
    settings: Mapping[tuple[str, str], AssociationSettings]
    profile: Mapping[str, Acceptance]


def examine(case: CaseRecord, subtest: SubtestRecord, given: Surroundings) -> tuple[Depth, list[str]]:
    """How far a subtest could be verified, and what does not hold, in words."""
    if subtest.frames is None:
        return Depth.WITHOUT, [*_without(subtest), *_reasoned(subtest)]
    first, last = subtest.frames
    if not 1 <= first <= last <= len(given.frames):
        return Depth.CHECKED, [f"its exchange is frames {first} to {last} of a log that has {len(given.frames)}"]
    exchange = given.frames[first - 1 : last]
    faults = [*_strangers(case, subtest, exchange), *_steps(subtest)]
    if subtest.deciding is not None:
        faults += _deciding(case, subtest.deciding, given.frames)
    judged, found = _judged(case, subtest, exchange, given)
    if not found:
        found = list(_reasoned(subtest))
    return (Depth.JUDGED if judged else Depth.CHECKED), [*faults, *found]


def _without(subtest: SubtestRecord) -> Iterator[str]:
    if subtest.deciding is not None and subtest.verdict not in _JUDGED:
        yield f"is {subtest.verdict.value} and yet names deciding octets"


def _reasoned(subtest: SubtestRecord) -> Iterator[str]:
    """Whether the reason is one of the verdict: of a pass it is what was accepted or established, of a failure not."""
    reason = subtest.judged_reason.removeprefix("tolerated: ")
    if subtest.verdict is Verdict.PASSED and reason != subtest.observed and reason not in subtest.expected:
        yield f"is PASSED, and its reason tells of no pass: {subtest.reason[:200]}"
    if subtest.verdict is Verdict.FAILED and reason and reason in (subtest.observed, *subtest.expected.split(" or ")):
        yield f"is FAILED, and its reason tells of a pass: {subtest.reason[:200]}"


def _strangers(case: CaseRecord, subtest: SubtestRecord, exchange: Sequence[Frame]) -> Iterator[str]:
    own = (case.device, case.id, case.association, case.variant, subtest.number)
    for frame in exchange:
        found = (frame.device, frame.case, frame.association, frame.variant, frame.subtest)
        if found != own:
            told = " ".join(str(part) for part in found if part not in ("", None)) or "no subtest"
            yield f"frame {frame.n} of its exchange belongs to {told}"
            return


def _steps(subtest: SubtestRecord) -> Iterator[str]:
    first, last = subtest.frames or (1, 0)
    for step in subtest.steps:
        if step.frames is not None and not first <= step.frames[0] <= step.frames[1] <= last:
            yield f"step {step.title!r} is said to be frames {step.frames[0]} to {step.frames[1]}, outside its exchange"
            return


def _deciding(case: CaseRecord, deciding: DecidingOctets, frames: Sequence[Frame]) -> Iterator[str]:
    if not 1 <= deciding.frame <= len(frames):
        yield f"the deciding frame {deciding.frame} is not in the log"
        return
    frame = frames[deciding.frame - 1]
    if frame.device != case.device:
        yield f"the deciding frame {deciding.frame} is of device {frame.device}"
        return
    masked = bool(frame.redacted or frame.apdu_redacted or frame.plain_redacted)
    found = deciding_octets(_taped(frame), deciding.path, deciding.frame)
    if found is None:
        if not masked:
            yield f"frame {frame.n} has no field {deciding.path}"
    elif (found.path, found.start, found.end) != (deciding.path, deciding.start, deciding.end):
        if not masked:
            yield f"{deciding.path} stands in octets {found.start} to {found.end} of frame {frame.n}, not where it says"
    elif not _alike(found.octets, deciding.octets, masked=masked):
        yield f"{deciding.path} of frame {frame.n} is {found.octets}, and not {deciding.octets}"


def _alike(found: str, told: str, *, masked: bool) -> bool:
    """Whether deciding octets are those of the log, in which secrets are masked."""
    if found == told:
        return True
    try:
        pairs = list(zip(bytes.fromhex(found), bytes.fromhex(told), strict=True))
    except ValueError:
        return masked
    return masked and all(mine == theirs or _MASK in (mine, theirs) for mine, theirs in pairs)


def _taped(frame: Frame) -> TapedFrame:
    return TapedFrame(
        frame.n,
        frame.t,
        frame.dir,
        "octets" if frame.layer == "apdu" else frame.layer,
        frame.octets,
        None if frame.apdu is None else bytes.fromhex(frame.apdu),
        None if frame.plain is None else bytes.fromhex(frame.plain),
    )


def _judged(
    case: CaseRecord, subtest: SubtestRecord, exchange: Sequence[Frame], given: Surroundings
) -> tuple[bool, list[str]]:
    """Whether the subtest could be judged again, and what does not hold."""
    expectation = _expectation(case, subtest, given)
    settings = given.settings.get((case.device, case.association))
    if expectation is None or settings is None or not subtest.observed:
        return False, []
    profile = given.profile[case.device]
    found: list[Judgement] = []
    for reaction in _reactions(case, subtest, exchange):
        at = getattr(reaction, "frame", exchange[-1].n + 1)
        aarq, initiate = proposal_before(exchange, at)
        if seen(reaction) == subtest.observed:
            found.append(expectation.judge(reaction, Situation(settings, profile, aarq, initiate)))
    if not found:
        if _is_masked(subtest, exchange) or _has_blocks(exchange):
            return False, []
        return True, [f"no frame of its exchange shows what it says was observed: {subtest.observed[:200]}"]
    fault = _against(subtest, found)
    if fault is not None and expectation is ALIVE:
        # Other expectations have the same words, and which one it was is not told.
        return False, []
    return True, [fault] if fault else []


def _expectation(case: CaseRecord, subtest: SubtestRecord, given: Surroundings) -> Expectation | None:
    """What has judged the subtest, as far as it can be known by its words."""
    declared = given.declared.get((case.id, subtest.number))
    known = [ALIVE, *([declared.expectation] if declared is not None and declared.expectation is not None else [])]
    return next((item for item in reversed(known) if str(item) == subtest.expected), None)


def _reactions(case: CaseRecord, subtest: SubtestRecord, exchange: Sequence[Frame]) -> Iterator[Reaction]:
    missing = absence(subtest.observed)
    if missing is not None:
        if not isinstance(missing, Silence) or _is_silent(exchange, missing):
            yield missing
        return
    named = subtest.deciding.frame if subtest.deciding is not None else None
    signed = "signed" in case.variant
    for frame in exchange:
        if frame.dir == "S>C" and named in (None, frame.n):
            yield from reactions_of(frame, subtest.observed, signed=signed)
    for frame, joined in joined_blocks(exchange):
        if named in (None, frame.n):
            yield replace(reply_of(frame, joined, subtest.observed, signed=signed), in_blocks=True)


def _is_silent(exchange: Sequence[Frame], silence: Silence) -> bool:
    """Whether somewhere in the exchange nothing came from the meter for so long, behind something that it was sent."""
    sent = False
    for at, frame in enumerate(exchange):
        sent = sent or frame.dir == "C>S"
        following = exchange[at + 1] if at + 1 < len(exchange) else None
        if sent and (following is None or following.t - frame.t >= silence.waited_s - _SLACK_S):
            return True
    return False


def _against(subtest: SubtestRecord, judgements: Sequence[Judgement]) -> str | None:
    """Why the verdict does not follow from any of `judgements`, all of what was observed; None when it does."""
    passes = [item for item in judgements if item.passed]
    failures = [item for item in judgements if not item.passed]
    match subtest.verdict:
        case Verdict.PASSED if not passes:
            return f"is PASSED, but the recorded reaction fails it: {failures[0].reason[:200]}"
        case Verdict.PASSED if subtest.reason not in {item.reason for item in passes}:
            return f"its reason {subtest.reason[:100]!r} is not why it passes: {passes[0].reason[:100]!r}"
        case Verdict.FAILED if not failures:
            if subtest.reason.startswith(_AFTERWARDS) and subtest.steps and subtest.steps[-1].verdict is Verdict.FAILED:
                return None
            return f"is FAILED, but the recorded reaction is an accepted one: {passes[0].reason[:200]}"
        case Verdict.FAILED if not any(subtest.reason.startswith(item.reason) for item in failures):
            return f"its reason {subtest.reason[:100]!r} is not why it fails: {failures[0].reason[:100]!r}"
        case Verdict.PASSED | Verdict.FAILED:
            return None
    if any(item.reason == subtest.reason for item in failures):
        return f"is {subtest.verdict.value}, but the recorded reaction fails it: {subtest.reason[:200]}"
    return None


def _has_blocks(exchange: Sequence[Frame]) -> bool:
    """Whether general blocks came that were not joined in their order: some were lost, or asked for again."""
    return any(
        frame.dir == "S>C" and (apdu_in(frame) or b"")[:1] == bytes((GENERAL_BLOCK_TRANSFER,)) for frame in exchange
    )


def _is_masked(subtest: SubtestRecord, exchange: Sequence[Frame]) -> bool:
    """Whether secrets are masked in what was observed, or in a frame that may have shown it."""
    if "<secret sha256:" in subtest.observed or "XX" in subtest.observed:
        return True
    return any(
        frame.dir == "S>C" and (frame.redacted or frame.apdu_redacted or frame.plain_redacted) for frame in exchange
    )
