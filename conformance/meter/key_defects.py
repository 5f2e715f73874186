"""What the embedded meter can be made to do wrong with its policy, its keys and its certificates."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

KEY_DEFECTS: Final = (
    Defect(
        "key-transfer-without-unwrap-check",
        "A wrapped key is taken although its integrity check value is wrong.",
        ("T_SYMSEC_0_Key_Tx_N2",),
        "The unwrapping gives key and check value, and the caller looks at the key.",
    ),
    Defect(
        "key-transfer-length-unchecked",
        "A key of another length than the suite's is taken, cut or filled up.",
        ("T_SYMSEC_0_Key_Tx_N2",),
        "A copy of a fixed size.",
    ),
    Defect(
        "key-transfer-of-unknown-key-accepted",
        "The transfer of a key that does not exist is a success.",
        ("T_SYMSEC_0_Key_Tx_N1",),
        "A switch without a default.",
    ),
    Defect(
        "only-first-key-transferred",
        "Of several keys in one transfer the first is put in force.",
        ("T_SYMSEC_0_Key_Tx_P3",),
        "An array is taken for a structure.",
    ),
    Defect(
        "old-key-still-served",
        "The replaced global key is served beside the new one.",
        ("T_SYMSEC_0_Key_Tx_P1",),
        "Two slots, for a soft transition that nobody ends.",
    ),
    Defect(
        "keys-changed-although-transfer-failed",
        "The keys before a damaged one are changed although the method fails.",
        ("T_SYMSEC_0_Key_Tx_N1", "T_SYMSEC_0_Key_Tx_N2"),
        "Each key is put in force as it is unwrapped.",
    ),
    Defect(
        "transferred-authentication-key-ignored",
        "The transfer of an authentication key is a success and changes nothing.",
        ("T_SYMSEC_0_Key_Tx_P2", "T_SYMSEC_0_Key_Tx_P3"),
        "The key is written to the store, and read from it when the meter starts.",
    ),
    Defect(
        "counter-kept-for-new-key",
        "The invocation counter of the old global unicast key goes on for the new one.",
        ("T_SYMSEC_0_Key_Tx_P1",),
        "One counter belongs to the association, and not to the key.",
    ),
    Defect(
        "key-id-cut-to-two-bits",
        "Of the key_id two bits are looked at, so that an unknown one means a known key.",
        ("T_SYMSEC_0_Key_Tx_N1",),
        "The key_id is the index of a table of four keys.",
    ),
    Defect(
        "security-policy-weakened",
        "security_activate takes a weaker policy.",
        ("T_SYMSEC_0_SecPol_1", "T_SYMSEC_0_SecPol_2", "T_SYMSEC_0_SecPol_3"),
        "The attribute is written, whatever it held.",
    ),
    Defect(
        "security-policy-activated-not-enforced",
        "A stronger policy is kept and told, but requests are judged by the old one.",
        ("T_SYMSEC_0_SecPol_1", "T_SYMSEC_0_SecPol_2", "T_SYMSEC_0_SecPol_3"),
        "The policy is read once, when the meter starts.",
    ),
    Defect(
        "security-policy-read-wrong",
        "security_policy reads 0, whatever is in force.",
        ("T_SYMSEC_0_SecPol_1", "T_SYMSEC_0_SecPol_2", "T_SYMSEC_0_SecPol_3"),
        "The attribute and the checks do not share a variable.",
    ),
    Defect(
        "key-agreement-signature-not-verified",
        "A key is agreed with an ephemeral key that nobody has signed.",
        ("X_SEC_SUITE_1_KEY_AGREEMENT", "X_SEC_SUITE_2_KEY_AGREEMENT"),
        "The agreement works without.",
        security_suites=(1, 2),
    ),
    Defect(
        "certificate-issuer-not-checked",
        "A certificate of an unknown issuer is imported.",
        ("X_SEC_SUITE_1_CERTIFICATES", "X_SEC_SUITE_2_CERTIFICATES"),
        "Parsing passes for checking.",
        security_suites=(1, 2),
    ),
    Defect(
        "removed-certificate-still-trusted",
        "A party whose certificate was removed is trusted as before.",
        ("X_SEC_SUITE_1_CERTIFICATES", "X_SEC_SUITE_2_CERTIFICATES"),
        "The public key is cached beside the certificate.",
        security_suites=(1, 2),
    ),
    Defect(
        "hls-ecdsa-order-wrong",
        "A signature over the two challenges in the wrong order proves the client.",
        ("X_SEC_SUITE_1_HLS", "X_SEC_SUITE_2_HLS"),
        "The parts of f(StoC) are tried in both orders.",
        security_suites=(1, 2),
    ),
)
