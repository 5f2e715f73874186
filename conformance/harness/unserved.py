"""Judging a service that an association does not serve: the refusal, and that the association outlives it."""

from __future__ import annotations

from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import released
from conformance.tester.harmless_requests import as_far_as_it_goes


def judge_unserved(subtest: Trial) -> None:
    """Open as declared, send the declared stimulus, judge the answer, and judge that the association is still there.

    Raises:
        Failed: the answer is not accepted, or the association does not answer any more.
    """
    association = subtest.association
    association.establish()
    subtest.judge(association.request(as_far_as_it_goes(subtest.stimulus, subtest.protection)))
    settings = subtest.settings
    asking = ConformanceBit.READ if settings.short_names else ConformanceBit.GET
    with subtest.step("the association is still there"):
        if asking in settings.conformance:
            subtest.alive()
        else:
            subtest.judge(association.release(), released())
