"""Whatever the octets, the layers end soon, say a bounded number of things, and never fail."""

from __future__ import annotations

import json
import random
from pathlib import Path
from time import process_time

import pytest

from conformance.diagnose.intake.errors import IntakeError
from conformance.diagnose.intake.reading import read
from conformance.diagnose.layers.below_apdus import findings
from conformance.diagnose.layers.signs import KINDS
from conformance.diagnose.layers.statements import MOST_ALIKE
from conformance.dlms.hdlc.control import FrameType
from tests.diagnose.capture_files import CAPTURES as FILES
from tests.diagnose.capture_files import frames
from tests.diagnose.layer_exchanges import DISC, GET, SNRM, UA, diagnosed, of_capture, sent

SPOILINGS = 20


def spoilt(exchange: list[tuple[str, bytes]], chance: random.Random) -> list[tuple[str, bytes]]:
    """Cut, flipped, reordered, repeated, or from the other side."""
    found = [(direction, bytearray(octets)) for direction, octets in exchange]
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found))
        direction, octets = found[at]
        match chance.randrange(7):
            case 0:
                del octets[chance.randrange(len(octets) + 1) :]
            case 1 if octets:
                octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
            case 2:
                chance.shuffle(found)
            case 3:
                found.insert(at, (direction, bytearray(octets)))
            case 4:
                found[at] = ("S>C" if direction == "C>S" else "C>S", octets)
            case 5 if octets:
                del octets[chance.randrange(len(octets))]
            case _:
                octets.insert(chance.randrange(len(octets) + 1), chance.choice((0x7E, 0x00, 0x7D, 0xFF)))
    return [(direction, bytes(octets)) for direction, octets in found]


@pytest.mark.parametrize("capture", FILES, ids=lambda path: path.stem)
def test_spoilt_captures_are_diagnosed_without_a_fault_of_ours(capture, tmp_path):
    """Truncated, with flipped bits and reordered; each in much less than a second."""
    chance = random.Random(capture.stem)
    layer = json.loads(capture.read_text(encoding="utf-8")).get("transport")
    for _ in range(SPOILINGS):
        exchange = spoilt(frames(capture), chance)
        began = process_time()
        try:
            statements = diagnosed(tmp_path, *exchange, transport=chance.choice((layer, None)))
        except IntakeError:
            continue
        assert process_time() - began < 1.0
        for statement in statements:
            assert 1 <= statement.frame <= 2000
            assert len(statement.message) < 1000
            assert statement.message.isprintable()
            assert len(statement.octets) <= 16


def test_a_fault_in_every_frame_is_told_a_few_times_and_counted(tmp_path):
    """A thousand wrong check sequences are one fault, not a thousand."""
    wrong = SNRM[:-2] + b"\0~"
    statements = diagnosed(tmp_path, *[("C>S", wrong)] * 1000)
    told = [item for item in statements if item.code == "fcs-wrong"]
    assert len(told) == MOST_ALIKE + 1
    assert f"{1000 - MOST_ALIKE} more of the same" in told[-1].message


def test_many_frames_take_time_in_proportion(tmp_path):
    """Twenty thousand frames in a few seconds."""
    request = sent(FrameType.I, GET)
    exchange = [("C>S", SNRM), ("S>C", UA), ("C>S", request), ("C>S", DISC)] * 5000
    path = Path(tmp_path) / "long.json"
    path.write_text(json.dumps({"transport": "hdlc", "frames": [{"dir": d, "hex": o.hex()} for d, o in exchange]}))
    conversation = read(path)
    began = process_time()
    statements = findings(conversation)
    assert process_time() - began < 5.0
    assert 0 < len(statements) < MOST_ALIKE * 20


@pytest.mark.parametrize("capture", FILES, ids=lambda path: path.stem)
def test_a_healthy_exchange_gets_nothing_above_info(capture):
    """And what is stated has a kind, which explains it."""
    content = json.loads(capture.read_text(encoding="utf-8"))
    statements = of_capture(capture.stem)
    assert all(KINDS[statement.code].sign is statement.sign for statement in statements)
    if content["kind"] == "control":
        assert {statement.severity for statement in statements} <= {"info"}


def test_every_kind_is_explained():
    """Codes are kebab-case and unique; titles and explanations say something."""
    for code, kind in KINDS.items():
        assert code == kind.sign.code == code.lower()
        assert kind.sign.title
        assert len(kind.sign.explanation) > 15
