"""Seeded runs of a core selection over bad lines: no sound meter may be failed because of its line.

    python tests/benchmarks/lossy_lines.py [RUNS]

Over each line (1 % of the octets lost, 1 % of the frames twice, 0.1 % of the bits changed) so many runs, a thousand
unless told otherwise. Exit code 0 when every item ended PASSED, or INCONCLUSIVE with the line as the reason; else 1.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.harness.lossy_runs import CORE, LINES, End, over, run

RUNS = 1000
_SHOWN = 10


def wrong(end: End) -> bool:
    """Whether an item ended as none may that meets a sound meter."""
    return end.verdict not in ("PASSED", "INCONCLUSIVE") or (
        end.verdict == "INCONCLUSIVE" and "the line is" not in end.reason
    )


def main(runs: int) -> int:
    """Make the runs and print what became of them."""
    faults = 0
    for name, line in LINES.items():
        began = time.perf_counter()
        verdicts: Counter[str] = Counter()
        positive: Counter[str] = Counter()
        recovered = 0
        for seed in range(runs):
            for end in run(CORE, over(line, seed), seed):
                verdicts[end.verdict] += 1
                positive[end.verdict] += not end.item.case.negative
                recovered += end.verdict == "PASSED" and end.recoveries > 0
                if wrong(end):
                    faults += 1
                    if faults <= _SHOWN:
                        print(f"  seed {seed}: {end.item.function} {end.item.number}: {end.verdict}: {end.reason}")
        seconds = time.perf_counter() - began
        print(
            f"{name:>13}: {runs} runs, {sum(verdicts.values())} items: {dict(verdicts)}; "
            f"positive {dict(positive)}, {recovered} of them through recovery; {seconds:.0f} s"
        )
    print(f"{faults} items ended as none may that meets a sound meter")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
