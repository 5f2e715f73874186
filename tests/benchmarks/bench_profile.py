"""A huge load profile: 100,000 rows of a clock, a status and four double-long-unsigned, read and decoded.

    python tests/benchmarks/bench_profile.py [--peer-python PYTHON] [--rows 100000] [--least-ratio 8] [--json]

The rows are read from the embedded meter over loopback, in its own blocks (get-next) and in general blocks, each in a
process of its own: rows per second, and the peak of the memory that reading added. Then the octets of the buffer are
decoded, in turns with gurux-dlms, which PYTHON has. Exit code 0 when the ratio holds and reading stayed within its
bound, 1 when not, 77 when there is nothing to compare with.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conformance.cosem.names import LOAD_PROFILE
from conformance.device.load import load
from conformance.device.model import Profile
from conformance.dlms.data import codec
from conformance.dlms.data.row_stream import RowStream
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.harness.bench import Bench
from conformance.meter.model.associations import READING
from conformance.meter.model.populate import logical_devices
from conformance.meter.model.session import Session
from conformance.tester.row_transfer import latest_rows
from conformance.tester.tape import Tape

ROOT = Path(__file__).resolve().parents[2]
ROWS = 100_000
KEPT = 1_000
SKIPPED = 77
MOST_MIB = {"get-next": 48.0, "general blocks": 64.0}
"""Memory that reading 100,000 rows may add: the tape, about 4 MB of octets, and in general blocks the joined value."""
BUFFER = AttributeDescriptor(7, LOAD_PROFILE, 2)

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
for _ in sys.stdin:
    start = time.process_time()
    rows = decode()
    print(time.process_time() - start, flush=True)
    assert len(rows) == int(sys.argv[1]) and len(rows[-1]) == 6, "not the rows that were sent"
    del rows
"""


def peak_mib() -> float:
    """The most memory that this process has held, in MiB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / (1024 * 1024)


def read(mechanism: str, rows: int, profile: str) -> dict[str, object]:
    """Read the whole buffer, keep the latest 1,000 rows, and give what that took."""
    device = load(ROOT / "device_configs" / "simulator.toml")
    first = "general" if mechanism == "general blocks" else "service-specific"
    embedded = replace(device.embedded, profile_rows=rows, first_block_transfer=first)
    device = replace(device, profile=Profile(profile), embedded=embedded)
    bench = Bench(device, seed=1, keep_secret=lambda _: None)
    settings = device.association("reading")
    association = bench.association(settings, settings.protections[0], Tape(), Random(1))
    association.establish()
    before = peak_mib()
    start = time.perf_counter()
    found, kept = latest_rows(association, BUFFER, KEPT)
    seconds = time.perf_counter() - start
    added = peak_mib() - before
    association.close()
    assert (found.rows, len(kept)) == (rows, min(rows, KEPT)), "not the rows that the meter holds"
    return {"rows_per_s": round(rows / seconds), "added_mib": round(added, 1)}


def read_apart(mechanism: str, rows: int, profile: str) -> dict[str, float]:
    """As `read`, in a process of its own, whose peak is that of this reading alone."""
    command = [sys.executable, __file__, "--read", mechanism, "--rows", str(rows), "--profile", profile]
    made = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found: dict[str, float] = json.loads(made.stdout)
    return found


def octets_of(rows: int) -> bytes:
    """The encoded buffer."""
    value = logical_devices(profile_rows=rows)[1].read(BUFFER, None, Session(READING), 0.0)
    return codec.encode(value)


def decode_in_batches(octets: bytes, batch: int = 1024) -> int:
    """Take the rows as they would come in blocks, and count them."""
    stream = RowStream()
    taken = sum(len(stream.feed(octets[start : start + batch])) for start in range(0, len(octets), batch))
    return taken + len(stream.finish())


def _head(octets: bytes) -> int:
    """Octets of an array before its first element."""
    return 2 + (octets[1] & 0x7F if octets[1] & 0x80 else 0)


def seconds(action) -> float:
    """Of the processor, which others on the machine do not lengthen as they do the time on the wall."""
    start = time.process_time()
    action()
    return time.process_time() - start


def against_peer(octets: bytes, rows: int, python: str, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds of processor per decoding: ours in batches, ours whole, the peer's; in turns, so that load meets all.

    Raises:
        OSError: the interpreter cannot be started.
        RuntimeError: it has no gurux-dlms.
    """
    batches: list[float] = []
    whole: list[float] = []
    theirs: list[float] = []
    command = [python, "-c", PEER, str(rows)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as peer:
        assert peer.stdin is not None
        assert peer.stdout is not None
        assert peer.stderr is not None
        try:
            # gurux-dlms reads no count of three octets, which is the shortest for 100,000: it gets one of four.
            peer.stdin.write((bytes.fromhex("0184") + rows.to_bytes(4, "big") + octets[_head(octets) :]).hex() + "\n")
            for _ in range(rounds):
                peer.stdin.write("\n")
                peer.stdin.flush()
                theirs.append(float(peer.stdout.readline()))
                batches.append(seconds(lambda: decode_in_batches(octets)))
                whole.append(seconds(lambda: codec.decode(octets)))
            peer.stdin.close()
        except (OSError, ValueError):
            peer.kill()
            with contextlib.suppress(OSError):
                peer.stdin.close()
            raise RuntimeError(peer.stderr.read().strip() or "the peer ended without a word") from None
    return batches, whole, theirs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-python", default=sys.executable, help="an interpreter that has gurux-dlms")
    parser.add_argument("--least-ratio", type=float, default=8.0, help="fail below this many times the peer's speed")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--read", choices=sorted(MOST_MIB), help=argparse.SUPPRESS)
    parser.add_argument("--profile", choices=("hdlc", "wrapper"), default="wrapper")
    options = parser.parse_args()
    if options.read:
        print(json.dumps(read(options.read, options.rows, options.profile)))
        return 0

    figures: dict[str, object] = {"rows": options.rows}
    code = 0
    for mechanism, most in MOST_MIB.items():
        found = read_apart(mechanism, options.rows, options.profile)
        figures |= {f"{mechanism}, {name}": figure for name, figure in found.items()}
        code = code if found["added_mib"] <= most else 1
    octets = octets_of(options.rows)
    figures["octets"] = len(octets)
    try:
        batches, whole, theirs = against_peer(octets, options.rows, options.peer_python, options.rounds)
    except (OSError, RuntimeError) as error:
        figures["skipped"] = f"gurux-dlms with {options.peer_python}: {error}"
        code = code or SKIPPED
    else:
        ratio = min(theirs) / min(batches)
        figures |= {
            "decoded_rows_per_s": round(options.rows / min(batches)),
            "decoded_whole_rows_per_s": round(options.rows / min(whole)),
            "gurux_rows_per_s": round(options.rows / min(theirs)),
            "ratio": round(ratio, 2),
            "ratio_whole": round(min(theirs) / min(whole), 2),
            "least_ratio": options.least_ratio,
        }
        code = code if ratio >= options.least_ratio else 1
    if options.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name:28} {figure}")
    return code


if __name__ == "__main__":
    sys.exit(main())
