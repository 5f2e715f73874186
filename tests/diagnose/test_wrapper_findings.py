"""What the wrapper shows: version, ports, length, and whom silence speaks of."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.diagnose.reasoning.statement import Change, Statement
from conformance.dlms.wrapper import WrapperPdu
from tests.diagnose.layer_exchanges import SNRM, diagnosed, grave, of_capture, one

AARQ = bytes.fromhex("601DA109060760857405080101BE10040E01000000065F1F0400001E1DFFFF")
AARE = bytes.fromhex("6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F040000181D01800007")
GET = bytes.fromhex("C001C1000F0000280000FF0100")
GOT = bytes.fromhex("C401C10009060000280000FF")


def up(data: bytes = AARQ, source: int = 16, destination: int = 1, **header: int) -> tuple[str, bytes]:
    return "C>S", WrapperPdu(source, destination, data, **header).encode()


def down(data: bytes = AARE, source: int = 1, destination: int = 16, **header: int) -> tuple[str, bytes]:
    return "S>C", WrapperPdu(source, destination, data, **header).encode()


def told(tmp_path: Path, *frames: tuple[str, bytes]) -> list[Statement]:
    return diagnosed(tmp_path, *frames, transport="wrapper")


def test_silence_towards_an_unusual_port():
    """elster_wrong_wrapper_port: 0x0091 is 145; silence is no refusal; port 1 is every meter's."""
    statements = of_capture("elster_wrong_wrapper_port")
    silent = one(statements, "no-reply")
    assert (silent.frame, silent.field, silent.octets) == (1, "wrapper.destination-wport", bytes.fromhex("0091"))
    for fact in ("wPort 145 (0x0091)", "without a word", "no refusal of the association", "at wPort 1"):
        assert fact in silent.message
    assert silent.changes == (Change("association", "logical_device", "1"),)
    assert grave(statements) == ["no-reply"]


@pytest.mark.parametrize(
    ("name", "count", "ports"),
    [
        ("protocol_version_no_common", 4, "Client wPort 16 (0x0010) speaks with server wPort 1 (0x0001)"),
        ("hes_gmac_pass3_missing", 2, "Client wPort 1 (0x0001) speaks with server wPort 1001 (0x03e9)"),
        ("ctl_hes_gmac_auth_only", 4, "Client wPort 1 (0x0001) speaks with server wPort 1001 (0x03e9)"),
        ("elster_sn_context_rejected", 2, "Client wPort 1 (0x0001) speaks with server wPort 1 (0x0001)"),
    ],
)
def test_a_sound_wrapper_is_called_so(name, count, ports):
    """Lengths, ports and versions of captures whose fault lies elsewhere."""
    statements = of_capture(name)
    assert f"in all {count} wrapper PDUs" in one(statements, "wrapper-consistent").message
    assert ports in one(statements, "wrapper-ports").message
    assert grave(statements) == []


def test_a_version_that_is_not_1(tmp_path):
    """0 in a reply; 0100 with its octets reversed in a request."""
    zero = one(told(tmp_path, up(), down(version=0)), "wrapper-version-wrong")
    assert (zero.frame, zero.octets, "should be 1" in zero.message) == (2, b"\0\0", True)
    turned = one(told(tmp_path, up(version=0x100)), "wrapper-version-wrong")
    assert "octets are reversed" in turned.message


@pytest.mark.parametrize(
    ("source", "destination", "code", "field"),
    [
        (16, 1, "wrapper-ports-not-swapped", "wrapper.source-wport"),
        (2, 16, "wrapper-ports-wrong", "wrapper.source-wport"),
        (1, 17, "wrapper-ports-wrong", "wrapper.destination-wport"),
    ],
)
def test_ports_of_a_reply(tmp_path, source, destination, code, field):
    """As they came, of another logical device, to another client."""
    found = one(told(tmp_path, up(), down(source=source, destination=destination)), code)
    assert (found.frame, found.field, found.severity) == (2, field, "error")
    assert f"{source} to {destination}" in found.message


def test_ports_that_change_amid_an_association(tmp_path):
    """A request from another client, unanswered and then served."""
    start = (up(), down())
    changed = told(tmp_path, *start, up(GET, source=17), up(GET), down(GOT))
    assert grave(changed) == ["wrapper-ports-changed", "wrapper-client-unanswered"]
    assert "17" in one(changed, "wrapper-client-unanswered").message
    lent = told(tmp_path, *start, up(GET, source=17), down(GOT, destination=17))
    assert grave(lent) == ["wrapper-ports-changed", "wrapper-ports-lent"]
    assert one(told(tmp_path, up(source=1000, destination=16)), "wrapper-ports-doubtful").severity == "info"


def test_a_length_is_compared_with_what_follows_and_with_the_apdu(tmp_path):
    """It counts the header, has its octets reversed, or the APDU is cut."""

    def reply(length: int, data: bytes = AARE) -> tuple[str, bytes]:
        return "S>C", bytes.fromhex("000100010010") + length.to_bytes(2, "big") + data

    header = one(told(tmp_path, up(), reply(51)), "wrapper-length-too-long")
    assert (header.frame, header.octets) == (2, b"\0\x33")
    assert "says 51 octets; 43 follow" in header.message
    assert "counts the header too" in header.message
    assert "lowest octet first" in one(told(tmp_path, up(), reply(43 << 8)), "wrapper-length-too-long").message
    cut = one(told(tmp_path, up(), reply(43, AARE[:30])), "wrapper-pdu-cut")
    assert "13 octets are missing" in cut.message
    short = one(told(tmp_path, up(), reply(30)), "wrapper-length-too-short")
    assert "says 30 octets; 43 follow" in short.message
    inner = one(told(tmp_path, up(), reply(46, AARE + b"\0\0\0")), "wrapper-length-against-apdu")
    assert "ends at 43 octets" in inner.message


def test_what_stands_where_a_header_belongs(tmp_path):
    """An HDLC frame, and an APDU without a header."""
    statements = told(tmp_path, up(), ("S>C", SNRM), up(), down())
    assert one(statements, "hdlc-in-place-of-wrapper").frame == 2
    assert "hdlc" in one(statements, "hdlc-in-place-of-wrapper").suggestion
    bare = told(tmp_path, up(), ("S>C", AARE), up(), down())
    assert "tag 61" in one(bare, "wrapper-header-missing").message


def test_what_is_unanswered_is_told_with_what_is_answered(tmp_path):
    """Another logical device; the last request; nothing since a wrong header; notifications are never missed."""
    start = (up(), down())
    port = one(told(tmp_path, *start, up(destination=9), up(GET), down(GOT)), "wrapper-port-unanswered")
    assert "wPort 9" in port.message
    assert "Requests to wPort 1 are answered" in port.message
    assert "may end before the reply" in one(told(tmp_path, *start, up(GET)), "request-unanswered").message
    wedged = told(tmp_path, *start, up(GET, version=2), up(GET))
    assert one(wedged, "silent-after-wrong-header").frame == 4
    assert grave(told(tmp_path, *start, up(bytes.fromhex("C00181000F0000280000FF0100")))) == []
