"""Certificates in security suites 1 and 2: what the meter holds, gives, takes and forgets."""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec

from conformance.device.model import Permission
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import enum, octet_string, structure
from conformance.dlms.security import elliptic
from conformance.dlms.security.secret import Secret
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.certificate_change import Held, certificates_kept
from conformance.harness.held_certificates import exported, judge_issuers, judge_key, own_public, parsed
from conformance.harness.key_conditions import embedded
from conformance.harness.own_authority import stranger, stranger_s
from conformance.harness.setup_session import SetupSession
from conformance.harness.signed_requests import not_trusted, signing_is_declared, trusted
from conformance.harness.suite_conditions import calls_security_setup, declared, opens_without_certificates, suite
from conformance.harness.trial import Trial
from conformance.tester.accepted_methods import method_fails
from conformance.tester.listed_certificates import Entity, Listed, Use
from conformance.tester.security_setup import by_entity, by_serial

_CLAUSE = "IEC 62056-6-2, Security setup, certificates; IEC 62056-5-3, public key certificates"
_REFUSED = f"{method_fails()}; the association serves on"
_SIGNATURE = Use.DIGITAL_SIGNATURE
_UNKNOWN_TITLE = b"UNKNOWN?"
_UNKNOWN_SERIAL = bytes.fromhex("7FFFFFFFFFFFFFFE")
_CHANGES = opens_without_certificates & declared("signing_key", "server_signature_key")


