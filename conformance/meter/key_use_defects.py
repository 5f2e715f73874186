"""What the embedded meter can be made to do wrong with titles, policy, counters and the choice of keys."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

KEY_USE_DEFECTS: Final = (
    Defect(
        "initiate-request-policy-not-enforced",
        "An InitiateRequest that is protected less than the policy demands opens the association.",
        ("X_SEC_POLICY",),
        "The policy is asked where services are served.",
    ),
    Defect(
        "weaker-control-refused-against-policy",
        "Requests must be authenticated and encrypted, though the policy demands less.",
        ("X_SEC_POLICY",),
        "0x30 is the one security control that was ever tried.",
        security_suites=(1, 2),
    ),
    Defect(
        "responding-title-is-that-of-client",
        "The AARE carries the client's system title as the meter's own.",
        ("X_SEC_TITLE",),
        "Seen in the field (WASION): client and meter share their nonces.",
    ),
    Defect(
        "unregistered-title-accepted-not-used",
        "Any system title is accepted in the AARQ, and the registered one goes into the nonces.",
        ("X_SEC_TITLE",),
        "The title of the AARQ is checked for its length, and kept nowhere.",
    ),
    Defect(
        "counter-object-not-updated",
        "The object that tells the invocation counter tells 0 for ever.",
        ("X_SEC_COUNTER",),
        "The object is made when the meter starts.",
    ),
    Defect(
        "counter-lost-with-power",
        "After a power failure counters are accepted again that were used before.",
        ("X_SEC_COUNTER",),
        "The counter is written when the meter is shut down as it should be.",
    ),
    Defect(
        "counter-starts-over-at-its-end",
        "After FFFFFFFF every invocation counter is accepted.",
        ("X_SEC_COUNTER",),
        "The next counter is compared in 32 bits.",
    ),
    Defect(
        "counter-error-little-endian",
        "invocation-counter-error tells the expected counter low octet first.",
        ("X_SEC_COUNTER",),
        "The counter is copied as it stands in memory.",
    ),
    Defect(
        "initiate-response-under-dedicated-key",
        "The InitiateResponse is protected with the dedicated key that came with the InitiateRequest.",
        ("X_SEC_KEYS",),
        "The new key is in force before the answer is made.",
    ),
    Defect(
        "pass-4-under-dedicated-key",
        "Pass 4 is protected with the dedicated key though pass 3 was not.",
        ("X_SEC_KEYS",),
        "The association counts as established before the answer is made.",
    ),
    Defect(
        "global-request-answered-under-dedicated-key",
        "A request under the global key is answered under the dedicated one.",
        ("X_SEC_KEYS",),
        "Where a dedicated key is in force, replies use it.",
    ),
    Defect(
        "dedicated-key-accepted-as-global",
        "APDUs that announce the global key are opened with the dedicated one too.",
        ("X_SEC_GENERAL_GLO",),
        "One function tries the keys that there are.",
    ),
    Defect(
        "empty-system-title-refused",
        "A general APDU with a system title of no octets is refused.",
        ("X_SEC_GENERAL_GLO", "X_SEC_GENERAL_DED"),
        "The title is taken from each APDU, though the association has told it.",
    ),
    Defect(
        "system-title-length-not-checked",
        "A system title of another length than 8 octets in a general APDU passes for the client's.",
        ("X_SEC_GENERAL_GLO", "X_SEC_GENERAL_DED"),
        "What is no title is taken for none.",
    ),
)
