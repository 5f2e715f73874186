"""What the embedded meter can be made to do wrong in security suites 1 and 2: signatures, agreement, certificates."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect


def _of(*names: str) -> tuple[str, ...]:
    """Identifiers of the cases of both suites."""
    return tuple(f"X_SEC_SUITE_{suite}_{name}" for suite in (1, 2) for name in names)


def _defect(name: str, title: str, cases: tuple[str, ...], source: str, suites: tuple[int, ...] = (1, 2)) -> Defect:
    return Defect(name, title, cases, source, security_suites=suites)


_SIGNATURES: Final = (
    _defect(
        "signature-of-zeros-accepted",
        "A signature whose r or s is zero verifies.",
        _of("HLS", "SIGNATURE", "KEY_AGREEMENT"),
        "The range of r and s is not checked (CVE-2022-21449).",
    ),
    _defect(
        "signature-with-more-octets-accepted",
        "A signature with octets behind it verifies.",
        _of("HLS", "SIGNATURE", "KEY_AGREEMENT"),
        "As many octets are read as a signature has.",
    ),
    _defect(
        "der-signature-accepted",
        "A signature in DER verifies too.",
        _of("HLS", "SIGNATURE", "KEY_AGREEMENT"),
        "The library takes DER, and a wrapper for r and s was added later.",
    ),
    _defect(
        "signature-over-another-hash-accepted",
        "A signature over the hash of the other suite verifies.",
        _of("HLS", "SIGNATURE", "KEY_AGREEMENT"),
        "The hashes are tried one after the other.",
    ),
    _defect(
        "signing-nonce-constant",
        "All signatures of the meter are made with one nonce.",
        _of("HLS", "SIGNATURE"),
        "A generator of random numbers that is never seeded; two signatures give the private key away.",
    ),
    _defect(
        "signature-sent-as-der",
        "The meter sends its signatures in DER.",
        _of("HLS", "SIGNATURE", "KEY_AGREEMENT"),
        "What the library gives is sent.",
    ),
    _defect(
        "hls-sha256-titles-left-out",
        "An answer of mechanism 6 that leaves the titles out is accepted too.",
        _of("HLS"),
        "Made for a client that had it wrong.",
    ),
)
_AGREEMENT: Final = (
    _defect(
        "key-agreement-key-id-not-signed",
        "A signature over the ephemeral key without key_id is accepted.",
        _of("KEY_AGREEMENT"),
        "As C(1e, 1s) has it.",
    ),
    _defect(
        "key-agreement-of-unknown-key-accepted",
        "key_agreement on a key that does not exist is a success.",
        _of("KEY_AGREEMENT"),
        "A switch without a default.",
    ),
    _defect(
        "ephemeral-key-constant",
        "The ephemeral key of the meter is always the same.",
        _of("KEY_AGREEMENT"),
        "Generated once, to save time.",
    ),
    _defect(
        "agreed-key-without-titles",
        "The system titles do not enter an agreed key.",
        _of("KEY_AGREEMENT"),
        "PartyUInfo and PartyVInfo left empty.",
    ),
    _defect(
        "agreed-key-not-put-in-force",
        "key_agreement is a success and changes nothing.",
        _of("KEY_AGREEMENT"),
        "The key is derived, and kept in memory only.",
    ),
)
_CERTIFICATES: Final = (
    _defect(
        "certificates-list-never-updated",
        "The list of certificates stays as it was in the factory.",
        _of("CERTIFICATES"),
        "The attribute and the store do not share memory.",
    ),
    _defect(
        "unknown-certificate-exported",
        "An unknown certificate is asked for, and another one exported.",
        _of("CERTIFICATES"),
        "The index of nothing found is 0.",
    ),
    _defect(
        "certificate-type-ignored",
        "export_certificate by entity gives the first certificate of the entity, whatever its use.",
        _of("CERTIFICATES"),
        "The type is read and compared with nothing.",
    ),
    _defect(
        "certificate-removal-not-done",
        "remove_certificate is a success and removes nothing.",
        _of("CERTIFICATES"),
        "Marked for a clean-up that never runs.",
    ),
    _defect(
        "trust-anchor-not-guarded",
        "The certificate of the certification authority can be imported and removed.",
        _of("CERTIFICATES"),
        "All certificates lie in one store.",
    ),
    _defect(
        "generated-key-pair-in-force-at-once",
        "A generated key pair is used before its certificate is imported.",
        _of("KEY_PAIR"),
        "There is room for one key pair.",
    ),
    _defect(
        "generated-key-pair-never-in-force",
        "The old key pair is used although a certificate for the new one was imported.",
        _of("KEY_PAIR"),
        "The certificate is replaced, the private key is not.",
    ),
    _defect(
        "generated-key-pair-constant",
        "The same key pair is generated each time.",
        _of("KEY_PAIR"),
        "A generator of random numbers that is never seeded.",
    ),
    _defect(
        "key-pair-of-unknown-use-generated",
        "generate_key_pair for a use that does not exist is a success.",
        _of("KEY_PAIR"),
        "A switch without a default.",
    ),
    _defect(
        "certificate-request-for-old-key",
        "A certificate request is for the old key pair although a new one was generated.",
        _of("KEY_PAIR"),
        "The request is made of what is in force.",
    ),
    _defect(
        "certificate-request-without-title",
        "The subject of a certificate request does not tell the meter's system title.",
        _of("KEY_PAIR"),
        "The example of the library was left as it was.",
    ),
)
_SYMMETRIC: Final = (
    _defect(
        "hls-gmac-suite-not-checked",
        "An answer of mechanism 5 under the security control of another suite is accepted.",
        ("X_SEC_SUITE_1_CIPHERING",),
        "Suites 0 and 1 cipher alike.",
        (1,),
    ),
    _defect(
        "key-of-128-bits-accepted",
        "In suite 2 a request under the first half of the key, by AES-128, is served.",
        ("X_SEC_SUITE_2_CIPHERING",),
        "Clients of suite 1 were to go on.",
        (2,),
    ),
    _defect(
        "key-wrapped-under-128-bits-accepted",
        "In suite 2 a key that is wrapped under the first half of the master key is taken.",
        ("X_SEC_SUITE_2_CIPHERING",),
        "A copy of the master key in 16 octets.",
        (2,),
    ),
    _defect(
        "compressed-request-crashes",
        "A request that says to be compressed ends the meter.",
        _of("COMPRESSION"),
        "A decompressor that was not linked.",
    ),
    _defect(
        "deflated-request-served",
        "A request that is compressed by another algorithm than the standard's is served.",
        _of("COMPRESSION"),
        "The library had deflate.",
    ),
    _defect(
        "compressed-initiate-request-accepted",
        "An InitiateRequest that says to be compressed and is not is taken.",
        _of("COMPRESSION"),
        "The bit is looked at in services only.",
    ),
)
_SETUP: Final = (
    _defect(
        "security-setup-listed-as-version-0",
        "Security setup is of version 0 although the meter has suite 1 or 2.",
        _of("SETUP"),
        "The class was extended and its version left.",
    ),
    _defect("security-suite-read-wrong", "security_suite reads 0.", _of("SETUP"), "A constant of the first firmware."),
    _defect(
        "security-policy-unused-bits-set",
        "Bits 0 and 1 of security_policy are set.",
        _of("SETUP"),
        "The coding of version 0 beside that of version 1.",
    ),
    _defect(
        "client-title-read-wrong",
        "client_system_title reads zeros.",
        _of("SETUP"),
        "The attribute is written at registration only.",
    ),
)
SUITE_DEFECTS: Final = (*_SIGNATURES, *_AGREEMENT, *_CERTIFICATES, *_SYMMETRIC, *_SETUP)