def _listed(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    held = session.certificates()
    wanted = [
        (name, use)
        for name, use in (
            ("server_signature_key", Use.DIGITAL_SIGNATURE),
            ("server_key_agreement_key", Use.KEY_AGREEMENT),
        )
        if getattr(subtest.settings, name) is not None
    ]
    for name, use in wanted:
        found = any((item.entity, item.use) == (Entity.SERVER, use) for item in held)
        subtest.check(
            found,
            expected=f"the meter's {use.label} certificate in the list, as {name} is declared",
            observed=f"{'a' if found else 'no'} {use.label} certificate of the server is listed",
        )
    names = [(item.number, item.issuer) for item in held]
    subtest.check(
        len(names) == len(set(names)),
        expected="each serial number of an issuer once",
        observed=f"{len(names)} certificates, {len(set(names))} different ones",
    )


def _exported_by_serial(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    held = {item: exported(session, item) for item in session.certificates()}
    if not held:
        subtest.inconclusive("the meter lists no certificates")
    judge_issuers(session, held)


def _of_server(use: Use, name: str) -> Callable[[Trial], None]:
    def procedure(subtest: Trial) -> None:
        session = SetupSession.open(subtest)
        judge_key(session, Entity.SERVER, use, session.server_title, getattr(subtest.settings, name))

    return procedure


def _of_client(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    title = session.association.security.client_title
    for name, use in (("signing_key", Use.DIGITAL_SIGNATURE), ("key_agreement_key", Use.KEY_AGREEMENT)):
        public = own_public(session, name)
        if public is not None:
            judge_key(session, Entity.CLIENT, use, title, public)


def _unknown(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    held, setup = session.certificates(), session.setup
    ways: list[tuple[str, Data]] = [
        ("an unknown title", by_entity(Entity.SERVER, _SIGNATURE, _UNKNOWN_TITLE)),
        ("the server's title as a client's", by_entity(Entity.CLIENT, _SIGNATURE, session.server_title)),
        ("an unknown serial number", by_serial(_UNKNOWN_SERIAL, held[0].issuer if held else b"\x30\x00")),
    ]
    if held:
        ways.append(("an unknown issuer", by_serial(held[0].serial_number, b"\x30\x00")))
    for title, identification in ways:
        session.refuses(setup.export_certificate(identification), f"exports by {title}")


_OTHER_TYPES: tuple[tuple[str, Data], ...] = (
    ("an octet-string", octet_string(b"\x01")),
    ("an identification of type 2", structure(enum(2), structure(enum(0), enum(0)))),
    ("an identification of type 255", structure(enum(255), octet_string(b""))),
    ("options of one member", structure(enum(0), structure(enum(0)))),
    ("an empty structure", structure()),
)


def _other_types(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    for title, identification in _OTHER_TYPES:
        session.refuses(session.setup.export_certificate(identification), f"exports by {title}")


def _held_of_client(session: SetupSession) -> Held:
    """The client's signature certificate as it is held; a trial that cannot put it back must not begin."""
    title = session.association.security.client_title
    return Held(Entity.CLIENT, _SIGNATURE, title, session.export(Entity.CLIENT, _SIGNATURE, title))


def _damaged(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    before, held = session.certificates(), _held_of_client(session)
    der = held.der
    ways = (
        ("one bit of its signature wrong", der[:-1] + bytes((der[-1] ^ 0x01,))),
        ("one bit of its serial number or issuer wrong", der[:20] + bytes((der[20] ^ 0x01,)) + der[21:]),
        ("cut by an octet", der[:-1]),
        ("cut in the middle", der[: len(der) // 2]),
        ("with octets behind it", der + b"\x05\x00"),
        ("of no octets", b""),
        ("in zeros", bytes(len(der))),
    )
    with certificates_kept(subtest, (held,)):
        for title, octets in ways:
            session.refuses(session.setup.import_certificate(octets), f"imports a certificate {title}")
        _unchanged(subtest, session, before, held)


def _of_strangers(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    before, held = session.certificates(), _held_of_client(session)
    issuer = parsed(session, held.der, "the client's certificate").issuer
    key, public = _new_key(session)
    client, server = held.title, session.server_title
    ways = (
        ("for the client, by an unknown issuer", stranger_s(session.suite, client, public, _SIGNATURE)),
        ("in the issuer's name", stranger_s(session.suite, client, public, _SIGNATURE, issuer=issuer)),
        ("for the meter, by an unknown issuer", stranger_s(session.suite, server, public, _SIGNATURE)),
        ("of an unknown authority, self-signed", stranger(session.suite)),
    )
    with certificates_kept(subtest, (held,)):
        for title, octets in ways:
            session.refuses(session.setup.import_certificate(octets), f"imports a certificate {title}")
        _unchanged(subtest, session, before, held)
        if signing_is_declared(subtest.settings):
            not_trusted(subtest, session.association, "by the stranger's key", key)


def _new_key(session: SetupSession) -> tuple[Secret, bytes]:
    """A private key that nobody knows, and the public key that belongs to it."""
    private = ec.generate_private_key(session.suite.elliptic)
    scalar = private.private_numbers().private_value.to_bytes(session.suite.coordinate_octets, "big")
    session.association.keep_secret(scalar)
    return Secret(scalar), elliptic.public_octets(private.public_key())


def _unchanged(subtest: Trial, session: SetupSession, before: tuple[Listed, ...], held: Held) -> None:
    after = session.certificates()
    subtest.check(
        after == before,
        expected="the list of certificates unchanged",
        observed=f"{len(before)} certificates before, {len(after)} after{'' if after == before else ', others'}",
    )
    now = session.export(held.entity, held.use, held.title)
    same = now == held.der
    subtest.check(
        same,
        expected="the client's certificate unchanged",
        observed=f"the client's certificate is {'the same' if same else 'another one'}",
    )


def _removed_and_imported(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    before, held = session.certificates(), _held_of_client(session)
    named, signing = by_entity(held.entity, held.use, held.title), signing_is_declared(subtest.settings)
    with certificates_kept(subtest, (held,)):
        session.succeeds(session.setup.remove_certificate(named), "removes the client's signature certificate")
        _count(subtest, session, len(before) - 1)
        session.refuses(session.setup.export_certificate(named), "exports it after its removal")
        session.refuses(session.setup.remove_certificate(named), "removes it once more")
        if signing:
            not_trusted(subtest, session.association, "without the client's certificate")
        session.succeeds(session.setup.import_certificate(held.der), "imports it again")
        _count(subtest, session, len(before))
        same = session.export(held.entity, held.use, held.title) == held.der
        subtest.check(
            same,
            expected="the certificate that was imported",
            observed=f"{'the imported' if same else 'another'} certificate is exported",
        )
        if signing:
            trusted(subtest, session.association, "with the client's certificate again")


def _count(subtest: Trial, session: SetupSession, wanted: int) -> None:
    found = len(session.certificates())
    subtest.check(found == wanted, expected=f"{wanted} certificates listed", observed=f"{found} certificates listed")


def _unknown_removed(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    before, held = session.certificates(), _held_of_client(session)
    issuer = before[0].issuer if before else b"\x30\x00"
    with certificates_kept(subtest, (held,)):
        session.refuses(
            session.setup.remove_certificate(by_serial(_UNKNOWN_SERIAL, issuer)), "removes an unknown serial number"
        )
        session.refuses(
            session.setup.remove_certificate(by_entity(Entity.CLIENT, _SIGNATURE, _UNKNOWN_TITLE)),
            "removes the certificate of an unknown title",
        )
        _unchanged(subtest, session, before, held)


def _trust_anchor(subtest: Trial) -> None:
    """Only where it can be undone: a meter that forgets its trust anchor may never trust anybody again."""
    session = SetupSession.open(subtest)
    anchors = [item for item in session.certificates() if item.entity == Entity.CERTIFICATION_AUTHORITY]
    if not anchors:
        subtest.inapplicable("the meter lists no certificate of a certification authority")
    named = by_serial(anchors[0].serial_number, anchors[0].issuer)
    setup = session.setup
    der = session.gives(setup.export_certificate(named), "exports the trust anchor")
    try:
        session.refuses(setup.import_certificate(der), "imports the trust anchor")
        session.refuses(setup.remove_certificate(named), "removes the trust anchor")
        again = session.gives(setup.export_certificate(named), "exports it again")
        subtest.check(again == der, expected="the same trust anchor", observed="a trust anchor is exported")
    finally:
        subtest.bench.renew()


_SUBTESTS = (
    Subtest(
        1,
        "the list",
        procedure="opens as declared, reads attribute 6",
        accepts="an array of {entity, type, serial number, issuer, subject, subject_alt_name}, with the meter's own",
        argument=_listed,
    ),
    Subtest(
        2,
        "export by serial number",
        procedure="exports each listed certificate by serial number and issuer",
        accepts="X.509 v3 in DER as listed: curve, algorithm and key usage of the suite, signed by its issuer where "
        "that one is held; an expired one is noted",
        argument=_exported_by_serial,
    ),
    Subtest(
        3,
        "the meter's signature certificate",
        procedure="exports it by entity",
        accepts="the declared public key, digitalSignature alone, the meter's system title",
        applies=declared("server_signature_key"),
        argument=_of_server(Use.DIGITAL_SIGNATURE, "server_signature_key"),
    ),
    Subtest(
        4,
        "the meter's key agreement certificate",
        procedure="exports it by entity",
        accepts="the declared public key, keyAgreement alone, the meter's system title",
        applies=declared("server_key_agreement_key"),
        argument=_of_server(Use.KEY_AGREEMENT, "server_key_agreement_key"),
    ),
    Subtest(
        5,
        "the client's certificates",
        procedure="exports them by entity",
        accepts="the public keys of the declared private ones, the client's system title",
        applies=declared("signing_key"),
        argument=_of_client,
    ),
    Subtest(
        6,
        "unknown certificates",
        procedure="exports by an unknown title, entity, serial number, issuer",
        accepts=_REFUSED,
        argument=_unknown,
    ),
    Subtest(
        7,
        "other types",
        procedure="exports by " + "; ".join(title for title, _ in _OTHER_TYPES),
        accepts=_REFUSED,
        argument=_other_types,
    ),
    Subtest(
        11,
        "import of a damaged certificate",
        procedure="imports the client's certificate with a bit wrong, cut, with octets behind it, empty, in zeros",
        accepts=f"{_REFUSED}; nothing has changed",
        applies=_CHANGES,
        permission=Permission.CHANGES_KEYS,
        argument=_damaged,
    ),
    Subtest(
        12,
        "certificates of an unknown issuer",
        procedure="imports certificates by an unknown issuer, for the client, in the issuer's name, for the meter",
        accepts=f"{_REFUSED}; nothing has changed, and their key is not trusted",
        applies=_CHANGES,
        permission=Permission.CHANGES_KEYS,
        argument=_of_strangers,
    ),
    Subtest(
        13,
        "removal and import",
        procedure="removes the client's signature certificate, asks with a signature, imports it again, asks again",
        accepts="success; it is not exported, and the client not trusted, until it is imported",
        applies=_CHANGES,
        permission=Permission.CHANGES_KEYS,
        argument=_removed_and_imported,
    ),
    Subtest(
        14,
        "removal of unknown certificates",
        procedure="removes by an unknown serial number and by an unknown title",
        accepts=f"{_REFUSED}; nothing has changed",
        applies=_CHANGES,
        permission=Permission.CHANGES_KEYS,
        argument=_unknown_removed,
    ),
    Subtest(
        15,
        "trust anchor",
        procedure="imports and removes the certificate of a certification authority that is held",
        accepts=f"{_REFUSED}; it is exported as before",
        applies=embedded,
        permission=Permission.CHANGES_KEYS,
        argument=_trust_anchor,
    ),
)


@case(
    "X_SEC_SUITE_1_CERTIFICATES",
    title="Certificates in suite 1",
    clause=_CLAUSE,
    applies=suite(1) & calls_security_setup,
)
@subtests(*_SUBTESTS)
def test_suite_1_certificates(subtest: Trial) -> None:
    """A meter lists and gives the certificates that it holds, and takes none on P-256 that its issuer has not signed.

    The meter's own certificates are never removed: with them it destroys its private keys.
    """
    _judge(subtest)


@case(
    "X_SEC_SUITE_2_CERTIFICATES",
    title="Certificates in suite 2",
    clause=_CLAUSE,
    applies=suite(2) & calls_security_setup,
)
@subtests(*_SUBTESTS)
def test_suite_2_certificates(subtest: Trial) -> None:
    """A meter lists and gives the certificates that it holds, and takes none on P-384 that its issuer has not signed.

    The meter's own certificates are never removed: with them it destroys its private keys.
    """
    _judge(subtest)


def _judge(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
