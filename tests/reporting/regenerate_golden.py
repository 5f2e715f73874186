"""Draw the golden files anew: `python -m tests.reporting.regenerate_golden`, then read the difference in git."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.reporting.golden_texts import GOLDEN, differing, golden_names, golden_texts


def main() -> int:
    """Write each golden file and say which ones changed."""
    with tempfile.TemporaryDirectory() as directory:
        texts = golden_texts(Path(directory))
    for name in golden_names():
        if name not in texts:
            (GOLDEN / name).unlink()
            print(f"removed  golden/{name}")
    for name, text in texts.items():
        changed = sum(line[:1] in "+-" for line in differing(name, text))
        (GOLDEN / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{'changed' if changed else 'same':<8} golden/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
