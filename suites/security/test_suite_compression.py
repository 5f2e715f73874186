"""The compression bit of the security control, in security suites 1 and 2: understood, and refused where not served."""

import zlib
from collections.abc import Callable
from dataclasses import replace

from conformance.device.model import Permission
from conformance.dlms.data.types import Data
from conformance.harness.applicability import ciphered, target
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.openings import NOT_SERVED, judge_opening, still_opens
from conformance.harness.protected_exchange import asking, judge_refused, opened
from conformance.harness.refused_writes import RefusedWrite, judge_refused_write
from conformance.harness.security_applicability import ciphering, protected_initiate
from conformance.harness.suite_conditions import suite
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import rejected
from conformance.tester.accepted_services import frame_reject, link_released, refused, silence
from conformance.tester.association import Association
from conformance.tester.expectation import tolerated
from conformance.tester.stimulus import Stimulus, aarq, raw

_CLAUSE = "IEC 62056-5-3, security control, compression; security suites 1 and 2"
_REFUSED = f"{NOT_SERVED}; then the association serves on"
_NO_ASSOCIATION = rejected(result=None) | tolerated(refused() | silence() | frame_reject() | link_released())
_COMPRESSED = 0x80

Content = Callable[[bytes], bytes]
"""From the plain APDU to what is ciphered in its place."""


def _deflated(window: int) -> Content:
    def compress(plain: bytes) -> bytes:
        compressor = zlib.compressobj(wbits=window)
        return compressor.compress(plain) + compressor.flush()

    return compress


_CONTENTS: tuple[tuple[str, Content], ...] = (
    ("nothing compressed", lambda plain: plain),
    ("deflate with its header (RFC 1950)", _deflated(zlib.MAX_WBITS)),
    ("deflate (RFC 1951)", _deflated(-zlib.MAX_WBITS)),
    ("gzip (RFC 1952)", _deflated(16 + zlib.MAX_WBITS)),
    ("one octet", lambda _: b"\x00"),
    ("200 octets FF", lambda _: b"\xff" * 200),
)


def _protected(association: Association, content: bytes) -> bytes:
    """Content under the association's protection; the bit says that it was compressed before."""
    control = replace(association.security.security_control, compressed=True)
    return association.security.protect(content, association.protection, control=control)


def _read(content: Content, title: str) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        association = opened(subtest, subtest.protection)
        judge_refused(subtest, association, _as_request(association, content), f"compression bit, {title}")

    return procedure


def _as_request(association: Association, content: Content) -> bytes:
    """The question with other content inside; service-specific ciphering keeps the question's tag."""
    plain = asking(association)
    if association.protection.general:
        return _protected(association, content(plain))
    return _protected(association, plain[:1] + content(plain)[1:])


def _written(subtest: Trial) -> None:
    def spoil(valid: Stimulus, _: Data) -> tuple[Stimulus, ...]:
        octets = _protected(subtest.association, valid.octets)
        return (raw(octets, f"{valid.name}, compression bit, nothing compressed"),)

    judge_refused_write(subtest, RefusedWrite(spoil))


def _initiate_request(subtest: Trial) -> None:
    settings = subtest.settings
    compressed = replace(settings, security_control=settings.security_control | _COMPRESSED)
    with subtest.step("AARQ whose InitiateRequest says to be compressed"):
        association = subtest.another(settings=compressed)
        judge_opening(subtest, aarq(), _NO_ASSOCIATION, association)
        association.close()
    with subtest.step("AARQ as declared"):
        still_opens(subtest, subtest.another())


_SUBTESTS = (
    *(
        Subtest(
            number,
            f"request, {title}",
            procedure=f"opens as declared; asks for the logical_name with the compression bit set, {title}",
            accepts=_REFUSED,
            applies=ciphering,
            argument=_read(content, title),
        )
        for number, (title, content) in enumerate(_CONTENTS, 1)
    ),
    Subtest(
        11,
        "write, nothing compressed",
        procedure="opens as declared; writes another value to targets.writable with the compression bit set; reads it",
        expectation=NOT_SERVED,
        applies=ciphering & target("writable"),
        permission=Permission.WRITES,
        argument=_written,
    ),
    Subtest(
        12,
        "InitiateRequest, nothing compressed",
        procedure="sends an AARQ whose InitiateRequest has the compression bit set; then one as declared",
        accepts=f"{_NO_ASSOCIATION}; then the association as declared",
        applies=protected_initiate,
        argument=_initiate_request,
    ),
)


@case(
    "X_SEC_SUITE_1_COMPRESSION",
    title="Compression bit in suite 1",
    clause=_CLAUSE,
    applies=suite(1) & ciphered,
    variants=Variants.EACH_PROTECTION,
)
@subtests(*_SUBTESTS)
def test_suite_1_compression(subtest: Trial) -> None:
    """A meter serves nothing that says to be compressed and is not compressed as the standard has it, and outlives it.

    Suites 1 and 2 compress by ITU-T V.44, under the general forms of ciphering only; glo and ded must have the bit 0. A
    meter without compression says so by a refusal. Requests that are really compressed are not sent.
    """
    _judge(subtest)


@case(
    "X_SEC_SUITE_2_COMPRESSION",
    title="Compression bit in suite 2",
    clause=_CLAUSE,
    applies=suite(2) & ciphered,
    variants=Variants.EACH_PROTECTION,
)
@subtests(*_SUBTESTS)
def test_suite_2_compression(subtest: Trial) -> None:
    """A meter serves nothing that says to be compressed and is not compressed as the standard has it, and outlives it.

    Suites 1 and 2 compress by ITU-T V.44, under the general forms of ciphering only; glo and ded must have the bit 0. A
    meter without compression says so by a refusal. Requests that are really compressed are not sent.
    """
    _judge(subtest)


def _judge(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
