"""How much of a file is taken: a capture may come from anybody, and be of any size."""

from __future__ import annotations

from dataclasses import dataclass

KIBI = 1024
MEBI = 1024 * KIBI


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one reading; what lies beyond them is counted and told, never taken in silence.

    Attributes:
        octets: of all pieces together that are kept.
        pieces: that are kept.
        units: frames, PDUs and bare APDUs that are cut.
        streams: TCP connections, UDP pairs or subtests that are told apart.
        findings: that are kept; the rest is counted.
        line_characters: of one line of a text log.
        text_octets: of a text log or a JSON file.
        packet_octets: of one packet of a capture.
    """

    octets: int = 16 * MEBI
    pieces: int = 60_000
    units: int = 120_000
    streams: int = 16_384
    findings: int = 200
    line_characters: int = 256 * KIBI
    text_octets: int = 64 * MEBI
    packet_octets: int = 256 * KIBI


DEFAULT = Limits()
