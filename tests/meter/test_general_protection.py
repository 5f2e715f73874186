"""General protection and the suites 1 and 2: the meter's ciphering against the tester's, both ways, every form."""

from dataclasses import replace

import pytest

from conformance.device.model import KeyEstablishment, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.security import elliptic, gcm, key_wrap, signing
from conformance.dlms.security.ciphered import GeneralGlobal
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import GeneralCiphering, IdentifiedKey, WrappedKey
from conformance.dlms.security.suite import suite_of
from conformance.dlms.xdlms.general_signing import GeneralSigning
from conformance.meter.ciphering import Ciphering
from conformance.meter.invocation_counters import Lasting
from conformance.tester.not_declared import NotDeclared
from tests.meter.suite_client import GET, GOT, Meter

SUITES = (0, 1, 2)
FORMS = {
    0: (Protection.GLO, Protection.DED, Protection.GENERAL_GLO, Protection.GENERAL_DED, Protection.GENERAL_CIPHERING),
    1: tuple(form for form in Protection if form is not Protection.NONE),
    2: tuple(form for form in Protection if form is not Protection.NONE),
}
KINDS = {
    0: (KeyEstablishment.IDENTIFIED, KeyEstablishment.WRAPPED),
    1: tuple(KeyEstablishment),
    2: tuple(KeyEstablishment),
}
OF_KIND = {
    KeyEstablishment.IDENTIFIED: "management",
    KeyEstablishment.WRAPPED: "management-wrapped",
    KeyEstablishment.ONE_PASS: "management-one-pass",
    KeyEstablishment.STATIC_UNIFIED: "management-static",
}
BY_SUITE_AND_FORM = [(suite, form) for suite in SUITES for form in FORMS[suite]]
BY_SUITE_AND_KIND = [(suite, kind) for suite in SUITES for kind in KINDS[suite]]
CONTROLS = (0x10, 0x20, 0x30)


def client_of(suite, kind=KeyEstablishment.IDENTIFIED, *defects, **options):
    meter = Meter(suite, *defects, **options)
    if suite == 0:
        # Suite 0 declares no association of its own for each way to tell a key.
        return meter.client(general_ciphering_key=kind).establish(dedicated=True)
    return meter.client(OF_KIND[kind]).establish(dedicated=kind is KeyEstablishment.IDENTIFIED)


def refused(client, octets):
    return client.refuses(octets) and client.alive()


def altered(octets, change):
    """A general-ciphering or general-signing APDU with fields replaced, its tag or signature left as it was."""
    return replace(apdus.decode(octets, deviations=[]), **change).encode()


@pytest.mark.parametrize(("suite", "form"), BY_SUITE_AND_FORM)
@pytest.mark.parametrize("control", CONTROLS)
def test_each_form_is_served_and_mirrored(suite, form, control):
    client = client_of(suite, policy=0)
    for _ in range(3):
        plain, protected = client.ask(GET, form, control=SecurityControl.from_octet(control | suite))
        assert plain == GOT
        assert protected.signed == form.signed
        assert protected.dedicated == form.dedicated
        if form.ciphered:
            assert protected.security_control.octet == control | suite


@pytest.mark.parametrize(("suite", "form"), [(suite, form) for suite, form in BY_SUITE_AND_FORM if not form.dedicated])
def test_the_four_passes_go_through_each_form(suite, form):
    client = Meter(suite, policy=0).client().establish(pass_3=form)
    assert client.alive(form)


