"""Pieces of a file as they are found, within limits."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.diagnose.intake.conversation import AT_ONCE, Direction, Heard, Layer, Passing, Span
from conformance.diagnose.intake.finding import Findings
from conformance.diagnose.intake.keys import NO_KEYS, CaptureKeys
from conformance.diagnose.intake.limits import Limits
from conformance.diagnose.intake.place import Place
from conformance.diagnose.intake.selection import EVERYTHING, Selection


@dataclass(slots=True)
class OpenStream:
    """A stream while it is collected.

    Attributes:
        name: for people.
        layer: that the file says it is of; None where it is to be found out.
        records: every piece is one unit by itself, as in a log; else pieces are cut anywhere, as in TCP.
        relative: the directions are those of whoever kept the file (sent, received), or follow from ports.
        names: case, association and variant, where it is a subtest of ours.
        subtest: its number.
        connection: which connection of its group it is, counted from 1; 0 where nothing tells.
        group: streams of one group are the connections of one subtest; 0: it is in none.
        ended_by: who ended the connection; empty where nothing tells.
        wanted: it is part of what was asked for.
        pieces: that were kept.
        octets: that were kept.
        left_out: pieces that were not.
    """

    name: str
    layer: Layer | None = None
    records: bool = True
    relative: bool = False
    names: tuple[str, ...] = ()
    subtest: int | None = None
    connection: int = 0
    group: int = 0
    ended_by: str = ""
    wanted: bool = True
    pieces: int = 0
    octets: int = 0
    left_out: int = 0


@dataclass(slots=True)
class Collector:
    """Takes pieces until the limits are reached, and counts the rest.

    Attributes:
        limits: how much is kept.
        findings: about the capture.
        selection: what of the file is kept.
        form: what kind of file it is.
        kind: what a capture of ours says about itself.
        keys: that the file holds.
        began: point in time of the first piece.
    """

    limits: Limits
    findings: Findings
    selection: Selection = EVERYTHING
    form: str = ""
    kind: str = ""
    keys: CaptureKeys = NO_KEYS
    began: float | None = None
    streams: list[OpenStream] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    octets: int = 0
    first_left_out: Place | None = None

    @property
    def full(self) -> bool:
        """Whether nothing more is kept."""
        return len(self.heard) >= self.limits.pieces or self.octets >= self.limits.octets

    def open(self, stream: OpenStream) -> int:
        """Begin a stream, and give its index."""
        self.streams.append(stream)
        stream.wanted = self.selection.takes(len(self.streams), stream.names, stream.subtest)
        return len(self.streams) - 1

    def take(
        self,
        stream: int,
        direction: Direction | None,
        octets: bytes,
        time: float | None,
        place: Place,
        *,
        notes: tuple[str, ...] = (),
        unknown: tuple[Span, ...] = (),
        plain: bytes | None = None,
        passing: Passing = AT_ONCE,
        order: int = 0,
    ) -> None:
        """Keep a piece, or count it when there is no room.

        Args:
            stream: index of its stream.
            direction: as the file says; None where it does not.
            octets: of the piece.
            time: in seconds.
            place: in the file.
            notes: remarks of the file.
            unknown: spans of octets whose value is not known.
            plain: the deciphered APDU beside it.
            passing: how it passed.
            order: pieces are sorted by it where a capture completes them out of order.
        """
        owner = self.streams[stream]
        if not owner.wanted:
            return
        room = self.limits.octets - self.octets
        if len(self.heard) >= self.limits.pieces or len(octets) > room:
            owner.left_out += 1
            if self.first_left_out is None:
                self.first_left_out = place
            return
        owner.pieces += 1
        owner.octets += len(octets)
        self.octets += len(octets)
        self.heard.append(Heard(direction, octets, time, place, stream, notes, unknown, plain=plain, passing=passing))
        self.order.append(order)

    def leave_out(self, stream: int, pieces: int, place: Place) -> None:
        """Count pieces that were not even read, the first of them at `place`."""
        self.streams[stream].left_out += pieces
        if pieces and self.first_left_out is None:
            self.first_left_out = place

    def in_order(self) -> list[Heard]:
        """The pieces in the order in which they passed."""
        if any(self.order):
            ranked = sorted(range(len(self.heard)), key=self.order.__getitem__)
            return [self.heard[index] for index in ranked]
        return self.heard

    def tell_what_was_left_out(self) -> None:
        """One finding where the limits were reached."""
        left = sum(stream.left_out for stream in self.streams)
        if left and self.first_left_out is not None:
            self.findings.warning(
                "capture-left-out",
                self.first_left_out,
                f"From here on {left} pieces were left out: {self.limits.octets} octets in {self.limits.pieces} "
                "pieces are kept at most.",
                "Select one stream with FILE#NUMBER, or cut the file around the exchange that failed.",
            )
