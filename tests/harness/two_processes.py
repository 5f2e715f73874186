"""A client in a process of its own, for tests: `python -m tests.harness.two_processes URL STATE OUT ASSOCIATIONS`.

Opens associations with the meter at URL, one after another, each with HLS and one request, and writes every frame to
OUT as a run does. The line is not locked: the meter is one that several clients may reach at a time.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from random import Random

from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.device.model import CounterSource, Device, Profile, Protection
from conformance.harness.bench import Bench, secrets_of
from conformance.harness.evidence import Evidence
from conformance.record.redaction import Redactor
from conformance.tester.expectation import Situation
from conformance.tester.liveness import ALIVE, question
from conformance.tester.tape import Tape

MANAGEMENT = "management"


def device_at(url: str) -> Device:
    """The simulator's device config for a meter behind a link of its own; no counter is read from it."""
    device = load(find_device_config("simulator"))
    associations = tuple(
        replace(item, invocation_counter=CounterSource()) if item.name == MANAGEMENT else item
        for item in device.associations
    )
    return replace(device, link=url, profile=Profile.WRAPPER, embedded=None, associations=associations)


def main(url: str, state: str, out: str, count: int) -> int:
    """Open `count` associations; the exit code says whether each was served."""
    device = device_at(url)
    settings = device.association(MANAGEMENT)
    redactor = Redactor(secrets_of(device))
    bench = Bench(device, seed=1, keep_secret=redactor.add, state_directory=state)
    Path(out).mkdir(parents=True)
    evidence = Evidence(Path(out), redactor)
    served = 0
    for number in range(count):
        tape = Tape()
        association = bench.association(settings, Protection.GLO, tape, Random(number))
        association.establish()
        situation = Situation(settings, device.acceptance)
        served += ALIVE.judge(association.request(question(association)), situation).passed
        association.close()
        evidence.beside(device.name, f"association {number}", tape)
    evidence.close()
    bench.close()
    return int(served != count)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4], int(sys.argv[4])))
