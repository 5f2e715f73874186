"""What octets show of the line: echoes, wrong settings, lost and added octets, cut frames, noise."""

from __future__ import annotations

import pytest

from conformance.diagnose.reasoning.statement import Evidence
from conformance.dlms.hdlc.control import FrameType
from tests.diagnose.layer_exchanges import (
    CAPTURES,
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

LINK = (("C>S", SNRM), ("S>C", UA))
REPLY = replied(FrameType.I, GOT, nr=1)


def with_octet(wanted: int, position: int) -> bytes:
    """A reply whose information field holds an octet at a place."""
    data = bytes.fromhex("C401C10009060000280000FF")
    return replied(FrameType.I, b"\xe6\xe7\x00" + data[:position] + bytes((wanted,)) + data[position + 1 :], nr=1)


def test_an_echo_is_no_answer():
    """saral: frame 2 is the client's own SNRM, to server 1 from client 32; the address is not blamed."""
    statements = of_capture("saral_echo_of_snrm")
    echo = one(statements, "echo")
    assert (echo.frame, echo.severity, echo.octets) == (2, "error", bytes.fromhex("7EA0070341935A647E"))
    for fact in ("SNRM", "logical device 1", "client 32 (0x20)", "No UA", "the meter has not spoken"):
        assert fact in echo.message
    assert "All 2 check sequences" in one(statements, "check-sequences-right").message
    assert grave(statements) == ["echo"]
    assert "0x32" not in " ".join(f"{item.message} {item.suggestion}" for item in statements)


def test_an_echo_beside_the_meter_is_a_setting(tmp_path):
    """An optical head hears itself, and the meter answers all the same."""
    statements = diagnosed(
        tmp_path, ("C>S", SNRM), ("S>C", SNRM), ("S>C", UA), ("C>S", DISC), ("S>C", DISC), ("S>C", DM)
    )
    echoes = [item for item in statements if item.code == "echo"]
    assert [(item.frame, item.severity) for item in echoes] == [(2, "warning"), (5, "warning")]
    assert all("echo=true" in item.suggestion for item in echoes)
    assert "addresses-not-swapped" not in grave(statements)


def test_an_echo_without_top_bits(tmp_path):
    """What was sent comes back, each octet with 7 bits."""
    octets = bytes(octet & 0x7F for octet in SNRM)
    assert "echo-seven-data-bits" in grave(diagnosed(tmp_path, ("C>S", SNRM), ("S>C", octets)))


def test_eight_bits_read_as_seven(tmp_path):
    """7E A0 becomes 7E 20; nothing that came is a frame."""
    octets = bytes(octet & 0x7F for octet in replied(FrameType.UA))
    found = one(diagnosed(tmp_path, ("C>S", SNRM), ("S>C", octets + octets)), "seven-data-bits")
    assert "7E 20 stands where 7E A0" in found.message
    assert found.evidence is Evidence.INFERRED


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (bytes(octet for octet in range(0x80, 0xC0)), "seven-data-bits"),
        (bytes(octet for octet in range(1, 0x100) if octet.bit_count() % 2), "parity-mismatch"),
        (bytes(octet for octet in range(1, 0x100) if not octet.bit_count() % 2), "parity-mismatch"),
        (b"/ABC5\\2MTR-1\r\n", "text-not-hdlc"),
        (bytes((0xF8, 0x18, 0x06, 0x66, 0x9E, 0x31)) * 6, "no-flag"),
    ],
)
def test_a_port_that_is_set_wrong_is_recognised_from_what_came(tmp_path, octets, code):
    """By the weights and top bits of the octets; the text and the missing flag likewise."""
    found = one(diagnosed(tmp_path, ("C>S", SNRM), ("S>C", octets)), code)
    assert (found.frame, found.severity) == (2, "error")
    assert found.suggestion


