"""Kinds of statement about the line, about check sequences, and about the LLC header."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.layers.kind import kinds
from conformance.diagnose.reasoning.statement import Evidence

READ: Final = kinds(
    (
        ("echo", "Our own octets come back", "What was received is what was sent, to the same address: no answer."),
        ("cut-at-flag-in-fcs", "Cut at a 7E of its own FCS", "A reader took a 7E inside the FCS for the closing flag."),
        ("cut-at-flag-in-hcs", "Cut at a 7E of its own HCS", "A reader took a 7E inside the HCS for the closing flag."),
        ("octets-missing", "Fewer octets than the length says", "The length subfield counts more octets than came."),
        ("octets-too-many", "More octets than the length says", "The length subfield counts fewer octets than came."),
        ("format-unreadable", "No frame format type 3", "Behind a flag stands neither a further flag nor A0 to AF."),
        ("noise", "Octets outside any frame", "Octets between frames that are no frame and no text."),
        ("text-outside-frames", "Text beside the frames", "IEC 62056-21 opens with lines of text before HDLC begins."),
        ("llc-missing", "The LLC header is missing", "An APDU begins where E6 E6 00 or E6 E7 00 belongs."),
        ("llc-missing-in-later-block", "No LLC header before a further block", "Harmless to a tolerant receiver."),
        ("llc-not-used", "A link without LLC", "No APDU of either side has an LLC header."),
        ("llc-doubled", "The LLC header stands twice", "Two layers of one side each put it before the APDU."),
        (
            "llc-direction-wrong",
            "LLC header of the other direction",
            "E6 E6 00 goes to the meter, E6 E7 00 comes from it.",
        ),
        ("llc-quality-wrong", "LLC quality is not 00", "The third octet of the LLC header is always 00."),
        ("llc-header-wrong", "Another LLC header", "Destination LSAP is E6, source LSAP E6 or E7."),
        ("llc-in-later-segment", "LLC header in a further segment", "Only the first segment of an APDU has one."),
        (
            "fcs-looks-like-text",
            "The FCS reads like text",
            "A check sequence that happens to be printable is easily taken for data.",
        ),
    ),
    Evidence.READ,
)
PROVEN: Final = kinds(
    (
        ("check-sequences-right", "All check sequences are right", "HCS and FCS were computed again over every frame."),
        ("hcs-wrong", "The HCS is wrong", "Computed again from the octet behind the flag to the control field."),
        ("fcs-wrong", "The FCS is wrong", "Computed again over all octets between the opening flag and itself."),
        ("hcs-stale", "The HCS belongs to another header", "A field was changed after the HCS had been computed."),
        (
            "fcs-right-with-right-hcs",
            "The FCS fits the right HCS",
            "Only the HCS is wrong; the FCS was computed without it.",
        ),
        ("hcs-over-other-octets", "The HCS covers other octets", "It is right for another range than the standard's."),
        ("fcs-over-other-octets", "The FCS covers other octets", "It is right for another range than the standard's."),
        ("hcs-octets-swapped", "The octets of the HCS are swapped", "The lower octet goes first."),
        ("fcs-octets-swapped", "The octets of the FCS are swapped", "The lower octet goes first."),
        (
            "octets-stuffed",
            "Octet stuffing",
            "7D 5E for 7E and 7D 5D for 7D belong to PPP; frames of type 3 have none.",
        ),
        ("closing-flag-missing", "The closing flag is missing", "With one 7E at its end the frame is right."),
        ("length-subfield-wrong", "The length subfield is wrong", "The FCS is right for the octets between the flags."),
        (
            "flow-control-swallows-octets",
            "Software flow control swallows octets",
            "With an 11 or 13 put in at one place the check sequences are right.",
        ),
    ),
    Evidence.PROVEN,
)
INFERRED: Final = kinds(
    (
        (
            "echo-seven-data-bits",
            "An echo without top bits",
            "What came is what was sent, each octet without its top bit.",
        ),
        ("seven-data-bits", "7 data bits where 8 belong", "The top bits of all octets are alike."),
        ("parity-mismatch", "Parity of the two sides differs", "Every octet that came has the same parity of weight."),
        ("text-in-7e1", "Text in 7E1", "The meter waits for the opening of IEC 62056-21."),
        ("text-not-hdlc", "Text in place of HDLC", "The meter speaks IEC 62056-21."),
        ("no-flag", "No flag among the octets", "A wrong baud rate gives octets without any 7E."),
        ("one-bit-changed", "One bit changed", "Exactly one changed bit makes the check sequence right."),
        ("hcs-other-algorithm", "The HCS is another CRC", "It is what another CRC of 16 bits gives."),
        ("fcs-other-algorithm", "The FCS is another CRC", "It is what another CRC of 16 bits gives."),
    ),
    Evidence.INFERRED,
)
