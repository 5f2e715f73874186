"""Single frames as stimuli: right octets, legible, altered where they say, addressed as the device is declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.device.load import load
from conformance.dlms.alteration import AlterationError
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.frame import read
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.reader import decode
from conformance.tester.frame_rendering import Addresses, answering_pair, render_frame
from conformance.tester.frame_stimulus import addressed, disc, frame, information, on_the_line, rnr, rr, snrm, ui
from conformance.tester.stimulus import Destination, Stimulus, aarq
from conformance.tester.stimulus import apdu as apdu_stimulus

ROOT = Path(__file__).parents[2]
SIMULATOR = load(ROOT / "device_configs" / "simulator.toml")
OWN = Addresses.of(SIMULATOR, SIMULATOR.association("public"))
ON_ONE = Addresses(HdlcAddress(16), 1, None, 1, frozenset({1}))


def sent(stimulus: Stimulus, addresses: Addresses = OWN) -> str:
    return render_frame(stimulus, addresses).hex().upper()


@pytest.mark.parametrize(
    ("stimulus", "octets"),
    [
        (snrm(), "7EA0070321930F017E"),
        (disc(), "7EA00703215303C77E"),
        (rr(0), "7EA00703211115A67E"),
    ],
)
def test_the_frames_that_everybody_knows(stimulus: Stimulus, octets: str) -> None:
    """SNRM, DISC and RR between server 1 and client 16, octet for octet."""
    assert sent(stimulus) == octets


@pytest.mark.parametrize(
    ("stimulus", "control", "content"),
    [
        (rr(3), "RR N(R)=3 P/F", ""),
        (rnr(1), "RNR N(R)=1 P/F", ""),
        (information("E6E600C0", 2, 5), "I N(S)=2 N(R)=5 P/F", "E6E600C0"),
        (information(b"\x01", poll=False, segmented=True), "I N(S)=0 N(R)=0", "01"),
        (ui("E6E600C0"), "UI", "E6E600C0"),
        (ui("E6E600C0", poll=True), "UI P/F", "E6E600C0"),
        (frame(0xFF), "undefined control field FF", ""),
        (frame(0x09, "AB"), "REJ N(R)=0", "AB"),
        (snrm(b"\x81\x80\x00"), "SNRM P/F", "818000"),
    ],
)
def test_a_frame_is_what_its_maker_says(stimulus: Stimulus, control: str, content: str) -> None:
    """Control field, information field and segmentation bit as asked for, in a legal frame."""
    made = decode(render_frame(stimulus, OWN), read, "hdlc-frame")
    assert (str(made.control), made.information.hex().upper()) == (control, content)
    assert made.segmented == stimulus.segmented


def test_parameters_are_coded_as_the_standard_has_them() -> None:
    """SNRM takes link parameters as a value."""
    made = decode(render_frame(snrm(LinkParameters(512, 512)), OWN), read, "hdlc-frame")
    assert made.information.hex().upper() == "8180140502020006020200070400000001080400000001"


def test_a_stimulus_reads_as_what_it_does() -> None:
    """Reports and `explain` print it: the kind, the information field, whom it is for, what is altered."""
    assert str(snrm().dropped("hdlc-frame.closing-flag")) == "SNRM P/F; hdlc-frame.closing-flag dropped"
    assert str(information("E6E600", segmented=True)) == "I N(S)=0 N(R)=0 P/F, segmented with information E6E600"
    text = str(addressed(disc(), Destination.UNKNOWN_LOGICAL_DEVICE, 1))
    assert text == "DISC P/F to a logical device that is not declared on 1 octet"
    assert str(on_the_line("7E7E", "two flags")) == "two flags 7E7E"


def test_an_alteration_is_followed_by_length_and_check_sequences() -> None:
    """Only what is named is wrong; the rest is computed again over it."""
    assert sent(frame(0x93).altered("hdlc-frame.content.control", "53")) == sent(disc())
    longer = render_frame(snrm().inserted_before("hdlc-frame.content.source-address", "00"), OWN)
    assert decode(longer, read, "hdlc-frame").source == HdlcAddress(0, 16, 2)


def test_what_cannot_be_sent_is_refused_and_says_why() -> None:
    """A stimulus that would be weaker than it reads is never sent."""
    for stimulus, reason in (
        (snrm().dropped("hdlc-frame.content.hcs"), "no field"),
        (snrm().dropped("get-request"), "hdlc-frame"),
        (aarq(), "frames only"),
        (apdu_stimulus("C0"), "frames only"),
        (on_the_line("7E").dropped("hdlc-frame.opening-flag"), "no fields"),
        (addressed(snrm(), Destination.UNKNOWN_PHYSICAL_DEVICE, 1), "no physical device"),
    ):
        with pytest.raises(AlterationError, match=reason):
            render_frame(stimulus, OWN)
    with pytest.raises(AlterationError, match="server_lower"):
        render_frame(addressed(snrm(), octets=2), ON_ONE)


def test_octets_on_the_line_are_sent_as_they_are() -> None:
    """Nothing is put around them."""
    assert sent(on_the_line("007E01")) == "007E01"


@pytest.mark.parametrize(
    ("destination", "octets", "coded"),
    [
        (Destination.OWN, None, "03"),
        (Destination.OWN, 2, "0221"),
        (Destination.OWN, 4, "00020021"),
        (Destination.OWN, 3, "000003"),
        (Destination.ALL_STATIONS, 1, "FF"),
        (Destination.ALL_STATIONS, 2, "FEFF"),
        (Destination.ALL_STATIONS, 4, "FEFEFEFF"),
        (Destination.NO_STATION, 1, "01"),
        (Destination.NO_STATION, 2, "0001"),
        (Destination.NO_STATION, 4, "00000001"),
        (Destination.UNKNOWN_LOGICAL_DEVICE, 1, "FB"),
        (Destination.UNKNOWN_LOGICAL_DEVICE, 2, "FA21"),
        (Destination.UNKNOWN_PHYSICAL_DEVICE, 2, "02FB"),
        (Destination.UNKNOWN_PHYSICAL_DEVICE, 4, "0002FEFB"),
    ],
)
def test_destinations_by_their_octets(destination: Destination, octets: int | None, coded: str) -> None:
    """Own, unknown, all and no station, on each number of octets."""
    made = render_frame(addressed(snrm(), destination, octets), OWN)
    assert made[3:-5].hex().upper() == coded


def test_an_unknown_logical_device_is_never_a_declared_one() -> None:
    """The highest free address that the device config does not declare."""
    taken = Addresses(HdlcAddress(16), 1, 16, 1, frozenset({1, 0x7D, 0x7C}))
    assert taken.destination(Destination.UNKNOWN_LOGICAL_DEVICE) == HdlcAddress(0x7B)


def test_a_frame_is_answered_between_the_addresses_it_was_sent_with() -> None:
    """Where they are legal; a frame without legal addresses has no such pair."""
    odd = snrm().inserted_before("hdlc-frame.content.source-address", "00")
    assert answering_pair(render_frame(odd, OWN)) == (b"\x00\x21", b"\x03")
    assert answering_pair(render_frame(addressed(snrm(), octets=3), OWN)) is None
    assert answering_pair(b"\x7e\xa0\x7e") is None
