"""Core transfers at every PDU size and window, under every protection: `python tests/benchmarks/transfer_sweep.py`.

The tests sweep what is quick: over the wrapper, in clear and under glo. Here the same is done over HDLC too, under ded,
general-glo and general-ded, and on lines that lose blocks with a thousand seeds. A row for each sweep says how many
transfers there were and how long they took. Exits with 1 at the first transfer that is not as it must be.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from conformance.device.model import Protection  # noqa: E402 - the path comes first
from conformance.meter.meter import Meter  # noqa: E402
from conformance.tester.block_transfer.client import BlockOptions  # noqa: E402
from tests.block_transfer.meters import client, meter  # noqa: E402
from tests.block_transfer.sweeping import (  # noqa: E402
    LARGEST,
    MESSAGE,
    RESULTS,
    SERVICE_BLOCKS_FIRST,
    LossyLine,
    action_in_blocks,
    fits,
    general,
    get_next,
    set_in_blocks,
    value_of,
)

SEEDS = 1000
PROFILES = ("wrapper", "hdlc")
OVERHEAD = {
    Protection.NONE: 0,
    Protection.GLO: 19,
    Protection.DED: 19,
    Protection.GENERAL_GLO: 28,
    Protection.GENERAL_DED: 28,
}
"""Octets that protection adds to a short APDU."""
PASS_4 = 25


class Wrong(Exception):
    """A transfer that is not as it must be."""


def require(fact: bool, told: str) -> None:
    if not fact:
        raise Wrong(told)


def sweeps(made: Meter, protection: Protection) -> Iterator[tuple[str, Callable[[], int]]]:
    name = "reading" if protection is Protection.NONE else "management"
    least = 12 if protection is Protection.NONE else PASS_4 + OVERHEAD[protection]
    room = OVERHEAD[protection] + 10

    def sized(what: str, first: int, *, negotiated: bool, run: Callable[..., bool]) -> int:
        for limit in range(first, LARGEST + 1):
            opened = client(made, name, protection, limit=limit, negotiated=negotiated)
            require(run(opened, limit), f"{what} at {limit} octets")
            require(fits(opened, limit), f"{what}: a reply is longer than {limit} octets")
            opened.close()
        return LARGEST + 1 - first

    def in_general_blocks(opened, _limit) -> bool:
        transferred = general(opened, BlockOptions(in_blocks=True))
        return value_of(transferred.reaction) == MESSAGE and not transferred.faults

    def windows() -> int:
        opened = client(made, name, protection, limit=64)
        for window in range(1, 64):
            transferred = general(opened, BlockOptions(window=window, in_blocks=True))
            require(value_of(transferred.reaction) == MESSAGE and not transferred.faults, f"window {window}")
        opened.close()
        return 63

    def losses() -> int:
        opened = client(made, name, protection, limit=48)
        for seed in range(SEEDS):
            line = LossyLine(0.1, seed)
            options = BlockOptions(window=1 + seed % 63, attempts=40, in_blocks=True)
            transferred = general(opened, options, line.losses())
            require(value_of(transferred.reaction) == MESSAGE and not transferred.faults, f"losses of seed {seed}")
            require(set(line.came.values()) == {1}, f"a block was asked for twice without need, seed {seed}")
        opened.close()
        return SEEDS

    yield (
        "SET in blocks",
        lambda: sized(
            "SET",
            least,
            negotiated=False,
            run=lambda opened, limit: (
                set_in_blocks(opened, limit - room + 1) if limit > room else set_in_blocks(opened, 1)
            ),
        ),
    )
    yield (
        "GET, get-next",
        lambda: sized("GET", least, negotiated=False, run=lambda opened, _: get_next(opened) == MESSAGE),
    )
    yield (
        "ACTION in blocks",
        lambda: sized(
            "ACTION",
            least,
            negotiated=False,
            run=lambda opened, limit: action_in_blocks(opened, max(1, limit - room)) == RESULTS,
        ),
    )
    yield "GET, general blocks", lambda: sized("GBT", 12, negotiated=True, run=in_general_blocks)
    yield "windows 1 to 63", windows
    yield f"10 % lost, {SEEDS} seeds", losses


def main() -> int:
    """Sweep, print, judge."""
    for profile in PROFILES:
        for protection in OVERHEAD:
            made = meter(profile=profile, blocks=SERVICE_BLOCKS_FIRST)
            for title, sweep in sweeps(made, protection):
                began = time.perf_counter()
                try:
                    count = sweep()
                except Wrong as wrong:
                    print(f"{profile:8} {protection.value:12} {title:22} WRONG: {wrong}")
                    return 1
                took = time.perf_counter() - began
                print(f"{profile:8} {protection.value:12} {title:22} {count:5} transfers  {took:6.2f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