def test_a_frame_cut_at_a_flag_in_its_check_sequence(tmp_path):
    """A reader that ends a frame at the first 7E, which is an octet of the FCS."""
    frame = next(
        frame
        for number in range(0x10000)
        if (frame := replied(FrameType.I, GOT + number.to_bytes(2, "big"), nr=1))[-3] == 0x7E
    )
    found = one(diagnosed(tmp_path, *LINK, ("C>S", sent(FrameType.I, GET)), ("S>C", frame[:-2])), "cut-at-flag-in-fcs")
    assert (found.frame, found.field, found.severity) == (4, "hdlc-frame.content.fcs", "error")
    assert f"{len(frame) - 2} of the {len(frame)} octets" in found.message


def test_octets_that_are_lost_added_or_stuffed(tmp_path):
    """Each with the octet that makes the frame right again, where one does."""

    def told(octets: bytes) -> list:
        return diagnosed(tmp_path, *LINK, ("C>S", sent(FrameType.I, GET)), ("S>C", octets))

    whole = with_octet(0x11, 5)
    at = whole.index(0x11, 12)
    swallowed = one(told(whole[:at] + whole[at + 1 :]), "flow-control-swallows-octets")
    assert (swallowed.evidence, f"octet 11 (XON) as octet {at}" in swallowed.message) == (Evidence.PROVEN, True)
    text_mode = with_octet(0x0A, 6)
    at = text_mode.index(0x0A, 12)
    added = one(told(text_mode[:at] + b"\r" + text_mode[at:]), "octets-too-many")
    assert "text mode" in added.suggestion
    stuffed = with_octet(0x7E, 7)
    at = stuffed.index(0x7E, 12)
    assert "7D 5E" in one(told(stuffed[:at] + b"\x7d\x5e" + stuffed[at + 1 :]), "octets-stuffed").message
    assert f"20 octets and has no closing flag; its length subfield says {len(REPLY)}" in (
        one(told(REPLY[:20]), "octets-missing").message
    )
    assert one(told(REPLY[:-1]), "closing-flag-missing").severity == "error"


def test_a_length_subfield_that_counts_wrong(tmp_path):
    """The FCS is right for what stands between the flags; the length is not."""
    wrong = checked(bytes.fromhex("A009210373"))
    statements = diagnosed(tmp_path, ("C>S", SNRM), ("S>C", wrong))
    found = one(statements, "length-subfield-wrong")
    assert (found.frame, found.octets) == (2, bytes.fromhex("A009"))


def test_noise_and_text_between_frames(tmp_path):
    """Noise is a warning, the opening of IEC 62056-21 none."""
    noisy = diagnosed(tmp_path, *LINK, ("S>C", b"\x00\xff\x00"), ("C>S", DISC), ("S>C", UA))
    assert "all 00 or FF" in one(noisy, "noise").message
    opened = diagnosed(tmp_path, ("S>C", b"/ABC5\\2MTR-1\r\n"), *LINK)
    assert one(opened, "text-outside-frames").severity == "info"


def test_a_pause_within_a_frame_is_told(tmp_path):
    """Two pieces of one frame, 0.4 s apart."""
    pieces = (("C>S", SNRM), ("S>C", UA[:4]), ("S>C", UA[4:]))
    found = one(diagnosed(tmp_path, *pieces, times=[0.0, 0.1, 0.5]), "gap-within-frame")
    assert "0.40 s" in found.message


@pytest.mark.parametrize("name", sorted(path.stem for path in CAPTURES.glob("*.json")))
def test_no_capture_is_accused_of_its_line_but_the_echo(name):
    """No check sequence, echo or address is blamed in any other capture."""
    codes = set(grave(of_capture(name)))
    blamed = {"echo", "one-bit-changed", "noise", "octets-missing", "no-flag", "parity-mismatch", "seven-data-bits"}
    assert codes & blamed == ({"echo"} if name == "saral_echo_of_snrm" else set())
    check = codes & {"fcs-wrong", "hcs-wrong"}
    assert bool(check) is (name in ("gxconf_test9_stale_hcs", "snrm_hcs_wrong_and_dm"))
    addresses = {"addresses-not-swapped", "server-address-changed", "client-address-changed", "no-station-answered"}
    assert codes & addresses == set()
