"""Protection within protection: signed first, then ciphered; and everything that no client does with one meter."""

from dataclasses import replace

from conformance.device.model import Protection
from conformance.dlms.errors import EncodeError
from conformance.dlms.security.secret import Secret
from conformance.dlms.security.suite import suite_of
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.key_conditions import declares, first_of, general_signing, signed_then_ciphered
from conformance.harness.openings import NOT_SERVED
from conformance.harness.plain_requests import unknown_object_request
from conformance.harness.protected_exchange import asking, judge_opened, judge_refused, judge_served, opened
from conformance.harness.trial import Trial
from conformance.tester.accepted_protection import heading_mismatch, inside
from conformance.tester.accepted_services import access_error
from conformance.tester.association import Association
from conformance.tester.expectation import Expectation
from conformance.tester.general_request import Heading, ciphered, content_key, heading, signed
from conformance.tester.liveness import ALIVE
from conformance.tester.reaction import Reply

_CIPHERED = (
    Protection.GENERAL_GLO,
    Protection.GENERAL_DED,
    Protection.GENERAL_CIPHERING,
    Protection.GENERAL_CIPHERING_SIGNED,
)
_STRANGER = b"STRANGER"
_MANY = 16
_SIGNED = (
    "the logical name of the association, signed within general-ciphering, both headings as the request makes them"
)


def _around(association: Association, plain: bytes, head: Heading | None = None, counter: int | None = None) -> bytes:
    """One layer of the ciphering that the association is declared with around `plain`."""
    security, form = association.security, association.protection
    if form in (Protection.GENERAL_GLO, Protection.GENERAL_DED):
        return security.protect(plain, form, counter=counter)
    head = head or heading(security)
    return ciphered(security, plain, head, content_key(security, head), counter=counter)


def _layers(association: Association, plain: bytes, number: int) -> bytes:
    """`plain` in so many layers of ciphering; from outside in, each layer has a counter above the one around it."""
    dedicated = association.protection.dedicated
    counters = [association.security.next_counter(dedicated=dedicated) for _ in range(number)]
    for counter in reversed(counters):
        plain = _around(association, plain, counter=counter)
    return plain


def _judge_signed(subtest: Trial, plain: bytes, association: Association, served: Expectation) -> None:
    """Send `plain` signed, then ciphered; judge the reply within and without."""
    security = association.security
    head = heading(security)
    inner = signed(security, plain, head)
    reaction = judge_served(subtest, association, _around(association, inner, head), "signed, then ciphered", served)
    assert isinstance(reaction, Reply)
    found = inside(reaction.apdu, security)
    subtest.check(
        isinstance(found, GeneralSigning),
        expected="general-signing within general-ciphering",
        observed="general-signing within" if isinstance(found, GeneralSigning) else "no signature within",
        reaction=reaction,
    )
    assert isinstance(found, GeneralSigning)
    request = GeneralSigning(head.transaction_id, head.originator, head.recipient, b"", b"", b"", b"")
    mismatch = heading_mismatch(request, found, security)
    subtest.check(
        mismatch is None,
        expected="the heading that the request makes of it, within too",
        observed="the heading is right" if mismatch is None else f"within: {mismatch.reason}",
        reaction=reaction,
    )


def _serves(subtest: Trial) -> None:
    association = judge_opened(subtest, Protection.GENERAL_CIPHERING_SIGNED)
    for number in (1, 2):
        with subtest.step(f"request {number}"):
            _judge_signed(subtest, asking(association), association, ALIVE)
    with subtest.step("a request for what no meter has"):
        plain = unknown_object_request(association.settings).octets
        _judge_signed(subtest, plain, association, access_error())


def _wrong_within(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_CIPHERING_SIGNED)
    security = association.security
    octets = suite_of(subtest.settings.security_suite).coordinate_octets
    stranger = Secret(bytes(2) + security.draw(octets - 2))
    plain = asking(association)
    head = heading(security)
    right = signed(security, plain, head)
    for name, inner in (
        ("one bit of the signature wrong", right[:-1] + bytes((right[-1] ^ 0x01,))),
        ("signed with another private key", signed(security, plain, head, stranger)),
        ("another originator within", signed(security, plain, replace(head, originator=_STRANGER))),
        ("another recipient within", signed(security, plain, replace(head, recipient=_STRANGER))),
    ):
        judge_refused(subtest, association, _around(association, inner), name)


def _ciphered_twice(subtest: Trial) -> None:
    for form in subtest.settings.protections:
        if form in _CIPHERED:
            association = opened(subtest, form)
            octets = _layers(association, asking(association), 2)
            judge_refused(subtest, association, octets, f"{form.value} in itself")
            association.close()


