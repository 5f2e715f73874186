"""Security setup, versions 0 and 1: policy, key transfer, key agreement, key pairs and certificates."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from conformance.device.model import KeyEstablishment, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.data import codec
from conformance.dlms.data.types import DataType
from conformance.dlms.data.values import array, enum, null, octet_string, structure, unsigned
from conformance.dlms.security import elliptic
from conformance.dlms.security.key_agreement import derive
from conformance.dlms.security.secret import Secret
from conformance.dlms.security.suite import AlgorithmId, suite_of
from conformance.meter.model.certificate_authority import CertificateAuthority
from conformance.meter.model.certificates import CertificateType
from tests.meter.suite_client import GET, SECURITY_SETUP, Meter, octets_of

SUITES = (0, 1, 2)
CURVES = (1, 2)
GUEK, GBEK, GAK, KEK = range(4)
SIGNATURE, AGREEMENT, TLS = range(3)
SERVER, CLIENT, AUTHORITY, OTHER = range(4)
SERVER_TITLE = bytes.fromhex("5844430000000001")
CLIENT_TITLE = bytes.fromhex("5844434C49454E54")
THIRD_PARTY = b"3RDPARTY"


@pytest.fixture(params=CURVES)
def meter(request):
    return Meter(request.param)


@pytest.fixture
def client(meter):
    return meter.client().establish(dedicated=True)


def wrapped(client, *items):
    kek = client.settings.master_key.reveal()
    return array(*(structure(enum(number), octet_string(aes_key_wrap(kek, key))) for number, key in items))


def new_key(client, first=0x40):
    return bytes(range(first, first + client.settings.key_octets))


def ask_under(client, **keys):
    """Whether the meter serves a request under these keys."""
    return not client.refuses(client.security.protect(GET, Protection.GLO, **keys))


def by_entity(entity, use, title):
    return structure(enum(0), structure(enum(entity), enum(use), octet_string(title)))


def scalar(suite, number):
    return number.to_bytes(suite_of(suite).coordinate_octets, "big")


def public(suite, private):
    return elliptic.public_octets(elliptic.private_key(suite_of(suite), private).public_key())


def keys_of(meter):
    state = meter.security
    return (state.global_unicast_key, state.global_broadcast_key, state.authentication_key, state.master_key)


@pytest.mark.parametrize(("suite", "version", "attributes", "methods"), [(0, 0, 5, 2), (1, 1, 6, 8), (2, 1, 6, 8)])
def test_the_version_follows_the_suite(suite, version, attributes, methods):
    setup = Meter(suite).server.devices[1].object(64, SECURITY_SETUP)
    assert setup.version == version
    assert sorted(setup.attributes) == list(range(1, attributes + 1))
    assert sorted(setup.methods) == list(range(1, methods + 1))


@pytest.mark.parametrize("suite", SUITES)
def test_no_attribute_of_any_object_tells_a_key(suite):
    meter = Meter(suite)
    client = meter.client().establish(dedicated=True)
    device = meter.server.devices[1]
    session = device.sessions[0]
    session.request_authenticated = True
    told = b"".join(
        repr(attribute.read(session, 0.0)).encode() + codec.encode(attribute.read(session, 0.0))
        for item in device.objects(session.profile)
        for attribute in item.attributes.values()
        if attribute.read is not None and item.class_id != 7
    )
    secret = [*keys_of(meter), client.security.dedicated_key]
    if meter.security.asymmetric is not None:
        secret += [meter.security.asymmetric.signature_key, meter.security.asymmetric.key_agreement_key]
    for key in secret:
        assert key not in told
        assert key.hex().encode() not in told.lower()


@pytest.mark.parametrize(
    ("suite", "association"),
    [*((suite, "public") for suite in SUITES), *((suite, "hls-sha256") for suite in SUITES if suite > 0)],
)
def test_only_the_management_client_may_change_anything(suite, association):
    meter = Meter(suite)
    client = meter.client(association)
    if association == "public":
        profile = next(p for p in meter.server.devices[1].profiles if p.name == "public")
    else:
        client.establish()
        profile = next(p for p in meter.server.devices[1].profiles if p.name == association)
    setup = meter.server.devices[1].object(64, SECURITY_SETUP)
    assert {int(method.rights(profile)) for method in setup.methods.values()} == {0}


def test_policy_of_version_0_is_strengthened_only():
    meter = Meter(0, policy=0)
    client = meter.client().establish()
    for policy, result in ((1, 0), (0, 250), (2, 250), (4, 250), (3, 0), (3, 0), (1, 250)):
        assert client.invoke(1, enum(policy)).result == result, policy
    assert client.get(64, SECURITY_SETUP, 2) == enum(3)
    assert client.invoke(1, unsigned(3)).result == 12


def test_policy_of_version_1_reads_as_bits(client, meter):
    for policy in (0x01, 0x02, 0x03, 0x07):
        assert client.invoke(1, enum(policy)).result == 250
    assert client.invoke(1, enum(0x04)).result == 0
    assert client.refuses(GET)
    assert client.refuses(client.security.protect(GET, Protection.GENERAL_SIGNING))
    assert client.invoke(1, enum(0x08)).result == 250
    assert client.invoke(1, enum(0x1C)).result == 0
    assert not ask_under(client)
    assert client.alive(Protection.GENERAL_CIPHERING_SIGNED)
    assert client.get(64, SECURITY_SETUP, 2, Protection.GENERAL_CIPHERING_SIGNED) == enum(0x1C)


@pytest.mark.parametrize(
    ("policy", "form", "control", "signed"),
    [
        (0x20, Protection.NONE, 0x10, False),
        (0x60, Protection.NONE, 0x30, False),
        (0x80, Protection.NONE, None, True),
        (0xE0, Protection.NONE, 0x30, True),
        (0xE0, Protection.GLO, 0x30, True),
        (0xE0, Protection.GENERAL_SIGNING, 0x30, True),
        (0x60, Protection.GENERAL_SIGNING, 0x30, True),
        (0x80, Protection.GENERAL_CIPHERING, 0x30, True),
    ],
)
def test_responses_are_made_as_strong_as_the_policy_wants(client, meter, policy, form, control, signed):
    assert client.invoke(1, enum(policy)).result == 0
    reply = client.send(GET if form is Protection.NONE else client.security.protect(GET, form))
    plain, protected = client.security.open(reply)
    if plain[0] == 0xDF:
        plain, signature = client.security.open(plain)
        assert signature.error is None
        assert signature.signed
    else:
        assert protected.signed == signed
    assert protected.error is None
    assert plain[0] == 0xC4
    if control is not None:
        assert protected.security_control.octet == control | meter.suite


@pytest.mark.parametrize("suite", SUITES)
def test_a_transferred_key_is_in_force_at_once_and_the_old_one_is_not(suite):
    meter = Meter(suite)
    client = meter.client().establish()
    key, authentication = new_key(client), new_key(client, 0x80)
    assert client.invoke(2, wrapped(client, (GUEK, key))).result == 0
    assert not ask_under(client)
    assert ask_under(client, key=key)
    old = client.settings.encryption_key.reveal()
    transfer = wrapped(client, (GUEK, old), (GAK, authentication), (GBEK, key))
    request = bytes.fromhex("C301C1004000002B0000FF0201") + codec.encode(transfer)
    assert not client.refuses(client.security.protect(request, Protection.GLO, key=key))
    assert not ask_under(client)
    assert ask_under(client, authentication_key=authentication)
    assert keys_of(meter)[:3] == (old, key, authentication)


@pytest.mark.parametrize("suite", SUITES)
def test_a_new_global_key_starts_its_counter_again(suite):
    meter = Meter(suite)
    client = meter.client().establish()
    key = new_key(client)
    assert client.invoke(2, wrapped(client, (GUEK, key))).result == 0
    assert meter.security.received_invocation_counter == 0
    assert not ask_under(client, key=key, counter=0)
    assert ask_under(client, key=key, counter=1)


@pytest.mark.parametrize("suite", SUITES)
def test_a_transfer_that_fails_changes_nothing(suite):
    meter = Meter(suite)
    client = meter.client().establish()
    before, key = keys_of(meter), new_key(client)
    good = wrapped(client, (GUEK, key)).value[0]
    octets = good.value[1].value
    damaged = structure(enum(GAK), octet_string(octets[:-1] + bytes((octets[-1] ^ 1,))))
    unknown = structure(enum(4 if suite else KEK), octet_string(octets))
    short = wrapped(client, (GUEK, bytes(48))).value[0]
    for bad in (damaged, unknown, short, structure(enum(0), octet_string(b"")), structure(enum(0)), enum(0), null()):
        for items in ((bad,), (good, bad), (bad, good)):
            assert client.invoke(2, array(*items)).result != 0
    for parameters in (array(), good, null(), None):
        assert client.invoke(2, parameters).result != 0
    assert keys_of(meter) == before
    assert client.alive()


def test_the_master_key_is_transferred_in_version_1(client, meter):
    kek = new_key(client)
    assert client.invoke(2, wrapped(client, (KEK, kek))).result == 0
    assert client.invoke(2, wrapped(client, (GAK, kek))).result == 250
    parameters = array(structure(enum(KEK), octet_string(aes_key_wrap(kek, client.settings.master_key.reveal()))))
    assert client.invoke(2, parameters).result == 0


def offer(client, suite, number, private=None, signing_key=None):
    """key_data of the client: an ephemeral key with its signature."""
    ephemeral = public(suite, scalar(suite, 0x1234) if private is None else private)
    key = client.settings.signing_key.reveal() if signing_key is None else signing_key
    signature = elliptic.sign(suite_of(suite), elliptic.private_key(suite_of(suite), key), bytes((number,)) + ephemeral)
    return structure(enum(number), octet_string(ephemeral + signature))


def test_keys_are_agreed_on_with_signed_ephemeral_keys(client, meter):
    suite, own = suite_of(meter.suite), scalar(meter.suite, 0x1234)
    response = client.invoke(3, array(*(offer(client, meter.suite, number) for number in range(4))))
    assert response.result == 0
    for number, answer in enumerate(response.return_parameters.value):
        told, data = answer.value[0].value, answer.value[1].value
        size = 2 * suite.coordinate_octets
        trusted = elliptic.public_key(suite, client.settings.server_signature_key)
        elliptic.verify(suite, trusted, bytes((told,)) + data[:size], data[size:])
        secret = elliptic.shared_secret(elliptic.private_key(suite, own), elliptic.public_key(suite, data[:size]))
        algorithm = (
            (AlgorithmId.AES_WRAP_128 if meter.suite == 1 else AlgorithmId.AES_WRAP_256) if number == KEK else None
        )
        agreed = derive(suite, secret, originator_title=CLIENT_TITLE, recipient_title=SERVER_TITLE, algorithm=algorithm)
        assert (told, agreed) == (number, keys_of(meter)[number])
    state = meter.security
    assert ask_under(client, key=state.global_unicast_key, authentication_key=state.authentication_key)


def test_an_agreement_that_fails_changes_nothing(client, meter):
    before, suite = keys_of(meter), meter.suite
    good = offer(client, suite, GUEK)
    octets = good.value[1].value
    stranger = offer(client, suite, GUEK, signing_key=scalar(suite, 0x77))
    for bad in (
        stranger,
        structure(enum(GAK), octet_string(octets)),
        structure(enum(GUEK), octet_string(octets[:-1])),
        structure(enum(GUEK), octet_string(bytes(len(octets)))),
        offer(client, suite, 4),
    ):
        assert client.invoke(3, array(good, bad)).result == 250
    for parameters in (array(), good, null(), None):
        assert client.invoke(3, parameters).result != 0
    assert keys_of(meter) == before


def test_the_certificates_are_listed(client, meter):
    listed = client.get(64, SECURITY_SETUP, 6).value
    assert [(entry.value[0].value, entry.value[1].value) for entry in listed] == [
        (AUTHORITY, 3),
        (SERVER, SIGNATURE),
        (SERVER, AGREEMENT),
        (CLIENT, SIGNATURE),
        (CLIENT, AGREEMENT),
    ]
    for entry in listed:
        assert [member.type for member in entry.value[2:]] == [DataType.OCTET_STRING] * 4


def test_certificates_are_exported_by_holder_and_by_serial_number(client, meter):
    exported = octets_of(client.invoke(7, by_entity(SERVER, SIGNATURE, SERVER_TITLE)).return_parameters)
    certificate = x509.load_der_x509_certificate(exported)
    assert elliptic.public_octets(certificate.public_key()) == client.settings.server_signature_key
    entry = client.get(64, SECURITY_SETUP, 6).value[1].value
    by_serial = structure(enum(1), structure(entry[2], entry[3]))
    assert octets_of(client.invoke(7, by_serial).return_parameters) == exported
    for parameters in (
        by_entity(SERVER, TLS, SERVER_TITLE),
        by_entity(CLIENT, SIGNATURE, SERVER_TITLE),
        structure(enum(2), structure(entry[2], entry[3])),
        structure(enum(1), structure(entry[3], entry[2])),
        structure(enum(0), enum(0)),
        null(),
        None,
    ):
        assert client.invoke(7, parameters).result != 0
        assert client.invoke(8, parameters).result != 0


def test_a_third_party_is_trusted_from_import_to_removal(client, meter):
    suite, private = meter.suite, scalar(meter.suite, 0x4242)
    certificate = CertificateAuthority.of(suite).certify(
        THIRD_PARTY, public(suite, private), CertificateType.DIGITAL_SIGNATURE, 99
    )
    security = client.security

    def signed():
        own = security.settings
        security.settings = replace(own, signing_key=Secret(private))
        try:
            return security.protect(GET, Protection.GENERAL_SIGNING, title=THIRD_PARTY)
        finally:
            security.settings = own

    assert client.refuses(signed())
    assert client.invoke(6, octet_string(certificate)).result == 0
    assert not client.refuses(signed())
    assert client.invoke(8, by_entity(CLIENT, SIGNATURE, THIRD_PARTY)).result == 0
    assert client.refuses(signed())


def test_a_certificate_that_nobody_trusted_has_issued_is_refused(client, meter):
    suite = meter.suite
    stranger = CertificateAuthority(suite_of(suite), scalar(suite, 0x55))
    key = public(suite, scalar(suite, 0x66))
    right = CertificateAuthority.of(suite).certify(THIRD_PARTY, key, CertificateType.DIGITAL_SIGNATURE, 5)
    other = 3 - suite
    curve = CertificateAuthority.of(other).certify(
        THIRD_PARTY, public(other, scalar(other, 0x66)), CertificateType.DIGITAL_SIGNATURE, 5
    )
    own_title = CertificateAuthority.of(suite).certify(SERVER_TITLE, key, CertificateType.DIGITAL_SIGNATURE, 5)
    for octets in (
        stranger.certify(THIRD_PARTY, key, CertificateType.DIGITAL_SIGNATURE, 5),
        stranger.own(),
        curve,
        own_title,
        right[:-1],
        right[:-1] + bytes((right[-1] ^ 1,)),
        b"",
        bytes(50),
    ):
        assert client.invoke(6, octet_string(octets)).result == 250
    assert client.invoke(6, enum(0)).result == 12


def test_a_meter_has_room_for_so_many_certificates(client, meter):
    suite, authority = meter.suite, CertificateAuthority.of(meter.suite)
    key = public(suite, scalar(suite, 7))
    results = [
        client.invoke(
            6, octet_string(authority.certify(b"PARTY%03d" % number, key, CertificateType.KEY_AGREEMENT, number + 9))
        ).result
        for number in range(14)
    ]
    assert results == [0] * 11 + [250] * 3


@pytest.mark.parametrize("use", [SIGNATURE, AGREEMENT])
def test_a_new_key_pair_serves_once_its_certificate_is_imported(client, meter, use):
    suite, kind = meter.suite, CertificateType(use)
    old = client.settings.server_signature_key if use == SIGNATURE else client.settings.server_key_agreement_key
    assert client.invoke(4, enum(use)).result == 0
    assert client.alive(Protection.GENERAL_CIPHERING_SIGNED)
    request = x509.load_der_x509_csr(octets_of(client.invoke(5, enum(use)).return_parameters))
    assert request.is_signature_valid
    new = elliptic.public_octets(request.public_key())
    assert new != old
    assert request.subject.rfc4514_string() == f"CN={SERVER_TITLE.hex().upper()}"
    certificate = CertificateAuthority.of(suite).certify(SERVER_TITLE, new, kind, 77)
    assert client.invoke(6, octet_string(certificate), Protection.GENERAL_CIPHERING_SIGNED).result == 0
    field = "server_signature_key" if use == SIGNATURE else "server_key_agreement_key"
    how = KeyEstablishment.ONE_PASS if use == AGREEMENT else KeyEstablishment.IDENTIFIED
    again = meter.client("management-one-pass", **{field: new, "general_ciphering_key": how}).establish()
    assert again.alive(Protection.GENERAL_CIPHERING_SIGNED)
    exported = octets_of(client.invoke(7, by_entity(SERVER, use, SERVER_TITLE)).return_parameters)
    assert exported == certificate


@pytest.mark.parametrize("method", [4, 5])
def test_there_are_no_key_pairs_but_two(client, method):
    for parameters in (enum(TLS), enum(255)):
        assert client.invoke(method, parameters).result == 250
    for parameters in (null(), None, unsigned(0)):
        assert client.invoke(method, parameters).result == 12


def test_removing_the_clients_certificates_ends_what_rests_on_them(client, meter):
    assert client.alive(Protection.GENERAL_SIGNING)
    gone = client.invoke(8, by_entity(CLIENT, SIGNATURE, CLIENT_TITLE), Protection.GENERAL_SIGNING)
    assert gone.result == 0
    assert client.refuses(client.security.protect(GET, Protection.GENERAL_SIGNING))
    ecdsa = meter.client("management-ecdsa")
    ecdsa.open()
    assert apdus.decode(ecdsa.pass_3()[1][0]).result != 0
    one_pass = meter.client("management-one-pass").establish()
    last = by_entity(CLIENT, AGREEMENT, CLIENT_TITLE)
    assert one_pass.refuses(one_pass.security.protect(GET, Protection.GENERAL_CIPHERING))
    static = meter.client("management-static").establish()
    assert static.invoke(8, last, Protection.GENERAL_CIPHERING).result == 0
    assert static.refuses(static.security.protect(GET, Protection.GENERAL_CIPHERING))
