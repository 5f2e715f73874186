"""general-signing: an APDU with the digital signature of its originator."""

from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from conformance.device.model import Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.security.secret import Secret
from conformance.dlms.security.suite import suite_of
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.key_conditions import general_signing
from conformance.harness.openings import NOT_SERVED
from conformance.harness.plain_requests import unknown_object_request
from conformance.harness.protected_exchange import asking, judge_opened, judge_refused, judge_served, opened
from conformance.harness.trial import Trial
from conformance.tester.accepted_protection import answered_alike
from conformance.tester.accepted_services import access_error, refused
from conformance.tester.association import Association
from conformance.tester.general_request import Heading, heading, signed
from conformance.tester.stimulus import raw

_STRANGER = b"STRANGER"
_EXCHANGES = 3
_DATE_TIME = bytes.fromhex("07E60101FF0C000000800000")

Change = Callable[[GeneralSigning], GeneralSigning]


def _request(association: Association, head: Heading | None = None, key: Secret | None = None) -> bytes:
    """The question for the association's name, signed."""
    security = association.security
    return signed(security, asking(association), head or heading(security), key)


def _value(association: Association) -> GeneralSigning:
    apdu = apdus.decode(_request(association))
    assert isinstance(apdu, GeneralSigning)
    return apdu


def _serves(subtest: Trial) -> None:
    association = judge_opened(subtest, Protection.GENERAL_SIGNING)
    for number in range(1, _EXCHANGES + 1):
        with subtest.step(f"request {number}"):
            judge_served(subtest, association, _request(association), "general-signing")


def _serves_without_titles(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_SIGNING)
    security = association.security
    for name, changed in (("originator", {"originator": b""}), ("recipient", {"recipient": b""})):
        with subtest.step(f"the {name} of no octets"):
            octets = _request(association, replace(heading(security), **changed))
            reaction = association.request(raw(octets, f"general-signing without {name}"))
            subtest.judge(reaction, answered_alike(octets, security) | refused(), association=association)
            subtest.alive(association)


def _error_signed(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_SIGNING)
    security = association.security
    octets = signed(security, unknown_object_request(association.settings).octets, heading(security))
    judge_served(subtest, association, octets, "a request for what no meter has", access_error())


def _carries_further_fields(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_SIGNING)
    head = replace(heading(association.security), date_time=_DATE_TIME, other_information=b"other")
    judge_served(subtest, association, _request(association, head), "date-time and other-information")


def _wrong_signatures(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_SIGNING)
    half = suite_of(subtest.settings.security_suite).coordinate_octets
    changes: tuple[tuple[str, Change], ...] = (
        ("one bit of r wrong", lambda apdu: _with(apdu, _flipped(apdu.signature, 0))),
        ("one bit of s wrong", lambda apdu: _with(apdu, _flipped(apdu.signature, -1))),
        ("r and s exchanged", lambda apdu: _with(apdu, apdu.signature[half:] + apdu.signature[:half])),
        ("coded as DER", lambda apdu: _with(apdu, _der(apdu.signature, half))),
        ("one octet short", lambda apdu: _with(apdu, apdu.signature[:-1])),
        ("of no octets", lambda apdu: _with(apdu, b"")),
        ("all zero", lambda apdu: _with(apdu, bytes(2 * half))),
    )
    for name, change in changes:
        judge_refused(subtest, association, change(_value(association)).encode(), f"the signature {name}")


def _strangers(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_SIGNING)
    octets = suite_of(subtest.settings.security_suite).coordinate_octets
    # Any number below the order of the group is a private key; the first octets keep it there.
    stranger = Secret(bytes(2) + association.security.draw(octets - 2))
    judge_refused(subtest, association, _request(association, key=stranger), "signed with another private key")
    agreement = subtest.settings.key_agreement_key
    if agreement is not None:
        words = "signed with the client's key agreement key"
        judge_refused(subtest, association, _request(association, key=agreement), words)


def _changed(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_SIGNING)
    changes: tuple[tuple[str, Change], ...] = (
        ("transaction-id", lambda apdu: replace(apdu, transaction_id=bytes(8))),
        ("recipient left out", lambda apdu: replace(apdu, recipient_system_title=b"")),
        ("date-time put in", lambda apdu: replace(apdu, date_time=_DATE_TIME)),
        ("other-information put in", lambda apdu: replace(apdu, other_information=b"other")),
        ("invoke-id of the content", lambda apdu: replace(apdu, content=_flipped(apdu.content, 2))),
    )
    for name, change in changes:
        judge_refused(subtest, association, change(_value(association)).encode(), f"{name}, after it was signed")


def _wrong_parties(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_SIGNING)
    security = association.security
    client, server = security.client_title, security.server_title
    for name, originator, recipient in (
        ("the titles swapped", server, client),
        ("another recipient", client, _STRANGER),
        ("another originator", _STRANGER, server),
    ):
        head = replace(heading(security), originator=originator, recipient=recipient)
        judge_refused(subtest, association, _request(association, head), name)


def _with(apdu: GeneralSigning, signature: bytes) -> GeneralSigning:
    return replace(apdu, signature=signature)


def _flipped(octets: bytes, at: int) -> bytes:
    changed = bytearray(octets)
    changed[at] ^= 0x01
    return bytes(changed)


def _der(signature: bytes, half: int) -> bytes:
    """The signature as it stands in certificates, a SEQUENCE of two INTEGER."""
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


@case(
    "X_SEC_GENERAL_SIGNING",
    title="general-signing",
    clause="IEC 62056-5-3, general-signing; digital signature",
    applies=general_signing,
)
@subtests(
    Subtest(
        1,
        "signed requests",
        procedure=f"opens, asks {_EXCHANGES} times under general-signing",
        accepts="the logical name of the association, signed by the meter, the transaction-id echoed, the titles in "
        "each other's place",
        argument=_serves,
    ),
    Subtest(
        2,
        "titles of no octets",
        procedure="opens, asks without the originator's title, then without the recipient's",
        accepts="the logical name of the association, signed, or a refusal; the association serves on",
        argument=_serves_without_titles,
    ),
    Subtest(
        3,
        "an error reply",
        procedure="opens, asks for an object that no meter has",
        accepts="a data-access-result, signed",
        argument=_error_signed,
    ),
    Subtest(
        4,
        "date-time and other-information",
        procedure="opens, asks with both fields filled",
        accepts="the logical name of the association, signed; the client's signature covers both fields",
        argument=_carries_further_fields,
    ),
    Subtest(
        5,
        "wrong signatures",
        procedure="opens, asks with the signature wrong by a bit, r and s exchanged, DER, short, missing, all zero",
        expectation=NOT_SERVED,
        argument=_wrong_signatures,
    ),
    Subtest(
        6,
        "signed by somebody else",
        procedure="opens, asks signed with another private key, and with the client's key agreement key",
        expectation=NOT_SERVED,
        argument=_strangers,
    ),
    Subtest(
        7,
        "changed after it was signed",
        procedure="opens, asks with each field of the heading, and the content, changed after it was signed",
        expectation=NOT_SERVED,
        argument=_changed,
    ),
    Subtest(
        8,
        "titles of others",
        procedure="opens, asks with the titles swapped, with another recipient, as another originator, rightly signed",
        expectation=NOT_SERVED,
        argument=_wrong_parties,
    ),
)
def test_general_signing(subtest: Trial) -> None:
    """A meter serves what its client has signed, refuses what nobody or somebody else has, and signs its answers.

    A signature is r and s, each as long as the field of the curve, over all that stands before it in the APDU.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
