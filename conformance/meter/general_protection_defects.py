"""What the embedded meter can be made to do wrong with general-ciphering and general-signing."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

GENERAL_PROTECTION_DEFECTS: Final = (
    Defect(
        "signature-not-verified",
        "A general-signing APDU is served whatever its signature.",
        ("X_SEC_GENERAL_SIGNING", "X_SEC_GENERAL_NESTED"),
        "The content is all that is needed to serve it.",
        security_suites=(1, 2),
    ),
    Defect(
        "ephemeral-key-signature-not-verified",
        "An ephemeral key that nobody has signed is agreed with.",
        ("X_SEC_GENERAL_CIPHERING",),
        "The agreement works without.",
        security_suites=(1, 2),
    ),
    Defect(
        "wrapped-key-integrity-not-checked",
        "A wrapped key is used although its integrity check value is wrong.",
        ("X_SEC_GENERAL_CIPHERING",),
        "The tag of the content would tell, so nobody looks.",
        security_suites=(1, 2),
    ),
    Defect(
        "wrapped-key-length-not-checked",
        "A wrapped key of another length than the suite's keys is used.",
        ("X_SEC_GENERAL_CIPHERING",),
        "AES takes both lengths.",
        security_suites=(1, 2),
    ),
    Defect(
        "transaction-id-replay-accepted",
        "A transaction-id serves again as the nonce of static key agreement.",
        ("X_SEC_GENERAL_CIPHERING",),
        "The transaction-id is echoed, and kept nowhere.",
        security_suites=(1, 2),
    ),
    Defect(
        "established-key-counter-not-checked",
        "The counter under a wrapped or agreed key is not looked at.",
        ("X_SEC_GENERAL_CIPHERING",),
        "A new key needs no memory of counters.",
        security_suites=(1, 2),
    ),
    Defect(
        "recipient-title-not-checked",
        "A general-ciphering or general-signing APDU for another meter is served.",
        ("X_SEC_GENERAL_CIPHERING", "X_SEC_GENERAL_SIGNING"),
        "Whatever arrives is for the meter.",
        security_suites=(1, 2),
    ),
    Defect(
        "reply-originator-title-wrong",
        "Replies name an originator that is not the meter.",
        ("X_SEC_GENERAL_CIPHERING", "X_SEC_GENERAL_SIGNING"),
        "The titles of the request are copied, or left as they were initialised.",
        security_suites=(1, 2),
    ),
    Defect(
        "reply-transaction-id-not-echoed",
        "Replies carry an empty transaction-id.",
        ("X_SEC_GENERAL_CIPHERING", "X_SEC_GENERAL_SIGNING"),
        "The transaction-id is optional.",
        security_suites=(1, 2),
    ),
    Defect(
        "nested-protection-accepted",
        "An APDU that is ciphered more than once is served.",
        ("X_SEC_GENERAL_NESTED",),
        "The APDU inside goes to the function that takes APDUs.",
        security_suites=(1, 2),
    ),
    Defect(
        "key-id-ignored",
        "Any key-id stands for the global unicast key.",
        ("X_SEC_GENERAL_CIPHERING",),
        "There is but one key that both hold.",
        security_suites=(1, 2),
    ),
    Defect(
        "kek-id-ignored",
        "Any kek-id stands for the master key.",
        ("X_SEC_GENERAL_CIPHERING",),
        "There is but one key that wraps others.",
        security_suites=(1, 2),
    ),
    Defect(
        "key-agreement-scheme-ignored",
        "The scheme of key agreement is guessed from the data, not read from key-parameters.",
        ("X_SEC_GENERAL_CIPHERING",),
        "Two schemes can be told apart by their lengths.",
        security_suites=(1, 2),
    ),
    Defect(
        "data-of-static-agreement-ignored",
        "key-ciphered-data that the Static Unified Model does not have is overlooked.",
        ("X_SEC_GENERAL_CIPHERING",),
        "What is not needed is not looked at.",
        security_suites=(1, 2),
    ),
    Defect(
        "ephemeral-point-not-checked",
        "An ephemeral key that is no point of the curve is agreed with.",
        ("X_SEC_GENERAL_CIPHERING",),
        "The library leaves the check to its caller.",
        security_suites=(1, 2),
    ),
    Defect(
        "wrapped-key-of-replies-constant",
        "Each reply under a wrapped key brings the same key again, with invocation counter 0.",
        ("X_SEC_GENERAL_CIPHERING",),
        "The random generator starts anew with the same seed.",
        security_suites=(1, 2),
    ),
    Defect(
        "replies-always-under-identified-key",
        "A request under a wrapped or agreed key is answered under the global one.",
        ("X_SEC_GENERAL_CIPHERING",),
        "Opening was built for each key-info, replying for the simplest.",
        security_suites=(1, 2),
    ),
    Defect(
        "signed-request-answered-unsigned",
        "Replies to signed requests are not signed.",
        ("X_SEC_GENERAL_SIGNING", "X_SEC_GENERAL_NESTED"),
        "The signature is checked on the way in, and forgotten on the way out.",
        security_suites=(1, 2),
    ),
    Defect(
        "reply-signature-coded-as-der",
        "The signature of replies is a DER SEQUENCE in place of r and s.",
        ("X_SEC_GENERAL_SIGNING", "X_SEC_GENERAL_NESTED"),
        "It is what cryptographic libraries give.",
        security_suites=(1, 2),
    ),
    Defect(
        "reply-signature-over-content-only",
        "The signature of replies leaves the header out.",
        ("X_SEC_GENERAL_SIGNING",),
        "The content is what seems to need a signature.",
        security_suites=(1, 2),
    ),
)
