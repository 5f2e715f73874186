"""Kinds of statement about the wrapper."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.layers.kind import kinds
from conformance.diagnose.reasoning.statement import Evidence

READ: Final = kinds(
    (
        (
            "wrapper-wrong-header-answered",
            "A wrong header is answered",
            "Version or length are wrong.",
        ),
        (
            "wrapper-ports-lent",
            "Served without an association",
            "A pair of wPorts without an association is served.",
        ),
        (
            "datagram-of-two-pdus",
            "Two replies in one datagram",
            "Over UDP each PDU has a datagram of its own.",
        ),
        (
            "pdu-in-two-datagrams-served",
            "A PDU in two datagrams is served",
            "Over UDP no datagram goes on with another one.",
        ),
        (
            "reply-on-another-connection",
            "A reply comes on another connection",
            "It belongs on the connection of its request.",
        ),
        ("wrapper-ports", "Who speaks with whom", "wPorts of client and server in the first request."),
        ("wrapper-consistent", "The wrapper is right", "Version, wPorts and length of every PDU fit."),
        ("wrapper-version-wrong", "The version is not 1", "A receiver drops PDUs of another version."),
        (
            "wrapper-ports-not-swapped",
            "wPorts are not swapped",
            "A reply exchanges source and destination of its request.",
        ),
        ("wrapper-ports-wrong", "The reply has other wPorts", "It is not between the wPorts of the request."),
        ("wrapper-ports-changed", "Requests of other wPorts", "An association belongs to its pair of wPorts."),
        ("wrapper-length-too-long", "The length is too long", "It counts more octets than follow the header."),
        ("wrapper-length-too-short", "The length is too short", "It counts fewer octets than follow the header."),
        ("wrapper-length-against-apdu", "Length and APDU disagree", "The APDU ends elsewhere by its own length."),
        ("wrapper-pdu-cut", "A PDU is cut", "Length and APDU agree, and octets are missing."),
        ("wrapper-empty", "A PDU without an APDU", "The length is 0."),
        ("wrapper-header-cut", "Less than a header", "A wrapper header has 8 octets."),
        ("wrapper-header-missing", "No wrapper header", "An APDU stands where the header belongs."),
        ("hdlc-in-place-of-wrapper", "HDLC in place of the wrapper", "The port carries HDLC frames over TCP."),
    ),
    Evidence.READ,
)
INFERRED: Final = kinds(
    (
        (
            "connection-ended-by-another",
            "A second connection ends the first",
            "The meter closes the connection that it served as soon as another one is opened.",
        ),
        (
            "silent-since-another-connection",
            "Silent since another connection was opened",
            "Replies go to the connection that was opened last, or nowhere.",
        ),
        (
            "silent-since-partial-pdu",
            "Silent while a PDU elsewhere is not whole",
            "What began on one connection holds up, or spoils, what comes on another one.",
        ),
        (
            "new-connection-unanswered",
            "A new connection gets no answer",
            "An earlier one was served: the meter has not noticed its end, or has no room.",
        ),
        ("wrapper-client-unanswered", "A client does not get answers", "Other clients on the same connection do."),
        ("split-pdu-unanswered", "A PDU in pieces is lost", "One read is taken for one PDU."),
        ("second-pdu-unanswered", "The second PDU of a segment is lost", "One read is taken for one PDU."),
        (
            "wrapper-ports-doubtful",
            "wPorts may be exchanged",
            "The source is no client SAP, the destination could be one.",
        ),
        ("wrapper-port-unanswered", "A wPort does not answer", "Other wPorts answer on the same connection."),
        (
            "silent-after-wrong-header",
            "Silent since a wrong header",
            "The meter's receiver does not come back into step.",
        ),
    ),
    Evidence.INFERRED,
)
