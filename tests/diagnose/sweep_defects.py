"""Replays every defect above the link and prints what names it: `python -m tests.diagnose.sweep_defects`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.diagnose.defect_runs import Shown
from tests.diagnose.test_apdu_defects import LENIENT, MISSED, NAMED, codes


def main() -> int:
    """Print one line for each defect; 1 where one that is listed as named is not."""
    wrong = 0
    for kind, entries in (("named", NAMED), ("missed", MISSED), ("lenient", LENIENT)):
        for name, entry in sorted(entries.items()):
            shown = Shown.of(entry["at"])
            with tempfile.TemporaryDirectory() as folder:
                faulty = codes(shown, Path(folder) / "faulty", name)
                sound = codes(shown, Path(folder) / "sound")
            found = sorted({code for code, _ in faulty - sound})
            held = "code" not in entry or entry["code"] in found
            wrong += not held
            print(f"{kind:<8} {'ok ' if held else 'NOT'} {name}: {entry.get('code', '-')}; new: {', '.join(found)}")
    counted = len(NAMED) + len(MISSED)
    lenient = sum("code" in entry for entry in LENIENT.values())
    print(f"{len(NAMED)} of {counted} that reject or damage are named ({len(NAMED) / counted:.1%}); of {len(LENIENT)}")
    print(f"that are too lenient, {lenient} are named. {wrong} do not hold.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
