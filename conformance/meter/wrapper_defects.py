"""What the embedded meter can be made to do wrong behind the wrapper."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

_HEADER_DEFECTS: Final = (
    Defect(
        "wrapper-wrong-version-wedges",
        "One message with another version than 1 ends all service on the connection.",
        ("X_WRAPPER_VERSION",),
        "Seen in an open server.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-version-ignored",
        "Messages of any version are served.",
        ("X_WRAPPER_VERSION",),
        "The field is not looked at.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-reply-version-zero",
        "Replies carry version 0.",
        ("X_WRAPPER_VERSION",),
        "The header of the reply is cleared and the field forgotten.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-ports-not-swapped",
        "Replies carry the wPorts of the request as they came.",
        ("X_WRAPPER_PORTS",),
        "The header of the request is copied.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-unknown-destination-served",
        "What is addressed to a wPort that no logical device has is served by the first of them.",
        ("X_WRAPPER_PORTS",),
        "A meter of one logical device does not look at the field.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-unknown-source-served",
        "A client at a wPort that no association has is served as the public client.",
        ("X_WRAPPER_PORTS",),
        "The lookup of the client falls back to the least privileged one.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-source-looked-at-once",
        "The first client of a connection lends its association to every other wPort that writes on it.",
        ("X_WRAPPER_PORTS",),
        "The association is kept by socket, not by its pair of wPorts.",
        profile="wrapper",
    ),
)

_LENGTH_DEFECTS: Final = (
    Defect(
        "wrapper-empty-pdu-kills",
        "A message of length 0 ends all service on the connection.",
        ("X_WRAPPER_LENGTH",),
        "The receive state waits for the last octet of nothing.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-split-pdu-lost",
        "A message that comes in several segments is lost.",
        ("X_WRAPPER_LENGTH",),
        "One read is taken for one message.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-second-pdu-of-a-segment-lost",
        "Of two messages in one segment only the first is answered.",
        ("X_WRAPPER_LENGTH",),
        "Seen in an open server.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-beginning-of-next-pdu-lost",
        "The beginning of a message that comes in the segment of the one before is lost.",
        ("X_WRAPPER_LENGTH",),
        "The receive buffer is emptied after each message.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-length-ignored",
        "Whatever one read gives is served as one message, whatever its length field says.",
        ("X_WRAPPER_LENGTH",),
        "The field is not looked at.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-reply-length-counts-the-header",
        "The length field of replies is too large by the 8 octets of the header.",
        ("X_WRAPPER_LENGTH",),
        "The length of the buffer is sent in place of that of the APDU.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-unfinished-pdu-outlives-its-connection",
        "What a closed connection has left unfinished is put before what comes on the next one.",
        ("X_WRAPPER_LENGTH", "X_WRAPPER_RECONNECT"),
        "The receive buffer is static and cleared by a message alone.",
        profile="wrapper",
    ),
)

_CONNECTION_DEFECTS: Final = (
    Defect(
        "wrapper-association-survives-reconnect",
        "An association goes on over the next connection of its client.",
        ("X_WRAPPER_RECONNECT",),
        "The end of a connection is told to nobody.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-client-held-back-after-close",
        "After its connection was closed without a release, a client gets no answer for 20 s.",
        ("X_WRAPPER_RECONNECT",),
        "The end of a connection is noticed by a keep-alive only.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-associations-shared-by-connections",
        "A second connection of the same client finds the association of the first one open.",
        ("X_WRAPPER_RECONNECT",),
        "Associations are kept by wPorts alone.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-second-connection-ends-the-first",
        "A new connection ends the one that there is.",
        ("X_WRAPPER_RECONNECT",),
        "The meter has one socket, and the newest client gets it.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-replies-go-to-the-newest-connection",
        "While there are two connections, all replies go out on the newer one.",
        ("X_WRAPPER_RECONNECT",),
        "The socket to answer on is a global variable.",
        profile="wrapper",
    ),
    Defect(
        "wrapper-blocked-by-a-partial-pdu",
        "While a message on one connection is not whole, what comes on the others is lost.",
        ("X_WRAPPER_RECONNECT",),
        "One receive state machine serves all sockets.",
        profile="wrapper",
    ),
)

_DATAGRAM_DEFECTS: Final = (
    Defect(
        "wrapper-udp-reply-in-two-datagrams",
        "Over UDP the header of a reply and its APDU are sent as two datagrams.",
        ("X_WRAPPER_UDP",),
        "Two writes that TCP joins and UDP does not.",
        profile="wrapper",
        datagrams=True,
    ),
    Defect(
        "wrapper-udp-replies-in-one-datagram",
        "Over UDP the replies to two messages in one datagram are sent as one datagram.",
        ("X_WRAPPER_UDP",),
        "The send buffer is flushed once for each datagram received.",
        profile="wrapper",
        datagrams=True,
    ),
    Defect(
        "wrapper-udp-datagrams-joined",
        "Over UDP a message may go on in the next datagram, and one that is cut short swallows the next.",
        ("X_WRAPPER_UDP",),
        "The receive buffer of the TCP port is used as it is.",
        profile="wrapper",
        datagrams=True,
    ),
)

WRAPPER_DEFECTS: Final = (*_HEADER_DEFECTS, *_LENGTH_DEFECTS, *_CONNECTION_DEFECTS, *_DATAGRAM_DEFECTS)
