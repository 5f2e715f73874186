"""What the embedded meter can be made to do wrong that shows only when a whole run is looked at, or in its tags."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

HYGIENE_DEFECTS: Final = (
    Defect(
        "sending-counter-kept-after-error",
        "A reply that refuses takes the counter of the reply before it.",
        ("X_SEC_HYGIENE",),
        "The counter is advanced where data is served.",
    ),
    Defect(
        "tag-of-8-octets-sent",
        "Replies carry an authentication tag of 8 octets.",
        ("X_SEC_HYGIENE",),
        "The tag length of another profile of AES-GCM.",
    ),
    Defect(
        "tag-of-16-octets-sent",
        "Replies carry an authentication tag of 16 octets.",
        ("X_SEC_HYGIENE",),
        "The tag is sent as the library gives it.",
    ),
    Defect(
        "reply-encrypted-only",
        "Replies to authenticated and encrypted requests are encrypted only.",
        ("X_SEC_HYGIENE",),
        "Seen in the field: a security control per direction (capture of a Wasion meter).",
    ),
    Defect(
        "server-title-of-zeros",
        "The meter's system title is all zeros.",
        ("X_SEC_HYGIENE",),
        "Seen in the field (Wasion): a title that was never set.",
    ),
    Defect(
        "server-title-is-clients",
        "The meter gives itself the client's system title.",
        ("X_SEC_HYGIENE",),
        "The calling title is copied into the response, and used.",
    ),
    Defect(
        "server-title-changes",
        "The meter's system title is another in each association.",
        ("X_SEC_HYGIENE",),
        "Part of the title comes from a session number.",
    ),
    Defect(
        "secret-readable-through-attribute",
        "The HLS secret, or the password, can be read from the association object.",
        ("X_SEC_HYGIENE",),
        "Attribute 7 of Association LN is for writing only where it holds the secret.",
    ),
    Defect(
        "key-readable-in-hex",
        "An object for the factory tells the authentication key in hex digits.",
        ("X_SEC_HYGIENE",),
        "A label that is printed at the end of the line.",
    ),
)
