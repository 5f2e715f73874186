"""Accepted reactions to requests that name several things, or none."""

from __future__ import annotations

from conformance.tester.expectation import Expectation, Mismatch, Situation, expectation, no_apdu
from conformance.tester.list_transfer import results_of
from conformance.tester.reaction import Reaction
from conformance.tester.seen import seen


def no_results() -> Expectation:
    """A response with a list of no results: what a list of nothing may get."""

    def match(reaction: Reaction, _: Situation) -> Mismatch | None:
        mismatch = no_apdu(reaction, "a list of no results")
        if mismatch is not None:
            return mismatch
        results = results_of(reaction)
        return None if results == () else Mismatch(f"no list of no results: {seen(reaction)}", closeness=2)

    return expectation("a response with no results", match)