def _service_specific_within(subtest: Trial) -> None:
    form = first_of(subtest.settings, *_CIPHERED)
    assert form is not None
    association = opened(subtest, form)
    security = association.security
    dedicated = form.dedicated
    counter = security.next_counter(dedicated=dedicated)
    inner = security.protect(asking(association), Protection.DED if dedicated else Protection.GLO)
    octets = _around(association, inner, counter=counter)
    judge_refused(subtest, association, octets, f"service-specific ciphering within {form.value}")


def _signed_twice(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_SIGNING)
    security = association.security
    inner = signed(security, asking(association), heading(security))
    judge_refused(subtest, association, signed(security, inner, heading(security)), "general-signing in itself")


def _three_layers(subtest: Trial) -> None:
    association = opened(subtest, Protection.GENERAL_CIPHERING_SIGNED)
    security = association.security
    counters = [security.next_counter(dedicated=False) for _ in range(2)]
    innermost = _around(association, asking(association), counter=counters[1])
    octets = _around(association, signed(security, innermost, heading(security)), counter=counters[0])
    judge_refused(subtest, association, octets, "ciphered, signed, and ciphered again")


def _many_layers(subtest: Trial) -> None:
    form = first_of(subtest.settings, *_CIPHERED)
    assert form is not None
    association = opened(subtest, form)
    negotiated = association.negotiated
    most = (negotiated.server_max_receive_pdu_size if negotiated is not None else 0) or 0xFFFF
    octets, number = b"", _MANY
    while not octets or len(octets) > most:
        try:
            octets = _layers(association, asking(association), number)
        except EncodeError:
            octets = b""
        number -= 1
    judge_refused(subtest, association, octets, f"{form.value}, {number + 1} layers of it")


def _nothing_within(subtest: Trial) -> None:
    for form in subtest.settings.protections:
        if not form.general:
            continue
        association = opened(subtest, form)
        security = association.security
        octets = signed(security, b"", heading(security)) if form.signed else b""
        if form is not Protection.GENERAL_SIGNING:
            octets = _around(association, octets)
        judge_refused(subtest, association, octets, f"{form.value} around nothing")
        association.close()


@case(
    "X_SEC_GENERAL_NESTED",
    title="general-signing in general-ciphering, and other nesting",
    clause="IEC 62056-5-3, general-ciphering and general-signing, protection in layers",
    applies=declares(*_CIPHERED, Protection.GENERAL_SIGNING),
)
@subtests(
    Subtest(
        1,
        "signed, then ciphered",
        procedure="opens, asks under general-signing within general-ciphering",
        accepts=_SIGNED,
        applies=signed_then_ciphered,
        argument=_serves,
    ),
    Subtest(
        2,
        "what is wrong within",
        procedure="opens, asks with a wrong signature, another signer, another originator and recipient within",
        expectation=NOT_SERVED,
        applies=signed_then_ciphered,
        argument=_wrong_within,
    ),
    Subtest(
        3,
        "ciphering in itself",
        procedure="opens, asks with each declared general ciphering within itself",
        expectation=NOT_SERVED,
        applies=declares(*_CIPHERED),
        argument=_ciphered_twice,
    ),
    Subtest(
        4,
        "service-specific ciphering within a general one",
        procedure="opens, asks with a glo- or ded- request within general ciphering",
        expectation=NOT_SERVED,
        applies=declares(*_CIPHERED),
        argument=_service_specific_within,
    ),
    Subtest(
        5,
        "signing in itself",
        procedure="opens, asks with general-signing within general-signing",
        expectation=NOT_SERVED,
        applies=general_signing,
        argument=_signed_twice,
    ),
    Subtest(
        6,
        "three layers",
        procedure="opens, asks with general-ciphering around general-signing around general-ciphering",
        expectation=NOT_SERVED,
        applies=signed_then_ciphered,
        argument=_three_layers,
    ),
    Subtest(
        7,
        "many layers",
        procedure=f"opens, asks in {_MANY} layers of one ciphering, or in as many as the meter's PDU size allows",
        expectation=NOT_SERVED,
        applies=declares(*_CIPHERED),
        argument=_many_layers,
    ),
    Subtest(
        8,
        "nothing within",
        procedure="opens, sends each declared general protection around no octets at all",
        expectation=NOT_SERVED,
        argument=_nothing_within,
    ),
)
def test_general_nested(subtest: Trial) -> None:
    """A meter takes a signature within ciphering, answers with the same two layers, and refuses layers of one party.

    The standard gives each party a layer of its own: a client that is the only party has no use for one kind of layer
    twice, and a meter that takes any number of them spends time and memory as long as a stranger pleases.
    """
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
