"""Cases that run again against the record of a run: the same code, with the frames of the log in place of the meter.

Every request that the code makes must be, octet for octet, the one that was sent then; it gets the reply that came
then, at its time. So the verdict of the code on what was recorded is had again, also of procedures. Where the code
leaves the record, which it must where an octet depends on chance or on a key that is not at hand, nothing is judged,
and it is told where.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Final

import pytest

from conformance.device.model import Device
from conformance.harness.aftermath import look_after
from conformance.harness.case import Case
from conformance.harness.catalogue import functions
from conformance.harness.hygiene_replay import take_frame
from conformance.harness.judging import Failed, Inconclusive, NothingJudged
from conformance.harness.replay_bench import Counted, ReplayBench
from conformance.harness.reporting import verdict_of
from conformance.harness.size_judging import overlong_reply
from conformance.harness.slot import Slot, slots
from conformance.harness.trial import Trial
from conformance.link.link import LinkError
from conformance.link.recorded_link import Divergence, Recording, unmasked
from conformance.record.frames import Frame, Place
from conformance.record.redaction import Redactor
from conformance.record.text import stored
from conformance.record.verdict import Verdict
from conformance.tester.association import PreambleFailed
from conformance.tester.transfer import TransferFailed

SlotKey = tuple[str, str, str, int]
"""Identifier of the case, association, variant, number of the subtest."""

UNKNOWN: Final = "this version of the tool has no such subtest for the device"
ENDS_EARLY: Final = "the code of the case ends before its exchange does"

_CLOSED: Final = re.compile(r"link closed: ([^;\n]{1,200})")

_COUNTED: Final = (Counted(True, 0), Counted(True, 1), Counted(False, 0), Counted(False, 1))
"""How counters may have stood, the likeliest first; whichever it is, every octet must be the one that was sent."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the code of a case says to what was recorded.

    Attributes:
        left: where it has left the record, so that nothing follows; empty where it has not.
        kind: of that, in words that hold for many subtests.
        verdict: its own, where it has not left the record.
        reason: likewise.
        observed: likewise.
    """

    left: str = ""
    kind: str = ""
    verdict: Verdict | None = None
    reason: str = ""
    observed: str = ""


class Replayer:
    """Plays the subtests of one process of a run on one device, in the order in which they ran.

    What outlives a subtest in that process, such as a list of objects that was read once, outlives it here too.
    """

    def __init__(self, device: Device, seed: int, frames: Sequence[Frame]) -> None:
        """Play the subtests of `device` in a run.

        Args:
            device: as the run knew it, with what keys are at hand.
            seed: of the run.
            frames: the whole log, numbered from 1 without gaps.
        """
        self._device = device
        self._seed = seed
        self._frames = frames
        self._looked_at = 0
        self._kept: dict[bytes, None] = {}
        self._redactor = Redactor()
        for _, secret in device.secrets():
            self._keep(secret.reveal())
        self._bench = ReplayBench(device, seed=seed, keep_secret=self._keep)
        self._slots = _slots(device)

    def play(self, key: SlotKey, numbers: tuple[int, int] | None, told: str, *, after: int) -> Replayed:
        """Run the code of one subtest against its exchange.

        Args:
            key: which subtest.
            numbers: of the first and of the last frame of its exchange; None where nothing was sent.
            told: the words of the record, for how a connection ended: no frame shows that.
            after: number of the last frame that had passed when it began, as far as that is known.
        """
        case, function = functions().get(key[0], (None, None))
        slot = self._slots.get(key)
        if case is None or function is None or slot is None or slot.subtest is None:
            return Replayed(UNKNOWN, UNKNOWN)
        closed = _CLOSED.search(told)
        exchange = () if numbers is None else self._frames[numbers[0] - 1 : numbers[1]]
        if case.last:
            # It judges what all the others have left in the log.
            self._look_at(after if numbers is None else numbers[0] - 1)
        attempts = []
        for counters in _COUNTED[:1] if case.last else _COUNTED:
            recording = self._bench.play(
                exchange,
                secrets=self._secrets_of_length,
                closed=closed[1] if closed is not None else None,
                counters=counters,
            )
            attempts.append(self._played(case, slot, function, recording, exchange))
            if not attempts[-1].left:
                return attempts[-1]
        return attempts[0]

    def _look_at(self, upto: int) -> None:
        """Take the frames of the log up to a number into what is judged of a whole run."""
        for frame in self._frames[self._looked_at : upto]:
            if frame.device == self._device.name:
                take_frame(self._bench.hygiene, frame, unmasked(frame, self._secrets_of_length))
        self._looked_at = max(self._looked_at, upto)

    def _played(
        self,
        case: Case,
        slot: Slot,
        function: Callable[[Trial], object],
        recording: Recording,
        exchange: Sequence[Frame],
    ) -> Replayed:
        assert slot.subtest is not None  # noqa: S101 - asked by `play`
        bench = self._bench
        bench.line_fault = bench.dead_since = None
        random = Random(f"{self._seed}:{case.id}:{slot}")  # noqa: S311 - the one of the run
        trial = Trial(case, slot.subtest, slot.association, slot.protection, bench, random)
        if case.last and exchange:
            first = exchange[0].n
            bench.hygiene.worker, bench.hygiene.next_frame = exchange[0].worker, lambda: first
        verdict, reason = _ended(function, trial)
        unplayed = recording.unplayed() if recording.divergence is None else None
        if case.last and exchange:
            place = Place(slot.device.name, case.id, slot.association.name, slot.variant, slot.number)
            bench.hygiene.take(place, trial.tape, exchange[0].n)
            self._looked_at = exchange[-1].n
        left = recording.end()
        with suppress(Divergence, LinkError):
            trial.close()
        if left is not None:
            return Replayed(str(left), left.kind)
        if unplayed is not None:
            return Replayed(f"it ends before frame {unplayed.n}", ENDS_EARLY)
        judgement = trial.decisive
        observed = judgement.observed if judgement is not None else ""
        return Replayed("", "", verdict, self._said(reason), self._said(observed))

    def _said(self, text: str) -> str:
        """Words as a record holds them: without secrets, and bounded."""
        return str(stored(self._redactor.text(str(stored(text)))))

    def _keep(self, secret: bytes) -> None:
        self._kept.setdefault(secret)
        self._redactor.add(secret)

    def _secrets_of_length(self, octets: int) -> Sequence[bytes]:
        return [secret for secret in self._kept if len(secret) == octets]


def looks_at_whole_run(identifier: str) -> bool:
    """Whether a case judges what all the others have left in the log of its process."""
    found = functions().get(identifier)
    return found is not None and found[0].last


def _ended(function: Callable[[Trial], object], trial: Trial) -> tuple[Verdict, str]:
    """Run the function of a case as the runner of a run does, and give verdict and reason."""
    try:
        try:
            try:
                function(trial)
            except (Failed, Inconclusive, PreambleFailed, TransferFailed) as ended:
                trial.settle(ended)
                raise
            trial.settle()
            if trial.decisive is None:
                raise NothingJudged("the case ended without having judged anything")
            overlong = overlong_reply(trial, None)
            if overlong is not None:
                raise overlong
        except Divergence:
            raise
        except (Exception, pytest.skip.Exception, pytest.fail.Exception) as error:
            overlong = overlong_reply(trial, error)
            look_after(trial, overlong or error)
            if overlong is not None:
                raise overlong from error
            raise
        look_after(trial, None)
    except Divergence as left:
        return Verdict.ERROR, str(left)
    except (Exception, pytest.skip.Exception, pytest.fail.Exception) as error:
        return verdict_of(error)
    decisive = trial.decisive
    assert decisive is not None  # noqa: S101 - asked above
    return Verdict.PASSED, decisive.reason


def _slots(device: Device) -> Mapping[SlotKey, Slot]:
    return {
        (case.id, slot.association.name, slot.variant, slot.number): slot
        for case, _ in functions().values()
        for slot in slots(case, [device])
    }
