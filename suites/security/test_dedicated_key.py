"""Dedicated ciphering with any other key than the one of the association."""

from conformance.device.model import Permission, Protection
from conformance.dlms.data.types import Data
from conformance.harness.applicability import ciphered, dedicated_key, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.openings import judge_opening
from conformance.harness.refused_writes import RefusedWrite, judge_refused_write
from conformance.harness.security_applicability import dedicated
from conformance.harness.trial import Trial
from conformance.tester.accepted_data_exchange import REFUSED, under_global_key
from conformance.tester.accepted_openings import rejected
from conformance.tester.association import Association
from conformance.tester.liveness import question
from conformance.tester.stimulus import Stimulus, aarq, raw

_REJECTED = rejected(result=None)
_FAR_BEYOND = 1000
"""An invocation counter that the few requests of an association here do not reach."""


def _under(association: Association, protection: Protection, key: bytes, plain: Stimulus, what: str) -> Stimulus:
    """A request in a dedicated form under `key`, with a counter that this key has not had yet."""
    security = association.security
    counter = security.next_counter(dedicated=False) if key == security.encryption_key else _FAR_BEYOND
    octets = security.protect(plain.octets, protection, key=key, counter=counter)
    return raw(octets, f"{plain.name}, {protection.value} under {what}")


def _key_sent(subtest: Trial) -> tuple[Association, bytes]:
    """An established association, and the dedicated key that was sent in it."""
    association = subtest.another()
    key = subtest.random.randbytes(subtest.settings.key_octets)
    association.keep_secret(key)
    association.establish(aarq(dedicated_key=key))
    return association, key


def _without_a_key(subtest: Trial) -> None:
    association = subtest.another(protection=under_global_key(subtest.protection))
    association.establish()
    settings = association.settings
    keys = {"a key of the client's own": subtest.random.randbytes(settings.key_octets)}
    keys["the global key"] = association.security.encryption_key
    keys["a key of zeros"] = bytes(settings.key_octets)
    for what, key in keys.items():
        with subtest.step(what):
            request = _under(association, subtest.protection, key, question(association), what)
            subtest.judge(association.request(request), association=association)
    with subtest.step("then under the global key"):
        subtest.alive(association)


def _of_the_association_before(subtest: Trial) -> None:
    first, key = _key_sent(subtest)
    with subtest.step("the first association, under its key"):
        subtest.alive(first)
        first.release()
        first.close()
    with subtest.step("the next association, which sends another key"):
        later, _ = _key_sent(subtest)
        request = _under(later, subtest.protection, key, question(later), "the key of the association before")
        subtest.judge(later.request(request), association=later)
    with subtest.step("then under its own key"):
        subtest.alive(later)
        later.release()
        later.close()
    with subtest.step("an association without a dedicated key"):
        bare = subtest.another(protection=under_global_key(subtest.protection))
        bare.establish()
        request = _under(bare, subtest.protection, key, question(bare), "the key of an association before")
        subtest.judge(bare.request(request), association=bare)
        subtest.alive(bare)


def _under_the_global_key(subtest: Trial) -> None:
    association = subtest.association
    association.establish()
    key = association.security.encryption_key
    with subtest.step("the global key"):
        request = _under(association, subtest.protection, key, question(association), "the global key")
        subtest.judge(association.request(request))
    with subtest.step("then under the dedicated key"):
        subtest.alive()


def _of_a_wrong_length(subtest: Trial) -> None:
    right = subtest.settings.key_octets
    for octets in sorted({1, right - 1, right + 1, 48 - right}):
        with subtest.step(f"{octets} octets"):
            association = subtest.another(protection=under_global_key(subtest.protection))
            key = subtest.random.randbytes(octets)
            judge_opening(subtest, aarq(dedicated_key=key), _REJECTED, association=association)
            association.close()


def _write_under_the_global_key(subtest: Trial) -> None:
    def spoil(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
        association = subtest.association
        key = association.security.encryption_key
        return (_under(association, subtest.protection, key, valid, "the global key"),)

    judge_refused_write(subtest, RefusedWrite(spoil))


def _write_under_the_key_before(subtest: Trial) -> None:
    first, key = _key_sent(subtest)
    first.release()
    first.close()

    def spoil(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
        association = subtest.association
        return (_under(association, subtest.protection, key, valid, "the key of the association before"),)

    judge_refused_write(subtest, RefusedWrite(spoil))


@case(
    "T_SYMSEC_0_DedKey_N1",
    title="Dedicated ciphering with a wrong dedicated key",
    clause="IEC 62056-5-3, xDLMS InitiateRequest, dedicated-key; dedicated ciphering",
    applies=ciphered & dedicated_key,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(
        1,
        "no dedicated key was sent",
        procedure="opens without a dedicated key, asks in the dedicated form under a random key, the global one, zeros",
        expectation=REFUSED,
        applies=dedicated,
        argument=_without_a_key,
    ),
    Subtest(
        2,
        "the dedicated key of the association before",
        procedure="opens with a dedicated key, releases; asks under it in an association with another key, and in one "
        "with none",
        expectation=REFUSED,
        applies=dedicated,
        argument=_of_the_association_before,
    ),
    Subtest(
        3,
        "the global key in the dedicated form",
        procedure="opens with a dedicated key, asks in the dedicated form under the global key",
        expectation=REFUSED,
        applies=dedicated,
        argument=_under_the_global_key,
    ),
    Subtest(
        4,
        "dedicated keys of wrong lengths",
        procedure="sends the AARQ as declared with dedicated keys of 1 octet, one too few, one too many, and of the "
        "other length that a suite has",
        expectation=_REJECTED,
        applies=dedicated,
        argument=_of_a_wrong_length,
    ),
    Subtest(
        5,
        "a write under the global key in the dedicated form",
        procedure="reads targets.writable, sends a write of another value under the global key, reads it again",
        expectation=REFUSED,
        applies=dedicated & target("writable"),
        permission=Permission.WRITES,
        argument=_write_under_the_global_key,
    ),
    Subtest(
        6,
        "a write under the dedicated key of the association before",
        procedure="opens with a dedicated key, releases; opens with another one, sends a write under the first, reads",
        expectation=REFUSED,
        applies=dedicated & target("writable"),
        permission=Permission.WRITES,
        argument=_write_under_the_key_before,
    ),
)
def test_symsec_0_dedkey_n1(subtest: Trial) -> None:
    """What is ciphered in a dedicated form is served under the dedicated key of its own association, and no other.

    The identifier speaks of suite 0; the same procedure runs in the declared suite.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
