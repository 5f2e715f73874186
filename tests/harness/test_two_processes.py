"""Two processes on one device config never send the same invocation counter."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.link.server import TcpServer
from conformance.meter.meter import build
from conformance.record.frame_security import digest_of

ROOT = Path(__file__).parents[2]
ASSOCIATIONS = 500
NONCES_EACH = 4
"""Of an association: the InitiateRequest, f(StoC), pass 3, and the request."""


@pytest.fixture
def meter():
    """A served meter that takes counters in whatever order two clients happen to send them."""
    server = TcpServer(build(profile="wrapper", defects=frozenset(("lower-counter-accepted",))).endpoint)
    server.start()
    yield f"tcp://127.0.0.1:{server.port}"
    server.stop()


def nonces(out, direction):
    """(key, system title, counter) of every use in a frame log, for one direction."""
    used = []
    for line in (out / "frames-main.jsonl").read_text().splitlines():
        frame = json.loads(line)
        if frame["dir"] == direction and frame["security"] is not None:
            used += [
                (nonce["key"], nonce["system_title"], nonce["invocation_counter"])
                for nonce in frame["security"]["nonces"]
            ]
    return used


def test_two_processes_with_500_associations_each_never_send_a_nonce_twice(apart, tmp_path, meter):
    """Both frame logs together hold no key, system title and counter of the client twice."""
    state, logs = tmp_path / "state", [tmp_path / "one", tmp_path / "two"]
    words = [sys.executable, "-m", "tests.harness.two_processes", meter, state]
    running = [apart(*words, log, ASSOCIATIONS, directory=ROOT) for log in logs]
    for process in running:
        result = process.finished()
        assert result.ret == 0, result.stderr.str()
    used = [nonces(log, "C>S") for log in logs]
    key = load(find_device_config("simulator")).association("management").encryption_key.reveal()
    for own in used:
        assert len(own) == NONCES_EACH * ASSOCIATIONS
        assert {name for name, _, _ in own} == {digest_of(key)}
    twice = [nonce for nonce, count in Counter(used[0] + used[1]).items() if count > 1]
    assert twice == []
    for own in used:
        counters = [counter for _, _, counter in own]
        assert counters == sorted(counters)
    # Both were at work at a time: the counters of one lie among those of the other.
    lows, highs = zip(*((min(own)[2], max(own)[2]) for own in used), strict=True)
    assert max(lows) < min(highs)


def test_the_meter_of_that_test_does_not_repeat_its_own_either(apart, tmp_path, meter):
    """What the frame logs say of the meter's side is there to be judged too."""
    out = tmp_path / "out"
    words = [sys.executable, "-m", "tests.harness.two_processes", meter, tmp_path / "state", out, 3]
    assert apart(*words, directory=ROOT).finished().ret == 0
    sent = nonces(out, "S>C")
    assert len(sent) == NONCES_EACH * 3
    assert len(set(sent)) == len(sent)
