"""How PDUs are laid into what is handed to a link at a time: the segments of a TCP connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PAUSE_S: Final = 0.005
"""Between the segments of one PDU: long enough for a network to deliver them one by one, far from any timeout."""


@dataclass(frozen=True, slots=True)
class Segments:
    """Where a run of octets is cut.

    Attributes:
        sizes: octets of the first segments; the rest follows in one.
        repeated: the sizes go round until nothing is left.
    """

    sizes: tuple[int, ...] = ()
    repeated: bool = False

    def __post_init__(self) -> None:
        if any(size < 1 for size in self.sizes) or (self.repeated and not self.sizes):
            raise ValueError(f"segments of {self.sizes} octets: each has at least one")

    def cut(self, octets: bytes) -> list[bytes]:
        """The segments, in order; none is empty."""
        pieces: list[bytes] = []
        rest = octets
        while rest and (self.repeated or len(pieces) < len(self.sizes)):
            size = self.sizes[len(pieces) % len(self.sizes)]
            pieces.append(rest[:size])
            rest = rest[size:]
        return [*pieces, rest] if rest else pieces

    def __str__(self) -> str:
        if not self.sizes:
            return "in one segment"
        sizes = ", ".join(map(str, self.sizes))
        octets = "octet" if self.sizes == (1,) else "octets"
        return f"in segments of {sizes} {octets}" + ("" if self.repeated else ", the rest in one")


WHOLE: Final = Segments()
"""Each PDU in one segment, as long as nothing else is asked for."""
EACH_OCTET: Final = Segments((1,), repeated=True)
