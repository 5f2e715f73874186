"""Each defect of the meter's security does what it says, and the sound meter does not."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from conformance.cosem.names import SECURITY_SETUP
from conformance.device.model import KeyEstablishment, Protection
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.release import Rlre, Rlrq
from conformance.dlms.data.values import array, enum, octet_string, structure
from conformance.dlms.security import elliptic
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import WrappedKey
from conformance.dlms.security.suite import suite_of
from conformance.dlms.xdlms.initiate import InitiateRequest
from conformance.meter.general_protection_defects import GENERAL_PROTECTION_DEFECTS
from conformance.meter.key_defects import KEY_DEFECTS
from conformance.meter.model.certificate_authority import CertificateAuthority
from conformance.meter.model.certificates import CertificateType
from conformance.meter.security_defects import SECURITY_DEFECTS
from tests.meter.suite_client import GET, GOT, Meter

PROBES = {}
KEY = bytes(range(0x40, 0x50))
STRANGE = bytes(31) + b"\x07"
SIGNED, CIPHERED = Protection.GENERAL_SIGNING, Protection.GENERAL_CIPHERING


def probe(name, suite=0, policy=None, association="management"):
    """Registers what shows a defect: it gives True for the faulty meter and False for the sound one."""

    def register(function):
        PROBES[name] = (suite, policy, association, function)
        return function

    return register


def served(client, octets):
    return not client.refuses(octets)


def sealed(client, form=Protection.GLO, **options):
    return client.security.protect(GET, form, **options)


def control(octet):
    return SecurityControl.from_octet(octet)


def cut(octets):
    """A service-specific ciphered APDU with the last octet of its tag left out."""
    return octets[:1] + bytes((octets[1] - 1,)) + octets[2:-1]


def changed(octets, **fields):
    return replace(apdus.decode(octets, deviations=[]), **fields).encode()


def transfer(client, *items):
    kek = client.settings.master_key.reveal()
    return client.invoke(2, array(*(structure(enum(n), octet_string(aes_key_wrap(kek, key))) for n, key in items)))


def damaged(client, *items):
    kek = client.settings.master_key.reveal()
    wrapped = [aes_key_wrap(kek, key) for _, key in items]
    wrapped[-1] = wrapped[-1][:-1] + bytes((wrapped[-1][-1] ^ 1,))
    return client.invoke(
        2, array(*(structure(enum(n), octet_string(w)) for (n, _), w in zip(items, wrapped, strict=True)))
    )


def rlrq(client, counter=None, wrong=False):
    octets = client.security.protect(
        InitiateRequest(client.settings.conformance).encode(), Protection.GLO, counter=counter
    )
    return Rlrq(0, octets[:-1] + bytes((octets[-1] ^ 1,)) if wrong else octets).encode()


def released(client, octets):
    return isinstance(apdus.decode(client.send(octets)), Rlre)


@probe("tag-of-11-octets-accepted")
def _(client, meter):
    return served(client, cut(sealed(client)))


@probe("authentication-key-ignored")
def _(client, meter):
    return served(client, sealed(client, authentication_key=b""))


@probe("system-title-not-checked")
def _(client, meter):
    return served(client, sealed(client, Protection.GENERAL_GLO, title=b"SOMEBODY"))


@probe("equal-counter-accepted")
def _(client, meter):
    octets = sealed(client)
    return served(client, octets) and served(client, octets)


@probe("lower-counter-accepted")
def _(client, meter):
    first, second = sealed(client), sealed(client)
    return served(client, second) and served(client, first)


@probe("counter-0-accepted")
def _(client, meter):
    return served(client, sealed(client, counter=0))


@probe("counter-forgotten-with-association")
def _(client, meter):
    octets = sealed(client, counter=1000)
    assert served(client, octets)
    client.connection.link_lost(None, None)
    meter.counter = iter(range(2, 900)).__next__
    again = meter.client()
    return again.open().result == 0


@probe("sending-counter-constant")
def _(client, meter):
    return client.ask(GET)[1].invocation_counter == client.ask(GET)[1].invocation_counter


@probe("dedicated-key-of-previous-association-accepted")
def _(client, meter):
    client.connection.link_lost(None, None)
    client.establish(dedicated_key=KEY)
    client.security.dedicated_key = KEY[::-1]
    client.connection.link_lost(None, None)
    client.establish(dedicated_key=KEY[::-1])
    return served(client, sealed(client, Protection.DED, key=KEY))


@probe("global-key-accepted-as-dedicated")
def _(client, meter):
    return served(client, sealed(client, Protection.DED, key=client.security.encryption_key))


@probe("reply-protected-less-than-request")
def _(client, meter):
    return client.ask(GET)[1].security_control.octet == 0x10


@probe("error-response-in-clear")
def _(client, meter):
    return client.send(client.security.protect(GET[:-2] + b"\x63\x00", Protection.GLO))[0] == 0xC4


@probe("security-suite-bits-ignored")
def _(client, meter):
    return served(client, sealed(client, control=control(0x31)))


@probe("reserved-security-suite-accepted")
def _(client, meter):
    return served(client, sealed(client, control=control(0x35)))


@probe("key-set-bit-ignored")
def _(client, meter):
    return served(client, sealed(client, control=control(0x70)))


@probe("compression-bit-ignored")
def _(client, meter):
    return served(client, sealed(client, control=control(0xB0)))


@probe("encryption-only-accepted")
def _(client, meter):
    return served(client, sealed(client, control=control(0x20)))


@probe("authentication-only-accepted")
def _(client, meter):
    return served(client, sealed(client, control=control(0x10)))


@probe("rlrq-replay-accepted")
def _(client, meter):
    return released(client, rlrq(client, counter=1))


@probe("rlrq-tag-not-verified")
def _(client, meter):
    return released(client, rlrq(client, wrong=True))


@probe("server-title-accepted-from-client")
def _(client, meter):
    return meter.client(client_system_title=client.settings.server_system_title).open().result == 0


@probe("zero-title-accepted")
def _(client, meter):
    return meter.client(client_system_title=bytes(8)).open().result == 0


@probe("key-readable-through-attribute")
def _(client, meter):
    info = client.get(15, bytes.fromhex("0000280000FF"), 5)
    return info.value[5] == octet_string(client.security.encryption_key)


@probe("key-transfer-without-unwrap-check")
def _(client, meter):
    return damaged(client, (0, KEY)).result == 0


@probe("key-transfer-length-unchecked")
def _(client, meter):
    return transfer(client, (0, KEY + KEY)).result == 0


@probe("key-transfer-of-unknown-key-accepted")
def _(client, meter):
    return transfer(client, (9, KEY)).result == 0


@probe("only-first-key-transferred")
def _(client, meter):
    assert transfer(client, (0, KEY), (2, KEY)).result == 0
    return served(client, sealed(client, key=KEY))


@probe("old-key-still-served")
def _(client, meter):
    assert transfer(client, (0, KEY)).result == 0
    assert served(client, sealed(client, key=KEY, counter=1))
    return served(client, sealed(client))


@probe("keys-changed-although-transfer-failed")
def _(client, meter):
    assert damaged(client, (2, KEY), (0, KEY)).result != 0
    return meter.security.authentication_key == KEY


@probe("security-policy-weakened")
def _(client, meter):
    return client.invoke(1, enum(0)).result == 0


@probe("security-policy-activated-not-enforced", policy=0)
def _(client, meter):
    assert client.invoke(1, enum(3)).result == 0
    return served(client, GET)


@probe("security-policy-read-wrong")
def _(client, meter):
    return client.get(64, SECURITY_SETUP, 2) == enum(0)


@probe("key-agreement-signature-not-verified", suite=1)
def _(client, meter):
    suite = suite_of(1)
    public = elliptic.public_octets(elliptic.private_key(suite, STRANGE).public_key())
    return client.invoke(3, array(structure(enum(0), octet_string(public + bytes(64))))).result == 0


def certificate_of(title, authority):
    public = elliptic.public_octets(elliptic.private_key(suite_of(1), STRANGE).public_key())
    return authority.certify(title, public, CertificateType.DIGITAL_SIGNATURE, 50)


@probe("certificate-issuer-not-checked", suite=1)
def _(client, meter):
    octets = certificate_of(b"3RDPARTY", CertificateAuthority(suite_of(1), STRANGE))
    return client.invoke(6, octet_string(octets)).result == 0


@probe("removed-certificate-still-trusted", suite=1)
def _(client, meter):
    named = structure(enum(1 - 1), structure(enum(1), enum(0), octet_string(client.security.client_title)))
    assert client.invoke(8, named).result == 0
    return served(client, sealed(client, SIGNED))


@probe("hls-ecdsa-order-wrong", suite=1, association="management-ecdsa")
def _(client, meter):
    stoc = client.open().responding_authentication_value
    titles = client.security.client_title + client.security.server_title
    own = elliptic.private_key(suite_of(1), client.settings.signing_key.reveal())
    answer = elliptic.sign(suite_of(1), own, titles + client.ctos + stoc)
    return apdus.decode(client.pass_3(answer)[1][0]).result == 0


@probe("signature-not-verified", suite=1)
def _(client, meter):
    return served(client, changed(sealed(client, SIGNED), signature=bytes(64)))


@probe("ephemeral-key-signature-not-verified", suite=1, association="management-one-pass")
def _(client, meter):
    right = apdus.decode(sealed(client, CIPHERED))
    data = right.key_info.key_ciphered_data
    info = replace(right.key_info, key_ciphered_data=data[:-1] + bytes((data[-1] ^ 1,)))
    return served(client, replace(right, key_info=info).encode())


@probe("wrapped-key-integrity-not-checked", suite=1, association="management-wrapped")
def _(client, meter):
    # The check value goes through every step of unwrapping, so that only somebody who holds the master key can damage
    # it and leave the key whole: a key wrapped with another initial value.
    wrapped = _wrapped_with(client.settings.master_key.reveal(), KEY, bytes(8))
    made = apdus.decode(client.security.protect(GET, CIPHERED, key=KEY, establishment=KeyEstablishment.WRAPPED))
    return served(client, replace(made, key_info=WrappedKey(0, wrapped)).encode())


def _wrapped_with(kek, key, check):
    """RFC 3394 with another initial value."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    blocks = [key[at : at + 8] for at in range(0, len(key), 8)]
    encryptor = Cipher(algorithms.AES(kek), modes.ECB()).encryptor()
    for step in range(1, 6 * len(blocks) + 1):
        place = (step - 1) % len(blocks)
        sealed_block = encryptor.update(check + blocks[place])
        check = (int.from_bytes(sealed_block[:8], "big") ^ step).to_bytes(8, "big")
        blocks[place] = sealed_block[8:]
    return check + b"".join(blocks)


