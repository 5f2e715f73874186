"""What a meter has settled of general block transfer before anything is negotiated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FirstMechanism = Literal["general", "service-specific"]


@dataclass(frozen=True, slots=True)
class GeneralBlockSettings:
    """The meter's own side of general block transfer.

    Attributes:
        first: the mechanism that a long reply to a request outside blocks begins with, where the client negotiated
            both; with only one negotiated there is no choice.
        window: blocks that it takes at once, 1 to 63; told in each block that it sends.
        silence_s: a transfer of which nothing is heard for so long is given up.
        longest_request_octets: a request that is put together from blocks is no longer than this.
    """

    first: FirstMechanism = "service-specific"
    window: int = 6
    silence_s: float = 60.0
    longest_request_octets: int = 0x1_0000

    def __post_init__(self) -> None:
        if not 1 <= self.window <= 0x3F:
            raise ValueError(f"window {self.window} of general block transfer; 1 to 63 blocks")
        if self.first not in ("general", "service-specific"):
            raise ValueError(f"first block transfer {self.first!r}; 'general' or 'service-specific'")
