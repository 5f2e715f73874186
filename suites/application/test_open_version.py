"""The DLMS version and the PDU size that an association begins with."""

from contextlib import suppress

from conformance.dlms.acse.enumerations import ServiceUserDiagnostic
from conformance.dlms.xdlms.confirmed_service_error import InitiateError
from conformance.harness.applicability import Condition
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.deciding import apdu_of
from conformance.harness.openings import judge_opening
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import accepted, rejected
from conformance.tester.association import State
from conformance.tester.expectation import tolerated
from conformance.tester.stimulus import aarq
from conformance.tester.transfer import TransferFailed, get, read

_VERSION = "initiate-request.proposed-dlms-version-number"
_TOO_LOW = rejected(user=ServiceUserDiagnostic.NO_REASON_GIVEN, initiate_error=InitiateError.DLMS_VERSION_TOO_LOW)
_TOO_SHORT = rejected(user=ServiceUserDiagnostic.NO_REASON_GIVEN, initiate_error=InitiateError.PDU_SIZE_TOO_SHORT)
_WITHIN = f"{accepted()}; then no APDU longer than asked for"
_ROOMY = 64
"""Octets that hold f(CtoS) and a logical name in any protection."""


@case(
    "T_APPL_OPEN_12",
    title="xDLMS InitiateRequest: proposed-dlms-version-number",
    clause="IEC 62056-5-3, xDLMS InitiateRequest",
)
@subtests(
    Subtest(1, "version 5", aarq().altered(_VERSION, "05"), _TOO_LOW),
    Subtest(2, "version 0", aarq().altered(_VERSION, "00"), _TOO_LOW),
    Subtest(3, "version 7", aarq().altered(_VERSION, "07"), accepted(dlms_version=6) | tolerated(_TOO_LOW)),
)
def test_appl_open_12(subtest: Trial) -> None:
    """A server answers with its own DLMS version, 6, or says that the proposed one is too low."""
    judge_opening(subtest)


def _size(number: int, octets: int) -> Subtest:
    return Subtest(
        number,
        f"{octets} octets" if octets else "0, no limit",
        procedure=f"opens with a client-max-receive-pdu-size of {octets}, reads a short and a long attribute",
        accepts=_WITHIN,
        applies=Condition(
            f"a smallest_pdu_size of at most {octets}",
            lambda claim: octets == 0 or claim.association.smallest_pdu_size <= octets,
        ),
        argument=octets,
    )


@case(
    "T_APPL_OPEN_14",
    title="xDLMS InitiateRequest: client-max-receive-pdu-size",
    clause="IEC 62056-5-3, xDLMS InitiateRequest",
)
@subtests(
    Subtest(1, "11 octets", aarq(client_max_receive_pdu_size=11), _TOO_SHORT),
    Subtest(
        2,
        "the smallest size that is declared",
        procedure="opens with the declared smallest_pdu_size, reads a long attribute",
        accepts=_WITHIN,
    ),
    _size(3, 64),
    _size(4, 128),
    _size(5, 0xFFFF),
    _size(6, 0),
)
def test_appl_open_14(subtest: Trial) -> None:
    """A meter refuses a client that takes too little, and sends to no other one an APDU longer than it takes.

    0 stands for no limit. The AARE is no xDLMS APDU: the limit is for what follows it.
    """
    if subtest.number == 1:
        judge_opening(subtest)
        return
    size = subtest.argument if isinstance(subtest.argument, int) else subtest.settings.smallest_pdu_size
    association = subtest.association
    with subtest.step("association"):
        subtest.judge(association.open(aarq(client_max_receive_pdu_size=size)), accepted())
    before = subtest.tape.next_number
    with subtest.step("what follows the AARE"):
        _ask(subtest, roomy=size == 0 or size >= _ROOMY)
    _judge_lengths(subtest, size, before)


def _ask(subtest: Trial, *, roomy: bool) -> None:
    """Passes 3 and 4, a short attribute and a long one; small PDUs may be too small for their answers."""
    association = subtest.association
    if association.state is State.AUTHENTICATION_PENDING:
        association.authenticate()
    if roomy and association.state is State.AUTHENTICATION_PENDING:
        subtest.inconclusive("pass 4 is not as declared: see T_APPL_OPEN_3")
    if roomy:
        subtest.alive()
    attribute = association.settings.targets.long_readable
    if attribute is None:
        return
    name = association.settings.short_name(attribute)
    # Whether the transfer ends well is the subject of the block transfer cases.
    with suppress(TransferFailed):
        if name is not None:
            read(association, name)
        else:
            get(association, attribute)


def _judge_lengths(subtest: Trial, size: int, first: int) -> None:
    received = [frame for frame in subtest.tape.frames[first:] if frame.direction == "S>C"]
    longest = max((len(apdu_of(frame) or b"") for frame in received), default=0)
    subtest.check(
        size == 0 or longest <= size,
        expected=f"APDUs of at most {size} octets" if size else "APDUs of any length",
        observed=f"the longest APDU has {longest} octets",
    )
