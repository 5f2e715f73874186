"""Key pairs of the meter in security suites 1 and 2: made on request, certified, and only then in force."""

from cryptography import x509

from conformance.device.model import Permission
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.certificate_requests import requested
from conformance.harness.key_conditions import embedded, general_signing
from conformance.harness.own_authority import embedded_s, stranger_s
from conformance.harness.setup_session import SetupSession
from conformance.harness.signed_requests import signs_with, trusted
from conformance.harness.suite_conditions import calls_security_setup, opens_without_certificates, signature_keys, suite
from conformance.harness.trial import Trial
from conformance.tester.accepted_methods import method_fails
from conformance.tester.certificate_profile import public_octets
from conformance.tester.listed_certificates import Entity, Use

_CLAUSE = "IEC 62056-6-2, Security setup, generate_key_pair; IEC 62056-5-3, security personalisation"
_REFUSED = f"{method_fails()}; the association serves on"
_SIGNATURE = Use.DIGITAL_SIGNATURE
_UNKNOWN_USES = (3, 0x7F, 0xFF)
_ROUNDS = 2
_SIGNS = opens_without_certificates & general_signing & signature_keys


def _generated(session: SetupSession, use: Use) -> x509.CertificateSigningRequest:
    """The certificate request for a pair that was just generated."""
    session.succeeds(session.setup.generate_key_pair(int(use)), f"generates a {use.label} key pair")
    return requested(session, use)


