"""general-ciphering with each kind of key, general-signing, and both nested: there, back, and refused when changed."""

from dataclasses import replace

import pytest

from conformance.device.model import AssociationSettings, KeyEstablishment, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.security import elliptic
from conformance.dlms.security.general_ciphering import AgreedKey, IdentifiedKey, WrappedKey
from conformance.dlms.security.secret import Secret
from conformance.dlms.security.suite import SUITES
from conformance.tester.content_key import ContentKeys
from conformance.tester.not_declared import NotDeclared
from conformance.tester.security import ClientSecurity

GET = bytes.fromhex("C001C1000F0000280000FF0100")
CLIENT, METER = bytes.fromhex("4D4D4D0000BC614E"), bytes.fromhex("4D4D4D0000000001")


def private(suite, number):
    return bytes(suite.coordinate_octets - 1) + bytes((number,))


def public(suite, number):
    return elliptic.public_octets(elliptic.private_key(suite, private(suite, number)).public_key())


def side(number, *, meter=False, how=KeyEstablishment.IDENTIFIED, **changes):
    """The client's security; or the meter's, which is the same with all roles swapped."""
    suite = SUITES[number]
    own, peer = (20, 10) if meter else (10, 20)
    keys = (
        {}
        if number == 0
        else {
            "signing_key": Secret(private(suite, own + 1)),
            "key_agreement_key": Secret(private(suite, own + 2)),
            "server_signature_key": public(suite, peer + 1),
            "server_key_agreement_key": public(suite, peer + 2),
        }
    )
    settings = AssociationSettings(
        name="management",
        logical_device=1,
        client_sap=1,
        context=ApplicationContext.LN_CIPHERED,
        mechanism=Mechanism.HLS_GMAC,
        conformance=frozenset(),
        security_suite=number,
        client_system_title=METER if meter else CLIENT,
        server_system_title=CLIENT if meter else METER,
        encryption_key=Secret(b"E" * suite.key_octets),
        authentication_key=Secret(b"A" * suite.key_octets),
        master_key=Secret(b"M" * suite.key_octets),
        general_ciphering_key=how,
        **keys,
    )
    kept = []
    counter = iter(range(1, 100))
    security = ClientSecurity(replace(settings, **changes), lambda: next(counter), keep_secret=kept.append)
    return security, kept


WAYS = [(0, KeyEstablishment.IDENTIFIED), (0, KeyEstablishment.WRAPPED)] + [
    (number, how) for number in (1, 2) for how in KeyEstablishment
]


@pytest.mark.parametrize("form", [Protection.GENERAL_CIPHERING, Protection.GENERAL_CIPHERING_SIGNED])
@pytest.mark.parametrize(("number", "how"), WAYS)
def test_a_request_opens_on_the_other_side(number, how, form):
    if number == 0 and form.signed:
        form = Protection.GENERAL_CIPHERING
    client, meter = side(number, how=how)[0], side(number, meter=True, how=how)[0]
    octets = client.protect(GET, form)
    plain, protected = meter.open(octets)
    assert protected.error is None
    assert plain == GET
    assert protected.signed is form.signed
    assert protected.system_title == CLIENT


@pytest.mark.parametrize("number", [1, 2])
def test_a_signed_request_opens_and_is_readable_on_the_way(number):
    octets = side(number)[0].protect(GET, Protection.GENERAL_SIGNING)
    assert GET in octets
    plain, protected = side(number, meter=True)[0].open(octets)
    assert (plain, protected.error, protected.signed) == (GET, None, True)


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        (KeyEstablishment.IDENTIFIED, IdentifiedKey),
        (KeyEstablishment.WRAPPED, WrappedKey),
        (KeyEstablishment.ONE_PASS, AgreedKey),
        (KeyEstablishment.STATIC_UNIFIED, AgreedKey),
    ],
)
def test_key_info_says_which_key_and_a_new_key_begins_with_counter_0(how, kind):
    client, kept = side(1, how=how)
    made = [apdus.decode(client.protect(GET, Protection.GENERAL_CIPHERING)) for _ in range(3)]
    assert all(isinstance(apdu.key_info, kind) for apdu in made)
    assert len({apdu.transaction_id for apdu in made}) == 3
    if how is KeyEstablishment.IDENTIFIED:
        assert [apdu.invocation_counter for apdu in made] == [1, 2, 3]
        assert not kept
    else:
        assert [apdu.invocation_counter for apdu in made] == [0, 0, 0]
        assert len(set(kept)) == 3, "a key was used twice with one counter, or not kept secret"


