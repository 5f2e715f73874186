"""The length field of the wrapper, which alone tells where a PDU ends."""

from conformance.device.model import Profile
from conformance.harness.applicability import over_a_stream, profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.serving import fresh_connection_serves, opens_and_serves, still_served
from conformance.harness.trial import Trial
from conformance.tester.accepted_openings import rejected
from conformance.tester.accepted_services import exception, link_released, service_error, silence
from conformance.tester.expectation import Expectation
from conformance.tester.liveness import ALIVE, question
from conformance.tester.reaction import Reply
from conformance.tester.segments import EACH_OCTET, Segments
from conformance.tester.stimulus import Stimulus, aarq, raw

_NO_EFFECT: Expectation = silence() | link_released()
_NOT_OPENED: Expectation = _NO_EFFECT | rejected(result=None) | exception() | service_error()
_HEADER_APART = Segments((8,))
_HEADER_CUT = Segments((3, 2))
_BEGINNING = 5
_LENGTH = "wrapper.length"
_OPENS = "opens as declared and asks for the logical_name, each PDU"
_INVOKE_IDS = (0xC1, 0xC2)


@case(
    "X_WRAPPER_LENGTH",
    title="Length of the wrapper",
    clause="IEC 62056-47, wrapper protocol data unit, length",
    applies=profile(Profile.WRAPPER),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(
        1,
        "segments of 1 octet",
        procedure=f"{_OPENS} {EACH_OCTET}",
        accepts="AARE accepted, the logical_name",
        applies=over_a_stream,
        argument=EACH_OCTET,
    ),
    Subtest(
        2,
        "header and APDU apart",
        procedure=f"{_OPENS} {_HEADER_APART}",
        accepts="AARE accepted, the logical_name",
        applies=over_a_stream,
        argument=_HEADER_APART,
    ),
    Subtest(
        3,
        "cut within the header",
        procedure=f"{_OPENS} {_HEADER_CUT}",
        accepts="AARE accepted, the logical_name",
        applies=over_a_stream,
        argument=_HEADER_CUT,
    ),
    Subtest(
        4,
        "two PDUs in one segment",
        procedure="opens as declared and asks twice for the logical_name in one segment",
        accepts="two replies, in the order of the requests",
        applies=over_a_stream,
    ),
    Subtest(
        5,
        "a PDU that begins in the segment of another",
        procedure=f"as before, but only {_BEGINNING} octets of the second PDU are in the segment of the first",
        accepts="two replies, in the order of the requests",
        applies=over_a_stream,
    ),
    Subtest(6, "length 0, no APDU", raw(b"", "no APDU"), _NO_EFFECT),
    Subtest(7, "length 0 before an AARQ", aarq().altered(_LENGTH, "0000"), _NO_EFFECT),
    Subtest(8, "AARQ, length 1 too long", aarq().added(_LENGTH, 1), _NO_EFFECT),
    Subtest(9, "AARQ, length 65535", aarq().altered(_LENGTH, "FFFF"), _NO_EFFECT),
    Subtest(10, "AARQ, length 1 too short", aarq().added(_LENGTH, -1), _NOT_OPENED),
    Subtest(11, "AARQ, length 9 too short", aarq().added(_LENGTH, -9), _NOT_OPENED),
)
def test_wrapper_length(subtest: Trial) -> None:
    """A wrapper PDU is what its length says, however it is cut into segments, and a wrong length harms no other PDU.

    After a wrong length a stream cannot be read any further: a meter may wait for the rest, or close. A new connection
    must be served at once.
    """
    association = subtest.association
    match subtest.number:
        case 1 | 2 | 3:
            segments = subtest.argument
            assert isinstance(segments, Segments)
            association.data_link.line.segments = segments
            opens_and_serves(subtest)
        case 4:
            _two_requests(subtest, beginning=None)
        case 5:
            _two_requests(subtest, beginning=_BEGINNING)
        case 6:
            subtest.judge(association.request(subtest.stimulus))
            still_served(subtest)
        case _:
            subtest.judge(association.open(subtest.stimulus))
            fresh_connection_serves(subtest)


def _two_requests(subtest: Trial, beginning: int | None) -> None:
    """Two questions in one go; of the second only `beginning` octets in the first segment, None for all of them."""
    opens_and_serves(subtest)
    association = subtest.association
    line = association.data_link.line
    with subtest.step("two requests"):
        with line.together():
            association.notify(_numbered(question(association), _INVOKE_IDS[0]))
            if beginning is not None:
                line.segments = Segments((len(subtest.tape.frames[-1].octets) + beginning,))
            association.notify(_numbered(question(association), _INVOKE_IDS[1]))
        line.segments = Segments()
        for number, invoke_id in enumerate(_INVOKE_IDS, start=1):
            reaction = association.receive()
            subtest.judge(reaction, ALIVE)
            answered = getattr(reaction.value, "invoke_id_and_priority", None) if isinstance(reaction, Reply) else None
            subtest.check(
                answered in (None, invoke_id),
                expected=f"reply {number} with the invoke-id of request {number}",
                observed=f"reply {number} with invoke-id-and-priority {answered or 0:02X}",
                reaction=reaction,
                path="" if answered is None else "get-response.invoke-id-and-priority",
            )
    with subtest.step("a request of its own"):
        subtest.alive()


def _numbered(stimulus: Stimulus, invoke_id_and_priority: int) -> Stimulus:
    """A GET with this invoke-id; a Read by short name has none."""
    if stimulus.octets[:1] != b"\xc0":
        return stimulus
    return stimulus.altered("get-request.invoke-id-and-priority", bytes([invoke_id_and_priority]))