def _request(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    for use in (Use.DIGITAL_SIGNATURE, Use.KEY_AGREEMENT):
        requested(session, use)


def _unknown_requests(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    for use in _UNKNOWN_USES:
        session.refuses(session.setup.generate_certificate_request(use), f"certificate request for use {use}")


def _unknown_pairs(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    for use in _UNKNOWN_USES:
        session.refuses(session.setup.generate_key_pair(use), f"generates a key pair for use {use}")


def _another_each_time(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    for use, name in (
        (Use.DIGITAL_SIGNATURE, "server_signature_key"),
        (Use.KEY_AGREEMENT, "server_key_agreement_key"),
    ):
        seen = [getattr(subtest.settings, name)]
        for _ in range(_ROUNDS):
            public = public_octets(_generated(session, use), session.suite)
            again = public in seen
            subtest.check(
                not again,
                expected="a certificate request for a key that was not there before",
                observed=f"{'a public key of before' if again else 'a new public key'} in the request for {use.label}",
            )
            seen.append(public)


def _not_in_force(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    before = session.export(Entity.SERVER, _SIGNATURE, session.server_title)
    trusted(subtest, session.association, "before")
    _generated(session, _SIGNATURE)
    trusted(subtest, session.association, "after generate_key_pair, the declared key still signs")
    _same_certificate(subtest, session, before)


def _stranger_s_certificate(subtest: Trial) -> None:
    session = SetupSession.open(subtest)
    before = session.export(Entity.SERVER, _SIGNATURE, session.server_title)
    public = public_octets(_generated(session, _SIGNATURE), session.suite)
    assert public is not None
    certificate = stranger_s(session.suite, session.server_title, public, _SIGNATURE)
    session.refuses(session.setup.import_certificate(certificate), "imports a certificate of an unknown issuer for it")
    trusted(subtest, session.association, "the declared key still signs")
    _same_certificate(subtest, session, before)


def _same_certificate(subtest: Trial, session: SetupSession, before: bytes) -> None:
    same = session.export(Entity.SERVER, _SIGNATURE, session.server_title) == before
    subtest.check(
        same,
        expected="the meter's certificate unchanged",
        observed=f"the meter's certificate is {'the same' if same else 'another one'}",
    )


def _in_force(subtest: Trial) -> None:
    """Only where it can be undone: the old private key is gone once a certificate for a new one was imported."""
    try:
        session = SetupSession.open(subtest)
        public = public_octets(_generated(session, _SIGNATURE), session.suite)
        assert public is not None
        certificate = embedded_s(session.suite, session.server_title, public, _SIGNATURE)
        session.succeeds(session.setup.import_certificate(certificate), "imports a certificate for it")
        same = session.export(Entity.SERVER, _SIGNATURE, session.server_title) == certificate
        subtest.check(
            same,
            expected="the certificate that was imported",
            observed=f"{'the imported' if same else 'another'} certificate is exported",
        )
        number = sum((item.entity, item.use) == (Entity.SERVER, _SIGNATURE) for item in session.certificates())
        subtest.check(
            number == 1,
            expected="one signature certificate of the meter: the old one is gone",
            observed=f"{number} signature certificates of the meter are listed",
        )
        session.association.security.settings = signs_with(subtest.settings, public)
        trusted(subtest, session.association, "the new key signs")
    finally:
        subtest.bench.renew()


_SUBTESTS = (
    Subtest(
        1,
        "certificate requests",
        procedure="asks for certificate requests for digital signature and key agreement",
        accepts="PKCS#10 in DER, signed by the key that it holds, on the suite's curve, the meter's title as subject",
        argument=_request,
    ),
    Subtest(
        2,
        "certificate requests for unknown uses",
        procedure="asks for certificate requests for the uses " + ", ".join(map(str, _UNKNOWN_USES)),
        accepts=_REFUSED,
        argument=_unknown_requests,
    ),
    Subtest(
        3,
        "key pairs for unknown uses",
        procedure="generates key pairs for the uses " + ", ".join(map(str, _UNKNOWN_USES)),
        accepts=_REFUSED,
        permission=Permission.CHANGES_KEYS,
        argument=_unknown_pairs,
    ),
    Subtest(
        4,
        "another key pair each time",
        procedure=f"generates {_ROUNDS} key pairs for each use, and asks for a certificate request for each",
        accepts="each is for a key that was not there before",
        permission=Permission.CHANGES_KEYS,
        argument=_another_each_time,
    ),
    Subtest(
        5,
        "a key pair without a certificate",
        procedure="generates a signature key pair; asks for the logical_name in general-signing",
        accepts="the declared key signs as before, and its certificate is exported",
        applies=_SIGNS,
        permission=Permission.CHANGES_KEYS,
        argument=_not_in_force,
    ),
    Subtest(
        6,
        "a certificate of an unknown issuer",
        procedure="generates a signature key pair; imports a certificate for it that nobody trusts; asks as before",
        accepts=f"{_REFUSED}; the declared key signs as before",
        applies=_SIGNS,
        permission=Permission.CHANGES_KEYS,
        argument=_stranger_s_certificate,
    ),
    Subtest(
        7,
        "a key pair with its certificate",
        procedure="generates a signature key pair; imports a certificate for it; asks for the logical_name",
        accepts="the new key signs, its certificate is exported, and the old one gone",
        applies=_SIGNS & embedded,
        permission=Permission.CHANGES_KEYS,
        argument=_in_force,
    ),
)


@case("X_SEC_SUITE_1_KEY_PAIR", title="Key pairs on P-256", clause=_CLAUSE, applies=suite(1) & calls_security_setup)
@subtests(*_SUBTESTS)
def test_suite_1_key_pair(subtest: Trial) -> None:
    """A meter makes key pairs on P-256 of its own, and uses one only once its certificate was imported.

    A pair without a certificate serves nothing; it stays in the meter, and the next one takes its place.
    """
    _judge(subtest)


@case("X_SEC_SUITE_2_KEY_PAIR", title="Key pairs on P-384", clause=_CLAUSE, applies=suite(2) & calls_security_setup)
@subtests(*_SUBTESTS)
def test_suite_2_key_pair(subtest: Trial) -> None:
    """A meter makes key pairs on P-384 of its own, and uses one only once its certificate was imported.

    A pair without a certificate serves nothing; it stays in the meter, and the next one takes its place.
    """
    _judge(subtest)


def _judge(subtest: Trial) -> None:
    procedure = subtest.argument
    assert callable(procedure)
    procedure(subtest)
