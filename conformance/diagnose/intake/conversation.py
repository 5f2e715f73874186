"""A conversation as it was heard: pieces of a file, the frames and PDUs cut out of them, and the APDUs these carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal

from conformance.diagnose.intake.finding import IntakeFinding
from conformance.diagnose.intake.keys import NO_KEYS, CaptureKeys
from conformance.diagnose.intake.place import Place

Direction = Literal["C>S", "S>C"]
Span = tuple[int, int]
"""First octet, and octet after the last."""


class Layer(Enum):
    """What carries the APDUs; the value is the word of captures and frame logs."""

    HDLC = "hdlc"
    WRAPPER = "wrapper"
    APDU = "apdu"
    OCTETS = "octets"


class Damage(Enum):
    """What is wrong with the bounds of a cut unit; what is wrong inside is for others to say."""

    NONE = ""
    FLAG_IN_FCS = "cut-at-flag-in-fcs"
    """It ends at a 7E that belongs to its own FCS."""
    FLAG_IN_HCS = "cut-at-flag-in-hcs"
    """It ends at a 7E that belongs to its own HCS."""
    CUT = "cut-short"
    """Fewer octets than its length field says."""
    LONG = "too-long"
    """More octets than its length field says."""
    FORMAT = "format-unreadable"
    """Between two flags, but no frame format type 3; or no header of the wrapper."""
    STRAY = "outside-any-frame"
    """Octets before a flag, or between two frames."""


@dataclass(frozen=True, slots=True)
class Passing:
    """How a frame passed, as far as a frame log of ours tells.

    Attributes:
        began: when its first octet passed, in seconds; None where that is not known.
        longest_gap_s: longest pause between two of its octets; None where the link cannot tell.
        datagrams: the first and the last one that it passed in; None on a link without datagrams.
    """

    began: float | None = None
    longest_gap_s: float | None = None
    datagrams: tuple[int, int] | None = None


AT_ONCE: Final = Passing()
"""Of pieces of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One piece of the file: a line of a log, a TCP segment, a datagram, a frame of a capture.

    Attributes:
        direction: `C>S` from the client, `S>C` from the meter; None where neither the file nor the octets tell.
        octets: as heard; what could not be read is 00 and listed in `unknown`.
        time: in seconds; counted from the first piece where the file has points in time, else the file's own clock.
        place: in the file.
        stream: index of the stream it belongs to.
        notes: remarks of the file, and what was inferred about the piece.
        unknown: spans of octets whose value is not known: unreadable in a log, or redacted in a frame log.
        inferred: the direction is an inference, not something that the file says.
        plain: the deciphered APDU that a frame log of ours keeps beside the frame.
        passing: what a frame log of ours keeps of how the frame passed.
    """

    direction: Direction | None
    octets: bytes = field(repr=False)
    time: float | None
    place: Place
    stream: int = 0
    notes: tuple[str, ...] = ()
    unknown: tuple[Span, ...] = ()
    inferred: bool = False
    plain: bytes | None = field(default=None, repr=False)
    passing: Passing = AT_ONCE


@dataclass(frozen=True, slots=True)
class Unit:
    """One HDLC frame, wrapper PDU or bare APDU, cut out of the pieces of one direction; or octets that are none.

    Attributes:
        layer: what it was cut as.
        direction: of who sent it; None where nothing tells.
        octets: from flag to flag, or from version to the end of the data.
        time: when its last octet was heard.
        place: of its first octet.
        stream: index of the stream.
        pieces: indices of the pieces that it was cut from.
        damage: of its bounds.
        remark: the damage in words; empty where there is none.
        unknown: spans of octets whose value is not known.
        inferred: the direction is an inference.
        flags_added: the file showed the frame without its flags.
    """

    layer: Layer
    direction: Direction | None
    octets: bytes = field(repr=False)
    time: float | None
    place: Place
    stream: int
    pieces: tuple[int, ...]
    damage: Damage = Damage.NONE
    remark: str = ""
    unknown: tuple[Span, ...] = ()
    inferred: bool = False
    flags_added: bool = False

    @property
    def whole(self) -> bool:
        """Whether its bounds are sound and all its octets known."""
        return self.damage is Damage.NONE and not self.unknown


@dataclass(frozen=True, slots=True)
class HeardApdu:
    """An APDU, joined where it came in several HDLC segments.

    Attributes:
        direction: of who sent it.
        octets: without LLC header.
        stream: index of the stream.
        units: indices of the units that carry it, in order.
        llc: the LLC header before it, as it stands: empty where there is none, six octets where it is doubled.
        complete: no segment is missing, and none is damaged.
        notes: what is remarkable about how it was carried.
    """

    direction: Direction | None
    octets: bytes = field(repr=False)
    stream: int
    units: tuple[int, ...]
    llc: bytes = b""
    complete: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """One TCP connection, UDP pair, subtest or log: pieces that belong together.

    Attributes:
        number: counted from 1, as in `FILE#number`.
        name: such as `192.0.2.1:49152 > 192.0.2.2:4059`, or case and subtest.
        layer: what carries the APDUs.
        evidence: why it is taken for that.
        declared: the file says so.
        pieces: that were kept.
        left_out: pieces that were not, beyond the limits.
        octets: in the pieces that were kept.
        connection: which connection of its group it is, counted from 1; 0 where nothing tells.
        group: streams of one group are the connections of one subtest; 0: it is in none.
        ended_by: `client`, `server` or `line` where the file says who ended the connection; else empty.
    """

    number: int
    name: str
    layer: Layer
    evidence: str
    declared: bool
    pieces: int
    left_out: int
    octets: int
    connection: int = 0
    group: int = 0
    ended_by: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that a file gives.

    Attributes:
        file: its name.
        form: `capture`, `pcap`, `pcapng`, `frame log`, `text log` or `octets`.
        heard: the pieces, in the order in which they passed.
        units: frames, PDUs and bare APDUs, in the order in which they were complete.
        apdus: that the units carry.
        streams: that the pieces belong to.
        findings: about the capture itself.
        keys: that came with it.
        kind: what a capture of ours says about itself: `defect` or `control`; empty elsewhere.
        began: when the first piece was heard, in seconds since 1970-01-01 UTC; None where the file has no dates.
    """

    file: str
    form: str
    heard: tuple[Heard, ...]
    units: tuple[Unit, ...]
    apdus: tuple[HeardApdu, ...]
    streams: tuple[Stream, ...]
    findings: tuple[IntakeFinding, ...]
    keys: CaptureKeys = NO_KEYS
    kind: str = ""
    began: float | None = None

    @property
    def layer(self) -> Layer | None:
        """What carries the APDUs in all streams that have pieces; None where they differ, or there are none."""
        layers = {stream.layer for stream in self.streams if stream.pieces}
        return layers.pop() if len(layers) == 1 else None

    def units_of(self, stream: int) -> Iterator[tuple[int, Unit]]:
        """The units of one stream, each with its index in `units`."""
        return ((index, unit) for index, unit in enumerate(self.units) if unit.stream == stream)

    def said(self, code: str) -> tuple[IntakeFinding, ...]:
        """The findings of one code."""
        return tuple(finding for finding in self.findings if finding.code == code)
