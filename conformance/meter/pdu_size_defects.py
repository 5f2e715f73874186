"""What the embedded meter can be made to do wrong in counting how long a reply is."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

PDU_SIZE_DEFECTS: Final = (
    Defect(
        "get-response-one-octet-too-long",
        "Replies to GET in clear are one octet longer than the client takes.",
        ("X_PDU_SIZE_GET", "X_BLOCK_GET_P1"),
        "The tag is not counted.",
    ),
    Defect(
        "get-list-response-one-octet-too-long",
        "Replies to GET with list in clear are one octet longer than the client takes.",
        ("X_PDU_SIZE_LIST", "X_BLOCK_GET_P1"),
        "The count of the list is not counted.",
    ),
    Defect(
        "action-response-one-octet-too-long",
        "Replies to ACTION in clear are one octet longer than the client takes.",
        ("X_PDU_SIZE_ACTION", "X_BLOCK_ACTION_P1"),
        "The action result before the return parameters is not counted.",
    ),
    Defect(
        "read-response-one-octet-too-long",
        "Replies to Read are one octet longer than the client takes.",
        ("X_PDU_SIZE_READ", "X_BLOCK_READ_P1"),
        "The choice of the result is not counted.",
    ),
    Defect(
        "reply-size-counted-before-ciphering",
        "Under service-specific ciphering the plain reply is held against the limit, not what goes on the line.",
        ("X_PDU_SIZE_GET", "X_BLOCK_GET_P1"),
        "The limit is applied where the reply is built, and ciphering is a layer below.",
    ),
    Defect(
        "system-title-not-counted-in-reply-size",
        "Under general ciphering the system title is left out of the count.",
        ("X_PDU_SIZE_GET", "X_BLOCK_GET_P1"),
        "The overhead of service-specific ciphering is used for both.",
    ),
)
