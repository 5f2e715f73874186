"""What HDLC frames show: check sequences, refusals, numbers, addresses, parameters; facts written by hand."""

from __future__ import annotations

import pytest

from conformance.diagnose.reasoning.statement import Change, Evidence
from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import FrameType
from conformance.dlms.hdlc.fcs import fcs16
from tests.diagnose.layer_exchanges import (
    DISC,
    DM,
    GET,
    GOT,
    SNRM,
    UA,
    checked,
    diagnosed,
    grave,
    of_capture,
    one,
    replied,
    sent,
)

I, RR, RNR = FrameType.I, FrameType.RR, FrameType.RNR  # noqa: E741 - the standard's names
LINK = (("C>S", SNRM), ("S>C", UA))
PARAMETERS = bytes.fromhex("818012050140060140070400000001080400000001")


def test_a_stale_hcs_is_told_from_a_stale_fcs():
    """gxconf, frame 7: 724F belongs to control 94 of frame 3; 533B is right once the HCS is CD3B."""
    statements = of_capture("gxconf_test9_stale_hcs")
    hcs, fcs = one(statements, "hcs-wrong"), one(statements, "fcs-wrong")
    assert (hcs.frame, hcs.octets, hcs.evidence) == (7, bytes.fromhex("724F"), Evidence.PROVEN)
    assert "724F and should be CD3B" in hcs.message
    assert (fcs.frame, fcs.octets) == (7, bytes.fromhex("533B"))
    assert "533B and should be 9EB3" in fcs.message
    stale = one(statements, "hcs-stale")
    assert "HCS of frame 3" in stale.message
    assert "octet 5 is 93, there 94 (control field)" in stale.message
    assert "533B is right once the HCS is CD3B" in one(statements, "fcs-right-with-right-hcs").message


def test_dm_and_silence_are_right_where_the_client_is_wrong():
    """gxconf: an I-frame under control 94 in disconnected mode; nothing is said against the meter or its address."""
    statements = of_capture("gxconf_test9_stale_hcs")
    wrong = one(statements, "snrm-with-other-control")
    assert (wrong.frame, wrong.octets) == (3, b"\x94")
    assert "N(S)=2 N(R)=4" in wrong.message
    assert [item.frame for item in statements if item.code == "disconnected-mode"] == [2, 4, 6, 9]
    assert {item.severity for item in statements if item.code == "disconnected-mode"} == {"info"}
    assert one(statements, "broken-frame-unanswered").frame == 7
    assert {item.frame for item in statements if item.severity != "info"} == {3, 7}
    assert not {item.code for item in statements} & {"no-reply", "snrm-unanswered", "snrm-refused"}


def test_an_hcs_that_its_sender_computed_wrong():
    """snrm_hcs_wrong_and_dm: A169 for A269 under a right FCS; upper address 0 says DM, upper 1 speaks."""
    statements = of_capture("snrm_hcs_wrong_and_dm")
    wrong = one(statements, "hcs-wrong")
    assert (wrong.frame, wrong.octets) == (1, bytes.fromhex("A169"))
    assert "SNRM" in wrong.message
    assert "should be A269" in wrong.message
    assert "FCS is right over this wrong HCS" in wrong.message
    refused = one(statements, "disconnected-mode")
    assert (refused.frame, refused.octets) == (2, b"\x1f")
    assert "logical device 0, physical device 32" in refused.message
    other = one(statements, "other-server-address-answers")
    assert (other.frame, other.octets) == (3, bytes.fromhex("0241"))
    assert "Set logical_device = 1" in other.suggestion


def test_frmr_is_decoded_with_each_of_its_reasons():
    """tpc_frmr_w: 10 00 01 is W alone for an I-frame; addresses, password and check sequences are not blamed."""
    statements = of_capture("tpc_frmr_w")
    rejected = one(statements, "frame-rejected-w")
    assert rejected.frame == 4
    for fact in ("10 00 01", "I N(S)=0 N(R)=0", "V(S)=0, V(R)=0", "W=1 X=0 Y=0 Z=0", "UI, 13"):
        assert fact in rejected.message
    assert grave(statements) == ["frame-rejected-w"]
    assert "All 6 check sequences" in one(statements, "check-sequences-right").message
    assert "128 octets and windows of 1" in one(statements, "ua-without-parameters").message


def test_numbers_without_a_gap_and_an_fcs_that_reads_like_text():
    """hpl_denied: N(S) 1 to 5; the FCS 32 30 is no part of the serial number."""
    statements = of_capture("hpl_denied_amid_ok")
    assert "5 I-frames follow one another: 1, 2, 3, 4, 5" in one(statements, "send-numbers-right").message
    text = one(statements, "fcs-looks-like-text")
    assert (text.frame, text.octets) == (1, bytes.fromhex("3230"))
    assert "BES7963820" not in " ".join(item.message for item in statements)
    assert grave(statements) == []


