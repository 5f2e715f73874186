"""Frames that are none: in normal disconnected mode each is sent once, is not answered, and changes nothing."""

from conformance.device.model import Profile
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.harness.applicability import address_octets_in_use, profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.disconnected import stays_disconnected
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import silence
from conformance.tester.frame_stimulus import snrm
from conformance.tester.stimulus import Stimulus

_OPENING, _CLOSING = "hdlc-frame.opening-flag", "hdlc-frame.closing-flag"
_FORMAT = "hdlc-frame.content.format"
_DESTINATION, _SOURCE = "hdlc-frame.content.destination-address", "hdlc-frame.content.source-address"
_CONTROL = "hdlc-frame.content.control"
_HCS, _FCS = "hdlc-frame.content.hcs", "hdlc-frame.content.fcs"
_NO_CONTROL: Stimulus = snrm().dropped(_CONTROL)
_NO_SOURCE: Stimulus = _NO_CONTROL.dropped(_SOURCE)
_NO_ADDRESS: Stimulus = _NO_SOURCE.dropped(_DESTINATION)
_WITH_PARAMETERS: Stimulus = snrm(LinkParameters())


@case(
    "T_HDLC_FRAME_N1",
    title="Missing flags",
    clause="IEC 62056-46, 6.4.1 The MAC PDU and the HDLC frame: flags",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "SNRM without opening flag", snrm().dropped(_OPENING), silence()),
    Subtest(2, "SNRM without closing flag", snrm().dropped(_CLOSING), silence()),
    Subtest(3, "SNRM without either flag", snrm().dropped(_OPENING).dropped(_CLOSING), silence()),
)
def test_hdlc_frame_n1(subtest: Trial) -> None:
    """What is not enclosed in flags is no frame, and a whole SNRM after it is answered.

    After what was sent the line is idle for longer than the inter-octet timeout: no later flag can complete it.
    """
    probe = stays_disconnected(subtest)
    probe.set_up()


@case(
    "T_HDLC_FRAME_N2",
    title="Frames that are too short",
    clause="IEC 62056-46, 6.4.1 The MAC PDU and the HDLC frame; 6.4.4 Elements of the procedures: invalid frames",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "1 octet between the flags: half of the format", _NO_ADDRESS.dropped(_FCS).cut(_FORMAT, 1), silence()),
    Subtest(2, "2 octets: the format", _NO_ADDRESS.dropped(_FCS), silence()),
    Subtest(3, "3 octets: the format, half of the FCS", _NO_ADDRESS.cut(_FCS, 1), silence()),
    Subtest(4, "4 octets: format and FCS", _NO_ADDRESS, silence()),
    Subtest(
        5,
        "5 octets: 1 octet of the destination",
        _NO_SOURCE.cut(_DESTINATION, 1),
        silence(),
        applies=address_octets_in_use(2, 4),
    ),
    Subtest(
        6,
        "6 octets: 2 octets of the destination",
        _NO_SOURCE.cut(_DESTINATION, 2),
        silence(),
        applies=address_octets_in_use(4),
    ),
    Subtest(
        7,
        "7 octets: 3 octets of the destination",
        _NO_SOURCE.cut(_DESTINATION, 3),
        silence(),
        applies=address_octets_in_use(4),
    ),
    Subtest(8, "neither source address nor control field", _NO_SOURCE, silence()),
    Subtest(9, "no control field", _NO_CONTROL, silence()),
)
def test_hdlc_frame_n2(subtest: Trial) -> None:
    """A frame with fewer octets between its flags than format, addresses, control field and FCS need is ignored.

    Every size from 1 octet to one less than that; the length subfield says how many there are, and the FCS is right
    wherever it has room.
    """
    stays_disconnected(subtest)


@case(
    "T_HDLC_FRAME_N3",
    title="Frame format type",
    clause="IEC 62056-46, 6.4.1 The MAC PDU and the HDLC frame: frame format",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "format type 0", snrm().flipped(_FORMAT, "A000"), silence()),
    Subtest(2, "format type 2", snrm().flipped(_FORMAT, "8000"), silence()),
    Subtest(3, "format type B", snrm().flipped(_FORMAT, "1000"), silence()),
)
def test_hdlc_frame_n3(subtest: Trial) -> None:
    """A frame of another format type than 3, which is A in the four highest bits of the format, is ignored."""
    stays_disconnected(subtest)


@case(
    "T_HDLC_FRAME_N4",
    title="Length subfield",
    clause="IEC 62056-46, 6.4.1 The MAC PDU and the HDLC frame: frame format",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "one more than the octets that follow", snrm().added(_FORMAT, 1), silence()),
    Subtest(2, "one less than the octets that follow", snrm().added(_FORMAT, -1), silence()),
    Subtest(3, "0", snrm().altered(_FORMAT, "A000"), silence()),
    Subtest(4, "the largest, 7FF", snrm().altered(_FORMAT, "A7FF"), silence()),
)
def test_hdlc_frame_n4(subtest: Trial) -> None:
    """A frame whose length subfield does not say how many octets stand between its flags is ignored.

    The FCS is right over what is sent. Where the length promises more, the inter-octet timeout ends the frame.
    """
    stays_disconnected(subtest)


@case(
    "T_HDLC_FRAME_N7",
    title="Header check sequence",
    clause="IEC 62056-46, 6.4.1 The MAC PDU and the HDLC frame: HCS",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "SNRM with parameters, HCS wrong by one bit, FCS right", _WITH_PARAMETERS.flipped(_HCS), silence()),
)
def test_hdlc_frame_n7(subtest: Trial) -> None:
    """A frame with a wrong header check sequence is ignored, although its frame check sequence is right."""
    stays_disconnected(subtest)


@case(
    "T_HDLC_FRAME_N8",
    title="Frame check sequence",
    clause="IEC 62056-46, 6.4.1 The MAC PDU and the HDLC frame: FCS",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "SNRM with parameters, HCS right, FCS wrong by one bit", _WITH_PARAMETERS.flipped(_FCS), silence()),
)
def test_hdlc_frame_n8(subtest: Trial) -> None:
    """A frame with a wrong frame check sequence is ignored, although its header check sequence is right."""
    stays_disconnected(subtest)
