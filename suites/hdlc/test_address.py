"""Addresses: every declared form is served in that form, and what is not the device's own is left alone."""

from conformance.device.model import Profile
from conformance.harness.applicability import hdlc_addressing, no_one_octet_addressing, profile
from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.disconnected import stays_disconnected
from conformance.harness.trial import Trial
from conformance.tester.accepted_frames import frmr, ua
from conformance.tester.accepted_services import silence
from conformance.tester.expectation import Expectation, tolerated
from conformance.tester.frame_stimulus import addressed, snrm
from conformance.tester.stimulus import Destination

_SOURCE = "hdlc-frame.content.source-address"
_LEFT_ALONE: Expectation = silence() | tolerated(frmr())


@case(
    "T_HDLC_ADDRESS_P1",
    title="Declared address structures",
    clause="IEC 62056-46, 6.4.2 MAC addressing",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
    negative=False,
)
@subtests(
    *(
        Subtest(
            number,
            f"server address on {octets} octet{'s' if octets > 1 else ''}",
            addressed(snrm(), octets=octets),
            ua(),
            applies=hdlc_addressing(octets),
            argument=octets,
        )
        for number, octets in ((1, 1), (2, 2), (3, 4))
    )
)
def test_hdlc_address_p1(subtest: Trial) -> None:
    """A server answers each form of its address that it claims in that form, with the addresses swapped."""
    probe = subtest.probe(subtest.argument)
    probe.clean()
    subtest.judge(probe.send(subtest.stimulus))
    probe.release()


@case(
    "T_HDLC_ADDRESS_N1",
    title="Client address on 2 octets",
    clause="IEC 62056-46, 6.4.2 MAC addressing: client addresses have one octet",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "client SAP in the second octet, 0 in the first", snrm().inserted_before(_SOURCE, "00"), _LEFT_ALONE),
    Subtest(
        2,
        "client SAP in the first octet, 1 in the second",
        snrm().flipped(_SOURCE, "01").inserted_after(_SOURCE, "03"),
        _LEFT_ALONE,
    ),
)
def test_hdlc_address_n1(subtest: Trial) -> None:
    """A frame for the server whose source address has 2 octets comes from no client, and is not answered."""
    stays_disconnected(subtest)


@case(
    "T_HDLC_ADDRESS_N4",
    title="Unknown destination",
    clause="IEC 62056-46, 6.4.2 MAC addressing",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    *(
        Subtest(
            number,
            f"{what} on {octets} octet{'s' if octets > 1 else ''}",
            addressed(snrm(), destination, octets),
            _LEFT_ALONE,
            applies=hdlc_addressing(octets),
            argument=octets,
        )
        for number, what, destination, octets in (
            (1, "unknown logical device", Destination.UNKNOWN_LOGICAL_DEVICE, 1),
            (2, "unknown logical device", Destination.UNKNOWN_LOGICAL_DEVICE, 2),
            (3, "unknown physical device", Destination.UNKNOWN_PHYSICAL_DEVICE, 2),
            (4, "unknown logical device", Destination.UNKNOWN_LOGICAL_DEVICE, 4),
            (5, "unknown physical device", Destination.UNKNOWN_PHYSICAL_DEVICE, 4),
        )
    )
)
def test_hdlc_address_n4(subtest: Trial) -> None:
    """A server does not answer for an address that is not its own, and its own address is in disconnected mode still.

    Unknown is the highest address that is not reserved and that the device config does not declare.
    """
    stays_disconnected(subtest, subtest.argument)


@case(
    "T_HDLC_ADDRESS_N6",
    title="1 octet where 2 or 4 are declared",
    clause="IEC 62056-46, 6.4.2 MAC addressing",
    applies=profile(Profile.HDLC) & no_one_octet_addressing,
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "the logical device alone, on 1 octet", addressed(snrm(), octets=1), silence()),
)
def test_hdlc_address_n6(subtest: Trial) -> None:
    """A server that does not claim addresses of 1 octet does not answer to one."""
    stays_disconnected(subtest)


@case(
    "T_HDLC_ADDRESS_N7",
    title="Destination address on 3 and on 5 octets",
    clause="IEC 62056-46, 6.4.2 MAC addressing: server addresses have 1, 2 or 4 octets",
    applies=profile(Profile.HDLC),
    scope=Scope.DEVICE,
)
@subtests(
    Subtest(1, "own address on 3 octets", addressed(snrm(), octets=3), _LEFT_ALONE),
    Subtest(2, "own address on 5 octets", addressed(snrm(), octets=5), _LEFT_ALONE),
)
def test_hdlc_address_n7(subtest: Trial) -> None:
    """A frame whose destination address is coded on a number of octets that the standard does not have is ignored.

    The address is the server's own, seven bits an octet and padded in front with zeros; where 4 octets are in use, the
    first of them is left out to make 3.
    """
    stays_disconnected(subtest)
