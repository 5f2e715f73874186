"""What the embedded meter can be made to do wrong when it protects and opens APDUs."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

SECURITY_DEFECTS: Final = (
    Defect(
        "authentication-tag-never-verified",
        "A wrong authentication tag is accepted.",
        ("X_APPL_ROBUST", "T_SYMSEC_0_SecDataX_N1", "X_SEC_GENERAL_GLO"),
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
        ("T_SYMSEC_0_SecDataX_N1", "X_SEC_POLICY"),
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
    Defect(
        "tag-of-11-octets-accepted",
        "A tag cut to 11 octets is accepted.",
        ("T_SYMSEC_0_SecDataX_N1", "X_SEC_GENERAL_GLO"),
        "The tag is compared as far as it was sent.",
    ),
    Defect(
        "authentication-key-ignored",
        "A tag made without the authentication key is accepted.",
        ("T_SYMSEC_0_SecDataX_N1",),
        "The AAD is the security control octet, as in plain GCM examples.",
    ),
    Defect(
        "system-title-not-checked",
        "A general APDU with any system title is opened with that title.",
        ("T_SYMSEC_0_SecDataX_N1", "X_SEC_GENERAL_GLO"),
        "The title is read from the APDU for the nonce, and compared with nothing.",
    ),
    Defect(
        "equal-counter-accepted",
        "The last invocation counter is accepted once more.",
        ("T_SYMSEC_0_FraCount_1",),
        "Less than, where less or equal was meant.",
    ),
    Defect(
        "lower-counter-accepted",
        "Every invocation counter but the last one is accepted.",
        ("T_SYMSEC_0_FraCount_1",),
        "Not equal, where greater was meant.",
    ),
    Defect(
        "counter-0-accepted",
        "Invocation counter 0 is accepted at any time.",
        ("T_SYMSEC_0_FraCount_1",),
        "0 stands for no counter.",
    ),
    Defect(
        "counter-forgotten-with-association",
        "Counters that an earlier association used are accepted.",
        ("T_SYMSEC_0_FraCount_1", "X_SEC_COUNTER"),
        "The counter is kept with the association, not with the key.",
    ),
    Defect(
        "sending-counter-constant",
        "Every reply carries the same invocation counter.",
        ("T_SYMSEC_0_FraCount_3", "X_SEC_HYGIENE"),
        "The counter is initialised, and never counted up.",
    ),
    Defect(
        "dedicated-key-of-previous-association-accepted",
        "The dedicated key of the association before is accepted beside the new one.",
        ("T_SYMSEC_0_DedKey_N1",),
        "Keys are looked up in a list to which each association adds.",
    ),
    Defect(
        "global-key-accepted-as-dedicated",
        "APDUs with a ded- tag are opened with the global key too.",
        ("T_SYMSEC_0_DedKey_N1", "X_SEC_GENERAL_DED"),
        "One function tries the keys that there are.",
    ),
    Defect(
        "reply-protected-less-than-request",
        "Replies to encrypted requests are authenticated only.",
        ("T_SYMSEC_0_BasicCap_1", "X_SEC_HYGIENE"),
        "The security control of replies is a constant.",
    ),
    Defect(
        "error-response-in-clear",
        "Replies that report an error are sent in clear.",
        ("X_SEC_HYGIENE", "X_SEC_GENERAL_GLO", "X_SEC_KEYS", "T_SYMSEC_0_BasicCap_1"),
        "Errors leave through a shorter way.",
    ),
    Defect(
        "security-suite-bits-ignored",
        "The security suites 0, 1 and 2 are taken for one another.",
        ("T_SYMSEC_0_SecDataX_N1",),
        "The low four bits are masked away.",
    ),
    Defect(
        "reserved-security-suite-accepted",
        "A reserved security suite is taken for the meter's own.",
        ("T_SYMSEC_0_SecDataX_N1",),
        "The low two bits are compared.",
    ),
    Defect(
        "key-set-bit-ignored",
        "The Key_Set bit changes nothing: the unicast key is used.",
        ("T_SYMSEC_0_SecDataX_N1", "X_SEC_GENERAL_GLO"),
        "Only bits 4 and 5 are looked at.",
    ),
    Defect(
        "compression-bit-ignored",
        "An APDU that says to be compressed is served as if it were not.",
        ("T_SYMSEC_0_SecDataX_N1",),
        "Only bits 4 and 5 are looked at.",
    ),
    Defect(
        "encryption-only-accepted",
        "Requests without a tag are accepted where authentication is demanded too.",
        ("T_SYMSEC_0_SecDataX_N1", "X_SEC_POLICY"),
        "Decrypting to something legible passes for authentic.",
    ),
    Defect(
        "authentication-only-accepted",
        "Requests in the clear with a tag are accepted where encryption is demanded too.",
        ("T_SYMSEC_0_SecDataX_N1", "X_SEC_POLICY"),
        "The policy is an order in which 1 is enough for all.",
    ),
    Defect(
        "rlrq-replay-accepted",
        "An RLRQ with a counter that was used before releases the association.",
        ("T_SYMSEC_0_REL_N1",),
        "Releasing does no harm, so nobody checks.",
    ),
    Defect(
        "rlrq-tag-not-verified",
        "An RLRQ with a wrong tag releases the association.",
        ("T_SYMSEC_0_REL_N1",),
        "The user-information is decrypted only to be thrown away.",
    ),
    Defect(
        "server-title-accepted-from-client",
        "A client may call itself by the meter's own system title.",
        ("X_SEC_TITLE",),
        "Any 8 octets are a title; seen in the field (WASION).",
    ),
    Defect(
        "zero-title-accepted",
        "A client may call itself by a system title of zeros.",
        ("X_SEC_TITLE",),
        "A title of zeros passes for one not yet set.",
    ),
    Defect(
        "key-readable-through-attribute",
        "cyphering_info of the association object tells the global key.",
        ("X_SEC_HYGIENE",),
        "xDLMS_context_info has a field for it.",
    ),
)