@probe("transaction-id-replay-accepted", suite=1, association="management-static")
def _(client, meter):
    client.security.draw = bytes
    assert served(client, sealed(client, CIPHERED))
    return served(client, sealed(client, CIPHERED))


@probe("established-key-counter-not-checked", suite=1, association="management-wrapped")
def _(client, meter):
    octets = sealed(client, CIPHERED)
    assert served(client, octets)
    return served(client, octets)


@probe("recipient-title-not-checked", suite=1)
def _(client, meter):
    client.security.server_title = b"SOMEBODY"
    return served(client, sealed(client, SIGNED))


@probe("reply-originator-title-wrong", suite=1)
def _(client, meter):
    reply = apdus.decode(client.send(sealed(client, SIGNED)))
    return reply.originator_system_title != client.security.server_title


@probe("reply-transaction-id-not-echoed", suite=1)
def _(client, meter):
    return apdus.decode(client.send(sealed(client, CIPHERED))).transaction_id == b""


@probe("nested-protection-accepted", suite=1)
def _(client, meter):
    inside = client.ask(sealed(client), Protection.GENERAL_GLO)[0]
    return client.security.open(inside)[0] == GOT


@pytest.mark.parametrize("name", PROBES)
def test_a_defect_shows_in_the_faulty_meter_only(name):
    suite, policy, association, shows = PROBES[name]
    for defects, expected in (((), False), ((name,), True)):
        meter = Meter(suite, *defects, policy=policy)
        client = meter.client(association).establish()
        assert shows(client, meter) is expected, defects


@pytest.mark.parametrize("name", PROBES)
def test_a_faulty_meter_still_serves_who_does_it_right(name):
    suite, policy, association, _ = PROBES[name]
    meter = Meter(suite, name, policy=policy)
    for _ in range(2):
        client = meter.client(association).establish()
        assert served(client, sealed(client))


def test_every_defect_of_keys_and_general_protection_has_a_probe():
    named = {defect.name for defect in (*SECURITY_DEFECTS, *KEY_DEFECTS, *GENERAL_PROTECTION_DEFECTS)}
    shown_elsewhere = {
        "authentication-tag-never-verified",
        "security-policy-not-enforced",
        "plain-request-in-ciphered-association-served",
        "invocation-counter-not-checked",
        "sending-counter-restarts",
        "sending-counter-little-endian",
        "pass-4-counter-reused",
        "rlrq-without-protection-accepted",
    }
    assert PROBES.keys() - named == set()
    assert named - PROBES.keys() >= shown_elsewhere
