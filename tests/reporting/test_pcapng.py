"""The capture opens in Wireshark, holds every octet that passed, and says to which subtest it belongs."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.record.assemble import load, load_frames
from conformance.record.frames import Frame
from conformance.record.model import DeviceRecord, RunHead, RunRecord, ToolRecord
from conformance.reporting.pcapng import render
from conformance.reporting.segments import Conversation, segments

STARTED = datetime(2026, 11, 21, 12, tzinfo=UTC)
RECORD = RunRecord.of(
    RunHead(tool=ToolRecord(version="1", platform="Linux"), started=STARTED, device=DeviceRecord(name="meter")),
    (),
    finished=STARTED,
    complete=True,
)
AARQ = (
    "00010001009100446042A109060760857405080102A60A0408454C5311111111118A0207808B"
    "0760857405080205AC0A8008DC7D5449CCFBED71BE10040E01000000065F1F04001C0320FFFF"
)


def frame(number: int, octets: str, **more: object) -> Frame:
    moment = STARTED + timedelta(microseconds=number)
    given_values = {"dir": "C>S", "layer": "wrapper", "device": "meter", "case": "T_CASE", "subtest": 1, **more}
    return Frame(n=number, t=number / 10, utc=moment, hex=octets, **given_values)


@dataclass
class Block:
    kind: int
    head: bytes
    data: bytes
    options: list[tuple[int, bytes]]

    def texts(self, code: int) -> list[str]:
        return [value.decode("utf-8") for known, value in self.options if known == code]


def options_in(octets: bytes) -> list[tuple[int, bytes]]:
    found = []
    while octets:
        code, length = struct.unpack_from("<HH", octets)
        found.append((code, octets[4 : 4 + length]))
        octets = octets[4 + length + -length % 4 :]
    assert not found or found.pop() == (0, b"")
    return found


def blocks_in(capture: bytes) -> list[Block]:
    """The blocks of a capture, read by the format's own rules: lengths in front and behind agree, all is padded."""
    blocks = []
    while capture:
        kind, length = struct.unpack_from("<II", capture)
        assert length % 4 == 0
        assert struct.unpack_from("<I", capture, length - 4) == (length,)
        body = capture[8 : length - 4]
        size = {0x0A0D0D0A: 16, 1: 8, 6: 20}[kind]
        data_length = struct.unpack_from("<I", body, 12)[0] if kind == 6 else 0
        after = size + data_length + -data_length % 4
        blocks.append(Block(kind, body[:size], body[size : size + data_length], options_in(body[after:])))
        capture = capture[length:]
    return blocks


def packets_in(capture: bytes) -> list[Block]:
    return [block for block in blocks_in(capture) if block.kind == 6]


def test_it_begins_with_a_section_header_that_names_the_tool(specimen):
    header = blocks_in(render(load(specimen), load_frames(specimen)))[0]
    assert struct.unpack("<IHHq", header.head) == (0x1A2B3C4D, 1, 0, -1)
    assert header.texts(4) == ["dlms-conformance 0.1.0"]


def test_each_kind_of_frame_has_an_interface_with_its_link_type(specimen):
    blocks = blocks_in(render(load(specimen), load_frames(specimen)))
    found = {block.texts(2)[0]: struct.unpack_from("<H", block.head)[0] for block in blocks if block.kind == 1}
    assert found == {"acme-e500 hdlc": 147, "acme-e500 apdu": 148, "acme-e500 wrapper": 101}


def test_every_frame_is_there_with_its_octets_in_order(specimen):
    frames = load_frames(specimen)
    packets = packets_in(render(load(specimen), frames))
    assert len(packets) == len(frames)
    for shown, packet in zip(frames, packets, strict=True):
        assert packet.data.endswith(shown.octets)
        assert len(packet.data) == len(shown.octets) + (40 if shown.layer == "wrapper" else 0)


def test_a_packet_says_when_in_which_direction_and_for_which_subtest(specimen):
    frames = load_frames(specimen)
    packet = packets_in(render(load(specimen), frames))[6]
    assert packet.texts(1) == ["T_APPL_OPEN_5/reader; subtest 1; frame 7; t 2.000000 s; redacted octets [44, 52)"]
    assert (2, struct.pack("<I", 2)) in packet.options
    high, low = struct.unpack_from("<II", packet.head, 4)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=(high << 32) + low)
    assert moment == frames[6].utc


def test_what_the_meter_sends_is_inbound():
    (packet,) = packets_in(render(RECORD, (frame(1, AARQ, dir="S>C"),)))
    assert (2, struct.pack("<I", 1)) in packet.options


