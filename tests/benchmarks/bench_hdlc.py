"""How fast an HDLC frame is built and read: an I-frame with an information field of 128 octets.

    python tests/benchmarks/bench_hdlc.py [--peer-python PATH]

The peer, gurux-dlms, runs in a Python of its own (option, or DLMS_PEER_PYTHON in the environment); nothing of it is
imported here. It builds and reads a frame of its largest size, a little shorter than ours, turn by turn in one run, and
the ratio of the fastest turns is printed. Without a peer only our own figure is printed, with the reason.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from timeit import timeit

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conformance.dlms.hdlc.address import HdlcAddress
from conformance.dlms.hdlc.control import Control, FrameType
from conformance.dlms.hdlc.frame import Frame, read
from conformance.dlms.hdlc.stream import FrameStream
from conformance.dlms.reader import decode

INFORMATION = bytes(range(128))
FRAME = Frame(HdlcAddress(1, 16, 2), HdlcAddress(16), Control(FrameType.I, True, 3, 2), INFORMATION)
OCTETS = FRAME.encode()
ROUNDS = 15
ALLOWED_US = 25.0

PEER = f"""
import sys
from timeit import timeit
from gurux_dlms import GXByteBuffer, GXDLMSClient, GXReplyData
from gurux_dlms.GXDLMS import GXDLMS
from gurux_dlms.enums import Authentication, InterfaceType

UI = 0x13
INFORMATION = bytes.fromhex("{INFORMATION.hex()}")
client = GXDLMSClient(True, 16, 1, Authentication.NONE, None, InterfaceType.HDLC)

def build():
    return GXDLMS.getHdlcFrame(client.settings, UI, GXByteBuffer(INFORMATION))

def read():
    return GXDLMS.getHdlcData(True, client.settings, GXByteBuffer(OCTETS), GXReplyData(), None)

OCTETS = bytes(build())
assert read() == UI
print(len(OCTETS), flush=True)
for number in sys.stdin:
    count = int(number)
    print(timeit(build, number=count) / count, timeit(read, number=count) / count, flush=True)
"""


def build() -> bytes:
    """A frame, from its values to octets."""
    return FRAME.encode()


def parse() -> Frame:
    """A frame, from octets to its values, every octet judged."""
    return decode(OCTETS, read, "hdlc-frame")


def cut() -> list[bytes]:
    """A frame out of the stream."""
    return FrameStream().feed(OCTETS)


def per_call(action: Callable[[], object], count: int) -> float:
    """Seconds for one call, averaged over `count`."""
    return timeit(action, number=count) / count


def start_peer(python: str | None) -> subprocess.Popen[str] | str:
    """The peer's process, or why there is none."""
    if not python:
        return "no peer: give --peer-python or DLMS_PEER_PYTHON, a Python that has gurux-dlms"
    try:
        peer = subprocess.Popen([python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    except OSError as error:
        return f"no peer: {python}: {error.strerror}"
    assert peer.stdout is not None
    if not peer.stdout.readline():
        peer.wait()
        return f"no peer: {python} cannot run gurux-dlms"
    return peer


def turn(peer: subprocess.Popen[str], count: int) -> tuple[float, float]:
    """Seconds of the peer for building one frame and for reading one."""
    assert peer.stdin is not None
    assert peer.stdout is not None
    peer.stdin.write(f"{count}\n")
    peer.stdin.flush()
    built, parsed = peer.stdout.readline().split()
    return float(built), float(parsed)


def main() -> int:
    """Measure, print, and fail when a frame takes longer than is allowed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer-python", default=os.environ.get("DLMS_PEER_PYTHON"))
    python = parser.parse_args().peer_python
    assert parse() == FRAME
    assert cut() == [OCTETS]
    peer = start_peer(python)
    built, parsed, cuts, peer_built, peer_parsed = [], [], [], [], []
    for _ in range(ROUNDS):
        built.append(per_call(build, 5_000))
        parsed.append(per_call(parse, 5_000))
        cuts.append(per_call(cut, 5_000))
        if not isinstance(peer, str):
            figures = turn(peer, 500)
            peer_built.append(figures[0])
            peer_parsed.append(figures[1])
    both = min(built) + min(parsed)
    print(
        f"ours        build {min(built) * 1e6:5.2f} us  read {min(parsed) * 1e6:5.2f} us  both {both * 1e6:5.2f} us  "
        f"(allowed: {ALLOWED_US:g} us), out of the stream {min(cuts) * 1e6:5.2f} us"
    )
    if isinstance(peer, str):
        print(peer)
    else:
        peer.communicate()
        theirs = min(peer_built) + min(peer_parsed)
        figure = f"build {min(peer_built) * 1e6:5.2f} us  read {min(peer_parsed) * 1e6:5.2f} us"
        print(f"gurux-dlms  {figure}  both {theirs * 1e6:5.2f} us")
        print(f"ratio       {theirs / both:.1f}")
    return 0 if both * 1e6 <= ALLOWED_US else 1


if __name__ == "__main__":
    raise SystemExit(main())
