"""Whatever an exchange holds, the diagnosis ends soon, without a traceback."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random

import pytest

from conformance.diagnose.intake.reading import read
from conformance.diagnose.reasoning.diagnosis import diagnose
from tests.diagnose.capture_files import CAPTURES

ROUNDS = 12


def spoilt(exchange: list[tuple[str | None, bytes]], random: Random) -> list[tuple[str | None, bytes]]:
    """APDUs cut, with bits flipped, in another order, said by the other side, or again."""
    made = list(exchange)
    for _ in range(random.randint(1, 5)):
        at = random.randrange(len(made))
        direction, octets = made[at]
        place = random.randrange(len(octets))
        match random.randrange(5):
            case 0:
                flipped = octets[place] ^ 1 << random.randrange(8)
                made[at] = direction, octets[:place] + bytes((flipped,)) + octets[place + 1 :]
            case 1:
                made[at] = direction, octets[: place + 1]
            case 2:
                random.shuffle(made)
            case 3:
                made[at] = random.choice(("C>S", "S>C")), octets
            case _:
                made.append((direction, octets))
    return made


@pytest.mark.parametrize("path", [path for path in CAPTURES if read(path).apdus], ids=lambda path: path.stem)
def test_a_spoilt_exchange_is_diagnosed_all_the_same(path: Path, tmp_path: Path):
    """Each in under a second, with a bounded number of statements."""
    conversation = read(path)
    keys = json.loads(path.read_text(encoding="utf-8"))["keys"]
    apdus = [(apdu.direction, apdu.octets) for apdu in conversation.apdus]
    for seed in range(ROUNDS):
        frames = [{"dir": direction or "C>S", "hex": octets.hex()} for direction, octets in spoilt(apdus, Random(seed))]
        file = tmp_path / "spoilt.json"
        file.write_text(json.dumps({"transport": "apdu", "keys": keys, "frames": frames}), encoding="utf-8")
        began = time.process_time()
        found = diagnose(read(file))
        assert time.process_time() - began < 1
        assert len(found.statements) < 500
