"""How fast a large capture is read, and how much memory that takes: 100 MB of pcapng with Ethernet, IPv4 and TCP.

    python tests/benchmarks/bench_captures.py [--megabytes N]

The capture holds the conversations of many meters, each a TCP connection of wrapper PDUs; some segments are sent again
and some come out of order, as on a real network. Its bounds are those that a user is promised: 30 s, and memory that
does not grow with the file. The time is that of the processor: reading waits for nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from struct import pack

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conformance.diagnose.intake.reading import read

ALLOWED_S = 30.0
ALLOWED_MEBIBYTES = 200.0
EXCHANGES = 50
"""Requests of one connection."""
REQUEST = bytes.fromhex("000100100001000DC001C100080000010000FF0200")
REPLY_SIZES = (16, 40, 200, 900)


def block(kind: int, body: bytes) -> bytes:
    """A pcapng block."""
    body += bytes(-len(body) % 4)
    length = pack("<I", len(body) + 12)
    return pack("<I", kind) + length + body + length


def segment(source: tuple[int, int], destination: tuple[int, int], sequence: int, flags: int, data: bytes) -> bytes:
    """An Ethernet frame with IPv4 and TCP; checksums stay 0, as where the network card fills them in."""
    tcp = pack(">HHIIBBHHH", source[1], destination[1], sequence & 0xFFFFFFFF, 0, 0x50, flags, 0xFFFF, 0, 0) + data
    ip = pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0, source[0], destination[0])
    return bytes(12) + b"\x08\x00" + ip + tcp


def connection(number: int) -> Iterator[bytes]:
    """The packets of one meter's conversation."""
    client, server = (0x0A000001, 1024 + number % 60_000), (0xC0000000 + number, 4059)
    sequences = [number * 7919 & 0xFFFFFFFF, number * 104_729 & 0xFFFFFFFF]
    yield segment(client, server, sequences[0], 0x02, b"")
    yield segment(server, client, sequences[1], 0x12, b"")
    sequences = [sequence + 1 for sequence in sequences]
    for exchange in range(EXCHANGES):
        size = REPLY_SIZES[exchange % len(REPLY_SIZES)]
        apdu = b"\xc4\x01\xc1\x00\x09" + (bytes((size,)) if size < 128 else b"\x82" + pack(">H", size)) + bytes(size)
        reply = pack(">HHHH", 1, 1, 16, len(apdu)) + apdu
        yield segment(client, server, sequences[0], 0x18, REQUEST)
        if exchange % 10 == 3:
            yield segment(client, server, sequences[0], 0x18, REQUEST)
        sequences[0] += len(REQUEST)
        half = len(reply) // 2
        parts = [
            segment(server, client, sequences[1], 0x18, reply[:half]),
            segment(server, client, sequences[1] + half, 0x18, reply[half:]),
        ]
        yield from reversed(parts) if exchange % 10 == 7 else parts
        sequences[1] += len(reply)


def write(path: Path, octets: int) -> int:
    """Write a capture of about that size, and give the number of its packets."""
    written, packets, number = 0, 0, 0
    with path.open("wb") as file:
        file.write(block(0x0A0D0D0A, pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
        file.write(block(1, pack("<HHI", 1, 0, 0)))
        while written < octets:
            for packet in connection(number):
                moment = 1_700_000_000_000_000 + packets * 1_000
                head = pack("<IIIII", 0, moment >> 32, moment & 0xFFFFFFFF, len(packet), len(packet))
                written += file.write(block(6, head + packet))
                packets += 1
            number += 1
    return packets


def measure(path: Path) -> tuple[float, float]:
    """Seconds of the processor, and mebibytes by which the process grew; 0 where the system does not say."""
    before = largest()
    began = time.process_time()
    conversation = read(path)
    seconds = time.process_time() - began
    if not conversation.said("capture-left-out") and path.stat().st_size > 50 << 20:
        raise SystemExit("nothing was left out of a capture beyond the limits: the bounds do not hold")
    return seconds, largest() - before


def largest() -> float:
    """Mebibytes that the process had at its peak so far; 0 on a system without the measure."""
    if resource is None:
        return 0.0
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / (1 << 20)


def main() -> int:
    """Generate, read, and say whether the bounds hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    megabytes = parser.parse_args().megabytes
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "large.pcapng"
        packets = write(path, megabytes * 1_000_000)
        seconds, mebibytes = measure(path)
    print(f"{megabytes} MB of pcapng, {packets} packets: {seconds:.1f} s of the processor (allowed {ALLOWED_S:.0f} s)")
    print(f"memory at the peak of reading: {mebibytes:.0f} MiB (allowed {ALLOWED_MEBIBYTES:.0f} MiB)")
    return int(seconds > ALLOWED_S or mebibytes > ALLOWED_MEBIBYTES)


if __name__ == "__main__":
    sys.exit(main())
