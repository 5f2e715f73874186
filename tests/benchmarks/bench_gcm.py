"""How long protecting and opening one APDU takes: `python tests/benchmarks/bench_gcm.py [--peer-python PATH]`.

Prints microseconds and their ratio to the bare calls of `cryptography`, measured turn by turn in one run because both
depend on the machine and its load. The peer, dlms-cosem, runs in a Python of its own (option, or DLMS_PEER_PYTHON in
the environment); nothing of it is imported here. Both protect and open the same 200 octets under the same keys, our
checks of key, title, suite and tag length included. Exits with 1 when a ratio is above its limit, or when ours is
slower than the peer's; without a peer, with 77: not compared.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from conformance.dlms.reader import decode
from conformance.dlms.security import ciphered, gcm
from conformance.dlms.security.ciphered import ServiceCiphered
from conformance.dlms.security.control import SecurityControl

EK = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
AK = bytes.fromhex("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF")
TITLE = bytes.fromhex("4D4D4D0000BC614E")
PLAINTEXT = bytes(range(200))
CONTROL = SecurityControl.from_octet(0x30)
CALLS, TURNS = 2_000, 15
LIMITS = {"protect + unprotect": 2.5, "APDU there and back": 5.0}
REQUIRED_RATIO = 1.0
NOT_COMPARED = 77

PEER = f"""
import sys
from timeit import timeit
from dlms_cosem.security import SecurityControlField, decrypt, encrypt

EK, AK, TITLE = map(bytes.fromhex, ("{EK.hex()}", "{AK.hex()}", "{TITLE.hex()}"))
PLAINTEXT = bytes(range(200))
CONTROL = SecurityControlField(security_suite=0, authenticated=True, encrypted=True)

def both():
    return decrypt(CONTROL, TITLE, 1, EK, encrypt(CONTROL, TITLE, 1, EK, PLAINTEXT, AK), AK)

assert both() == PLAINTEXT
print(encrypt(CONTROL, TITLE, 1, EK, PLAINTEXT, AK).hex(), flush=True)
for number in sys.stdin:
    count = int(number)
    print(timeit(both, number=count) / count, flush=True)
"""


def per_call(act: Callable[[], object]) -> float:
    """Microseconds for one call, averaged over a turn."""
    start = time.perf_counter()
    for _ in range(CALLS):
        act()
    return (time.perf_counter() - start) / CALLS * 1e6


def bare() -> None:
    """Encrypt and verify with nothing around the library."""
    nonce, associated = TITLE + b"\0\0\0\x01", b"\x30" + AK
    sealed = AESGCM(EK).encrypt(nonce, PLAINTEXT, associated)[:-4]
    decryptor = Cipher(AES(EK), GCM(nonce, sealed[-12:], min_tag_length=12)).decryptor()
    decryptor.authenticate_additional_data(associated)
    decryptor.update(sealed[:-12])
    decryptor.finalize()


def protect_and_unprotect() -> None:
    """What one APDU costs between tester and meter."""
    content = gcm.protect(CONTROL, TITLE, 1, EK, AK, PLAINTEXT)
    gcm.unprotect(CONTROL, TITLE, 1, EK, AK, content)


def apdu_there_and_back() -> None:
    """The same with encoding and decoding the ciphered APDU."""
    content = gcm.protect(CONTROL, TITLE, 1, EK, AK, PLAINTEXT)
    octets = ServiceCiphered(0xC8, CONTROL, 1, content).encode()
    apdu = decode(octets, ciphered.read, "glo-get-request")
    gcm.unprotect(apdu.security_control, TITLE, apdu.invocation_counter, EK, AK, apdu.content)


def start_peer(python: str | None) -> subprocess.Popen[str] | str:
    """The peer's process, or why there is none."""
    if not python:
        return "no peer: give --peer-python or DLMS_PEER_PYTHON, a Python that has dlms-cosem"
    try:
        peer = subprocess.Popen([python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    except OSError as error:
        return f"no peer: {python}: {error.strerror}"
    assert peer.stdout is not None
    sealed = peer.stdout.readline().strip()
    if not sealed:
        peer.wait()
        return f"no peer: {python} cannot run dlms-cosem"
    assert bytes.fromhex(sealed) == gcm.protect(CONTROL, TITLE, 1, EK, AK, PLAINTEXT), "the peer protects otherwise"
    return peer


def turn_of(peer: subprocess.Popen[str]) -> float:
    """Microseconds of the peer for protecting and opening."""
    assert peer.stdin is not None
    assert peer.stdout is not None
    peer.stdin.write(f"{CALLS}\n")
    peer.stdin.flush()
    return float(peer.stdout.readline()) * 1e6


def main() -> int:
    """Measure turn by turn, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer-python", default=os.environ.get("DLMS_PEER_PYTHON"))
    peer = start_peer(parser.parse_args().peer_python)
    acts = {
        "bare cryptography": bare,
        "protect + unprotect": protect_and_unprotect,
        "APDU there and back": apdu_there_and_back,
    }
    taken: dict[str, list[float]] = {name: [] for name in acts}
    theirs: list[float] = []
    for _ in range(TURNS):
        for name, act in acts.items():
            taken[name].append(per_call(act))
        if not isinstance(peer, str):
            theirs.append(turn_of(peer))
    best = {name: min(turns) for name, turns in taken.items()}
    slow = False
    for name, microseconds in best.items():
        limit = LIMITS.get(name)
        ratio = microseconds / best["bare cryptography"]
        told = "" if limit is None else f"{ratio:8.2f} × bare (limit {limit})"
        slow |= limit is not None and ratio > limit
        print(f"{name:24}{microseconds:8.2f} µs{told}")
    if isinstance(peer, str):
        print(peer)
        return int(slow) or NOT_COMPARED
    peer.communicate()
    ratio = min(theirs) / best["protect + unprotect"]
    print(f"{'dlms-cosem':24}{min(theirs):8.2f} µs; ours is {ratio:.2f} × as fast (wanted: {REQUIRED_RATIO:g})")
    return int(slow or ratio < REQUIRED_RATIO)


if __name__ == "__main__":
    sys.exit(main())