def test_what_is_negotiated_is_read_from_both_sides():
    """wasion: 1024/1024 proposed with windows 1 and 7, 175/175 and 1 settled; addresses 1 and 16 on 4 octets."""
    statements = of_capture("wasion_hls_gmac_rejected")
    settled = one(statements, "link-negotiated").message
    for fact in ("1024/1024", "windows 1/7", "up to 175 octets and takes up to 175", "windows 1 and 1"):
        assert fact in settled
    assert "physical device 16 (0x0010) on 4 octets" in one(statements, "hdlc-addresses").message


def test_a_group_length_that_fits_wider_values_is_explained():
    """hexing: the UA says 20 octets, 18 follow; 01 C8 read as one value is 456. In a control it is no fault."""
    for capture in ("hexing_hls_gmac_accepted", "hexing_hls_gmac_garbled"):
        group = one(of_capture(capture), "parameter-group-length")
        assert (group.frame, group.severity) == (2, "info")
        for fact in ("20 octets; 18 follow", "456 (05)", "456 (06)"):
            assert fact in group.message
    assert "physical device 16383" in one(of_capture("hexing_hls_gmac_accepted"), "all-station-address").message


def test_check_sequences_over_other_octets_are_recognised(tmp_path):
    """Octets swapped; the flag counted; another CRC."""
    header = bytes.fromhex("A007032153")
    for fcs, code in (
        (fcs16(header)[::-1], "fcs-octets-swapped"),
        (fcs16(b"~" + header), "fcs-over-other-octets"),
        ((int.from_bytes(fcs16(header), "big") ^ 0xFFFF).to_bytes(2, "big"), "fcs-other-algorithm"),
    ):
        statements = diagnosed(tmp_path, ("C>S", b"~" + header + fcs + b"~"))
        found = one(statements, "fcs-wrong")
        assert f"is {fcs.hex().upper()} and should be 03C7" in found.message
        assert one(statements, code).field == "hdlc-frame.content.fcs"


def test_a_disturbed_bit_is_found(tmp_path):
    """One bit of an information field changed on the line."""
    frame = bytearray(replied(I, GOT, nr=1))
    frame[20] ^= 0x10
    statements = diagnosed(tmp_path, *LINK, ("C>S", sent(I, GET)), ("S>C", bytes(frame)))
    cause = one(statements, "one-bit-changed")
    assert (cause.frame, cause.evidence) == (4, Evidence.INFERRED)
    assert f"octet 20 is {frame[20] ^ 0x10:02X} and not {frame[20]:02X}" in cause.message


@pytest.mark.parametrize(
    ("number", "reading"), [(2, "1 of its frames are missing"), (7, "it counts 2 back"), (0, None), (1, None)]
)
def test_send_numbers_are_followed(tmp_path, number, reading):
    """N(S) 1 is next; 0 is a repetition, others are lost frames or a count that is wrong."""
    statements = diagnosed(
        tmp_path,
        *LINK,
        ("C>S", sent(I, GET)),
        ("S>C", replied(I, GOT, nr=1)),
        ("C>S", sent(I, GET, ns=number, nr=1)),
        ("S>C", replied(RR, nr=1 if number != 1 else 2)),
    )
    if reading is None:
        assert grave(statements) == []
        assert ("frame-repeated" in {item.code for item in statements}) is (number == 0)
        return
    wrong = one(statements, "send-number-out-of-sequence")
    assert (wrong.frame, wrong.severity) == (5, "error")
    assert f"N(S)={number}; N(S)=1 is next: {reading}" in wrong.message


def test_a_receive_number_beyond_what_was_sent(tmp_path):
    """The meter acknowledges two frames and has seen one."""
    statements = diagnosed(tmp_path, *LINK, ("C>S", sent(I, GET)), ("S>C", replied(I, GOT, nr=2)))
    wrong = one(statements, "receive-number-invalid")
    assert (wrong.frame, "N(R)=2" in wrong.message, "N(R)=0 to 1" in wrong.message) == (4, True, True)


def test_addresses_swapped_changed_and_of_another_length(tmp_path):
    """Each kind by its own code, with both addresses."""
    there = ("C>S", SNRM)
    assert grave(diagnosed(tmp_path, there, ("S>C", checked(bytes.fromhex("A007032173"))))) == ["addresses-not-swapped"]
    other = one(diagnosed(tmp_path, there, ("S>C", checked(bytes.fromhex("A007210573")))), "server-address-changed")
    assert "comes from logical device 2 on 1 octet; the request went to logical device 1" in other.message
    long = one(diagnosed(tmp_path, there, ("S>C", checked(bytes.fromhex("A00821022173")))), "address-length-changed")
    assert "address_length = 2" in long.suggestion
    assert long.changes == (Change("hdlc", "address_length", "2"),)
    client = one(diagnosed(tmp_path, there, ("S>C", checked(bytes.fromhex("A007230373")))), "client-address-changed")
    assert "17" in client.message
    wide = checked(bytes.fromhex("A00803002193"))
    assert "client-address-length" in grave(diagnosed(tmp_path, ("C>S", wide)))
    assert str(HdlcAddress(0, 16, 2)) in one(diagnosed(tmp_path, ("C>S", wide)), "client-address-length").message


