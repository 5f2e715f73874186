"""Judging that a meter serves: an association opens and answers, on the same connection or on a fresh one."""

from __future__ import annotations

from conformance.harness.trial import Trial
from conformance.link.link import LinkError
from conformance.tester.accepted_openings import accepted
from conformance.tester.association import Association, PreambleFailed, State


def opens_and_serves(subtest: Trial, association: Association | None = None) -> None:
    """Judge that an association opens as declared, HLS included, and serves.

    Raises:
        Failed: it does not.
    """
    opened = association or subtest.association
    try:
        reaction = opened.open()
    except (LinkError, PreambleFailed) as failed:
        subtest.fail(f"no connection to open {opened.settings.name} on: {failed}")
    subtest.judge(reaction, accepted(), association=opened)
    if opened.state is State.AUTHENTICATION_PENDING:
        answer = opened.authenticate()
        fault = opened.pass4_fault(answer)
        words = "pass 4 with the right f(CtoS)"
        subtest.check(fault is None, expected=words, observed=fault or words, reaction=answer)
    subtest.alive(opened)


def still_served(subtest: Trial, association: Association | None = None) -> None:
    """Judge that the meter serves after what it must not take: on the same connection unless it has closed that.

    Raises:
        Failed: it does not.
    """
    used = association or subtest.association
    if used.data_link.line.closed is not None:
        with subtest.step("the meter has closed the connection: a new one is served"):
            used.drop()
            opens_and_serves(subtest, subtest.another(used.settings.name))
    elif used.state is State.ASSOCIATED:
        with subtest.step("the association is served as before"):
            subtest.alive(used)
    else:
        with subtest.step("a good AARQ is served on the same connection"):
            opens_and_serves(subtest, used)


def fresh_connection_serves(subtest: Trial, left: Association | None = None) -> None:
    """Close the connection without a word and judge that a new one is served at once.

    Raises:
        Failed: it is not.
    """
    used = left or subtest.association
    used.drop()
    with subtest.step("a new connection is served at once"):
        opens_and_serves(subtest, subtest.another(used.settings.name))
