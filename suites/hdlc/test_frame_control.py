"""Control fields: one that the standard does not define, and an I-frame before the link is set up."""

from conformance.device.model import Profile
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import ApplicationContext
from conformance.dlms.hdlc.llc import COMMAND_HEADER
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.harness.applicability import profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.disconnected import stays_disconnected
from conformance.harness.trial import Trial
from conformance.tester.accepted_frames import dm, frmr
from conformance.tester.accepted_services import silence
from conformance.tester.frame_stimulus import frame, information

_UNDEFINED = 0xFF
_AARQ = Aarq(
    application_context_name=ApplicationContext.LN.oid,
    user_information=InitiateRequest(
        proposed_conformance=frozenset({ConformanceBit.GET}), client_max_receive_pdu_size=0
    ).encode(),
).encode()


@case(
    "T_HDLC_FRAME_N5",
    title="Undefined control field",
    clause="IEC 62056-46, 6.4.3 Command and response frames; ISO/IEC 13239, FRMR response",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "FF in NRM", frame(_UNDEFINED), frmr(w=True, y=False, z=False, rejected_control=_UNDEFINED)),
)
def test_hdlc_frame_n5(subtest: Trial) -> None:
    """In normal response mode a frame with an undefined control field is rejected: FRMR names it and sets W.

    SNRM ends the frame reject condition.
    """
    probe = subtest.probe()
    probe.clean()
    probe.connect()
    subtest.judge(probe.send(subtest.stimulus))
    probe.set_up()


@case(
    "T_HDLC_NDMOP_N1",
    title="I-frame in normal disconnected mode",
    clause="IEC 62056-46, 6.4.5 State transition diagram for the server MAC sub-layer; ISO/IEC 13239, NDM",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "AARQ without SNRM before it", information(COMMAND_HEADER + _AARQ), dm() | silence()),
)
def test_hdlc_ndmop_n1(subtest: Trial) -> None:
    """In normal disconnected mode no information is taken: an I-frame is answered with DM, or not at all."""
    stays_disconnected(subtest)
