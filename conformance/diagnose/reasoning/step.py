"""One APDU of an exchange, taken apart as far as it goes: protection taken off, blocks put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from conformance.diagnose.intake.conversation import Direction, HeardApdu
from conformance.diagnose.reasoning.seal import Seal
from conformance.diagnose.reasoning.signature import Signature
from conformance.diagnose.reasoning.statement import Change, Evidence, Severity, Sign, Statement
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aare import Aare
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.dlms.reader import Dissection

_MOST_OCTETS: Final = 16
_STAND_IN: Final = 0x2A
SECRET_FIELDS: Final = ("calling-authentication-value.value", "dedicated-key")


@dataclass(frozen=True, slots=True)
class Part:
    """A message inside a step: the APDU itself, its user-information, what stood inside its protection.

    Attributes:
        prefix: dotted path of the field that holds it; empty for the APDU itself.
        dissection: with the tree of its fields.
    """

    prefix: str
    dissection: Dissection[Any]

    def find(self, path: str) -> tuple[str, bytes] | None:
        """The full path and the octets of a field, or None; the name of the root may be left out of `path`."""
        root = self.dissection.root
        found = root.find(path)
        if found is None:
            path = f"{root.name}.{path}"
            found = root.find(path)
        if found is None:
            return None
        full = f"{self.prefix}.{path}" if self.prefix else path
        return full, self.dissection.octets[found.start : found.end]


def masked(step: Step, octets: bytes) -> bool:
    """Whether a log shows stand-ins in place of these octets: it masks secrets that the device config declares."""
    return not step.whole and bool(octets) and set(octets) == {_STAND_IN}


@dataclass(slots=True, eq=False)
class Step:
    """One APDU of an exchange.

    Attributes:
        index: of the APDU in the conversation.
        frame: number of the unit that completes it, from 1.
        heard: as it was heard.
        parts: what it is made of, the outermost first.
        seal: its protection; of an ACSE APDU, that of its user-information.
        exchange: number of the exchange it belongs to.
        position: among the steps of its exchange, from 0.
        whole: its octets are complete and known.
        signature: of a signed APDU.
        joined: the APDU that its general block completes, or its service-specific block; None elsewhere.
    """

    index: int
    frame: int
    heard: HeardApdu
    parts: list[Part]
    exchange: int = 1
    position: int = 0
    whole: bool = True
    seal: Seal | None = None
    joined: Any = field(default=None)
    signature: Signature | None = None

    @property
    def direction(self) -> Direction | None:
        """Of who sent it."""
        return self.heard.direction

    @property
    def octets(self) -> bytes:
        """As carried, without LLC header."""
        return self.heard.octets

    @property
    def tag(self) -> int:
        """The first octet; -1 where there is none."""
        return self.octets[0] if self.octets else -1

    @property
    def name(self) -> str:
        """The name of the APDU as carried."""
        return apdus.name_of(self.octets[0]) if self.octets else "no octets"

    @property
    def carried(self) -> Any:
        """The APDU as carried; None where it cannot be read."""
        return self.parts[0].dissection.value

    @property
    def value(self) -> Any:
        """What it says once all protection is off; None where that is not known."""
        if isinstance(self.carried, Aarq | Aare | Rlrq | Rlre):
            return self.carried
        if self.seal is not None and len(self.parts) < 2:
            return None
        return self.parts[-1].dissection.value

    @property
    def plain(self) -> bytes:
        """The octets of `value`; those carried where it is not known."""
        protected = self.seal is not None or self.signature is not None
        if not protected or isinstance(self.carried, Aarq | Aare | Rlrq | Rlre):
            return self.octets
        return self.parts[-1].dissection.octets

    @property
    def information(self) -> Any:
        """What the user-information of an ACSE APDU says; None where there is none, or it is not known."""
        if len(self.parts) < 2 or (self.seal is not None and len(self.parts) < 3):
            return None
        return self.parts[-1].dissection.value

    def find(self, path: str) -> tuple[str, bytes]:
        """The full path and the octets of a field, looked for from the innermost part; absent, the path alone."""
        for part in reversed(self.parts):
            found = part.find(path)
            if found is not None:
                return found
        return path, b""

    def state(
        self,
        sign: Sign,
        severity: Severity,
        evidence: Evidence,
        path: str,
        message: str,
        suggestion: str | None = None,
        *,
        changes: tuple[Change, ...] = (),
        weight: int = 0,
    ) -> Statement:
        """A statement about a field of this APDU; without a suggestion of its own it has that of the sign."""
        full, octets = self.find(path) if path else ("", self.octets)
        if any(full.endswith(secret) for secret in SECRET_FIELDS):
            octets = b""
        return Statement(
            sign,
            severity,
            evidence,
            self.frame,
            full,
            octets[:_MOST_OCTETS],
            message,
            sign.suggestion if suggestion is None else suggestion,
            changes,
            self.exchange,
            weight,
        )