def test_what_answers_fit_which_mode(tmp_path):
    """DM refuses SNRM; UA needs one; information before SNRM is a fault of whoever serves it."""
    assert grave(diagnosed(tmp_path, ("C>S", SNRM), ("S>C", DM))) == ["snrm-refused"]
    request = ("C>S", sent(I, GET))
    assert grave(diagnosed(tmp_path, request, ("S>C", DM))) == ["disconnected-mode"]
    assert grave(diagnosed(tmp_path, *LINK, request, ("S>C", UA))) == ["ua-without-snrm"]
    served = diagnosed(tmp_path, *LINK, ("C>S", DISC), ("S>C", UA), request, ("S>C", replied(I, GOT, nr=1)))
    assert grave(served) == ["served-while-disconnected"]
    early = diagnosed(tmp_path, *LINK, ("C>S", DISC), ("S>C", UA), request, ("S>C", DM))
    assert grave(early) == ["sent-while-disconnected"]
    lost = diagnosed(tmp_path, *LINK, request, ("S>C", DM), times=[0.0, 0.1, 130.2, 130.3])
    assert "130 s after" in one(lost, "link-lost").message


def test_information_fields_and_windows_keep_to_the_ua(tmp_path):
    """64 octets were agreed and a window of 1; 70 octets go, and two frames at once."""
    link = (("C>S", sent(FrameType.SNRM, PARAMETERS)), ("S>C", replied(FrameType.UA, PARAMETERS)))
    assert grave(diagnosed(tmp_path, *link)) == []
    long = one(diagnosed(tmp_path, *link, ("C>S", sent(I, GET + bytes(54)))), "information-too-long")
    assert "70 octets; the UA says receive 64" in long.message
    assert "max_information_field_length_transmit" in long.suggestion
    frames = (replied(I, GOT, nr=1, final=False), replied(I, GOT, ns=1, nr=1))
    full = diagnosed(tmp_path, *link, ("C>S", sent(I, GET)), *(("S>C", frame) for frame in frames))
    assert "2 I-frames under way that nobody has acknowledged; the window is 1" in one(full, "window-exceeded").message


@pytest.mark.parametrize(
    ("group", "code", "fact"),
    [
        ("81800305 0100", "parameter-nonsense", "is 0 (00)"),
        ("81800607 0401000000", "parameter-nonsense", "lowest octet first it is 1"),
        ("81800405 020BB8", "parameter-nonsense", "is 3000 (0B B8)"),
        ("81800805 060000000000 80", "parameter-width", "stands on 6 octets"),
        ("81800905 0140", "parameter-group-length", "says 9 octets; 3 follow"),
        ("82800305 0140", "parameters-unreadable", "format-identifier"),
    ],
)
def test_parameters_that_make_no_sense(tmp_path, group, code, fact):
    """Of an SNRM, each with its value."""
    statements = diagnosed(tmp_path, ("C>S", sent(FrameType.SNRM, bytes.fromhex(group))), ("S>C", UA))
    assert any(item.code == code and item.frame == 1 and fact in item.message for item in statements)


def test_frmr_reasons_y_and_z_say_what_to_change(tmp_path):
    """70 octets too many for 64; N(R) 3 of nothing."""
    for reasons, code, fact in ((4, "frame-rejected-y", "it has 16 octets"), (8, "frame-rejected-z", "N(R)=0")):
        reject = replied(FrameType.FRMR, bytes((0x10, 0, reasons)))
        found = one(diagnosed(tmp_path, *LINK, ("C>S", sent(I, GET)), ("S>C", reject)), code)
        assert fact in found.message
        assert found.suggestion


def test_a_segment_that_is_never_fetched(tmp_path):
    """The log ends, or the client goes on, amid a segmented reply."""
    start = (*LINK, ("C>S", sent(I, GET)), ("S>C", replied(I, GOT[:9], nr=1, segmented=True)))
    assert grave(diagnosed(tmp_path, *start)) == ["segments-incomplete"]
    on = diagnosed(tmp_path, *start, ("C>S", sent(I, GET, ns=1, nr=1)), ("S>C", replied(I, GOT, ns=1, nr=2)))
    assert grave(on) == ["segments-not-fetched"]
    whole = diagnosed(tmp_path, *start, ("C>S", sent(RR, nr=1)), ("S>C", replied(I, GOT[9:], ns=1, nr=1)))
    assert grave(whole) == []
