"""Judging what a device in normal disconnected mode does about a single frame, and that it stays there."""

from __future__ import annotations

from typing import Final

from conformance.device.model import Device
from conformance.harness.probe import Probe
from conformance.harness.trial import Trial
from conformance.tester.accepted_services import silence

GAP: Final = 1.1
"""A pause of so many inter-octet timeouts ends a frame for sure."""


def stays_disconnected(subtest: Trial, octets: int | None = None) -> Probe:
    """Send the declared stimulus once to a device in NDM, judge its reaction, then judge that it is in NDM still.

    Before the check the line is idle long enough for a frame that has begun to be given up.

    Args:
        subtest: judges.
        octets: of the server address that the device is reached by; None takes those that are in use.

    Raises:
        Failed: the reaction is not accepted, or the device has left NDM.
        Inconclusive: the device is not in NDM to begin with.
    """
    probe = subtest.probe(octets)
    probe.clean()
    subtest.judge(probe.send(subtest.stimulus))
    still_wanted_s = frame_gap_s(subtest) - probe.response_timeout_s
    if still_wanted_s > 0:
        subtest.judge(probe.idle(still_wanted_s, "a frame that has begun is given up"), silence())
    probe.ndm_check()
    return probe


def least_frame_gap_s(device: Device) -> float:
    """As `frame_gap_s`, on a link without jitter."""
    return GAP * device.hdlc.inter_octet_timeout_s


def frame_gap_s(subtest: Trial) -> float:
    """How long the line must be idle for the device to give up a frame that has begun, in seconds."""
    return least_frame_gap_s(subtest.bench.device) + subtest.bench.jitter_s
