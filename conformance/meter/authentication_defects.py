"""What the embedded meter can be made to do wrong when it finds out who its client is."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

AUTHENTICATION_DEFECTS: Final = (
    Defect(
        "authentication-not-required",
        "An AARQ without authentication is accepted where it is required.",
        ("T_APPL_OPEN_7",),
        "Seen in an open server: the mechanism is checked when it is there.",
    ),
    Defect(
        "mechanism-unknown-accepted",
        "An unknown mechanism-name is taken for the required one.",
        ("T_APPL_OPEN_7",),
        "Only the value is compared.",
    ),
    Defect(
        "mechanism-downgrade-accepted",
        "A lower mechanism than required is accepted.",
        ("T_APPL_OPEN_7",),
        "The client chooses.",
    ),
    Defect(
        "lls-password-not-checked",
        "Any password is accepted.",
        ("T_APPL_OPEN_7", "X_APPL_LLS"),
        "Seen in an open server.",
    ),
    Defect(
        "lls-password-compared-as-far-as-sent",
        "A beginning of the password, an empty one too, is accepted.",
        ("X_APPL_LLS",),
        "memcmp with the length that the client sent.",
    ),
    Defect(
        "lls-wrong-password-unanswered",
        "A wrong password is met with silence.",
        ("T_APPL_OPEN_7", "X_APPL_LLS"),
        "Whoever does not know the password is told nothing.",
    ),
    Defect(
        "lls-wrong-password-locks-out",
        "After one wrong password the right one is refused for ever.",
        ("X_APPL_LLS",),
        "A counter of failures that nothing resets.",
    ),
    Defect(
        "lls-long-password-crashes",
        "A password of 100 octets ends the meter.",
        ("X_APPL_LLS",),
        "A buffer of 64 octets.",
    ),
    Defect(
        "challenge-length-unchecked",
        "Challenges of 7 and 65 octets are accepted.",
        ("T_APPL_OPEN_3",),
        "The length is not looked at.",
    ),
    Defect(
        "challenge-above-16-octets-refused",
        "Challenges above 16 octets are refused.",
        ("T_APPL_OPEN_3", "X_APPL_HLS"),
        "A buffer of 16 octets.",
    ),
    Defect(
        "stoc-constant",
        "StoC is the same in every association.",
        ("T_APPL_OPEN_3", "X_APPL_CHALLENGE", "X_SEC_HYGIENE"),
        "A generator that is never seeded.",
    ),
    Defect(
        "stoc-is-ctos",
        "StoC is the challenge that the client sent.",
        ("T_APPL_OPEN_3", "X_APPL_CHALLENGE", "X_SEC_HYGIENE"),
        "The component is echoed.",
    ),
    Defect(
        "stoc-from-shift-register",
        "Each octet of StoC is the one before, shifted by a bit.",
        ("X_APPL_CHALLENGE",),
        "Seen in an open server: 23 bits of entropy in 16 octets.",
    ),
    Defect(
        "stoc-of-few-values",
        "StoC is one of twelve.",
        ("X_APPL_CHALLENGE", "X_SEC_HYGIENE"),
        "Seeded with the month.",
    ),
    Defect(
        "stoc-too-short",
        "StoC has 4 octets.",
        ("T_APPL_OPEN_3", "X_APPL_CHALLENGE", "X_SEC_HYGIENE"),
        "One 32 bit random number.",
    ),
    Defect(
        "pass-3-not-checked",
        "Any f(StoC) is accepted.",
        ("T_APPL_OPEN_3", "X_APPL_HLS"),
        "Authentication is left to the client.",
    ),
    Defect(
        "pass-3-skipped",
        "Services are served before pass 3.",
        ("T_APPL_OPEN_3",),
        "The association counts as open once the AARE is sent.",
    ),
    Defect(
        "pass-3-under-dedicated-key-accepted",
        "Pass 3 is accepted under the dedicated key too.",
        ("T_APPL_OPEN_3",),
        "Vendors differ in it (capture of a Genus meter): what was declared must hold.",
    ),
    Defect(
        "pass-4-without-answer",
        "Pass 4 says success and has no f(CtoS).",
        ("T_APPL_OPEN_3", "X_APPL_HLS"),
        "Return parameters left out.",
    ),
    Defect(
        "pass-4-reflects-pass-3",
        "Pass 4 gives the client its own answer back.",
        ("T_APPL_OPEN_3", "X_APPL_HLS"),
        "The request buffer is used for the response.",
    ),
    Defect(
        "f-ctos-wrong-above-16-octets",
        "f(CtoS) is wrong for challenges above 16 octets.",
        ("T_APPL_OPEN_3", "X_APPL_HLS"),
        "Seen in an open server.",
    ),
)
