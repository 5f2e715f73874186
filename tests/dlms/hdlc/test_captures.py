"""Frames of real clients and meters: all decode and are encoded again, but for two with wrong check sequences."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.dlms.errors import DecodeError
from conformance.dlms.hdlc import parameters
from conformance.dlms.hdlc.frame import read
from conformance.dlms.hdlc.frmr import read as read_frmr
from conformance.dlms.hdlc.parameters import LinkParameters
from conformance.dlms.hdlc.stream import FrameStream
from conformance.dlms.reader import decode

LINES = (Path(__file__).parent / "field_frames.txt").read_text(encoding="ascii").splitlines()
FRAMES = {name: bytes.fromhex(octets) for name, octets in (line.split() for line in LINES[1:])}
WRONG = {
    "gxconf_test9_stale_hcs-7": "is 724F, should be CD3B; the fcs is 533B, should be 9EB3 over the octets as they are",
    "snrm_hcs_wrong_and_dm-1": "is A169, should be A269",
}


@pytest.mark.parametrize("name", [name for name in FRAMES if name not in WRONG])
def test_frame_decodes_and_is_encoded_again(name: str) -> None:
    assert decode(FRAMES[name], read, "hdlc-frame").encode() == FRAMES[name]


@pytest.mark.parametrize("name", WRONG)
def test_wrong_check_sequence_is_said_with_the_right_one(name: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(FRAMES[name], read, "hdlc-frame")

    assert caught.value.path == "hdlc-frame.content.hcs"
    assert caught.value.message == WRONG[name]


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_stream_gives_back_every_frame_whatever_its_pieces(size: int) -> None:
    line = b"".join(FRAMES.values())
    stream = FrameStream()
    cut: list[bytes] = []
    for start in range(0, len(line), size):
        cut += stream.feed(line[start : start + size])

    assert cut == list(FRAMES.values())


def test_negotiated_parameters_of_a_meter() -> None:
    snrm = decode(FRAMES["wasion_hls_gmac_accepted-1"], read, "hdlc-frame")
    ua = decode(FRAMES["wasion_hls_gmac_accepted-2"], read, "hdlc-frame")

    assert decode(snrm.information, parameters.read, "parameters") == LinkParameters(1024, 1024, 1, 7)
    assert decode(ua.information, parameters.read, "parameters") == LinkParameters(175, 175, 1, 1)


def test_meter_whose_group_length_does_not_count_its_parameters() -> None:
    ua = decode(FRAMES["hexing_hls_gmac_accepted-2"], read, "hdlc-frame")
    found: list = []
    decode(ua.information, parameters.read, "parameters", deviations=found)

    assert [deviation.code for deviation in found] == ["group-length"]
    assert found[0].message == "group length 20, but 18 octets follow"


def test_frmr_of_a_meter_without_numbered_information() -> None:
    frame = decode(FRAMES["tpc_frmr_w-4"], read, "hdlc-frame")
    reject = decode(frame.information, read_frmr, "frmr")

    assert (reject.rejected_control, reject.send_variable, reject.receive_variable) == (0x10, 0, 0)
    assert reject.reasons == ("W: control field undefined or not implemented",)
    assert reject.encode() == frame.information