@pytest.mark.parametrize(("suite", "kind"), BY_SUITE_AND_KIND)
def test_each_way_to_tell_a_key_is_mirrored(suite, kind):
    client = client_of(suite, kind)
    keys = set()
    for _ in range(3):
        request = client.security.protect(GET, Protection.GENERAL_CIPHERING)
        sent, reply = apdus.decode(request), apdus.decode(client.send(request))
        assert type(reply.key_info) is type(sent.key_info)
        assert reply.transaction_id == sent.transaction_id
        assert reply.originator_system_title == sent.recipient_system_title == client.security.server_title
        assert reply.recipient_system_title == sent.originator_system_title
        assert (reply.invocation_counter == 0) == (kind is not KeyEstablishment.IDENTIFIED)
        assert client.security.open(reply.encode())[0] == GOT
        keys.add(reply.key_info)
    assert len(keys) == (3 if kind in (KeyEstablishment.WRAPPED, KeyEstablishment.ONE_PASS) else 1)


@pytest.mark.parametrize(("suite", "kind"), BY_SUITE_AND_KIND)
def test_the_same_apdu_again_is_refused_in_a_new_association_too(suite, kind):
    meter = Meter(suite)
    client = meter.client(general_ciphering_key=kind) if suite == 0 else meter.client(OF_KIND[kind])
    client.establish()
    octets = client.security.protect(GET, Protection.GENERAL_CIPHERING)
    assert client.security.open(client.send(octets))[0] == GOT
    assert refused(client, octets)
    client.connection.link_lost(None, None)
    client.establish()
    assert refused(client, octets)


@pytest.mark.parametrize("suite", [1, 2])
def test_a_transaction_id_serves_static_agreement_once(suite):
    client = client_of(suite, KeyEstablishment.STATIC_UNIFIED)
    client.security.draw = lambda octets: bytes(range(octets))
    assert client.alive(Protection.GENERAL_CIPHERING)
    again = client.security.protect(GET, Protection.GENERAL_CIPHERING, counter=1)
    assert apdus.decode(client.send(again)).service_error == 5


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(
    "change",
    [
        {"recipient_system_title": b"SOMEBODY"},
        {"originator_system_title": b"SOMEBODY"},
        {"transaction_id": b"another!"},
        {"date_time": bytes(12)},
        {"other_information": b"x"},
        {"key_info": IdentifiedKey(1)},
        {"key_info": IdentifiedKey(7)},
        {"key_info": WrappedKey(1, bytes(24))},
        {"key_info": WrappedKey(0, bytes(24))},
        {"key_info": WrappedKey(0, b"")},
        {"invocation_counter": 0x7000_0000},
        {"security_control": SecurityControl(0, True, True, compressed=True)},
        {"security_control": SecurityControl(0, True, True, broadcast_key=True)},
        {"security_control": SecurityControl(3, True, True)},
        {"content": b""},
    ],
    ids=repr,
)
def test_a_general_ciphering_apdu_with_a_wrong_field_is_refused(suite, change):
    client = client_of(suite)
    right = client.security.protect(GET, Protection.GENERAL_CIPHERING)
    assert refused(client, altered(right, change))


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize(
    "change",
    [
        {"recipient_system_title": b"SOMEBODY"},
        {"originator_system_title": b"SOMEBODY"},
        {"transaction_id": b"another!"},
        {"content": GET[:-2] + b"\x02\x00"},
        {"content": b""},
        {"signature": b""},
        {"signature": bytes(64)},
        {"signature": bytes(96)},
    ],
    ids=repr,
)
def test_a_signed_apdu_with_a_wrong_field_is_refused(suite, change):
    client = client_of(suite)
    right = client.security.protect(GET, Protection.GENERAL_SIGNING)
    assert refused(client, altered(right, change))


