"""Whether a CMS signature (RFC 5652) has its one strict form, also in the octets that the signature does not reach.

A signature covers what was signed and the signed attributes. Beside them stand algorithms, the name of the certificate
and the certificates themselves: they are held against one another, so that no octet can be another one unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature


class FormFault(Exception):
    """A CMS signature in another form than the strict one; the message says where."""


def signed_data_of(octets: bytes, trust: Sequence[x509.Certificate] = ()) -> Any:
    """The SignedData in `octets`, one DER value and nothing else, with one signer.

    Args:
        octets: the signature.
        trust: certificates that may have issued those inside.

    Raises:
        FormFault: it is none, or has another form.
    """
    from asn1crypto import cms  # noqa: PLC0415 - comes with the extra

    try:
        info = cms.ContentInfo.load(octets, strict=True)
        if info["content_type"].native != "signed_data":
            raise FormFault("holds no signed data")
        signed_data = info["content"]
        signed_data.native  # noqa: B018 - reads every field, or fails
        if info.dump(force=True) != octets:
            raise FormFault("is not encoded in DER")
        faults = list(_faults(signed_data, trust))
    except FormFault:
        raise
    except Exception as error:  # octets that somebody has changed fail in many ways
        raise FormFault(f"is no CMS signature ({' '.join(str(error).split())[:200]})") from None
    if faults:
        raise FormFault(faults[0])
    return signed_data


def _faults(signed_data: Any, trust: Sequence[x509.Certificate]) -> Iterator[str]:
    signers = signed_data["signer_infos"]
    if len(signers) != 1:
        yield f"has {len(signers)} signers in place of one"
        return
    signer = signers[0]
    if [item.dump() for item in signed_data["digest_algorithms"]] != [signer["digest_algorithm"].dump()]:
        yield "names another digest than its signer's"
    if signed_data["version"].native not in ("v1", "v3") or signer["version"].native != "v1":
        yield "is of another version than 1 or 3"
    if signed_data["crls"].native:
        yield "carries revocation lists, which nothing here vouches for"
    certificates = [x509.load_der_x509_certificate(item.chosen.dump()) for item in signed_data["certificates"]]
    named = signer["sid"].chosen
    own = [
        item.chosen
        for item in signed_data["certificates"]
        if item.chosen.issuer.dump() == named["issuer"].dump()
        and item.chosen.serial_number == named["serial_number"].native
    ]
    if len(own) != 1:
        yield "does not carry the certificate of its signer, and that one only once"
    numbers = {item.serial_number for item in own}
    # A certificate that stands alone is bound by a signed attribute of its own (RFC 5035, ESSCertIDv2).
    for certificate in certificates if len(certificates) > 1 else ():
        if not _is_issued(certificate, (*certificates, *trust)):
            yield f"carries a certificate that was changed: {certificate.subject.rfc4514_string()}"
        if certificate.serial_number not in numbers and not any(
            has_issued(certificate, other) for other in certificates if other != certificate
        ):
            yield f"carries a certificate that has issued none of the others: {certificate.subject.rfc4514_string()}"


def whole_chain(certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """The issuers of a certificate among `others`, up to one that has issued itself; none where that is missing."""
    chain: list[x509.Certificate] = []
    current = certificate
    while not has_issued(current, current):
        found = next((item for item in others if item not in chain and has_issued(item, current)), None)
        if found is None:
            return ()
        chain.append(found)
        current = found
    return tuple(chain)


def _is_issued(certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> bool:
    """Whether one of `others` has issued the certificate, or it has issued itself."""
    return any(other.subject == certificate.issuer and has_issued(other, certificate) for other in others)


def has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether the certificate names the issuer and bears its signature."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
