"""What the embedded meter can be made to do wrong when it protects and opens APDUs."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

SECURITY_DEFECTS: Final = (
    Defect(
        "authentication-tag-never-verified",
        "A wrong authentication tag is accepted.",
        ("X_APPL_ROBUST", "T_SYMSEC_0_SecDataX_N1"),
        "Seen in an open implementation.",
    ),
    Defect(
        "security-policy-not-enforced",
        "Requests that are protected less than the policy wants are accepted.",
        ("T_SYMSEC_0_SecDataX_N1", "X_SEC_POLICY"),
        "Seen in an open server: any security control is taken.",
    ),
    Defect(
        "plain-request-in-ciphered-association-served",
        "Requests in clear are served in a ciphered association.",
        ("T_SYMSEC_0_SecDataX_N1",),
        "The policy is checked where ciphered APDUs are opened.",
    ),
    Defect(
        "invocation-counter-not-checked",
        "A counter that was used before is accepted.",
        ("T_SYMSEC_0_FraCount_1",),
        "The counter goes into the nonce, and that is all.",
    ),
    Defect(
        "sending-counter-restarts",
        "The counter of the replies begins anew with every association.",
        ("T_SYMSEC_0_FraCount_3", "X_SEC_HYGIENE"),
        "Seen in an open server.",
    ),
    Defect(
        "sending-counter-little-endian",
        "The counter of the replies is sent low octet first.",
        ("T_SYMSEC_0_FraCount_3",),
        "Seen in the field (Wasion).",
    ),
    Defect(
        "pass-4-counter-reused",
        "f(CtoS) and the response that carries it use the same counter.",
        ("X_SEC_HYGIENE",),
        "Seen in the field (Hexing) and in open servers.",
    ),
    Defect(
        "rlrq-without-protection-accepted",
        "An RLRQ in clear releases a ciphered association.",
        ("T_SYMSEC_0_REL_N1",),
        "user-information is optional.",
    ),
)
