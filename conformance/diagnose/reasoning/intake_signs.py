"""What reading a capture may have to say about the capture itself: the codes of the intake, explained."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.reasoning.statement import Sign

_ROWS: Final = (
    ("capture-file-cut", "The capture ends in the middle of a packet", "What follows was never written."),
    (
        "capture-file-damaged",
        "A block of the capture cannot be read",
        "Reading goes on behind it, where that is possible.",
    ),
    ("capture-left-out", "The capture is longer than is read", "Cut it around the fault."),
    (
        "digits-not-padded",
        "Octets are written with one digit",
        "Such as `7E A0 7`: taken as two digits with a zero before.",
    ),
    ("direction-contradicted", "A direction in the file and the octets disagree", "The octets say who sent them."),
    ("direction-inferred", "Directions were inferred", "The file does not say who sent what; the octets mostly do."),
    ("direction-unknown", "Nothing tells who sent a piece", "It is kept, and reasoned about as far as possible."),
    (
        "directions-turned",
        "The directions of the file are the other way round",
        "Such as a log written on the meter's side.",
    ),
    ("findings-left-out", "More was found about the file than is listed", "What is left out is counted by code."),
    ("flags-not-in-file", "Frames stand without their flags", "The flags 7E were added."),
    ("frame-log-torn", "The last line of a frame log is not whole", "As when a run was killed."),
    ("ip-fragments", "IP packets are fragmented", "Fragments are not put together."),
    ("key-in-log", "A key stands in the log", "It is used, and not shown."),
    ("key-unreadable", "A key in the log cannot be read", "It has a wrong length or other digits."),
    ("keys-differ", "The log names different keys of one kind", "The first holds."),
    ("line-too-long", "A line is longer than is read", "The rest of it is left out."),
    ("link-type-unknown", "A capture has packets of a kind that is not known", "They are left out."),
    ("log-left-out", "The log is longer than is read", "Cut it around the fault."),
    ("octets-not-understood", "Something looks like octets and cannot be read", "It is reported, not guessed away."),
    (
        "octets-redacted",
        "Octets were redacted",
        "Asterisks stand in a frame log where a secret was; tags over them cannot be verified.",
    ),
    ("odd-digits", "An odd number of digits", "Half an octet is missing or too much."),
    ("other-port", "The exchange is on another port than 4059", "It looks like DLMS all the same."),
    ("packet-cut", "Packets were captured in part", "Capture again without a snapshot length."),
    ("streams-left-out", "There are more streams than are kept", "Choose one by FILE#number."),
    ("tcp-gap", "Octets of a TCP connection are missing", "The capture lost packets; what spans the gap is damaged."),
    ("tcp-out-of-order", "TCP segments came out of order", "They were put in order."),
    ("tcp-retransmission", "TCP segments were sent again", "Each is used once."),
    ("transport-contradicted", "The file says another transport than the octets", "The octets hold."),
    ("transport-inferred", "What carries the APDUs was inferred", "From how the pieces begin."),
    ("units-left-out", "There are more frames than are kept", "Cut the file around the fault."),
    ("xml-instead-of-octets", "The log holds translated APDUs, no octets", "Log the octets."),
)
SIGNS: Final = tuple(Sign(*row) for row in _ROWS)