@pytest.mark.parametrize(("number", "how"), WAYS)
def test_no_octet_of_a_request_can_be_changed_unnoticed(number, how):
    octets = side(number, how=how)[0].protect(GET, Protection.GENERAL_CIPHERING)
    meter = side(number, meter=True, how=how)[0]
    for index in range(0, len(octets), 3):
        changed = octets[:index] + bytes((octets[index] ^ 0x01,)) + octets[index + 1 :]
        plain, protected = meter.open(changed)
        assert plain != GET or protected is None or protected.error is not None, f"octet {index}"


def test_an_ephemeral_key_signed_by_somebody_else_is_refused():
    stranger = side(1, how=KeyEstablishment.ONE_PASS, signing_key=Secret(private(SUITES[1], 99)))[0]
    plain, protected = side(1, meter=True)[0].open(stranger.protect(GET, Protection.GENERAL_CIPHERING))
    assert protected.error.reason == "signature-invalid"
    assert plain != GET


def test_a_signature_of_somebody_else_inside_is_refused():
    stranger = side(1, signing_key=Secret(private(SUITES[1], 99)))[0]
    plain, protected = side(1, meter=True)[0].open(stranger.protect(GET, Protection.GENERAL_CIPHERING_SIGNED))
    assert protected.error.reason == "signature-invalid"
    assert plain != GET


@pytest.mark.parametrize("name", ["signing_key", "key_agreement_key", "server_key_agreement_key", "master_key"])
def test_a_key_that_is_not_declared_is_named(name):
    how = {
        "signing_key": KeyEstablishment.ONE_PASS,
        "key_agreement_key": KeyEstablishment.STATIC_UNIFIED,
        "server_key_agreement_key": KeyEstablishment.ONE_PASS,
        "master_key": KeyEstablishment.WRAPPED,
    }[name]
    client = side(1, how=how, **{name: None})[0]
    with pytest.raises(NotDeclared, match=f"{name} is not declared"):
        client.protect(GET, Protection.GENERAL_CIPHERING)


def test_the_published_one_pass_request_gives_the_published_key():
    """The example of IEC 62056-5-3: ACCESS with general-ciphering, C(1e, 1s), seen by the meter."""
    example = AgreedKey(
        b"\x01",
        bytes.fromhex(
            "C323C2BD45711DE4688637D919F92E9DB8FB2DFC213A88D21C9DC8DCBA917D81"
            "70511DE1BADB360D50058F794B0960AE11FA28D392CFF907A62D13E3357B1DC0"
            "B51BE089D0B682863B2217201E73A1A9031968A9B4121DCBC3281A69739AF874"
            "29F5B3AC5471E7B6A04A2C0F2F8A25FD772A317DF97FC5463FEAC248EB8AB8BE"
        ),
    )
    settings = side(1, meter=True)[0].settings
    settings = replace(
        settings,
        key_agreement_key=Secret(bytes.fromhex("AAD3FD0732E991CF52A74C66C1F2827DDC53522A2E0A169D7C4FFCC0FB5D6A4D")),
        server_signature_key=bytes.fromhex(
            "BAAFFDE06A8CB1C9DAE8D94023C601DBBB249254BA22EDD827E820BCA2BCC643"
            "62FBB83D86A82B87BB8B7161D2AAB5521911A946B97A284A90F7785CD9047D25"
        ),
    )
    request = apdus.decode(side(1)[0].protect(GET, Protection.GENERAL_CIPHERING))
    keys = ContentKeys(settings, bytes, lambda _: None)
    found = keys.find(replace(request, key_info=example), CLIENT, METER)
    assert found.hex().upper() == "59A71FD81C929A86A99438DA17A66C05"
