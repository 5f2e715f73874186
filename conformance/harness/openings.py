"""Judging an opening: the AARE, and that after a refusal nothing is served."""

from __future__ import annotations

from conformance.harness.trial import Trial
from conformance.tester.accepted_services import frame_reject, link_released, refused, silence
from conformance.tester.association import Association, PreambleFailed, State
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.liveness import question
from conformance.tester.stimulus import Stimulus

NOT_SERVED: Expectation = refused() | tolerated(silence() | frame_reject() | link_released())
"""What a service gets outside an association, or before the client has proved itself."""


def judge_opening(
    subtest: Trial,
    stimulus: Stimulus | None = None,
    expectation: Expectation | None = None,
    association: Association | None = None,
) -> None:
    """Send an AARQ and judge the AARE; when the association does not come up, judge that no service is served either.

    Args:
        subtest: the subtest that is judged.
        stimulus: in place of the declared one.
        expectation: in place of the declared one.
        association: in place of the subtest's own.

    Raises:
        Failed: the reaction is not accepted, or data is served although the association was refused.
    """
    opened = association or subtest.association
    subtest.judge(opened.open(stimulus or subtest.stimulus), expectation, association=opened)
    if opened.state is State.IDLE:
        nothing_served(subtest, opened)


def nothing_served(subtest: Trial, association: Association | None = None) -> None:
    """Judge that a service is refused: data served outside an association is the worst of faults.

    Raises:
        Failed: it is served.
    """
    asked = association or subtest.association
    subtest.judge(asked.request(question(asked)), NOT_SERVED, association=asked)


def still_opens(subtest: Trial, association: Association | None = None) -> None:
    """Judge that the association opens as declared and serves, after what was done to the meter before.

    Raises:
        Failed: it does not open, or does not serve.
    """
    opened = association or subtest.association
    try:
        opened.establish()
    except PreambleFailed as failed:
        subtest.fail(f"the association does not open any more: {failed}")
    subtest.alive(opened)
