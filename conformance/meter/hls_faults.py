"""How faulty meters judge and give answers of HLS mechanisms 5, 6 and 7."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.errors import CipherError
from conformance.dlms.security.suite import SecuritySuite
from conformance.meter.model import careless_signatures


@dataclass(frozen=True, slots=True)
class ClientAnswer:
    """f(StoC) as received, with what it should be made of.

    Attributes:
        mechanism: of the association.
        reply: f(StoC).
        secret: of mechanism 6.
        titles: SystemTitle-C ‖ SystemTitle-S.
        challenges: StoC ‖ CtoS.
        public_key: the client's, of mechanism 7; empty where no certificate is held.
    """

    mechanism: Mechanism
    reply: bytes
    secret: bytes = field(repr=False)
    titles: bytes
    challenges: bytes
    public_key: bytes


def accepted(answer: ClientAnswer, suite: SecuritySuite, error: CipherError, faults: frozenset[str]) -> bool:
    """Whether a meter with these defects takes an answer that is wrong for the reason of `error`."""
    match answer.mechanism:
        case Mechanism.HLS_GMAC:
            return error.reason == "suite" and "hls-gmac-suite-not-checked" in faults
        case Mechanism.HLS_SHA256:
            if "hls-sha256-titles-left-out" not in faults:
                return False
            return hashlib.sha256(answer.secret + answer.challenges).digest() == answer.reply
        case Mechanism.HLS_ECDSA if answer.public_key:
            signed = answer.titles + answer.challenges
            return careless_signatures.accepted(suite, answer.public_key, signed, answer.reply, faults)
    return False


def signs_carelessly(mechanism: Mechanism | str, faults: frozenset[str]) -> bool:
    """Whether a meter with these defects signs f(CtoS) otherwise than a sound one."""
    return mechanism is Mechanism.HLS_ECDSA and not faults.isdisjoint(careless_signatures.SIGNING)
