"""What a Push setup object asks the server for, and what the server offers to objects that notify."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from conformance.cosem.push_setup import TransportService
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.meter.model.session import Session


class PushProtection(Enum):
    """How the association that a push belongs to protects it."""

    NONE = "none"
    GENERAL_GLO = "general-glo"
    GENERAL_DED = "general-ded"
    GENERAL_CIPHERING = "general-ciphering"


@dataclass(frozen=True, slots=True)
class RepetitionDelay:
    """Between two attempts: the first delay in seconds, its growth in hundredths, the longest in seconds."""

    shortest_s: int
    exponent: int = 100
    longest_s: int = 0xFFFF

    def before(self, retry: int) -> float:
        """Seconds before a retry, counted from 1."""
        try:
            delay = self.shortest_s * (self.exponent / 100) ** (retry - 1)
        except OverflowError:
            return float(self.longest_s)
        return min(delay, float(self.longest_s))


@dataclass(frozen=True, slots=True)
class PushOrder:
    """One push.

    Attributes:
        service: over which it goes; HDLC is the line of the association that has asked for it.
        destination: HOST:PORT.
        client_sap: of the push client.
        protection: of the data-notification.
        confirmed: a data-notification-confirm is waited for.
        retries: after the first attempt.
        delay: between attempts.
        start_s: seconds from the request to the first attempt.
        body: notification-body.
        told: is told the time when the client has confirmed.
    """

    service: TransportService
    destination: str
    client_sap: int
    protection: PushProtection
    confirmed: bool
    retries: int
    delay: RepetitionDelay
    start_s: float
    body: Data
    told: Callable[[float], None]


class Notifier(Protocol):
    """What sends notifications."""

    def push(self, order: PushOrder, session: Session, now: float) -> bool:
        """Begin a push that `session` has asked for; whether it can be."""
        ...

    def event(self, attribute: AttributeDescriptor, value: Data, now: float) -> None:
        """Report the value of an attribute to the management client."""
        ...
