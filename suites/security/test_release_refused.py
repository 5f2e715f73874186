"""Releases that a stranger could send: they must not end a ciphered association."""

from conformance.device.model import Protection
from conformance.harness.applicability import ciphered
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.security_applicability import (
    authenticated_requests,
    policy_demands_protection,
    protected_initiate,
)
from conformance.harness.trial import Trial
from conformance.tester.accepted_data_exchange import release_refused
from conformance.tester.accepted_openings import released
from conformance.tester.association import Association
from conformance.tester.rendering import declared_initiate_request, render
from conformance.tester.stimulus import Stimulus, raw, rlrq

_REFUSED = release_refused()


def _initiate_request(association: Association) -> bytes:
    return declared_initiate_request(association.security, association.protection, {}).encode()


def _refused(subtest: Trial, stimulus: Stimulus, association: Association | None = None) -> None:
    asked = association or subtest.association
    subtest.judge(asked.request(stimulus), association=asked)
    with subtest.step("the association goes on"):
        subtest.alive(asked)


def _sent(subtest: Trial, stimulus: Stimulus) -> None:
    subtest.association.establish()
    _refused(subtest, stimulus)


def _in_clear(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    _refused(subtest, rlrq(user_information=_initiate_request(association)))


def _replayed(subtest: Trial) -> None:
    first = subtest.another()
    first.establish()
    rendered = render(rlrq(), first.security, first.protection, b"")
    octets = raw(rendered.octets, "RLRQ of an earlier association")
    with subtest.step("the first association is released"):
        subtest.judge(first.request(octets), released(), association=first)
        first.close()
    later = subtest.another()
    later.establish()
    with subtest.step("the same RLRQ in the next one"):
        _refused(subtest, octets, later)


def _lower(subtest: Trial) -> None:
    association = subtest.association
    security, form = association.security, Protection(association.settings.initiate_protection)
    left_out = security.next_counter(dedicated=False)
    association.establish()
    octets = security.protect(_initiate_request(association), form, counter=left_out)
    _refused(subtest, rlrq(user_information=octets))


def _declared(subtest: Trial) -> None:
    _sent(subtest, subtest.stimulus)


@case(
    "T_SYMSEC_0_REL_N1",
    title="Releases that are not protected as the association",
    clause="IEC 62056-5-3, COSEM-RELEASE service; RLRQ user-information",
    applies=ciphered,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(
        1,
        "RLRQ without user-information",
        rlrq(user_information=None),
        _REFUSED,
        applies=policy_demands_protection & protected_initiate,
        argument=_declared,
    ),
    Subtest(
        2,
        "authentication tag of the InitiateRequest wrong",
        rlrq().flipped("ciphered.authentication-tag"),
        _REFUSED,
        applies=authenticated_requests & protected_initiate,
        argument=_declared,
    ),
    Subtest(
        3,
        "RLRQ of an earlier association",
        procedure="opens as declared, releases; opens again, sends the octets of the first RLRQ, then a request",
        expectation=_REFUSED,
        applies=protected_initiate,
        argument=_replayed,
    ),
    Subtest(
        4,
        "InitiateRequest in clear",
        procedure="opens as declared, sends an RLRQ whose InitiateRequest is in clear, then a request",
        expectation=_REFUSED,
        applies=policy_demands_protection & protected_initiate,
        argument=_in_clear,
    ),
    Subtest(
        5,
        "InitiateRequest with a lower counter",
        procedure="leaves an invocation counter out, opens as declared, sends an RLRQ with it, then a request",
        expectation=_REFUSED,
        applies=protected_initiate,
        argument=_lower,
    ),
)
def test_symsec_0_rel_n1(subtest: Trial) -> None:
    """An RLRQ releases a ciphered association only when its user-information is protected as that of the AARQ.

    Otherwise whoever reaches the line could end what others have opened. The association outlives each of them. The
    identifier speaks of suite 0; the same procedure runs in the declared suite.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
