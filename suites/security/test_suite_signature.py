"""ECDSA in general-signing, security suites 1 and 2: signatures of the meter, and those that it must not take."""

from collections.abc import Callable
from dataclasses import replace

from conformance.device.model import Permission, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.data.types import Data
from conformance.dlms.security.suite import suite_of
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.harness.applicability import target
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.key_conditions import general_signing
from conformance.harness.openings import NOT_SERVED
from conformance.harness.protected_exchange import asking, judge_refused, judge_served, opened
from conformance.harness.refused_writes import RefusedWrite, judge_refused_write
from conformance.harness.suite_conditions import signature_keys, suite
from conformance.harness.trial import Trial
from conformance.tester.association import Association
from conformance.tester.general_request import Heading, heading, signed
from conformance.tester.reaction import Reaction, Reply
from conformance.tester.spoilt_signatures import SPOILT, Make, form_fault, halves, right
from conformance.tester.stimulus import Stimulus, raw

_CLAUSE = "IEC 62056-5-3, digital signature; general-signing"
_APPLIES = general_signing & signature_keys
_REPLIES = 4
_SPOILT_FROM = 11
_WRITES_FROM = 31
_SPOILT_WRITES = [spoilt for spoilt in SPOILT if spoilt.title in ("signature by another key", "r and s zero")]
_REFUSED = f"{NOT_SERVED}; then the association serves on"

Over = Callable[[GeneralSigning], bytes]
"""From an APDU that is not signed yet to what a wrong signature is made over."""

_OVER: tuple[tuple[str, Over], ...] = (
    ("over the content alone", lambda unsigned: unsigned.content),
    ("over the fields without their lengths", lambda unsigned: b"".join(_fields(unsigned))),
    ("over the fields with the tag before them", lambda unsigned: b"\xdf" + unsigned.signed),
    ("over all but the content", lambda unsigned: replace(unsigned, content=b"").signed),
)


def _fields(unsigned: GeneralSigning) -> tuple[bytes, ...]:
    return (
        unsigned.transaction_id,
        unsigned.originator_system_title,
        unsigned.recipient_system_title,
        unsigned.date_time,
        unsigned.other_information,
        unsigned.content,
    )


def _signature_of(reaction: Reaction) -> bytes:
    """The signature of a general-signing APDU; of no octets where the meter sent something else."""
    value = apdus.decode(reaction.apdu, deviations=[]) if isinstance(reaction, Reply) else None
    return value.signature if isinstance(value, GeneralSigning) else b""


def _spoilt(association: Association, plain: bytes, make: Make, over: Over | None = None) -> bytes:
    """general-signing with a signature that is made in a wrong way, or over something else."""
    security = association.security
    head: Heading = heading(security)
    unsigned = GeneralSigning(
        head.transaction_id, head.originator, head.recipient, head.date_time, head.other_information, plain, b""
    )
    octets = unsigned.signed if over is None else over(unsigned)
    curve = suite_of(association.settings.security_suite)
    return replace(unsigned, signature=make(curve, security.signing_key, octets)).encode()


def _served(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_SIGNING)
    octets = signed(association.security, asking(association), heading(association.security))
    reaction = judge_served(subtest, association, octets, "request in general-signing")
    fault = form_fault(suite_of(subtest.settings.security_suite), _signature_of(reaction))
    subtest.check(
        fault is None,
        expected="a signature r ‖ s, each as long as a coordinate of the curve",
        observed=fault or "a signature r ‖ s",
        reaction=reaction,
        path="general-signing.signature",
    )


def _numbers(subtest: Trial) -> None:
    """Two signatures with one r were made with one nonce: whoever sees both computes the private key."""
    association = opened(subtest, Protection.GENERAL_SIGNING)
    seen: list[int] = []
    for number in range(1, _REPLIES + 1):
        octets = signed(association.security, asking(association), heading(association.security))
        reaction = judge_served(subtest, association, octets, f"request {number} in general-signing")
        r, _ = halves(suite_of(subtest.settings.security_suite), _signature_of(reaction)) or (0, 0)
        again = r in seen
        subtest.check(
            not again,
            expected="an r that no earlier signature had",
            observed="r of an earlier signature again: the private key can be computed" if again else "a new r",
            reaction=reaction,
            path="general-signing.signature",
        )
        seen.append(r)


def _over_other_octets(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_SIGNING)
    for title, over in _OVER:
        octets = _spoilt(association, asking(association), right, over)
        judge_refused(subtest, association, octets, f"signature {title}")


def _refused(make: Make, title: str) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        association = opened(subtest, Protection.GENERAL_SIGNING)
        judge_refused(subtest, association, _spoilt(association, asking(association), make), title)

    return procedure


def _write_refused(make: Make, title: str) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        def spoil(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
            return (raw(_spoilt(subtest.association, valid.octets, make), f"{valid.name}, {title}"),)

        judge_refused_write(subtest, RefusedWrite(spoil))

    return procedure


_SUBTESTS = (
    Subtest(
        1,
        "signed request",
        procedure="opens as declared; asks for the logical_name in general-signing",
        accepts="the logical_name, signed by the meter: r ‖ s, not DER, verified with the declared key",
        argument=_served,
    ),
    Subtest(
        2,
        "signatures of the meter",
        procedure=f"opens as declared; asks {_REPLIES} times for the logical_name in general-signing",
        accepts="signatures that do not have their r in common",
        argument=_numbers,
    ),
    Subtest(
        3,
        "signature over other octets",
        procedure="opens as declared; asks with a signature by the right key " + "; ".join(title for title, _ in _OVER),
        accepts=_REFUSED,
        argument=_over_other_octets,
    ),
    *(
        Subtest(
            number,
            f"reading, {spoilt.title}",
            procedure=f"opens as declared; asks for the logical_name, {spoilt.title}",
            accepts=_REFUSED,
            argument=_refused(spoilt.make, spoilt.title),
        )
        for number, spoilt in enumerate(SPOILT, _SPOILT_FROM)
    ),
    *(
        Subtest(
            number,
            f"writing, {spoilt.title}",
            procedure=f"opens as declared; writes another value to targets.writable, {spoilt.title}; reads it",
            expectation=NOT_SERVED,
            applies=target("writable"),
            permission=Permission.WRITES,
            argument=_write_refused(spoilt.make, spoilt.title),
        )
        for number, spoilt in enumerate(_SPOILT_WRITES, _WRITES_FROM)
    ),
)


@case("X_SEC_SUITE_1_SIGNATURE", title="ECDSA P-256, SHA-256", clause=_CLAUSE, applies=suite(1) & _APPLIES)
@subtests(*_SUBTESTS)
def test_suite_1_signature(subtest: Trial) -> None:
    """A meter serves what the client's key on P-256 has signed, signs what it answers, and takes no other signature.

    What a signature is over, and who is named in it, is a matter of general-signing; here it is the signature itself.
    """
    _judge(subtest)


@case("X_SEC_SUITE_2_SIGNATURE", title="ECDSA P-384, SHA-384", clause=_CLAUSE, applies=suite(2) & _APPLIES)
@subtests(*_SUBTESTS)
def test_suite_2_signature(subtest: Trial) -> None:
    """A meter serves what the client's key on P-384 has signed, signs what it answers, and takes no other signature.

    What a signature is over, and who is named in it, is a matter of general-signing; here it is the signature itself.
    """
    _judge(subtest)


def _judge(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
