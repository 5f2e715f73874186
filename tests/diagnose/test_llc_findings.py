"""What stands where the LLC header belongs."""

from __future__ import annotations

import pytest

from conformance.diagnose.reasoning.statement import Change
from conformance.dlms.hdlc.control import FrameType
from tests.diagnose.layer_exchanges import (
    CAPTURES,
    GET,
    GOT,
    SNRM,
    UA,
    diagnosed,
    grave,
    of_capture,
    one,
    replied,
    sent,
)

LINK = (("C>S", SNRM), ("S>C", UA))


def exchange(request: bytes, reply: bytes) -> tuple[tuple[str, bytes], ...]:
    return (*LINK, ("C>S", sent(FrameType.I, request)), ("S>C", replied(FrameType.I, reply, nr=1)))


def test_an_aarq_without_its_header():
    """hexing_hls_gmac_garbled: the information field of frame 3 begins with 60; the reply has its header."""
    statements = of_capture("hexing_hls_gmac_garbled")
    missing = one(statements, "llc-missing")
    assert (missing.frame, missing.severity, missing.octets[:2]) == (3, "error", bytes.fromhex("605D"))
    for fact in ("60 5D A1", "E6 E6 00", "The replies have theirs"):
        assert fact in missing.message
    assert "llc = true" in missing.suggestion
    assert missing.changes == (Change("hdlc", "llc", "true"),)
    assert one(statements, "llc-wrong-answered").frame == 4


def test_further_blocks_without_a_header_are_no_fault():
    """ctl_e450: frames 2 and 3 of a push, each a UI frame of its own."""
    statements = of_capture("ctl_e450_gbt_plain_push")
    assert [item.frame for item in statements if item.code == "llc-missing-in-later-block"] == [2, 3]
    assert grave(statements) == []
    assert "All 6 check sequences" in one(statements, "check-sequences-right").message


@pytest.mark.parametrize(
    ("request_", "reply", "frame", "code", "fact"),
    [
        (b"\xe6\xe6\x00" + GET, GOT, 3, "llc-doubled", "E6 E6 00 E6 E6 00"),
        (b"\xe6\xe7\x00" + GET[3:], GOT, 3, "llc-direction-wrong", "a command has E6 E6 00"),
        (GET, b"\xe6\xe6\x00" + GOT[3:], 4, "llc-direction-wrong", "a response has E6 E7 00"),
        (GET, GOT[3:], 4, "llc-missing", "E6 E7 00 that belongs before each response"),
        (b"\xe6\xe6\x01" + GET[3:], GOT, 3, "llc-quality-wrong", "E6 E6 01"),
    ],
)
def test_each_fault_of_a_header_is_told(tmp_path, request_, reply, frame, code, fact):
    """Doubled, of the other direction, missing in a reply, of another quality."""
    found = one(diagnosed(tmp_path, *exchange(request_, reply)), code)
    assert (found.frame, fact in found.message) == (frame, True)


def test_a_link_without_any_header_is_a_setting(tmp_path):
    """Neither side has one, and they understand each other."""
    statements = diagnosed(tmp_path, *exchange(GET[3:], GOT[3:]))
    assert grave(statements) == []
    assert "llc = false" in one(statements, "llc-not-used").suggestion


@pytest.mark.parametrize("name", sorted(path.stem for path in CAPTURES.glob("*.json")))
def test_no_other_capture_is_accused_of_its_header(name):
    """Only where it is missing."""
    codes = {code for code in grave(of_capture(name)) if code.startswith("llc-")}
    assert codes == ({"llc-missing", "llc-wrong-answered"} if name == "hexing_hls_gmac_garbled" else set())
