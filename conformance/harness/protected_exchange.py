"""Judging single protected requests inside an association: those that are served alike, and those that are refused."""

from __future__ import annotations

from collections.abc import Callable

from conformance.device.model import Protection
from conformance.harness.openings import NOT_SERVED
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted
from conformance.tester.accepted_protection import answered_alike
from conformance.tester.association import Association, State
from conformance.tester.expectation import Expectation
from conformance.tester.liveness import ALIVE, question
from conformance.tester.reaction import DisconnectedMode, FrameRejected, LinkLost, Reaction
from conformance.tester.stimulus import raw

Make = Callable[[Association], bytes]
"""From an established association to the octets of a protected request in it."""
_LINK_DOWN = (DisconnectedMode, FrameRejected, LinkLost)


def opened(subtest: Trial, form: Protection) -> Association:
    """An association that is established, its services under `form`.

    Raises:
        PreambleFailed: it does not come up.
    """
    association = subtest.another(protection=form)
    association.establish()
    return association


def judge_opened(subtest: Trial, form: Protection) -> Association:
    """As `opened`, each step of it judged: passes 3 and 4 are the first that is protected under `form`.

    Raises:
        Failed: a step is not as it should be.
    """
    association = subtest.another(protection=form)
    subtest.judge(association.open(), accepted(), association=association)
    if association.state is State.AUTHENTICATION_PENDING:
        answer = association.authenticate()
        fault = association.pass4_fault(answer)
        subtest.check(
            fault is None,
            expected="pass 4 with the right f(CtoS), protected as pass 3",
            observed=fault or "f(CtoS) is right",
            reaction=answer,
        )
    return association


def judge_served(
    subtest: Trial, association: Association, octets: bytes, name: str, served: Expectation = ALIVE
) -> Reaction:
    """Send a protected request and judge that it is served, under a protection of the same kind.

    Raises:
        Failed: it is not.
    """
    reaction = association.request(raw(octets, name))
    subtest.judge(reaction, answered_alike(octets, association.security, served), association=association)
    return reaction


def judge_refused(subtest: Trial, association: Association, octets: bytes, name: str) -> None:
    """Send a protected request and judge that it is refused, and that the association outlives it.

    Raises:
        Failed: it is served, or the association no longer serves what is right.
    """
    with subtest.step(name):
        reaction = association.request(raw(octets, name))
        subtest.judge(reaction, NOT_SERVED, association=association)
    if isinstance(reaction, _LINK_DOWN):
        # The link that went down has taken the association with it: it must come up again.
        association.close()
        association.establish()
    with subtest.step("the association serves on"):
        subtest.alive(association)


def asking(association: Association) -> bytes:
    """The plain request for the name of the current association."""
    return question(association).octets
