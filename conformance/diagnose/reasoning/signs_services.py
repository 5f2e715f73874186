"""What can be seen of services and transfer: kinds of statement behind an open association."""

from __future__ import annotations

from typing import Final

from conformance.diagnose.reasoning.statement import Sign

READ_VALUE: Final = Sign("value-read", "A value was read", "The reply carries data, shown as decoded.")
NOTIFIED: Final = Sign("notification-received", "The meter pushed data", "A data-notification, shown as decoded.")
ACCESS_RESULT: Final = Sign(
    "data-access-result",
    "An attribute or method was refused",
    "data-access-result or action-result says why this one object was not served; the association goes on.",
    "Compare with the object_list and its access rights in this association.",
)
DENIED: Final = Sign(
    "read-write-denied",
    "No right to an attribute or method",
    "read-write-denied (3): the client has no right to it in this association; others may be served all the same.",
    "Compare with the access rights in the object_list, or use an association that has the right.",
)
NO_LONG_GET: Final = Sign(
    "no-long-get-in-progress",
    "The meter knows of no long transfer",
    "16: a next-request inside a general block transfer, or after another request ended the transfer.",
    "Keep to the mechanism that the transfer began with, and let nothing come between its blocks.",
)
EXCEPTION: Final = Sign(
    "exception-response",
    "The meter cannot process the APDU",
    "exception-response, D8: state-error and service-error say why.",
)
SERVICE_ERROR: Final = Sign(
    "confirmed-service-error",
    "A service failed as a whole",
    "confirmedServiceError, 0E: which service, what kind of trouble, and which.",
    "Compare the request with what this association serves.",
)
NOT_READABLE: Final = Sign(
    "apdu-not-readable",
    "An APDU that is not legal",
    "The octets cannot be read as the APDU that their tag names, or no APDU has the tag.",
    "Look at the octets: another layer may be missing or double (LLC, wrapper), or the sender is at fault.",
)
INVOKE_ID: Final = Sign(
    "invoke-id-not-echoed",
    "The reply does not carry the invoke-id of the request",
    "The invoke-id (bits 0 to 3) of a reply is that of its request. Where it differs, the reply may belong to another "
    "request, or the meter does not echo it.",
    "Look whether the reply answers an earlier request; if not, the meter is at fault.",
)
PRIORITY: Final = Sign(
    "invoke-id-bits-differ",
    "Service class or priority of the reply differ from the request",
    "The invoke-id is echoed, and the bits above it are not those of the request.",
)
NOTIFICATION_BETWEEN: Final = Sign(
    "notification-before-reply",
    "A notification comes between request and reply",
    "What the client got first is no answer to its request; a client that takes it for one fails.",
    "Take notifications at any time, and wait on for the reply.",
)
OTHER_SERVICE: Final = Sign(
    "reply-of-other-service",
    "The reply is of another service than the request",
    "Such as a get-response to an action-request: the two sides are out of step.",
    "Look whether the reply answers an earlier request.",
)
NOT_NEGOTIATED: Final = Sign(
    "service-not-negotiated",
    "A service is asked for that was not negotiated",
    "Its bit is not in the negotiated conformance, and the meter refuses it.",
    "Leave it out, or propose it in conformance.",
)
AFTER_REJECTION: Final = Sign(
    "service-after-rejection",
    "A service goes on after the association was refused",
    "No association is open behind an AARE that rejects.",
    "Stop after a refusal.",
)
SERVED_AFTER_REJECTION: Final = Sign(
    "served-after-rejection",
    "The meter serves data after it refused the association",
    "Whoever is refused must not be served.",
    "The meter is at fault.",
)
BLOCKS: Final = Sign(
    "blocks-complete",
    "A transfer in blocks is complete",
    "Block numbers 1, 2, 3 and so on without a gap, to the last block.",
)
BLOCK_NUMBER: Final = Sign(
    "block-number-wrong",
    "A block number is not the one that is due",
    "Blocks are numbered from 1 for each transfer; the next-request carries the number of the block that it "
    "acknowledges.",
    "Whoever counts otherwise is at fault: begin at 1 with each new request.",
)
INCOMPLETE: Final = Sign(
    "block-transfer-incomplete",
    "A transfer in blocks is not brought to its end",
    "A block that is not the last came, and the next one is not asked for. Where the client gives up with a complaint "
    "about the block number, its own counter may be left over from an earlier transfer.",
    "Ask for the next block with the number of the block that came; begin to count anew with each request.",
)
EMPTY_BLOCK: Final = Sign(
    "block-empty",
    "A block carries nothing",
    "Blocks without data that are not the last may go on without end.",
    "Stop after a few; the PDU size may be too small for the meter.",
)
NO_FAULT: Final = Sign(
    "no-fault-found",
    "Nothing wrong was found",
    "Everything that could be checked is as it should be; what could not be checked is told besides.",
)
LEFT_OUT: Final = Sign(
    "statements-left-out",
    "More was found than is listed",
    "Of one kind of statement only the first ones are listed.",
)
LIST_COUNT: Final = Sign(
    "list-count-differs",
    "A reply to a list has not as many results as were asked for",
    "Each item of the request has one result in the reply, in its order.",
    "The meter is at fault; ask for fewer items at once.",
)
