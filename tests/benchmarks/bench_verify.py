"""How long verifying a whole run takes: `python tests/benchmarks/bench_verify.py [DIR]`.

Without a directory the embedded meter is run first. Prints subtests, frames and seconds; exit code 1 when
2,000 subtests that met a meter would take 10 s or longer.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from conformance.reporting.rejudging import Depth
from conformance.reporting.verification import verify_directory

SUBTESTS = 2_000
MOST_S = 10.0


def measured(directory: Path) -> int:
    """Verify the run in `directory`, print the figures and give the exit code."""
    began = time.perf_counter()
    made = verify_directory(directory)
    seconds = time.perf_counter() - began
    if not made.holds or made.record is None:
        print(*made.faults[:5], sep="\n")
        return 1
    again = made.depths[Depth.JUDGED] + made.depths[Depth.REPLAYED]
    met = again + made.depths[Depth.CHECKED]
    frames = sum(1 for _ in (directory / "frames.jsonl").open("rb"))
    scaled = seconds * SUBTESTS / max(met, 1)
    print(
        f"verify: {met:,} subtests that met a meter, {again:,} judged again, {made.depths[Depth.REPLAYED]:,} of them "
        f"by their code; {frames:,} frames, "
        f"{made.files:,} files: {seconds:.2f} s; {SUBTESTS:,} subtests in {scaled:.2f} s (at most {MOST_S:g} s)"
    )
    return 0 if scaled < MOST_S else 1


def main(arguments: list[str]) -> int:
    """Measure the run in the directory given, or one made for it."""
    if arguments:
        return measured(Path(arguments[0]))
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name) / "out"
        asked = [sys.executable, "-m", "conformance.cli", "run", "--plain", "--no-pdf", "--out", str(directory)]
        subprocess.run(asked, check=False, capture_output=True, timeout=280)
        return measured(directory)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
