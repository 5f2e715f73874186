"""How long protecting and opening one APDU takes: `python tests/benchmarks/bench_gcm.py`.

Prints microseconds and, because they depend on the machine and its load, their ratio to the bare calls of
`cryptography` measured in the same run. Exits with 1 when a ratio is above its limit.
"""

import sys
import time
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
ROUNDS, REPEATS = 5_000, 9
LIMITS = {"protect + unprotect": 2.5, "APDU there and back": 5.0}


def microseconds(act):
    """The best of several series, per call."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(ROUNDS):
            act()
        best = min(best, time.perf_counter() - start)
    return best / ROUNDS * 1e6


def bare():
    """Encrypt and verify with nothing around the library."""
    nonce, associated = TITLE + b"\0\0\0\x01", b"\x30" + AK
    sealed = AESGCM(EK).encrypt(nonce, PLAINTEXT, associated)[:-4]
    decryptor = Cipher(AES(EK), GCM(nonce, sealed[-12:], min_tag_length=12)).decryptor()
    decryptor.authenticate_additional_data(associated)
    decryptor.update(sealed[:-12])
    decryptor.finalize()


def protect_and_unprotect():
    """What one APDU costs between tester and meter."""
    content = gcm.protect(CONTROL, TITLE, 1, EK, AK, PLAINTEXT)
    gcm.unprotect(CONTROL, TITLE, 1, EK, AK, content)


def apdu_there_and_back():
    """The same with encoding and decoding the ciphered APDU."""
    content = gcm.protect(CONTROL, TITLE, 1, EK, AK, PLAINTEXT)
    octets = ServiceCiphered(0xC8, CONTROL, 1, content).encode()
    apdu = decode(octets, ciphered.read, "glo-get-request")
    gcm.unprotect(apdu.security_control, TITLE, apdu.invocation_counter, EK, AK, apdu.content)


def main():
    """Measure, print, judge."""
    base = microseconds(bare)
    print(f"{'bare cryptography':24}{base:8.2f} µs")
    slow = False
    for name, act in (("protect + unprotect", protect_and_unprotect), ("APDU there and back", apdu_there_and_back)):
        taken = microseconds(act)
        slow |= taken / base > LIMITS[name]
        print(f"{name:24}{taken:8.2f} µs{taken / base:8.2f} × (limit {LIMITS[name]})")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
