"""What the transfer of one value took on the line, and by which mechanism: the raw material of a comparison."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import NonNegativeInt

from conformance.record.part import Record
from conformance.record.text import Text
from conformance.record.timing import Seconds

MOST_TRANSFERS: Final = 64
"""Transfers that the record of a subtest holds."""


class Mechanism(StrEnum):
    """How a long value was carried."""

    NONE = "none"
    """The request and its reply were one APDU each."""
    SERVICE_SPECIFIC = "service-specific"
    """In the blocks of the service, of which the client asks for each next one."""
    GENERAL = "general"
    """In general blocks."""


class TransferCostRecord(Record):
    """One transfer, as it was on the line: protection, block headers and the link layer count."""

    association: Text
    """Name in the device config."""
    protection: Text
    """Of requests and replies: `none`, `glo`, …"""
    service: Text
    """`GET`, `SET`, …"""
    attribute: Text
    """Class, instance and index of what was transferred."""
    mechanism: Mechanism
    pdu_size: NonNegativeInt
    """The client-max-receive-pdu-size, 0 for any."""
    window: NonNegativeInt | None = None
    """In general blocks, the largest window that the client gave; null where it gave none."""
    apdus_sent: NonNegativeInt
    """By the tester; those before the last one repeated by a link layer count once more."""
    apdus_received: NonNegativeInt
    frames_sent: NonNegativeInt
    """Frames or wrapper PDUs."""
    frames_received: NonNegativeInt
    octets_sent: NonNegativeInt
    """Of those frames."""
    octets_received: NonNegativeInt
    round_trips: NonNegativeInt
    """How often the turn went to the meter and came back, acknowledgements of the link layer among them."""
    seconds: Seconds
    """From the first octet sent to the last one received."""
    virtual: bool = False
    """Whether the clock is one that the tool moves on."""
