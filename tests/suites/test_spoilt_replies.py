"""A meter whose replies are spoilt: the cases of data transfer come to a verdict, whatever it sends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from conformance.device.load import load
from conformance.device.model import Profile
from conformance.harness.bench import Bench
from conformance.harness.slot import slots
from conformance.meter.wrapper_server import WrapperServer
from tests.suites.hdlc_cases import ended
from tests.suites.suite_functions import functions

SIMULATOR = replace(load(Path(__file__).parents[2] / "device_configs" / "simulator.toml"), profile=Profile.WRAPPER)
FUNCTIONS = functions("transfer", "test_*")
IN_CLEAR = ("reading", "sn-reading")
"""Associations in which what is spoilt is not found by its tag already."""
OPENINGS = b"\x61\x63"
ONE_IN = 3


def spoilt(apdu: bytes, random: Random) -> bytes:
    """An octet changed, the end cut or more behind it, a part twice, a length beyond all bounds."""
    at = random.randrange(len(apdu))
    match random.randrange(5):
        case 0:
            return apdu[:at] + bytes((random.choice((0, 1, 2, 9, 0x7F, 0x80, 0xFF, apdu[at] ^ 1)),)) + apdu[at + 1 :]
        case 1:
            return apdu[:at]
        case 2:
            return apdu + random.randbytes(random.randrange(1, 9))
        case 3:
            return apdu[:at] + apdu[max(0, at - 4) :]
        case _:
            return apdu[:at] + b"\x84\xff\xff\xff\xff" + apdu[at + 1 :]


@pytest.mark.parametrize("seed", range(4))
def test_every_item_ends_in_a_verdict_whatever_the_meter_sends(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each seed takes every second item; anything but a verdict is raised here."""
    random, framed, count = Random(seed), WrapperServer._reply, 0

    def reply(self: WrapperServer, pdu: object, apdu: bytes) -> bytes:
        nonlocal count
        if apdu and apdu[0] not in OPENINGS and not random.randrange(ONE_IN):
            apdu, count = spoilt(apdu, random), count + 1
        return framed(self, pdu, apdu)  # type: ignore[arg-type]

    monkeypatch.setattr(WrapperServer, "_reply", reply)
    bench = Bench(SIMULATOR, seed=1, keep_secret=lambda _: None)
    items = [
        (case, function, slot)
        for case, function in FUNCTIONS.values()
        for slot in slots(case, [SIMULATOR])
        if slot.association.name in IN_CLEAR
    ]
    verdicts = {
        ended(case, function, slot, bench, seed=f"{slot!r}:{seed}").verdict
        for case, function, slot in items[seed % 2 :: 2]
    }
    assert {"FAILED", "INCONCLUSIVE"} <= verdicts
    assert count > 100
