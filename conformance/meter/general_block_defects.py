"""What the embedded meter can be made to do wrong in general block transfer.

Each shows where general-block-transfer is negotiated, unless its title says otherwise.
"""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

GENERAL_BLOCK_DEFECTS: Final = (
    Defect(
        "gbt-goes-on-in-service-blocks",
        "A reply that began in general blocks goes on in the blocks of its service.",
        ("X_GBT_P1", "X_GBT_P2", "X_GBT_NEGOTIATION"),
        "Reported from the field: a load profile is lost that way.",
    ),
    Defect(
        "gbt-get-next-accepted",
        "A get-request-next amid a reply in general blocks gets the next part of it.",
        ("X_GBT_N3",),
        "One buffer serves both mechanisms, and nobody asks which of them is at work.",
    ),
    Defect(
        "gbt-deaf-after-mixed-mechanisms",
        "A get-request-next amid a reply in general blocks ends every conversation.",
        ("X_GBT_N3",),
        "The transfer waits for a block that never comes.",
    ),
    Defect(
        "gbt-last-block-never-said",
        "No block is the last one.",
        ("X_GBT_P1",),
        "The flag is set of a copy.",
    ),
    Defect(
        "gbt-last-block-lost",
        "The last block of a reply is never sent.",
        ("X_GBT_P1",),
        "The loop over blocks ends one too early.",
    ),
    Defect(
        "gbt-block-number-from-zero",
        "The first block has number 0.",
        ("X_GBT_P1",),
        "Counted as an array is.",
    ),
    Defect(
        "gbt-block-number-not-reset",
        "The blocks of a transfer are numbered from where the one before it ended.",
        ("X_GBT_P1",),
        "The counter belongs to the association; seen in a client, with the blocks of GET.",
    ),
    Defect(
        "gbt-block-one-octet-too-long",
        "Blocks are one octet longer than the client takes.",
        ("X_GBT_P1",),
        "The tag of the block is not counted.",
    ),
    Defect(
        "gbt-octet-lost-at-a-block-boundary",
        "The second block begins one octet too late.",
        ("X_GBT_P1", "X_GBT_P6", "X_GBT_NEGOTIATION"),
        "Off by one where the buffer is cut.",
    ),
    Defect(
        "gbt-empty-blocks-without-end",
        "Behind the first block come blocks without data, without end.",
        ("X_GBT_P1",),
        "Seen in an open server, there with the blocks of GET and a small client PDU.",
    ),
    Defect(
        "gbt-window-not-honoured",
        "One block more is sent at once than the client takes.",
        ("X_GBT_P2",),
        "Off by one in the window.",
    ),
    Defect(
        "gbt-window-0-streams-without-end",
        "To a client that says it takes no block, all are sent at once.",
        ("X_GBT_N2",),
        "0 is taken for no limit.",
    ),
    Defect(
        "gbt-own-window-zero",
        "The meter says of itself that it takes no block.",
        ("X_GBT_P1", "X_GBT_P4"),
        "The field is left out.",
    ),
    Defect(
        "gbt-streaming-bit-always-set",
        "Every block says that another follows at once, also the one behind which the meter waits.",
        ("X_GBT_P2",),
        "The bit is taken for an ability.",
    ),
    Defect(
        "gbt-streaming-bit-never-set",
        "No block says that another follows at once, and yet it does.",
        ("X_GBT_P2",),
        "The bit is not implemented, the window is.",
    ),
    Defect(
        "gbt-acknowledged-number-ignored",
        "What the client did not get is not sent again: the next blocks are.",
        ("X_GBT_P3",),
        "block-number-acknowledged is not read.",
    ),
    Defect(
        "gbt-impossible-acknowledgement-taken",
        "An acknowledgement of blocks that were never sent is taken for one of all that were.",
        ("X_GBT_N5",),
        "The number is cut to the range.",
    ),
    Defect(
        "gbt-acknowledgement-always-zero",
        "block-number-acknowledged is 0 in every block of the meter.",
        ("X_GBT_P1", "X_GBT_P4"),
        "The client's blocks are not counted.",
    ),
    Defect(
        "gbt-resends-from-the-beginning",
        "When one block is missing, all are sent again.",
        ("X_GBT_P3",),
        "Recovery begins the transfer anew.",
    ),
    Defect(
        "gbt-repeated-block-changed",
        "A block that is sent again has other content.",
        ("X_GBT_P3", "X_GBT_N6"),
        "It is built anew from values that have moved on.",
    ),
    Defect(
        "gbt-request-block-number-not-checked",
        "Blocks of a request are joined as they come, whatever their numbers.",
        ("X_GBT_N1", "X_GBT_P3"),
        "Nothing is lost on the programmer's desk.",
    ),
    Defect(
        "gbt-request-answered-without-blocks",
        "A request in blocks gets its reply in one APDU.",
        ("X_GBT_P1", "X_GBT_P4"),
        "Replies go in blocks only where they must.",
    ),
    Defect(
        "gbt-stray-block-unanswered",
        "A block of no transfer gets no answer.",
        ("X_GBT_N1",),
        "It is taken for late, and dropped.",
    ),
    Defect(
        "gbt-abort-ignored",
        "A transfer that the client gives up goes on.",
        ("X_GBT_N4",),
        "The block that says so is taken for an acknowledgement.",
    ),
    Defect(
        "gbt-unconfirmed-request-acknowledged",
        "An unconfirmed request in blocks is answered.",
        ("X_GBT_P5",),
        "The service class is in the APDU, and the blocks know nothing of it.",
    ),
    Defect(
        "gbt-transfer-kept-over-release",
        "A transfer goes on in the association that follows its own.",
        ("X_GBT_N4",),
        "The buffer belongs to the connection.",
    ),
    Defect(
        "gbt-used-though-not-negotiated",
        "Long replies begin in general blocks though general-block-transfer was not negotiated.",
        ("X_GBT_NEGOTIATION",),
        "The meter's own bit is asked, not the negotiated one.",
    ),
    Defect(
        "gbt-taken-though-not-negotiated",
        "Requests in general blocks are served though general-block-transfer was not negotiated.",
        ("X_GBT_NEGOTIATION",),
        "What comes is taken.",
    ),
    Defect(
        "gbt-reply-in-blocks-not-protected",
        "The reply to a request in blocks is cut into blocks before it is protected, and not protected any more.",
        ("X_GBT_P6",),
        "Protection is a layer above the blocks here, and below them elsewhere.",
    ),
)
