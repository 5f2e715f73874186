"""What a subtest collects that asks one question of many things: how many have failed, and the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.tester.expectation import Judgement


@dataclass(slots=True)
class Collected:
    """Failures of the things that a subtest asks its question of.

    Attributes:
        first: the judgement that the first failure rests on; None while nothing has failed.
    """

    first: Judgement | None = None
    _title: str = ""
    _reason: str = ""
    _failed: int = 0
    _passed: int = 0

    @property
    def seen(self) -> int:
        """How many things were judged."""
        return self._failed + self._passed

    def passed(self) -> None:
        """One more thing is as it should be."""
        self._passed += 1

    def failed(self, title: str, failure: BaseException, judgements: Sequence[Judgement]) -> None:
        """One more thing has failed.

        Args:
            title: what it is.
            failure: why.
            judgements: those that were made of it, the failed one last.
        """
        self._failed += 1
        if self.first is None:
            self._title, self._reason = title, str(failure)
            made = next((one for one in reversed(judgements) if not one.passed), None)
            self.first = made or Judgement(False, "", self._reason, self._reason, None, "")

    def reason(self, ended_with: BaseException | None) -> str:
        """How many have failed and the first of them in full, and what has ended the loop before its time."""
        told = f"{self._failed} of {self.seen} failed; the first, {self._title}: {self._reason}"
        if ended_with is not None and str(ended_with) != self._reason:
            told += f"; then the subtest was ended: {ended_with}"
        return told
