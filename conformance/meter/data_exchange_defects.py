"""What the embedded meter can be made to do wrong when it exchanges protected data, beside `security_defects`."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

DATA_EXCHANGE_DEFECTS: Final = (
    Defect(
        "initiate-response-in-clear",
        "The InitiateResponse of the AARE is in clear.",
        ("T_SYMSEC_0_BasicCap_1", "X_SEC_HYGIENE"),
        "Ciphering begins once the association is established.",
    ),
    Defect(
        "pass-4-in-clear",
        "f(CtoS) comes in an action-response that is not protected.",
        ("T_SYMSEC_0_BasicCap_1",),
        "Ciphering begins once the client has proved itself.",
    ),
    Defect(
        "reply-counter-is-that-of-the-request",
        "A reply carries the invocation counter of its request.",
        ("T_SYMSEC_0_BasicCap_1",),
        "The reply is made in the buffer of the request, whose security header stays.",
    ),
    Defect(
        "reply-carries-title-of-client",
        "A general ciphered reply carries the client's system title.",
        ("T_SYMSEC_0_BasicCap_1", "X_SEC_GENERAL_GLO", "X_SEC_GENERAL_DED"),
        "The header of the request is copied.",
    ),
    Defect(
        "dedicated-counter-not-checked",
        "Under the dedicated key an invocation counter that was used before is accepted.",
        ("T_SYMSEC_0_FraCount_1",),
        "There is one stored counter, that of the global key.",
    ),
    Defect(
        "initiate-counter-not-checked",
        "The AARQ of an earlier association is accepted again.",
        ("T_SYMSEC_0_FraCount_1",),
        "Only services are held against the stored counter.",
    ),
    Defect(
        "counter-error-tells-the-received-one",
        "invocation-counter-error carries the counter that was received.",
        ("T_SYMSEC_0_FraCount_1", "X_SEC_COUNTER"),
        "The wrong variable goes into the exception-response.",
    ),
    Defect(
        "counter-of-forged-apdu-taken",
        "The counter of an APDU that does not open counts as used: a stranger can lock the client out.",
        ("T_SYMSEC_0_FraCount_1",),
        "The counter is stored before the authentication tag is verified.",
    ),
    Defect(
        "dedicated-sending-counter-constant",
        "Every reply under the dedicated key has the same invocation counter.",
        ("T_SYMSEC_0_FraCount_3", "X_SEC_HYGIENE"),
        "Only the counter of the global key is stored back.",
    ),
    Defect(
        "sending-counter-falls-back",
        "With every association the sending counter falls back to the last multiple of 16.",
        ("T_SYMSEC_0_FraCount_3", "X_SEC_HYGIENE"),
        "To spare the memory only every 16th value is kept, and after a restart that one is taken up again.",
    ),
    Defect(
        "missing-dedicated-key-is-zeros",
        "Where no dedicated key was sent, one of zeros serves.",
        ("T_SYMSEC_0_DedKey_N1",),
        "The buffer of the key is cleared, and nobody asks whether there is a key.",
    ),
    Defect(
        "dedicated-write-confirmed-not-stored",
        "A write under the dedicated key is confirmed and not carried out.",
        ("T_SYMSEC_0_SecDataX_P1",),
        "The confirmation is made before the service is dispatched, where its tag is not known.",
    ),
    Defect(
        "write-carried-out-before-tag-is-verified",
        "A write with a wrong authentication tag is refused, but has been carried out.",
        ("T_SYMSEC_0_SecDataX_N1",),
        "Data is decrypted and handed on block by block; the tag comes last.",
    ),
    Defect(
        "undecipherable-request-ends-association",
        "After an APDU that does not open nothing is served any more.",
        ("T_SYMSEC_0_SecDataX_N1",),
        "A failed decryption aborts the association: a stranger on the line can end it.",
    ),
    Defect(
        "undecipherable-release-served",
        "An RLRQ whose user-information does not open releases the association all the same.",
        ("T_SYMSEC_0_REL_N1",),
        "The result of the decryption is not looked at, since the content of the InitiateRequest is not needed.",
    ),
)
