"""What the embedded meter can be made to do wrong in the block transfers that belong to the services themselves."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

_REPLIES: Final = ("GET", "ACTION", "READ")
"""Services whose replies go in blocks."""
_REQUESTS: Final = ("SET", "ACTION", "WRITE")
"""Services whose requests are tried in blocks by a case of their own."""


def _cases(services: tuple[str, ...], *suffixes: str) -> tuple[str, ...]:
    return tuple(f"X_BLOCK_{service}_{suffix}" for service in services for suffix in suffixes)


SERVICE_BLOCK_DEFECTS: Final = (
    Defect(
        "reply-block-number-from-zero",
        "The first block of a long reply has number 0.",
        _cases(_REPLIES, "P1"),
        "Counted as an array is.",
    ),
    Defect(
        "reply-block-number-not-reset",
        "The blocks of a reply are numbered from where the reply before it ended.",
        _cases(_REPLIES, "N4"),
        "The counter belongs to the association.",
    ),
    Defect(
        "last-reply-block-never-said",
        "No block of a reply is the last one.",
        _cases(_REPLIES, "P1"),
        "The flag is set of a copy.",
    ),
    Defect(
        "last-reply-block-said-early",
        "The block before the last one says that it is the last.",
        _cases(_REPLIES, "P1"),
        "What is left is compared with the size of a block before the block is taken off.",
    ),
    Defect(
        "octet-lost-at-a-reply-block-boundary",
        "The second block begins one octet too late.",
        _cases(_REPLIES, "P1"),
        "Off by one where the buffer is cut.",
    ),
    Defect(
        "reply-block-empty",
        "The first block of a long reply carries no data.",
        _cases(_REPLIES, "P1"),
        "The first block goes out before the data is there; seen in an open server with a small client PDU.",
    ),
    Defect(
        "count-left-out-of-list-in-blocks",
        "Where the reply to a GET with list goes in blocks, the number of results is left out.",
        ("X_BLOCK_GET_P1",),
        "The count is taken for part of the head that only a reply in one APDU has.",
    ),
    Defect(
        "reply-block-number-not-checked",
        "A request for the next block gets it whatever number it acknowledges.",
        _cases(_REPLIES, "N1"),
        "Nothing is lost on the programmer's desk.",
    ),
    Defect(
        "block-after-last-begins-anew",
        "Who asks for a block behind the last one gets the first octets once more.",
        _cases(_REPLIES, "N5"),
        "The position is reset at the end, and nobody asks whether a transfer is under way.",
    ),
    Defect(
        "new-request-continues-old-reply",
        "A request that comes amid a long reply gets the rest of that reply.",
        _cases(_REPLIES, "N4"),
        "The buffer is looked at before the request is.",
    ),
    Defect(
        "other-service-damages-transfer",
        "A transfer goes on after another service was asked for, with part of the value lost.",
        _cases(("GET", "SET", "ACTION", "READ", "WRITE"), "N3"),
        "One buffer for all that goes out and comes in.",
    ),
    Defect(
        "stray-block-unanswered",
        "A block of no transfer gets no answer.",
        _cases(("GET", "SET", "ACTION", "READ", "WRITE"), "N2", "N5"),
        "It is taken for late, and dropped.",
    ),
    Defect(
        "wrong-block-number-crashes",
        "A block with a wrong number ends the meter.",
        # And with it every case that follows: which of the five catches it depends on their order.
        _cases(("GET",), "N1"),
        "The transfer is freed, and then used to tell what went wrong.",
    ),
    Defect(
        "service-transfer-kept-over-release",
        "A transfer goes on in the association that follows its own.",
        _cases(("GET", "SET", "ACTION", "READ", "WRITE"), "N2"),
        "The buffer belongs to the connection.",
    ),
    Defect(
        "request-block-number-not-checked",
        "Blocks of a request are joined as they come, whatever their numbers.",
        _cases(_REQUESTS, "N1"),
        "The link below delivers in order.",
    ),
    Defect(
        "last-request-block-lost",
        "What the last block of a request carries is not used.",
        _cases((*_REQUESTS, "READ"), "P1"),
        "The value is taken over before the block is added to it.",
    ),
    Defect(
        "block-acknowledged-with-next-number",
        "A block of a request is acknowledged with the number of the block that is awaited.",
        _cases((*_REQUESTS, "READ"), "P1"),
        "As other protocols do it.",
    ),
    Defect(
        "new-long-request-appended",
        "What a first block brings is appended to what an unfinished request has brought before.",
        _cases(_REQUESTS, "N4"),
        "The buffer is emptied at the end of a transfer only.",
    ),
    Defect(
        "block-after-last-appended",
        "A block behind the last one is added to the request, which is carried out once more.",
        _cases(_REQUESTS, "N5"),
        "The buffer is emptied at the beginning of a transfer only.",
    ),
)
