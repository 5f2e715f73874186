"""Judging, of every subtest, that no reply was longer than the client takes; and what the record keeps of it."""

from __future__ import annotations

from conformance.device.model import Device
from conformance.diagnose.reasoning.signs_run import REPLY_TOO_LONG, REQUEST_TOO_LONG
from conformance.harness.deciding import deciding_octets
from conformance.harness.judging import Failed, Inapplicable, Inconclusive
from conformance.harness.pdu_sizes import Measured, Overlong, PduSizes
from conformance.harness.trial import Trial
from conformance.record.model import FindingRecord
from conformance.record.pdu_size import PduSizeRecord
from conformance.tester.association import PreambleFailed
from conformance.tester.expectation import Judgement
from conformance.tester.tape import TapedFrame
from conformance.tester.transfer import TransferFailed

_GIVES_WAY = (Inconclusive, Inapplicable, PreambleFailed, TransferFailed)
"""How a subtest may have ended otherwise: an overlong reply is a fact all the same, and fails it."""
_MOST_FINDINGS = 5


def overlong_reply(trial: Trial | None, ended_with: BaseException | None) -> Failed | None:
    """Why a subtest fails whatever it is about: a reply was longer than the client takes; None where none was.

    A subtest that has failed already keeps its own reason; a fault of the tester stays one. Both get a finding.
    """
    if trial is None:
        return None
    trial.pdu_sizes.take(trial.tape.frames)
    beyond = trial.pdu_sizes.replies_beyond
    if not beyond or not (ended_with is None or isinstance(ended_with, _GIVES_WAY)):
        return None
    worst = max(beyond, key=lambda found: found.octets - found.limit)
    expected = f"no reply longer than the client-max-receive-pdu-size, {worst.limit} octets"
    observed = f"{worst.path} of {worst.octets} octets{_others(trial.pdu_sizes)}"
    reason = f"a reply is longer than the client takes: {observed}; expected {expected}"
    trial.judgements.append(Judgement(False, expected, observed, reason, worst.frame, worst.path))
    return Failed(reason)


def judge_sizes(trial: Trial) -> None:
    """Judge that every reply so far fits what its client takes; the engine does the same at the end of every subtest.

    Raises:
        Failed: one is too long.
    """
    overlong = overlong_reply(trial, None)
    if overlong is not None:
        raise overlong
    longest = max((measured.longest_reply for measured in trial.pdu_sizes.measured if measured.client_limit), default=0)
    trial.check(True, expected="no reply longer than the client takes", observed=f"the longest has {longest} octets")


def size_findings(sizes: PduSizes, frames: list[TapedFrame], first: int, *, problem: bool) -> list[FindingRecord]:
    """What the lengths of APDUs have to say; requests only where something went wrong, for they may explain it."""
    found = [_finding(reply, frames, first) for reply in sizes.replies_beyond[:_MOST_FINDINGS]]
    if problem and not found:
        found += [_request_finding(sent, frames, first) for sent in sizes.requests_beyond[:1]]
    return found


def size_records(sizes: PduSizes, device: Device, first: int | None) -> tuple[PduSizeRecord, ...]:
    """The record of what was measured, one part for each pair of sizes that was agreed."""
    return tuple(_record(measured, device, first) for measured in sizes.measured)


def _record(measured: Measured, device: Device, first: int | None) -> PduSizeRecord:
    address = (measured.client_sap, measured.logical_device)
    named = (item.name for item in device.associations if (item.client_sap, item.logical_device) == address)
    framed = first is not None and measured.longest_frame >= 0
    return PduSizeRecord(
        association=next(named, ""),
        client_max_receive_pdu_size=measured.client_limit,
        server_max_receive_pdu_size=measured.server_limit,
        replies=measured.replies,
        longest_reply=measured.longest_reply,
        longest_reply_frame=first + measured.longest_frame if first is not None and framed else None,
        replies_beyond=measured.replies_beyond,
        requests=measured.requests,
        longest_request=measured.longest_request,
        requests_beyond=measured.requests_beyond,
    )


def _others(sizes: PduSizes) -> str:
    count = sum(measured.replies_beyond for measured in sizes.measured)
    return f", the worst of {count} that are too long" if count > 1 else ""


def _finding(reply: Overlong, frames: list[TapedFrame], first: int) -> FindingRecord:
    decided = deciding_octets(frames[reply.frame], reply.path, first + reply.frame)
    return FindingRecord(
        code=REPLY_TOO_LONG.code,
        severity="error",
        evidence="read",
        frame=first + reply.frame,
        field=reply.path,
        octets=None if decided is None else decided.octets,
        message=f"The {reply.path} has {reply.octets} octets; the client said that it takes {reply.limit}.",
        suggestion=REPLY_TOO_LONG.suggestion,
    )


def _request_finding(sent: Overlong, frames: list[TapedFrame], first: int) -> FindingRecord:
    decided = deciding_octets(frames[sent.frame], sent.path, first + sent.frame)
    return FindingRecord(
        code=REQUEST_TOO_LONG.code,
        severity="info",
        evidence="read",
        frame=first + sent.frame,
        field=sent.path,
        octets=None if decided is None else decided.octets,
        message=f"The {sent.path} has {sent.octets} octets; the meter said that it takes {sent.limit}.",
        suggestion="Where the stimulus is not meant to be too long, let the meter take longer APDUs, or use blocks.",
    )
