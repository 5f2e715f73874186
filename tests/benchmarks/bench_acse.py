"""How fast an association is opened: AARQ built and AARE read, InitiateRequest and InitiateResponse included.

    python tests/benchmarks/bench_acse.py [--peer-python PATH]

The peer, gurux-dlms, runs in a Python of its own (option, or DLMS_PEER_PYTHON in the environment); nothing of it is
imported here. Both do the same work on the same octets, turn by turn in one run, and the ratio of the fastest turns is
printed. Without a peer only our own figure is printed, with the reason.
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

from conformance.dlms.acse import aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.reader import decode
from conformance.dlms.xdlms.conformance import decode_bits
from conformance.dlms.xdlms.initiate import InitiateRequest, read_response

AARQ = (
    "6036A1090607608574050801018A0207808B0760857405080201AC0A80083132333435363738BE10040E01000000065F1F0400401E5DFFFF"
)
AARE = "6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F040000181D01800007"
ROUNDS = 15
REQUIRED_RATIO = 5.0

PEER = f"""
import sys
from timeit import timeit
from gurux_dlms import GXByteBuffer, GXDLMSClient
from gurux_dlms.enums import Authentication, InterfaceType

AARE = bytes.fromhex("{AARE}")
client = GXDLMSClient(True, 16, 1, Authentication.LOW, b"12345678", InterfaceType.WRAPPER)

def build():
    return client.aarqRequest()

def read():
    client.parseAareResponse(GXByteBuffer(AARE))

print(bytes(build()[0]).hex().upper()[16:], flush=True)
for number in sys.stdin:
    count = int(number)
    print(timeit(build, number=count) / count, timeit(read, number=count) / count, flush=True)
"""


def build() -> bytes:
    """An AARQ with low level security, from its values to octets."""
    request = InitiateRequest(proposed_conformance=CONFORMANCE)
    return Aarq(
        application_context_name=ApplicationContext.LN.oid,
        sender_acse_requirements="1",
        mechanism_name=Mechanism.LLS.oid,
        calling_authentication_value=b"12345678",
        user_information=request.encode(),
    ).encode()


def read() -> None:
    """An AARE, from octets to its values, every octet judged."""
    response = decode(RESPONSE, aare.read, "aare")
    assert response.user_information is not None
    decode(response.user_information, read_response, "initiate-response")


CONFORMANCE = decode_bits(bytes.fromhex("401E5D"))
RESPONSE = bytes.fromhex(AARE)


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
    """Seconds of the peer for one AARQ and for one AARE."""
    assert peer.stdin is not None
    assert peer.stdout is not None
    peer.stdin.write(f"{count}\n")
    peer.stdin.flush()
    built, parsed = peer.stdout.readline().split()
    return float(built), float(parsed)


def main() -> int:
    """Measure, print, and fail when the peer is there and the ratio is not reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer-python", default=os.environ.get("DLMS_PEER_PYTHON"))
    python = parser.parse_args().peer_python
    assert build().hex().upper() == AARQ, build().hex().upper()
    peer = start_peer(python)
    own_build, own_read, peer_build, peer_read = [], [], [], []
    for _ in range(ROUNDS):
        own_build.append(per_call(build, 5_000))
        own_read.append(per_call(read, 5_000))
        if not isinstance(peer, str):
            built, parsed = turn(peer, 1_000)
            peer_build.append(built)
            peer_read.append(parsed)
    own = min(own_build) + min(own_read)
    print(
        f"ours        AARQ {min(own_build) * 1e6:6.2f} us  AARE {min(own_read) * 1e6:6.2f} us  both {own * 1e6:6.2f} us"
    )
    if isinstance(peer, str):
        print(peer)
        return 0
    peer.communicate()
    theirs = min(peer_build) + min(peer_read)
    figures = f"AARQ {min(peer_build) * 1e6:6.2f} us  AARE {min(peer_read) * 1e6:6.2f} us  both {theirs * 1e6:6.2f} us"
    print(f"gurux-dlms  {figures}")
    print(f"ratio       {theirs / own:.1f} (required: {REQUIRED_RATIO})")
    return 0 if theirs / own >= REQUIRED_RATIO else 1


if __name__ == "__main__":
    raise SystemExit(main())
