"""Where the time goes on a serial line of 9600 baud: `python tests/benchmarks/bench_line.py [BAUD]`.

Runs the HDLC group against the embedded meter on a paced pseudo terminal, with a response time of its own, and prints
of the wall time of the group the shares of octets on the wire, of the meter, and of waits and silences that a case must
prove. What is left is the tool's own. Exits with 1 when that is more than 15 % or something failed; with 77 where there
are no pseudo terminals.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from conformance.device.load import load  # noqa: E402 - the path comes first
from conformance.harness.embedded import embedded_meter  # noqa: E402
from conformance.link.line_model import LineModel  # noqa: E402
from conformance.link.link import LinkError  # noqa: E402
from conformance.link.pty_server import PtyServer  # noqa: E402
from conformance.link.url import LinkUrl, SerialSettings  # noqa: E402
from conformance.record.assemble import assemble  # noqa: E402

CONFIG = ROOT / "tests" / "suites" / "every_line.toml"
LEAST_SHARE = 0.85
SKIPPED = 77
TIMEOUT_S = 280
BAUD = 9600


def run(link: str, out: Path) -> int:
    """Run the group over `link`, evidence to `out`, and give pytest's exit code."""
    command = [sys.executable, "-m", "pytest", str(ROOT / "suites" / "hdlc"), "-q", "--tb=line"]
    command += ["-p", "no:cacheprovider", "--rootdir", str(ROOT / "suites"), "--import-mode=importlib"]
    command += ["--dlms-device", str(CONFIG), "--dlms-link", link, "--dlms-out", str(out), "--dlms-seed", "1"]
    command += ["--dlms-state", str(out.parent / "state")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        print(done.stdout[-3000:], done.stderr[-1000:])
    return done.returncode


def main() -> int:
    """Measure, print, judge."""
    baud = int(sys.argv[1]) if len(sys.argv) > 1 else BAUD
    device = load(CONFIG)
    try:
        server = PtyServer(embedded_meter(device, seed=1).endpoint(), model=LineModel(baud=baud))
    except LinkError as error:
        print(error)
        return SKIPPED
    with server, tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "out"
        began = time.perf_counter()
        code = run(str(LinkUrl("serial", path=server.path, serial=SerialSettings(baud=baud))), out)
        took = time.perf_counter() - began
        (group,) = (found for found in assemble(out).timing if found.group == "hdlc")
    wire_s = group.wire_s or 0.0
    useful = (wire_s + group.meter_s + group.waited_s) / group.wall_s
    print(f"{baud} baud, {group.subtests} subtests, {took:.1f} s in all, {group.wall_s:.1f} s in subtests:")
    for name, seconds in (("wire", wire_s), ("meter", group.meter_s), ("waits and silences", group.waited_s)):
        print(f"  {name:20} {seconds:6.2f} s  {seconds / group.wall_s:6.1%}")
    print(f"  {'together':20} {useful * group.wall_s:6.2f} s  {useful:6.1%}  (at least {LEAST_SHARE:.0%} wanted)")
    return int(code != 0 or not LEAST_SHARE <= useful <= 1.02)


if __name__ == "__main__":
    sys.exit(main())
