"""One subtest as it runs: it hands out the stimulus, judges reactions and notes steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import NoReturn

from conformance.device.model import AssociationSettings, Protection
from conformance.harness.bench import Bench
from conformance.harness.case import Case, Subtest
from conformance.harness.each import Collected
from conformance.harness.judging import Failed, Inapplicable, Inconclusive
from conformance.harness.line_check import LineCheck
from conformance.harness.pdu_sizes import PduSizes
from conformance.harness.probe import Probe
from conformance.harness.tape_signs import TapeSigns
from conformance.harness.transfer_costs import cost_on
from conformance.record.model import DecidingOctets
from conformance.record.transfer_cost import MOST_TRANSFERS, TransferCostRecord
from conformance.tester.association import Association, PreambleFailed
from conformance.tester.expectation import Expectation, Judgement, Situation
from conformance.tester.liveness import ALIVE, question
from conformance.tester.reaction import Reaction, Silence
from conformance.tester.stimulus import Stimulus
from conformance.tester.tape import Tape
from conformance.tester.transfer import TransferFailed


@dataclass(slots=True)
class Step:
    """A named step; `passed` is None while it runs, and `judges` False where there is nothing to pass."""

    title: str
    first_frame: int
    last_frame: int = 0
    passed: bool | None = None
    detail: str = ""
    judges: bool = True


@dataclass(slots=True)
class Trial:
    """A subtest in one association and one variant.

    Attributes:
        case: the case.
        subtest: the subtest, as declared.
        settings: of the association.
        protection: the variant's.
        bench: where the device is.
        random: challenges, keys and mutations come from it; seeded for this very item.
        tape: every frame of this item.
        judgements: in the order in which they were made; the last one failed, if any did.
        steps: of procedures.
        passed_on_silence: a judgement has accepted that nothing came, not even an acknowledgement.
        line_check: what a probe of the line has shown; None while none was made.
        line_signs: what the tape showed of the line before that probe.
        deciding: the octets that decide, where they stand in a frame of another item; None: in one of this.
        pdu_sizes: how long the APDUs were, against what each side takes.
        transfers: what the transfers that a case has measured took.
        collected: what has failed of the many things that a subtest asks one question of.
    """

    case: Case
    subtest: Subtest
    settings: AssociationSettings
    protection: Protection
    bench: Bench
    random: Random
    tape: Tape = field(default_factory=Tape)
    judgements: list[Judgement] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    passed_on_silence: bool = False
    line_check: LineCheck | None = None
    line_signs: TapeSigns = field(default_factory=TapeSigns)
    deciding: DecidingOctets | None = None
    pdu_sizes: PduSizes = field(default_factory=PduSizes)
    transfers: list[TransferCostRecord] = field(default_factory=list)
    collected: Collected = field(default_factory=Collected)
    _associations: list[Association] = field(default_factory=list)
    _probes: list[Probe] = field(default_factory=list)

    @property
    def association(self) -> Association:
        """The association of this item, on a link of its own, not opened yet."""
        return self._associations[0] if self._associations else self.another()

    def another(
        self,
        name: str | None = None,
        *,
        protection: Protection | None = None,
        beside: Association | None = None,
        settings: AssociationSettings | None = None,
    ) -> Association:
        """A further association with the device, on a link of its own.

        Args:
            name: of the association in the device config; None is the item's own.
            protection: in place of the variant's, or of the first declared one when `name` is given.
            beside: the association whose line it shares, in place of a link of its own.
            settings: in place of those declared: with other keys.
        """
        if settings is None:
            settings = self.settings if name is None else self.bench.device.association(name)
        variant = self.protection if name is None else settings.protections[0]
        made = self.bench.association(
            settings, protection or variant, self.tape, self.random, beside=beside, recovers=not self.case.negative
        )
        self._associations.append(made)
        return made

    @property
    def associations(self) -> tuple[Association, ...]:
        """All associations of this item, in the order in which they were made."""
        return tuple(self._associations)

    def probe(self, octets: int | None = None, *, sign_on: bool = True) -> Probe:
        """A bare HDLC link, opened; it is closed with the item.

        Args:
            octets: of the server address, 1, 2 or 4; None takes those that are in use.
            sign_on: begins with the opening in mode E, on a line that is declared with one.

        Raises:
            LinkError: the link cannot be opened.
        """
        line = self.bench.bare_line(self.tape) if sign_on else self.bench.unopened_line(self.tape)
        made = Probe(self, line, octets)
        self._probes.append(made)
        made.open()
        return made

    def alive(self, association: Association | None = None) -> None:
        """Judge that an association still answers the question for its logical name.

        Raises:
            Failed: it does not.
        """
        asked = association or self.association
        self.judge(asked.request(question(asked)), ALIVE, association=asked)

    def close(self) -> None:
        """Close every link of the item."""
        for probe in self._probes:
            probe.close()
        for association in self._associations:
            association.close()

    @property
    def number(self) -> int:
        """The subtest's number."""
        return self.subtest.number

    @property
    def decisive(self) -> Judgement | None:
        """The judgement that a report shows: one that failed, else that by the declared expectation, else the last.

        What is asked afterwards, whether the association is alive, decides only when it fails.
        """
        if self.collected.first is not None:
            return self.collected.first
        last = self.judgements[-1] if self.judgements else None
        declared = self.subtest.expectation
        if last is None or not last.passed or declared is None:
            return last
        return next((made for made in self.judgements if made.expected == str(declared)), last)

    @property
    def argument(self) -> object:
        """What the declaration gives the function beside."""
        return self.subtest.argument

    @property
    def stimulus(self) -> Stimulus:
        """The declared stimulus.

        Raises:
            LookupError: the subtest is a procedure.
        """
        if self.subtest.stimulus is None:
            raise LookupError(f"{self.case.id} subtest {self.number} declares no stimulus")
        return self.subtest.stimulus

    def judge(
        self, reaction: Reaction, expectation: Expectation | None = None, *, association: Association | None = None
    ) -> None:
        """Judge a reaction by `expectation`, or by the declared one.

        Args:
            reaction: of the meter.
            expectation: in place of the declared one.
            association: the one that met it, in place of the item's own: an AARE is held against its AARQ.

        Raises:
            Failed: it is not accepted.
        """
        wanted = expectation or self.subtest.expectation
        if wanted is None:
            raise LookupError(f"{self.case.id} subtest {self.number} declares no expectation")
        judgement = wanted.judge(reaction, self._situation(association))
        silent = isinstance(reaction, Silence) and not reaction.acknowledged
        self.passed_on_silence = self.passed_on_silence or (judgement.passed and silent)
        self.judgements.append(judgement)
        running = next((step for step in reversed(self.steps) if step.passed is None), None)
        if running is not None:
            running.detail = judgement.observed
        if not judgement.passed:
            raise Failed(judgement.reason)

    def check(
        self,
        fact: bool,
        *,
        expected: str,
        observed: str,
        reaction: Reaction | None = None,
        path: str = "",
        frame: int | None = None,
    ) -> None:
        """Judge a fact that a procedure has established itself.

        Args:
            fact: whether all is well.
            expected: in words.
            observed: in words.
            reaction: the one that shows it, where one does.
            path: of the field that decides it.
            frame: number on the tape of the frame that shows it, in place of the reaction's.

        Raises:
            Failed: it is not so.
        """
        frame = getattr(reaction, "frame", None) if frame is None else frame
        reason = observed if fact else f"{observed}; expected {expected}"
        self.judgements.append(Judgement(fact, expected, observed, reason, frame, path))
        if not fact:
            raise Failed(reason)

    def fail(self, reason: str, *, reaction: Reaction | None = None, path: str = "") -> NoReturn:
        """End the subtest: the meter did what it must not.

        Raises:
            Failed: always.
        """
        self.check(False, expected=self.subtest.expected, observed=reason, reaction=reaction, path=path)
        raise AssertionError  # `check` has raised

    def inconclusive(self, reason: str) -> NoReturn:
        """End the subtest: it cannot be judged.

        Raises:
            Inconclusive: always.
        """
        raise Inconclusive(reason)

    def inapplicable(self, reason: str) -> NoReturn:
        """End the subtest: what the meter has shown rules it out.

        Raises:
            Inapplicable: always.
        """
        raise Inapplicable(reason)

    def wait(self, seconds: float, why: str) -> None:
        """Let time pass on the link's clock, as the case must: for real on a real line, at once on the loopback link.

        The time counts from when the last octet sent has left. A subtest that waits declares it, so that it can be told
        beforehand. What the meter sends meanwhile is kept for whoever receives next.

        Args:
            seconds: how long.
            why: what is waited for; it stands in the evidence.
        """
        step = Step(f"waits {seconds:g} s: {why}", self.tape.next_number, passed=True, judges=False)
        self.steps.append(step)
        made = [*(item.data_link.line for item in self._associations), *(probe.line for probe in self._probes)]
        line = next((line for line in reversed(made) if line.opened and line.closed is None), None)
        until = seconds + (self.bench.now() if line is None else line.quiet_from)
        if line is not None:
            for frame in reversed(line.wait(until - line.clock.now())):
                line.put_back(frame)
        self.tape.waited_s += self.bench.wait_until(until)
        step.last_frame = self.tape.next_number - 1

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """A named step of a procedure; what happens inside is shown under its name."""
        step = Step(title, self.tape.next_number)
        self.steps.append(step)
        try:
            yield
        except (Failed, Inconclusive, PreambleFailed):
            step.passed = False
            raise
        else:
            step.passed = True
        finally:
            step.last_frame = self.tape.next_number - 1

    @contextmanager
    def each(self, title: str) -> Iterator[None]:
        """One of the many things that a subtest asks its question of, as a step; one that fails does not end the loop.

        When the function ends, the subtest FAILS with how many have failed and the first reason in full: the runner
        sees to that, and so does `settle`. What ends the loop all the same: a line that failed, and whatever is no
        failure of the meter.

        Args:
            title: what it is, such as `1-0:1.8.0.255`.
        """
        step = Step(title, self.tape.next_number)
        self.steps.append(step)
        made = len(self.judgements)
        try:
            yield
        except Failed as failed:
            step.passed, step.detail = False, str(failed)
            self.collected.failed(title, failed, self.judgements[made:])
            if self.bench.line_fault is not None:
                raise
        except (Inconclusive, PreambleFailed):
            step.passed = False
            raise
        else:
            step.passed = True
            self.collected.passed()
            if len(self.judgements) > made:
                step.detail = self.judgements[-1].observed
                del self.judgements[made:-1]
        finally:
            step.last_frame = self.tape.next_number - 1

    def settle(self, ended_with: BaseException | None = None) -> None:
        """End the subtest with what `each` has collected.

        Args:
            ended_with: what has ended the function; None where nothing did.

        Raises:
            Failed: anything was collected, and nothing else than what the meter does has ended the function.
        """
        if self.collected.first is not None and isinstance(
            ended_with, Failed | Inconclusive | PreambleFailed | TransferFailed | None
        ):
            raise Failed(self.collected.reason(ended_with)) from ended_with

    @contextmanager
    def transferring(self, association: Association, service: str, attribute: object) -> Iterator[None]:
        """Measure the one transfer inside for the comparison of mechanisms; one that ends badly is not kept.

        Args:
            association: in which it goes.
            service: by its name: `GET`.
            attribute: what is transferred; as a text it stands in the report.
        """
        first = self.tape.next_number
        yield
        cost = cost_on(
            self.tape.frames[first:],
            association,
            service=service,
            attribute=str(attribute),
            virtual=self.bench.pace.virtual,
        )
        if cost is not None and len(self.transfers) < MOST_TRANSFERS:
            self.transfers.append(cost)

    def _situation(self, association: Association | None) -> Situation:
        acceptance = self.bench.device.acceptance
        if association is None and self._probes and not self._associations:
            # An association is not made only to be looked at: its invocation counter may have to be read first.
            return Situation(self.settings, acceptance)
        asked = association or self.association
        return Situation(asked.settings, acceptance, asked.proposed, asked.proposed_initiate)
