"""The faults of frames, addresses and timeouts: each does what it says, at one point, and nothing else."""

from __future__ import annotations

import pytest

from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.frame import Frame
from conformance.meter.hdlc_frame_defects import HDLC_FRAME_DEFECTS
from conformance.meter.hdlc_intake import HdlcIntake
from tests.meter.hdlc_line import Client

SNRM = bytes.fromhex("7EA0070321930F017E")
DISC = bytes.fromhex("7EA00703215303C77E")


def kinds(frames: list[Frame]) -> list[FrameType]:
    return [frame.control.type for frame in frames]


def sent(client: Client, octets: bytes) -> bytes:
    """What the meter sends back, also where that is no legal frame."""
    client.server.receive(octets, client.now)
    return b"".join(piece for _, piece in client.server.outgoing(client.now))


@pytest.mark.parametrize("name", [defect.name for defect in HDLC_FRAME_DEFECTS if "dead" not in defect.name])
def test_a_fault_of_form_leaves_the_rest_of_the_meter_alone(name: str) -> None:
    """Every one of these meters still answers something to SNRM and DISC in order."""
    client = Client(defects=(name,))
    assert sent(client, SNRM)
    client.now += 1
    assert sent(client, DISC)


def test_intake_of_a_sound_meter_takes_frames_only() -> None:
    """Neither a missing flag nor a wrong length or type makes one."""
    intake = HdlcIntake()
    assert [intake.frame(candidate) is not None for candidate in intake.feed(SNRM)] == [True]
    intake.discard()
    assert intake.feed(SNRM[:-1]) == []
    assert intake.pending == SNRM[:-1]
    intake.discard()
    assert intake.feed(SNRM[1:]) == []
    assert intake.frame(bytes.fromhex("7EA007032193AAAA7E")) is None
    assert not intake.dead


def test_frames_without_flags() -> None:
    """Each fault is about its own flag."""
    assert kinds(Client(defects=("hdlc-opening-flag-not-awaited",)).octets(SNRM[1:])) == [FrameType.UA]
    assert kinds(Client(defects=("hdlc-opening-flag-not-awaited",)).octets(SNRM[:-1])) == []
    assert kinds(Client(defects=("hdlc-closing-flag-not-awaited",)).octets(SNRM[:-1])) == [FrameType.UA]
    assert kinds(Client(defects=("hdlc-closing-flag-not-awaited",)).octets(SNRM[1:])) == []


def test_octets_may_come_one_by_one_also_with_a_fault_of_flags_or_length() -> None:
    """A serial line delivers them so."""
    for name in ("hdlc-opening-flag-not-awaited", "hdlc-closing-flag-not-awaited", "hdlc-length-not-checked"):
        client = Client(defects=(name,))
        replies = [frame for octet in SNRM for frame in client.octets(bytes((octet,)))]
        assert kinds(replies) == [FrameType.UA]


def test_a_frame_that_came_to_a_stop_is_completed_by_the_next_flag() -> None:
    """Without the inter-octet timeout a DISC that was cut off is taken after all."""
    client = Client(defects=("hdlc-inter-octet-timeout-not-applied",))
    client.connect()
    assert client.octets(DISC[:-1]) == []
    client.now += 10
    assert FrameType.UA in kinds(client.send(FrameType.RR))
    assert client.server.next_timer() is None


def test_inactivity_timeouts_that_are_wrong() -> None:
    """Never, too early, and not started anew by traffic."""
    for name, idle, mode in (
        ("hdlc-inactivity-timeout-not-applied", (1000.0,), "NRM"),
        ("hdlc-inactivity-timeout-early", (61.0,), "NDM"),
        ("hdlc-inactivity-timeout-not-restarted", (80.0, 80.0), "NDM"),
    ):
        client = Client(defects=(name,), inactivity_timeout_s=120.0)
        client.connect()
        for seconds in idle:
            client.now += seconds
            found = client.mode()
        assert found == mode


def test_addresses_that_are_taken_wrongly() -> None:
    """Foreign logical and physical devices, two octets of a client, forms that are not claimed, forms that are none."""
    for name, address, settings in (
        ("hdlc-unknown-logical-device-answered", HdlcAddress(99), {}),
        ("hdlc-unknown-physical-device-answered", HdlcAddress(1, 99, 2), {}),
        ("hdlc-one-octet-address-taken-too", HdlcAddress(1), {"address_lengths": (2, 4)}),
    ):
        assert kinds(Client(**settings).send(FrameType.SNRM, server=address)) == []
        assert kinds(Client(defects=(name,), **settings).send(FrameType.SNRM, server=address)) == [FrameType.UA]
    client = HdlcAddress(0, 16, 2)
    assert kinds(Client(defects=("hdlc-client-on-two-octets-answered",)).send(FrameType.SNRM, client=client)) == [
        FrameType.UA
    ]
    padded = bytes.fromhex("7EA0090000032193003F7E")
    assert kinds(Client().octets(padded)) == []
    assert kinds(Client(defects=("hdlc-padded-destination-taken",)).octets(padded)) == [FrameType.UA]


def test_replies_that_are_spoilt() -> None:
    """The F bit, the addresses, the FCS, the information field."""
    assert sent(Client(defects=("hdlc-ua-without-final",)), SNRM)[5] == 0x63
    assert sent(Client(defects=("hdlc-ua-addresses-not-swapped",)), SNRM)[3:5] == b"\x03\x21"
    assert sent(Client(defects=("hdlc-reply-address-extended",)), SNRM)[3:6] == b"\x21\x02\x21"
    assert sent(Client(defects=("hdlc-dm-with-wrong-fcs",)), DISC) == bytes.fromhex("7EA00721031F6AE97E")
    rejecting = Client(defects=("hdlc-frmr-without-information",))
    rejecting.connect()
    (reply,) = rejecting.send(FrameType.UNKNOWN, undefined=0xFF)
    assert (reply.control.type, reply.information) == (FrameType.FRMR, b"")
