"""One subtest as it runs: it hands out the stimulus, judges reactions and notes steps; it becomes a line of the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from conformance.device.model import Protection
from conformance.harness.case import Case, Subtest
from conformance.harness.judging import Failed, Inapplicable, Inconclusive
from conformance.tester.association import Association, PreambleFailed
from conformance.tester.expectation import Expectation, Judgement, Situation
from conformance.tester.reaction import Reaction
from conformance.tester.stimulus import Stimulus
from conformance.tester.tape import Tape


@dataclass(slots=True)
class Step:
    """A named step; `passed` is None while it runs and when it judged nothing."""

    title: str
    first_frame: int
    last_frame: int = 0
    passed: bool | None = None
    detail: str = ""


@dataclass(slots=True)
class Trial:
    """A subtest in one association and one variant.

    Attributes:
        case: the case.
        subtest: the subtest, as declared.
        association: a fresh one, not opened.
        tape: every frame of this item.
        judgements: in the order in which they were made; the last one failed, if any did.
        steps: of procedures.
    """

    case: Case
    subtest: Subtest
    association: Association
    tape: Tape
    judgements: list[Judgement] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The subtest's number."""
        return self.subtest.number

    @property
    def argument(self) -> object:
        """What the declaration gives the function beside."""
        return self.subtest.argument

    @property
    def protection(self) -> Protection:
        """The variant's."""
        return self.association.protection

    @property
    def stimulus(self) -> Stimulus:
        """The declared stimulus.

        Raises:
            LookupError: the subtest is a procedure.
        """
        if self.subtest.stimulus is None:
            raise LookupError(f"{self.case.id} subtest {self.number} declares no stimulus")
        return self.subtest.stimulus

    def judge(self, reaction: Reaction, expectation: Expectation | None = None) -> None:
        """Judge a reaction by `expectation`, or by the declared one.

        Raises:
            Failed: it is not accepted.
        """
        wanted = expectation or self.subtest.expectation
        if wanted is None:
            raise LookupError(f"{self.case.id} subtest {self.number} declares no expectation")
        judgement = wanted.judge(reaction, self._situation())
        self.judgements.append(judgement)
        if self.steps and self.steps[-1].passed is None:
            self.steps[-1].detail = judgement.observed
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
    ) -> None:
        """Judge a fact that a procedure has established itself.

        Args:
            fact: whether all is well.
            expected: in words.
            observed: in words.
            reaction: the one that shows it, where one does.
            path: of the field that decides it.

        Raises:
            Failed: it is not so.
        """
        frame = getattr(reaction, "frame", None)
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

    def _situation(self) -> Situation:
        association = self.association
        return Situation(
            association.settings, association.device.acceptance, association.proposed, association.proposed_initiate
        )
