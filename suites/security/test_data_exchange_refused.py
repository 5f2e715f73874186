"""Requests that are protected wrongly: each wrongness once, in a request that reads and in one that writes."""

from collections.abc import Iterator

from conformance.device.model import Permission
from conformance.harness.applicability import Condition, ciphered, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.refused_writes import RefusedWrite, judge_refused_write
from conformance.harness.security_applicability import (
    authenticated_requests,
    ciphering,
    policy_demands_authentication,
    policy_demands_encryption,
    policy_demands_protection,
    protecting,
)
from conformance.harness.trial import Trial
from conformance.tester.accepted_data_exchange import REFUSED
from conformance.tester.liveness import question
from conformance.tester.wrong_protection import (
    ANOTHER_AUTHENTICATION_KEY,
    ANOTHER_KEY,
    ANOTHER_SUITE,
    ANOTHER_TITLE,
    AUTHENTICATED_ONLY,
    COMPRESSION,
    ENCRYPTED_ONLY,
    IN_CLEAR,
    KEY_SET,
    NEITHER,
    RESERVED_SUITE,
    SHORT_TAG,
    WRONG_CIPHERTEXT,
    WRONG_TAG,
    WrongProtection,
)

_WRITES = 20
"""Added to the number of a wrongness in a request that writes."""
_TAGGED = ciphering & authenticated_requests
_WRONG: tuple[tuple[WrongProtection, Condition], ...] = (
    (ANOTHER_KEY, ciphering),
    (WRONG_TAG, _TAGGED),
    (SHORT_TAG, _TAGGED),
    (WRONG_CIPHERTEXT, _TAGGED),
    (ANOTHER_AUTHENTICATION_KEY, _TAGGED),
    (ANOTHER_SUITE, ciphering),
    (RESERVED_SUITE, ciphering),
    (KEY_SET, ciphering),
    (COMPRESSION, ciphering),
    (ENCRYPTED_ONLY, ciphering & policy_demands_authentication),
    (AUTHENTICATED_ONLY, ciphering & policy_demands_encryption),
    (NEITHER, ciphering & policy_demands_protection),
    (IN_CLEAR, protecting & policy_demands_protection),
    (ANOTHER_TITLE, ciphering),
)


def _reading() -> Iterator[Subtest]:
    for number, (wrong, applies) in enumerate(_WRONG, start=1):
        yield Subtest(
            number,
            wrong.title,
            procedure=f"opens as declared, asks for the logical_name: {wrong.title}; then asks as declared",
            expectation=REFUSED,
            applies=applies,
            argument=wrong,
        )


def _writing() -> Iterator[Subtest]:
    for number, (wrong, applies) in enumerate(_WRONG, start=1):
        yield Subtest(
            number + _WRITES,
            f"write: {wrong.title}",
            procedure=f"reads targets.writable, writes another value: {wrong.title}; reads it again as declared",
            expectation=REFUSED,
            applies=applies & target("writable"),
            permission=Permission.WRITES,
            argument=wrong,
        )


@case(
    "T_SYMSEC_0_SecDataX_N1",
    title="Requests that are protected wrongly",
    clause="IEC 62056-5-3, xDLMS APDUs with cryptographic protection; security header, security policy",
    applies=ciphered,
    variants=Variants.EACH_PROTECTION,
)
@subtests(*_reading(), *_writing())
def test_symsec_0_secdatax_n1(subtest: Trial) -> None:
    """A request that is not protected as key, title, suite and policy ask is refused, and nothing is written.

    Everything else in each request is right, and its invocation counter is new. What the declared security_policy does
    not demand is not refused: those subtests do not apply. The identifier speaks of suite 0; the same procedure runs in
    the declared suite.
    """
    wrong = subtest.argument
    assert isinstance(wrong, WrongProtection)
    if subtest.number > _WRITES:
        judge_refused_write(subtest, RefusedWrite(lambda valid, _: wrong.stimuli(subtest.association, valid)))
        return
    association = subtest.association
    association.establish()
    for stimulus in wrong.stimuli(association, question(association)):
        with subtest.step(str(stimulus)):
            subtest.judge(association.request(stimulus))
    with subtest.step("then as declared"):
        subtest.alive()
