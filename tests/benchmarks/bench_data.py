"""Decoding of a load profile, 1,000 rows of a date-time, a status and three registers, against gurux-dlms in one run.

    python tests/benchmarks/bench_data.py [--peer-python PYTHON] [--least-ratio 4] [--json]

PYTHON is an interpreter that has gurux-dlms; both decode the same octets, in turns, each in a process of its own. Exit
code 0 when the ratio holds, 1 when it does not, 77 when there is nothing to compare with.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conformance.dlms.data import codec, values
from conformance.dlms.data.datetime import CosemDateTime

ROWS = 1_000
SKIPPED = 77

PEER = """
import sys, time
try:
    from gurux_dlms.GXByteBuffer import GXByteBuffer
    from gurux_dlms.internal._GXCommon import _GXCommon
    from gurux_dlms.internal._GXDataInfo import _GXDataInfo
except ImportError as error:
    sys.exit(f"{error}")
octets = bytes.fromhex(sys.stdin.readline())
def decode():
    return _GXCommon.getData(None, GXByteBuffer(octets), _GXDataInfo())
rows = decode()
assert len(rows) == int(sys.argv[1]) and len(rows[-1]) == 5, "not the rows that were sent"
for _ in sys.stdin:
    start = time.perf_counter()
    decode()
    print(time.perf_counter() - start, flush=True)
"""


def profile() -> bytes:
    """The encoded buffer of a profile."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return codec.encode(
        values.array(
            *[
                values.structure(
                    values.octet_string(CosemDateTime.from_datetime(start + timedelta(minutes=15 * n)).encode()),
                    values.unsigned(n % 256),
                    values.double_long_unsigned(1_000_000 + 7 * n),
                    values.double_long_unsigned(2_000_000 + 11 * n),
                    values.double_long_unsigned(3_000_000 + 13 * n),
                )
                for n in range(ROWS)
            ]
        )
    )


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def against_peer(octets: bytes, python: str, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds per decoding, ours and the peer's, taken in turns so that load on the machine meets both.

    Raises:
        OSError: the interpreter cannot be started.
        RuntimeError: it has no gurux-dlms.
    """
    ours: list[float] = []
    theirs: list[float] = []
    command = [python, "-c", PEER, str(ROWS)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as peer:
        assert peer.stdin is not None
        assert peer.stdout is not None
        assert peer.stderr is not None
        try:
            peer.stdin.write(octets.hex() + "\n")
            for _ in range(rounds):
                peer.stdin.write("\n")
                peer.stdin.flush()
                theirs.append(float(peer.stdout.readline()))
                ours.append(min(seconds(lambda: codec.decode(octets)) for _ in range(3)))
            peer.stdin.close()
        except (OSError, ValueError):
            peer.kill()
            with contextlib.suppress(OSError):
                peer.stdin.close()
            raise RuntimeError(peer.stderr.read().strip() or "the peer ended without a word") from None
    return ours, theirs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-python", default=sys.executable, help="an interpreter that has gurux-dlms")
    parser.add_argument("--least-ratio", type=float, default=4.0, help="fail below this many times the peer's speed")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()

    octets = profile()
    decoded = codec.decode(octets)
    figures: dict[str, object] = {
        "rows": ROWS,
        "octets": len(octets),
        "decode_per_s": round(1 / min(seconds(lambda: codec.decode(octets)) for _ in range(options.rounds)), 1),
        "dissect_per_s": round(1 / min(seconds(lambda: codec.dissect(octets)) for _ in range(3)), 1),
        "encode_per_s": round(1 / min(seconds(lambda: codec.encode(decoded)) for _ in range(5)), 1),
    }
    code = 0
    try:
        ours, theirs = against_peer(octets, options.peer_python, options.rounds)
    except (OSError, RuntimeError) as error:
        figures["skipped"] = f"gurux-dlms with {options.peer_python}: {error}"
        code = SKIPPED
    else:
        ratio = min(theirs) / min(ours)
        figures |= {"gurux_decode_per_s": round(1 / min(theirs), 1), "ratio": round(ratio, 2)}
        figures["least_ratio"] = options.least_ratio
        code = 0 if ratio >= options.least_ratio else 1
    if options.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:20} {figure}")
    return code


if __name__ == "__main__":
    sys.exit(main())
