"""An association for a whole loop of requests: opened again, a bounded number of times, where it is lost."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.dlms.xdlms.confirmed_service_error import ConfirmedServiceError
from conformance.dlms.xdlms.exception_response import ExceptionResponse
from conformance.harness.trial import Trial
from conformance.tester.association import Association
from conformance.tester.expectation import Situation
from conformance.tester.liveness import ALIVE, question
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.stimulus import Stimulus

MOST_OPENINGS = 10
"""A meter that drops its association oftener is not asked on."""


@dataclass(slots=True)
class StandingAssociation:
    """The association of a subtest that asks many things of its meter.

    Attributes:
        subtest: whose it is.
        openings: how often it was opened.
    """

    subtest: Trial
    openings: int = 0
    _made: Association | None = None
    _doubtful: bool = field(default=False)

    def established(self) -> Association:
        """The association, open: the same as before, or a fresh one where that was lost.

        Raises:
            PreambleFailed: it cannot be opened.
            Inconclusive: it was lost too often.
        """
        if self._made is not None and self._doubtful and not self._alive(self._made):
            self._made.close()
            self._made = None
        self._doubtful = False
        if self._made is None:
            if self.openings >= MOST_OPENINGS:
                self.subtest.inconclusive(f"the association was lost {self.openings} times; what follows was not asked")
            self._made = self.subtest.association if not self.openings else self.subtest.another()
            self.openings += 1
            self._made.establish()
        return self._made

    def request(self, stimulus: Stimulus) -> Reaction:
        """Send a request, once.

        Raises:
            PreambleFailed, Inconclusive: as for `established`.
        """
        reaction = self.established().request(stimulus)
        self.heed(reaction)
        return reaction

    def heed(self, reaction: Reaction) -> None:
        """Note what a request was met with: after anything but the response of a service, the next asks for a sign."""
        if not isinstance(reaction, Reply) or isinstance(
            reaction.value, ExceptionResponse | ConfirmedServiceError | None
        ):
            self._doubtful = True

    def _alive(self, association: Association) -> bool:
        if association.data_link.line.closed is not None:
            return False
        situation = Situation(association.settings, self.subtest.bench.device.acceptance)
        return ALIVE.judge(association.request(question(association)), situation).passed
