"""What cutters of a stream of octets share: the octets that wait, and which pieces they came from."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.diagnose.intake.conversation import Damage, Span


@dataclass(frozen=True, slots=True)
class Cut:
    """One unit cut from a stream.

    Attributes:
        octets: of the unit.
        pieces: indices of those it came from.
        damage: of its bounds.
        remark: the damage in words.
        unknown: spans of octets that are not known.
        flags_added: the stream showed the frame without flags.
    """

    octets: bytes
    pieces: tuple[int, ...]
    damage: Damage = Damage.NONE
    remark: str = ""
    unknown: tuple[Span, ...] = ()
    flags_added: bool = False


@dataclass(slots=True)
class Waiting:
    """Octets of one direction that are not cut yet.

    Attributes:
        octets: them.
    """

    octets: bytes = b""
    _pieces: list[tuple[int, int]] = field(default_factory=list)
    _unknown: list[Span] = field(default_factory=list)

    def add(self, piece: int, octets: bytes, unknown: tuple[Span, ...]) -> None:
        """Append a piece."""
        start = len(self.octets)
        self._pieces.append((start, piece))
        self._unknown += [(first + start, end + start) for first, end in unknown]
        self.octets += octets

    def cut(
        self, size: int, damage: Damage = Damage.NONE, remark: str = "", *, keep: int = 0, flags_added: bool = False
    ) -> Cut:
        """Take the first `size` octets as a unit, but leave the last `keep` of them for the next one."""
        octets = self.octets[:size]
        pieces = tuple(
            piece
            for index, (start, piece) in enumerate(self._pieces)
            if start < size and (index + 1 == len(self._pieces) or self._pieces[index + 1][0] > 0)
        )
        shift = 1 if flags_added else 0
        unknown = tuple((first + shift, min(end, size) + shift) for first, end in self._unknown if first < size)
        if flags_added:
            octets = b"~%b~" % octets
        self.drop(size - keep)
        return Cut(octets, pieces, damage, remark, unknown, flags_added)

    def drop(self, size: int) -> None:
        """Take octets away without handing them out."""
        self.octets = self.octets[size:]
        moved = [(max(start - size, 0), piece) for start, piece in self._pieces]
        self._pieces = [item for index, item in enumerate(moved) if index + 1 == len(moved) or moved[index + 1][0] > 0]
        if not self.octets:
            self._pieces = []
        self._unknown = [(max(first - size, 0), end - size) for first, end in self._unknown if end > size]