def test_a_stream_goes_on_in_both_directions_and_each_subtest_has_its_own():
    frames = (frame(1, AARQ), frame(2, "AABB", dir="S>C"), frame(3, AARQ), frame(4, AARQ, subtest=2))
    ports, positions = [], []
    for packet in packets_in(render(RECORD, frames)):
        source, destination, sequence, acknowledged = struct.unpack_from(">HHII", packet.data, 20)
        ports.append((source, destination))
        positions.append((sequence, acknowledged))
    assert ports == [(49152, 4059), (4059, 49152), (49152, 4059), (49153, 4059)]
    octets = len(AARQ) // 2
    assert positions == [(1, 1), (1, 1 + octets), (1 + octets, 3), (1, 1)]


def test_each_connection_of_a_subtest_is_a_stream_of_its_own():
    frames = (frame(1, AARQ, connection=1), frame(2, AARQ, connection=2), frame(3, "AABB", dir="S>C", connection=1))
    ports = [struct.unpack_from(">HH", packet.data, 20) for packet in packets_in(render(RECORD, frames))]
    assert ports == [(49152, 4059), (49153, 4059), (4059, 49152)]


def ones_complement_sum(octets: bytes) -> int:
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets)) if len(octets) % 2 == 0 else -1
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@given(st.binary(max_size=300), st.booleans(), st.integers(0, 300_000), st.integers(0, 300))
def test_both_checksums_are_right_whatever_passes(octets, from_client, number, device):
    stream = Conversation.numbered(number, device)
    (packet,) = segments(stream, octets, from_client=from_client)
    assert ones_complement_sum(packet[:20]) == 0xFFFF
    tcp = packet[20:]
    pseudo_header = packet[12:20] + struct.pack(">HH", 6, len(tcp))
    assert ones_complement_sum(pseudo_header + tcp + bytes(len(tcp) % 2)) == 0xFFFF


def test_octets_longer_than_a_segment_go_into_several_and_come_out_whole():
    octets = bytes(range(256)) * 512
    stream = Conversation.numbered(0, 0)
    packets = list(segments(stream, octets, from_client=True))
    assert b"".join(packet[40:] for packet in packets) == octets
    assert [struct.unpack_from(">I", packet, 24)[0] for packet in packets] == [1, 60001, 120001]


def test_no_two_streams_have_the_same_ends():
    ends = Counter(
        (stream.client, stream.client_port) for stream in (Conversation.numbered(n, 0) for n in range(40_000))
    )
    assert max(ends.values()) == 1


def test_the_same_record_gives_the_same_octets(specimen):
    assert render(load(specimen), load_frames(specimen)) == render(load(specimen), load_frames(specimen))


@given(st.text(max_size=3000), st.binary(max_size=60), st.sampled_from(["hdlc", "wrapper", "apdu", "octets"]))
def test_the_blocks_hold_together_whatever_the_record_says(words, octets, layer):
    shown = frame(1, octets.hex().upper(), layer=layer, device=words, case=words, association=words, note=words)
    (packet,) = packets_in(render(RECORD, (shown,)))
    assert packet.data.endswith(octets)
    assert "\n" not in packet.texts(1)[0]


def test_a_run_without_frames_is_a_capture_without_packets():
    assert [block.kind for block in blocks_in(render(RECORD, ()))] == [0x0A0D0D0A]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_it_and_finds_no_fault(tmp_path: Path):
    frames = (
        frame(1, "7EA0070321930F017E", layer="hdlc"),
        frame(2, AARQ),
        frame(3, "0001", dir="S>C"),
        frame(4, AARQ, subtest=2),
    )
    path = tmp_path / "trace.pcapng"
    path.write_bytes(render(RECORD, frames))
    fields = ("frame.protocols", "tcp.dstport", "tcp.checksum.status", "ip.checksum.status", "tcp.analysis.flags")
    command = ["tshark", "-r", str(path), "-T", "fields", "-E", "separator=|"]
    command += ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]
    for field in (*fields, "frame.comment"):
        command += ["-e", field]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    rows = [row.split("|") for row in shown.stdout.splitlines()]
    assert [row[5] for row in rows] == [f"T_CASE; subtest {s}; frame {n}; t 0.{n}00000 s" for n, s in
                                        ((1, 1), (2, 1), (3, 1), (4, 2))]  # fmt: skip
    assert rows[0][0].startswith("user_dlt")
    assert [row[1:5] for row in rows[1:]] == [
        ["4059", "1", "1", ""],
        ["49152", "1", "1", ""],
        ["4059", "1", "1", ""],
    ]
