"""Judging the certificates that a meter holds: as they are exported, against the list and the declared keys."""

from __future__ import annotations

from cryptography import x509

from conformance.dlms.security import elliptic
from conformance.harness.setup_session import SetupSession
from conformance.tester.certificate_profile import (
    fault,
    issued_by,
    names_title,
    parse,
    public_octets,
    validity_note,
)
from conformance.tester.listed_certificates import Entity, Listed, Use
from conformance.tester.security_setup import by_serial


def exported(session: SetupSession, item: Listed) -> x509.Certificate:
    """A listed certificate as it is exported by serial number and issuer, judged against its entry and the profile.

    Raises:
        Failed: it is not exported, is another one, or not as the profile of the suite says.
    """
    identification = by_serial(item.serial_number, item.issuer)
    octets = session.gives(session.setup.export_certificate(identification), f"exports {item}, by serial number")
    certificate = parsed(session, octets, str(item))
    differs = _differs(certificate, item)
    session.subtest.check(differs is None, expected=f"{item} as listed", observed=f"{item}: {differs or 'as listed'}")
    authority = item.entity == Entity.CERTIFICATION_AUTHORITY
    judge_profile(session, certificate, Use(item.use), str(item), authority=authority)
    return certificate


def parsed(session: SetupSession, octets: bytes, name: str) -> x509.Certificate:
    """The certificate that octets are.

    Raises:
        Failed: they are none.
    """
    found = parse(octets)
    if isinstance(found, str):
        session.subtest.fail(f"{name}: {found}")
    return found


def judge_profile(
    session: SetupSession, certificate: x509.Certificate, use: Use, name: str, *, authority: bool = False
) -> None:
    """Judge version, serial number, curve, algorithm, key usage; a validity period that is over is noted.

    Raises:
        Failed: it is not as the profile says.
    """
    wrong = fault(certificate, session.suite, use, authority=authority)
    session.subtest.check(
        wrong is None,
        expected=f"a certificate as IEC 62056-5-3 has it in suite {session.suite.id}",
        observed=f"{name}: {wrong}" if wrong else f"{name} is as it must be",
    )
    note = validity_note(certificate)
    if note is not None:
        session.note(f"{name} is {note}")


def judge_key(session: SetupSession, entity: Entity, use: Use, title: bytes, public: bytes | None) -> x509.Certificate:
    """Export a certificate by its entity and judge whose it is, what it is for and which key it holds.

    Args:
        session: open.
        entity: whose it is.
        use: what it is for.
        title: system title of its holder.
        public: the declared key, x ‖ y; None where any is right.

    Raises:
        Failed: it is another one.
    """
    name = f"the {use.label} certificate of {title.hex().upper()}"
    certificate = parsed(session, session.export(entity, use, title), name)
    judge_profile(session, certificate, use, name)
    session.subtest.check(
        names_title(certificate, title),
        expected=f"a subject or subjectAltName with the system title {title.hex().upper()}",
        observed=f"{name}: subject {certificate.subject.rfc4514_string()}",
    )
    if public is not None:
        same = public_octets(certificate, session.suite) == public
        session.subtest.check(
            same,
            expected="the declared public key",
            observed=f"{name} holds {'the declared' if same else 'another'} public key",
        )
    return certificate


def judge_issuers(session: SetupSession, held: dict[Listed, x509.Certificate]) -> None:
    """Judge that each certificate of an end entity was issued by an authority that is held; none held is noted.

    Raises:
        Failed: it was not, although an authority of that name is held.
    """
    authorities = [found for item, found in held.items() if item.entity == Entity.CERTIFICATION_AUTHORITY]
    for item, certificate in held.items():
        named = [found for found in authorities if found.subject == certificate.issuer]
        if not named:
            session.note(f"{item}: no certificate of its issuer, {certificate.issuer.rfc4514_string()}, is held")
            continue
        right = any(issued_by(certificate, found) for found in named)
        session.subtest.check(
            right,
            expected=f"{item} signed by its issuer, whose certificate is held",
            observed=f"{item} is {'' if right else 'not '}signed by its issuer",
        )


def own_public(session: SetupSession, name: str) -> bytes | None:
    """The public key that belongs to a declared private one of the client; None where none is declared."""
    secret = getattr(session.association.settings, name)
    if secret is None:
        return None
    return elliptic.public_octets(elliptic.private_key(session.suite, secret.reveal()).public_key())


def _differs(certificate: x509.Certificate, item: Listed) -> str | None:
    if certificate.serial_number != item.number:
        return f"another serial number, {certificate.serial_number:X}"
    if certificate.issuer.public_bytes() != item.issuer:
        return f"another issuer, {certificate.issuer.rfc4514_string()}"
    if certificate.subject.public_bytes() != item.subject:
        return f"another subject, {certificate.subject.rfc4514_string()}"
    return None
