"""Network captures of every shape give the exchange that was on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from struct import pack

import pytest

from conformance.diagnose.intake.conversation import Damage, Layer
from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.limits import Limits
from conformance.diagnose.intake.reading import read
from conformance.dlms.wrapper import WrapperPdu
from conformance.record.frames import Frame
from conformance.record.model import DeviceRecord, RunHead, RunRecord, ToolRecord
from conformance.reporting.pcapng import render
from tests.diagnose.capture_files import enhanced, interface, option, pcap, section, tcp, udp

REQUEST = bytes.fromhex("000100100001000DC001C100080000010000FF0200")
REPLY = WrapperPdu(1, 16, bytes.fromhex("C401C1000906000102030405")).encode()
SNRM = bytes.fromhex("7EA0070321930F017E")
UA = bytes.fromhex("7EA00721037301407E")
WANTED = [("C>S", REQUEST), ("S>C", REPLY)]


@pytest.fixture
def understood(tmp_path):
    def of(content: bytes, selection: str = "", **more):
        path = tmp_path / "capture.bin"
        path.write_bytes(content)
        return read(f"{path}{selection}", **more)

    return of


def said(conversation) -> list[tuple[str | None, bytes]]:
    return [(unit.direction, unit.octets) for unit in conversation.units]


def both(**more) -> list[bytes]:
    return [tcp(REQUEST, 100, **more), tcp(REPLY, 500, up=False, **more)]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nanoseconds", [False, True])
def test_pcap_of_either_byte_order_and_resolution(order, nanoseconds, understood):
    """Times come out in seconds since the first packet."""
    conversation = understood(pcap(both(), order=order, nanoseconds=nanoseconds))
    assert conversation.form == "pcap"
    assert said(conversation) == WANTED
    assert [unit.time for unit in conversation.units] == [0.0, 0.001]
    assert conversation.began == 1_700_000_000.0
    assert conversation.streams[0].name == "198.18.0.1:49152 > 198.18.0.2:4059 TCP"


LINKS = {
    "ethernet": (1, lambda ip, kind: bytes(12) + kind + ip),
    "vlan": (1, lambda ip, kind: bytes(12) + b"\x81\x00\x00\x05" + kind + ip),
    "ethernet with padding": (1, lambda ip, kind: bytes(12) + kind + ip + bytes(6)),
    "linux cooked": (113, lambda ip, kind: bytes(14) + kind + ip),
    "linux cooked 2": (276, lambda ip, kind: kind + bytes(18) + ip),
    "raw": (101, lambda ip, _: ip),
    "null": (0, lambda ip, _: b"\x02\x00\x00\x00" + ip),
    "loop": (108, lambda ip, _: b"\x00\x00\x00\x02" + ip),
}


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("v6", [False, True])
def test_every_link_type_and_both_versions_of_ip(link, v6, understood):
    """What stands before the IP header, and behind the packet, is left away."""
    link_type, around = LINKS[link]
    kind = b"\x86\xdd" if v6 else b"\x08\x00"
    conversation = understood(pcap([around(ip, kind) for ip in both(v6=v6)], link_type=link_type))
    assert said(conversation) == WANTED


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_with_sections_interfaces_and_other_blocks(order, understood):
    """Each section has its own byte order and interfaces, each interface its own link type and clock."""
    other = "<" if order == ">" else ">"
    nanoseconds = option(9, b"\x09", order) + option(0, b"", order)
    content = (
        section(order)
        + interface(1, order)
        + interface(101, order, nanoseconds)
        + enhanced(tcp(REQUEST, 1), 1_700_000_000_000_000_000, 1, order)
        + section(other)
        + pack(f"{other}II4sI", 0x0BAD, 16, b"skip", 16)
        + interface(1, other)
        + enhanced(bytes(12) + b"\x08\x00" + tcp(REPLY, 1, up=False), 1_700_000_000_250_000, 0, other)
    )
    conversation = understood(content)
    assert said(conversation) == WANTED
    assert [unit.time for unit in conversation.units] == [0.0, 0.25]


def test_simple_packet_blocks_have_no_time(understood):
    """They belong to the first interface."""
    packet = tcp(REQUEST, 1)
    body = pack("<I", len(packet)) + packet + bytes(-len(packet) % 4)
    simple = pack("<II", 3, len(body) + 12) + body + pack("<I", len(body) + 12)
    conversation = understood(section() + interface(101) + simple)
    assert said(conversation) == WANTED[:1]
    assert conversation.units[0].time is None


def test_frames_in_a_user_link_type_take_direction_and_comment_from_their_options(understood):
    """Outbound is from the client; the comment stays with the piece."""
    up = option(1, b"first try") + option(2, pack("<I", 2)) + option(0, b"")
    down = option(2, pack("<I", 1)) + option(0, b"")
    packets = enhanced(SNRM, 1, options=up) + enhanced(UA, 2, options=down)
    conversation = understood(section() + interface(150) + packets)
    assert conversation.layer is Layer.HDLC
    assert said(conversation) == [("C>S", SNRM), ("S>C", UA)]
    assert conversation.heard[0].notes == ("first try",)


def test_segments_out_of_order_sent_again_and_overlapping_are_put_right(understood):
    """The order of the conversation is the one in which the meter could read it."""
    half = len(REQUEST) // 2
    packets = [
        tcp(b"", 99, flags=0x02),
        tcp(b"", 499, up=False, flags=0x12),
        tcp(REQUEST[half:], 100 + half),
        tcp(REQUEST[:half], 100),
        tcp(REQUEST[:half], 100),
        tcp(REPLY[:8], 500, up=False),
        tcp(REPLY[4:], 504, up=False),
        tcp(REQUEST, 100 + len(REQUEST)),
    ]
    conversation = understood(pcap(packets))
    assert said(conversation) == [*WANTED, ("C>S", REQUEST)]
    assert conversation.said("tcp-out-of-order")
    assert conversation.said("tcp-retransmission")
    assert not conversation.said("tcp-gap")


def test_sequence_numbers_that_wrap_are_followed(understood):
    """Modulo 2 to the 32."""
    start = (1 << 32) - 5
    conversation = understood(pcap([tcp(REQUEST[:5], start), tcp(REQUEST[5:], start + 5)]))
    assert said(conversation) == WANTED[:1]


def test_a_gap_is_told_and_does_not_swallow_what_follows(understood):
    """What was cut by the gap is damaged; the next PDU is whole."""
    packets = [tcp(REQUEST[:12], 100), tcp(REQUEST, 100 + len(REQUEST)), tcp(REPLY, 500, up=False)]
    conversation = understood(pcap(packets))
    assert f"{len(REQUEST) - 12} octets" in conversation.said("tcp-gap")[0].message
    assert [unit.damage for unit in conversation.units] == [Damage.CUT, Damage.NONE, Damage.NONE]
    assert said(conversation)[1:] == WANTED


def test_a_port_used_again_begins_another_stream(understood):
    """A second SYN after data is a second connection; one of them can be selected."""
    again = [tcp(b"", 9_000, flags=0x02), tcp(REQUEST, 9_001)]
    content = pcap([tcp(b"", 99, flags=0x02), *both(), *again])
    conversation = understood(content)
    assert [stream.pieces for stream in conversation.streams] == [2, 1]
    assert said(understood(content, "#2")) == WANTED[:1]
    with pytest.raises(IntakeError, match="holds nothing of 7"):
        understood(content, "#7")


def test_udp_datagrams_are_pdus(understood):
    """Each by itself."""
    conversation = understood(pcap([udp(REQUEST), udp(REPLY, up=False)]))
    assert said(conversation) == WANTED
    assert conversation.streams[0].name.endswith("UDP")


def test_hdlc_over_tcp_is_found_out(understood):
    """A gateway passes frames on the same port, cut anywhere."""
    packets = [tcp(SNRM[:4], 1), tcp(SNRM[4:], 5), tcp(UA, 1, up=False)]
    conversation = understood(pcap(packets))
    assert conversation.layer is Layer.HDLC
    assert said(conversation) == [("C>S", SNRM), ("S>C", UA)]


def test_a_push_to_the_port_is_from_the_meter(understood):
    """Who is called at the port may be the head-end: the APDU says who is who."""
    push = WrapperPdu(1, 1, bytes.fromhex("0F000000010009020102")).encode()
    conversation = understood(pcap([tcp(push, 1)]))
    assert said(conversation) == [("S>C", push)]
    assert conversation.said("directions-turned")


def test_another_port_is_suggested_and_can_be_given(understood):
    """What looks like DLMS elsewhere is named."""
    content = pcap(both(port=8000))
    with pytest.raises(IntakeError) as caught:
        understood(content)
    assert "8000 (2 packets)" in str(caught.value)
    assert "Give --port 8000" in str(caught.value)
    assert said(understood(content, port=8000)) == WANTED


def test_octets_that_the_capture_cut_off_are_counted(understood):
    """A short snapshot length loses octets that were on the wire."""
    packet = tcp(REPLY, 1, up=False)
    kept = packet[:-4]
    head = pcap([])
    content = head + pack("<IIII", 1, 0, len(kept), len(packet)) + kept
    conversation = understood(content)
    assert conversation.said("packet-cut")[0].message == "4 octets of this packet were not captured."
    assert conversation.units[0].damage is Damage.CUT


def test_fragments_and_foreign_link_types_are_told(understood):
    """What is left out is said."""
    fragment = bytearray(tcp(REQUEST, 1))
    fragment[6] = 0x20
    conversation = understood(pcap([bytes(fragment), *both()]))
    assert conversation.said("ip-fragments")
    foreign = section() + interface(101) + interface(127) + enhanced(tcp(REQUEST, 1), 1) + enhanced(b"abcd", 2, 1)
    assert "link type 127" in understood(foreign).said("link-type-unknown")[0].message


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pcap(both())[:-5], "capture-file-cut"),
        (pcap(both()) + pack("<IIII", 1, 0, 1 << 30, 1 << 30), "capture-file-damaged"),
        (section() + interface(101) + enhanced(tcp(REQUEST, 1), 1) + enhanced(b"", 1)[:-3], "capture-file-cut"),
        (section() + interface(101) + enhanced(tcp(REQUEST, 1), 1) + enhanced(b"", 1, 9), "capture-file-damaged"),
        (
            section() + interface(101) + enhanced(tcp(REQUEST, 1), 1) + pack("<IIII", 5, 16, 0, 20),
            "capture-file-damaged",
        ),
    ],
)
def test_a_damaged_file_gives_what_stands_before_the_damage(content, code, understood):
    """The reading ends there, and says so."""
    conversation = understood(content)
    assert said(conversation)[0] == WANTED[0]
    assert conversation.said(code)[0].severity == "error"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (pcap([])[:10], "pcap header of 10 octets"),
        (section()[:9], "ends within its first section header"),
        (section()[:8] + b"\x01\x02\x03\x04" + section()[12:], "byte-order magic 01020304"),
        (pcap([]), "holds no exchange"),
        (b"\x1f\x8b\x08\x00", "is compressed (gzip)"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is no file that an exchange comes in"),
    ],
)
def test_what_is_no_capture_gives_one_clear_message(content, message, understood):
    """What is wrong, where, and what to do."""
    with pytest.raises(IntakeError) as caught:
        understood(content)
    assert message in str(caught.value)
    assert caught.value.remedy


def test_the_octets_of_a_line_are_read_as_they_are(understood):
    """A file of HDLC frames and nothing else, with noise between them."""
    conversation = understood(SNRM + b"\x00\xff" + UA)
    assert conversation.form == "octets"
    assert said(conversation)[0] == ("C>S", SNRM)
    assert said(conversation)[-1] == ("S>C", UA)
    assert [unit.damage for unit in conversation.units] == [Damage.NONE, Damage.STRAY, Damage.NONE]


def test_the_bounds_hold_for_many_connections(understood):
    """Streams beyond the limit are counted; kept octets are bounded."""
    content = pcap([tcp(b"", 99, flags=0x02), *both(), tcp(b"", 9_000, flags=0x02), tcp(REQUEST, 9_001)])
    assert understood(content, limits=Limits(streams=1)).said("streams-left-out")
    assert understood(content, limits=Limits(octets=len(REQUEST))).said("capture-left-out")


def own_trace() -> bytes:
    """What a run of ours leaves: three subtests over the wrapper, the last one redacted, and one over HDLC."""
    places = [("C_1", 1, "wrapper", WANTED), ("C_1", 2, "wrapper", WANTED)]
    places.append(("C_2", 1, "hdlc", [("C>S", SNRM), ("S>C", UA)]))
    places.append(("C_3", 1, "wrapper", WANTED))
    frames: list[Frame] = []
    for case, subtest, layer, exchange in places:
        for direction, octets in exchange:
            place = {"case": case, "association": "reader", "subtest": subtest, "layer": layer, "dir": direction}
            number = len(frames) + 1
            moment = datetime(2026, 1, 1, 12, 0, number, tzinfo=UTC)
            content = {"n": number, "t": float(number), "utc": moment, "hex": octets.hex().upper()}
            if case == "C_3":
                content["redacted"] = ((8, 12),)
            frames.append(Frame.model_validate(content | place))
    started = datetime(2026, 1, 1, tzinfo=UTC)
    head = RunHead(tool=ToolRecord(version="1", platform="x"), started=started, device=DeviceRecord(name="meter"))
    return render(RunRecord.of(head, (), finished=started, complete=True), frames)


def test_the_trace_of_a_run_is_sorted_by_subtest(understood):
    """Each subtest is a stream, and can be selected by its case."""
    conversation = understood(own_trace())
    assert [stream.name for stream in conversation.streams] == [
        "C_1/reader, subtest 1",
        "C_1/reader, subtest 2",
        "C_2/reader, subtest 1",
        "C_3/reader, subtest 1",
    ]
    assert said(understood(own_trace(), "#C_1/2")) == WANTED
    redacted = understood(own_trace(), "#C_3")
    assert redacted.units[0].unknown == ((8, 12),)
    assert not redacted.units[0].whole
    hdlc = understood(own_trace(), "#C_2")
    assert said(hdlc) == [("C>S", SNRM), ("S>C", UA)]
    assert all(earlier.number < later.number for earlier, later in pairwise(u.place for u in hdlc.units))
