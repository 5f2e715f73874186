"""What a line does to octets: how long they take, which of them are lost, changed, repeated or come from nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from conformance.dlms.hdlc.stream import FrameStream

OCTET_BITS: Final = 10
"""Bits on the line for each octet: start, eight of data (or seven and parity), stop."""
_LONGEST_BURST: Final = 4
"""Octets of the longest burst of noise."""


@dataclass(frozen=True, slots=True)
class LineModel:
    """A line's speed and faults. The same model makes the same faults of the same octets, always.

    Attributes:
        baud: bits per second, 10 for each octet; None: octets take no time.
        turnaround_s: from the last octet in one direction to the first in the other, both ways; 0: full duplex.
        octet_loss: probability that an octet is lost.
        bit_errors: probability that a bit of an octet is changed.
        duplicates: probability that a whole HDLC frame arrives twice.
        noise: probability that a burst of 1 to 4 octets, of any value, comes right before a transmission.
        seed: of the faults; each direction has faults of its own.

    Raises:
        ValueError: a probability outside 0…1, a baud rate that is not positive, a negative turnaround.
    """

    baud: int | None = None
    turnaround_s: float = 0.0
    octet_loss: float = 0.0
    bit_errors: float = 0.0
    duplicates: float = 0.0
    noise: float = 0.0
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("octet_loss", "bit_errors", "duplicates", "noise"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} {value:g}: a probability is between 0 and 1")
        if self.baud is not None and self.baud <= 0:
            raise ValueError(f"baud {self.baud}: bits per second are more than 0")
        if not 0.0 <= self.turnaround_s < float("inf"):
            raise ValueError(f"turnaround {self.turnaround_s:g} s: a time is 0 or more")

    @property
    def octet_time_s(self) -> float:
        """Seconds that one octet is on the line; 0 without a baud rate."""
        return 0.0 if self.baud is None else OCTET_BITS / self.baud

    @property
    def faultless(self) -> bool:
        """Whether every octet arrives as it was sent, once."""
        return not (self.octet_loss or self.bit_errors or self.duplicates or self.noise)


class Direction:
    """One direction of a modelled line: octets go in, what arrives comes out, each part with its moment.

    Attributes:
        free_at: when the last octet has passed.
    """

    def __init__(self, model: LineModel, name: str) -> None:
        self._model = model
        self._random = Random(f"{name} {model.seed}")  # noqa: S311 - faults that must be the same in every run
        self.free_at = 0.0

    def carry(self, octets: bytes, moment: float, *, other: Direction | None = None) -> list[tuple[float, bytes]]:
        """What arrives of `octets`, handed to the line at `moment`, and when; one octet at a time with a baud rate.

        Args:
            octets: one transmission.
            moment: when it may begin at the earliest, in seconds; it begins once the line is free.
            other: the other direction; the turnaround counts from its last octet that was handed over so far.
        """
        start = max(moment, self.free_at)
        if other is not None and self._model.turnaround_s and other.free_at:
            start = max(start, other.free_at + self._model.turnaround_s)
        sent = octets if self._model.faultless else self._repeated(octets)
        step = self._model.octet_time_s
        self.free_at = start + len(sent) * step
        arrived = [(start + (place + 1) * step, self._passed(octet)) for place, octet in enumerate(sent)]
        if step:
            return [(when, octet) for when, octet in arrived if octet]
        whole = b"".join(octet for _, octet in arrived)
        return [(start, whole)] if whole else []

    def _repeated(self, octets: bytes) -> bytes:
        """What is on the line: noise, and frames once or twice."""
        sent = bytearray()
        if octets and self._happens(self._model.noise):
            sent += self._random.randbytes(self._random.randint(1, _LONGEST_BURST))
        if not self._model.duplicates:
            return bytes(sent) + octets
        frames = FrameStream()
        for octet in octets:
            sent.append(octet)
            for frame in frames.feed(bytes((octet,))):
                if self._happens(self._model.duplicates):
                    sent += frame
        return bytes(sent)

    def _passed(self, octet: int) -> bytes:
        """What is left of one octet."""
        model = self._model
        if model.faultless:
            return bytes((octet,))
        if self._happens(model.octet_loss):
            return b""
        if model.bit_errors:
            for bit in range(8):
                octet ^= self._happens(model.bit_errors) << bit
        return bytes((octet,))

    def _happens(self, probability: float) -> bool:
        """Whether it happens this time; a probability of 0 leaves the chances of all else as they are."""
        return probability > 0.0 and self._random.random() < probability


class ModelledLine:
    """Both directions of a line, seen from the device.

    Links that share one go on in its row of chances, so that two links do not meet the same faults at the same octets.
    """

    def __init__(self, model: LineModel, occasion: str = "") -> None:
        """Make a line.

        Args:
            model: its speed and faults.
            occasion: names what the line is used for: each occasion has faults of its own, the same in every run.
        """
        self.model = model
        self._to_device = Direction(model, f"{occasion} to the device")
        self._from_device = Direction(model, f"{occasion} from the device")

    def to_device(self, octets: bytes, moment: float) -> list[tuple[float, bytes]]:
        """What arrives at the device, and when."""
        return self._to_device.carry(octets, moment, other=self._from_device)

    def from_device(self, octets: bytes, moment: float) -> list[tuple[float, bytes]]:
        """What arrives from the device, and when."""
        return self._from_device.carry(octets, moment, other=self._to_device)

    @property
    def quiet_from(self) -> float:
        """When the last octet towards the device has passed."""
        return self._to_device.free_at
