"""General-signing: what the signature covers, and that nothing of it can be changed unnoticed."""

from dataclasses import fields, replace

import pytest

from conformance.dlms import apdu as apdus
from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic, signing
from conformance.dlms.security.suite import SUITES
from conformance.dlms.xdlms.general_signing import GeneralSigning

APDU = GeneralSigning(
    transaction_id=bytes(range(1, 9)),
    originator_system_title=bytes.fromhex("4D4D4D0000BC614E"),
    recipient_system_title=bytes.fromhex("4D4D4D0000000001"),
    date_time=b"",
    other_information=b"",
    content=bytes.fromhex("C001C1000F0000280000FF0100"),
    signature=b"",
)


def key_of(suite):
    private = b"\x33" * suite.coordinate_octets
    return private, elliptic.public_octets(elliptic.private_key(suite, private).public_key())


def test_the_signature_is_over_every_field_with_its_length():
    lengths = "08 0102030405060708 08 4D4D4D0000BC614E 08 4D4D4D0000000001 00 00 0D C001C1000F0000280000FF0100"
    assert APDU.signed == bytes.fromhex(lengths)


@pytest.mark.parametrize("number", [1, 2])
def test_a_signed_apdu_verifies_after_its_way_over_the_wire(number):
    suite = SUITES[number]
    private, public = key_of(suite)
    received = apdus.decode(signing.sign(suite, private, APDU).encode())
    assert len(received.signature) == 2 * suite.coordinate_octets
    signing.verify(suite, public, received)


@pytest.mark.parametrize("field", [item.name for item in fields(GeneralSigning) if item.name != "signature"])
def test_no_field_can_be_changed_unnoticed(field):
    suite = SUITES[1]
    private, public = key_of(suite)
    signed = signing.sign(suite, private, APDU)
    with pytest.raises(CipherError, match="does not verify"):
        signing.verify(suite, public, replace(signed, **{field: getattr(signed, field) + b"\0"}))


def test_suite_0_signs_nothing():
    with pytest.raises(CipherError, match="no elliptic curve"):
        signing.sign(SUITES[0], bytes(32), APDU)
