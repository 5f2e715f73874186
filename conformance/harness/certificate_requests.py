"""Judging certificate requests of a meter: PKCS#10 in DER, proof that it has the private key (IEC 62056-6-2)."""

from __future__ import annotations

from cryptography import x509

from conformance.harness.setup_session import SetupSession
from conformance.tester.certificate_profile import names_title, public_octets
from conformance.tester.listed_certificates import Use


def requested(session: SetupSession, use: Use) -> x509.CertificateSigningRequest:
    """The certificate request that the meter makes for a use, judged.

    Raises:
        Failed: it is none, not signed by its own key, of another curve or hash, or does not name the meter.
    """
    stimulus = session.setup.generate_certificate_request(int(use))
    request = _parsed(session, session.gives(stimulus, f"certificate request for {use.label}"))
    fault = _fault(session, request)
    session.subtest.check(
        fault is None,
        expected="PKCS#10, signed by the key that it holds, on the suite's curve, in the meter's name",
        observed=f"the request for {use.label}: {fault or 'as it must be'}",
    )
    return request


def _parsed(session: SetupSession, octets: bytes) -> x509.CertificateSigningRequest:
    try:
        request = x509.load_der_x509_csr(octets)
        request.extensions  # noqa: B018 - parsed when first looked at
        request.public_key()
    except Exception as error:
        session.subtest.fail(f"{len(octets)} octets that are no certificate request in DER: {error}")
    return request


def _fault(session: SetupSession, request: x509.CertificateSigningRequest) -> str | None:
    suite = session.suite
    if public_octets(request, suite) is None:
        return f"its public key is not on {suite.elliptic.name}"
    if not request.is_signature_valid:
        return "its signature is not by the key that it holds"
    if request.signature_hash_algorithm is None or request.signature_hash_algorithm.name != suite.hash.name:
        return f"it is not signed with {suite.hash.name}"
    if not names_title(request, session.server_title):
        return f"its subject, {request.subject.rfc4514_string()}, does not name the meter's system title"
    return None