@pytest.mark.parametrize("suite", [1, 2])
def test_an_ephemeral_key_must_be_signed_by_the_client(suite):
    client = client_of(suite, KeyEstablishment.ONE_PASS)
    right = apdus.decode(client.security.protect(GET, Protection.GENERAL_CIPHERING))
    data = right.key_info.key_ciphered_data
    for wrong in (data[:-1] + bytes((data[-1] ^ 1,)), data[: len(data) // 2], b"", bytes(len(data))):
        info = replace(right.key_info, key_ciphered_data=wrong)
        assert refused(client, replace(right, key_info=info).encode())


@pytest.mark.parametrize("suite", [1, 2])
def test_a_strangers_signature_is_refused(suite):
    client = client_of(suite)
    private = bytes(suite_of(suite).coordinate_octets - 1) + b"\x05"
    unsigned = GeneralSigning(b"\x01", client.security.client_title, client.security.server_title, b"", b"", GET, b"")
    assert refused(client, signing.sign(suite_of(suite), private, unsigned).encode())


@pytest.mark.parametrize("suite", SUITES)
def test_titles_may_be_left_out_inside_an_association(suite):
    client = client_of(suite)
    security = client.security
    control = SecurityControl(suite, True, True)
    counter = security.next_counter(dedicated=False)
    apdu = GeneralCiphering(b"", b"", b"", b"", b"", IdentifiedKey(0), control, counter, b"")
    content = gcm.protect(
        control,
        security.client_title,
        counter,
        security.encryption_key,
        security.authentication_key,
        GET,
        additional=apdu.additional_data,
    )
    reply = apdus.decode(client.send(replace(apdu, content=content).encode()))
    assert (reply.originator_system_title, reply.recipient_system_title) == (b"", b"")
    assert security.open(reply.encode())[0] == GOT


@pytest.mark.parametrize("suite", [1, 2])
def test_nesting_ends_where_the_standard_ends_it(suite):
    client = client_of(suite)
    protect = client.security.protect
    inner = protect(GET, Protection.GLO)
    for form in (Protection.GENERAL_GLO, Protection.GENERAL_CIPHERING, Protection.GENERAL_SIGNING):
        assert client.ask(inner, form)[0][0] == 0xD8
    signed = protect(GET, Protection.GENERAL_SIGNING)
    inside, _ = client.ask(signed, Protection.GENERAL_GLO)
    assert client.security.open(inside)[0] == GOT
    assert client.ask(signed, Protection.GENERAL_SIGNING)[0][0] == 0xD8
    deep = GET
    for _ in range(60):
        deep = protect(deep, Protection.GENERAL_GLO)
    assert client.ask(deep, Protection.GENERAL_GLO)[0][0] == 0xD8
    assert client.alive()


@pytest.mark.parametrize("suite", SUITES)
def test_a_reply_never_exceeds_what_the_client_takes(suite):
    for kind in KINDS[suite]:
        for form in (Protection.GENERAL_CIPHERING, Protection.GENERAL_CIPHERING_SIGNED)[: 1 + (suite > 0)]:
            meter = Meter(suite)
            name = "management" if suite == 0 or kind is KeyEstablishment.WRAPPED else OF_KIND[kind]
            client = meter.client(name, general_ciphering_key=kind)
            client.establish(client_max_receive_pdu_size=512)
            request = bytes.fromhex("C001C1000F0000280000FF0200")
            try:
                octets = client.security.protect(request, form)
            except NotDeclared:
                continue
            reply = client.send(octets)
            assert 400 < len(reply) <= 512
            assert client.security.open(reply)[1].error is None


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("octets", [1, 12, 90, 127, 128, 200, 255, 256, 1000])
def test_the_size_of_a_reply_is_told_exactly(suite, octets):
    meter = Meter(suite, policy=0)
    ciphering = Ciphering(meter.security, Lasting(), frozenset())
    for kind in KINDS[suite]:
        forms = [form for form in FORMS[suite] if form.ciphered or kind is KeyEstablishment.IDENTIFIED]
        for form in forms:
            client = meter.client(general_ciphering_key=kind)
            client.security.renew_dedicated_key(bytes(meter.security.suite.key_octets))
            ciphering.begin(client.security.client_title)
            ciphering.use_dedicated_key(client.security.dedicated_key)
            opened = ciphering.unprotect(client.security.protect(GET, form))
            plain = bytes.fromhex("C401C100") + bytes(octets)
            protected = ciphering.protect(plain, opened.reply)
            assert len(protected) == opened.reply.size(len(plain))
            room = opened.reply.room(len(protected))
            assert len(plain) <= room
            assert opened.reply.size(room) <= len(protected) < opened.reply.size(room + 1)


@pytest.mark.parametrize("suite", [1, 2])
def test_keys_have_the_length_of_the_suite(suite):
    security = Meter(suite).security
    wanted = 16 if suite == 1 else 32
    for key in (security.global_unicast_key, security.authentication_key, security.master_key):
        assert len(key) == wanted
    assert Meter(suite).client().establish(dedicated=True).alive(Protection.DED)


@pytest.mark.parametrize(("suite", "octets"), [(0, 32), (1, 32), (1, 15), (2, 16), (2, 33)])
def test_a_dedicated_key_of_another_length_is_refused(suite, octets):
    assert Meter(suite).client().open(dedicated_key=bytes(octets)).result != 0


@pytest.mark.parametrize("suite", [1, 2])
def test_mechanism_7_proves_both_sides(suite):
    client = Meter(suite).client("management-ecdsa").establish()
    assert client.alive()


@pytest.mark.parametrize("suite", [1, 2])
def test_mechanism_7_refuses_challenges_in_the_wrong_order(suite):
    client = Meter(suite).client("management-ecdsa")
    stoc = client.open().responding_authentication_value
    titles = client.security.client_title + client.security.server_title
    own = elliptic.private_key(suite_of(suite), client.settings.signing_key.reveal())
    answer = elliptic.sign(suite_of(suite), own, titles + client.ctos + stoc)
    plain, _ = client.pass_3(answer)[1]
    assert apdus.decode(plain).result != 0


@pytest.mark.parametrize("suite", [1, 2])
def test_passes_3_and_4_are_under_the_dedicated_key_where_that_is_declared(suite):
    meter = Meter(suite)
    client = meter.client("management-dedicated")
    client.open(dedicated=True)
    assert apdus.decode(client.pass_3(protection=Protection.GLO)[1][0]).service_error == 5
    assert client.pass_3(protection=Protection.DED)[1][1].dedicated
    assert client.alive(Protection.DED)
    assert meter.client("management-dedicated").establish().alive()


@pytest.mark.parametrize("suite", SUITES)
def test_a_gmac_says_its_suite(suite):
    client = Meter(suite).client()
    client.open()
    _, (plain, _) = client.pass_3()
    f_ctos = apdus.decode(plain).return_parameters.value
    assert f_ctos[0] == 0x10 | suite


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("policy", [0, 1, 2, 3])
def test_the_factory_policy_is_enforced(suite, policy):
    meter = Meter(suite, policy=policy)
    client = meter.client().establish()
    for control in CONTROLS:
        octets = client.security.protect(GET, Protection.GLO, control=SecurityControl.from_octet(control | suite))
        served = not client.refuses(octets)
        assert served == (control >> 4 & policy == policy)
    assert client.refuses(GET) == bool(policy)


@pytest.mark.parametrize("suite", SUITES)
def test_nothing_is_accepted_that_says_to_be_protected_and_is_not(suite):
    client = Meter(suite, policy=0).client().establish()
    octets = client.security.protect(GET, Protection.GLO, control=SecurityControl(suite), counter=0xFFFF_0000)
    assert refused(client, octets)
    control = SecurityControl(suite)
    octets = GeneralGlobal(client.security.client_title, control, 0xFFFF_0000, GET).encode()
    assert refused(client, octets)


def test_a_wrapped_key_of_another_length_is_refused():
    client = client_of(0, KeyEstablishment.WRAPPED)
    right = apdus.decode(client.security.protect(GET, Protection.GENERAL_CIPHERING))
    long = key_wrap.wrap(client.settings.master_key.reveal(), bytes(32))
    assert refused(client, replace(right, key_info=WrappedKey(0, long)).encode())
