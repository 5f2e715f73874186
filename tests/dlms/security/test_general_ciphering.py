"""The general-ciphering APDU."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.errors import CipherError, DecodeError
from conformance.dlms.reader import decode, dissect
from conformance.dlms.security import gcm, general_ciphering
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import AgreedKey, GeneralCiphering, IdentifiedKey, WrappedKey

TITLE = bytes.fromhex("4D4D4D0000000001")
METER = bytes.fromhex("4D4D4D0000BC614E")
BOTH = SecurityControl.from_octet(0x30)

octets = st.binary(max_size=140)
titles = st.one_of(st.just(b""), st.binary(min_size=8, max_size=8))
key_infos = st.one_of(
    st.none(),
    st.builds(IdentifiedKey, st.integers(0, 1)),
    st.builds(WrappedKey, st.just(0), octets),
    st.builds(AgreedKey, octets, octets),
)
controls = st.sampled_from([0x00, 0x10, 0x20, 0x30, 0xB1]).map(SecurityControl.from_octet)
apdus = st.builds(
    GeneralCiphering,
    octets,
    titles,
    titles,
    octets,
    octets,
    key_infos,
    controls,
    st.integers(0, 0xFFFF_FFFF),
    st.binary(min_size=12, max_size=200),
)


def read(apdu, deviations=None):
    return decode(apdu, general_ciphering.read, "general-ciphering", deviations=deviations)


def apdu(key_info=None, content=bytes(12), control=BOTH):
    return GeneralCiphering(b"12345678", TITLE, METER, b"", b"", key_info, control, 1, content)


@given(apdus)
def test_what_was_encoded_is_decoded_and_every_octet_has_a_name(value):
    encoded = value.encode()
    assert read(encoded) == value
    dissection = dissect(encoded, general_ciphering.read, "general-ciphering")
    leaves = [field for _, field in dissection.root.walk() if not field.children]
    assert [place for leaf in leaves for place in range(leaf.start, leaf.end)] == list(range(len(encoded)))


@given(st.binary(max_size=80))
def test_garbage_raises_nothing_but_decode_error(garbage):
    for deviations in (None, []):
        for candidate in (garbage, b"\xdd" + garbage, b"\xdd\0\0\0\0\0\x01" + garbage):
            with suppress(DecodeError):
                read(candidate, deviations)


@pytest.mark.parametrize(
    ("key_info", "coded"),
    [
        (None, "00"),
        (IdentifiedKey(0), "010000"),
        (IdentifiedKey(1), "010001"),
        (WrappedKey(0, b"\xaa\xbb"), "01010002AABB"),
        (AgreedKey(b"\x01", b"\xaa"), "0102010101AA"),
    ],
)
def test_key_info_is_coded_as_an_optional_choice(key_info, coded):
    encoded = apdu(key_info).encode()
    fields = b"\xdd\x08" + b"12345678" + b"\x08" + TITLE + b"\x08" + METER + b"\0\0"
    assert encoded == fields + bytes.fromhex(coded) + b"\x11\x30\0\0\0\x01" + bytes(12)


def test_the_report_shows_which_key_is_named():
    root = dissect(apdu(IdentifiedKey(1)).encode(), general_ciphering.read, "general-ciphering").root
    assert root.find("general-ciphering.key-info.choice").value == "identified-key"
    assert root.find("general-ciphering.key-info.key-id").value == "global-broadcast-encryption-key"
    assert str(root.find("general-ciphering.security-header.security-control").value).startswith("0x30")
    assert root.find("general-ciphering.transaction-id.value").value == b"12345678"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (apdu(IdentifiedKey(2)).encode(), "key-id-unknown"),
        (apdu(WrappedKey(1, b"")).encode(), "kek-id-unknown"),
        (apdu(control=SecurityControl.from_octet(0x70)).encode(), "key-set-not-zero"),
        (apdu(control=SecurityControl.from_octet(0x34)).encode(), "security-suite-reserved"),
        (apdu().encode().replace(METER + b"\0\0\0", METER + b"\0\0\x02\0\0"), "presence-not-boolean"),
    ],
)
def test_what_is_illegal_but_readable_is_noted(value, code):
    found = []
    read(value, found)
    assert [deviation.code for deviation in found] == [code]


def test_an_unknown_key_info_choice_is_an_error():
    with pytest.raises(DecodeError, match="key-info choice 3") as caught:
        read(bytes.fromhex("DD00000000000103"))
    assert caught.value.path == "general-ciphering.key-info.choice"


def test_the_tag_covers_the_header_fields_with_their_lengths():
    key, authentication_key = bytes(16), bytes(range(16))
    blank = apdu(content=b"")
    assert blank.additional_data == b"\x0812345678\x08" + TITLE + b"\x08" + METER + b"\0\0"
    content = gcm.protect(BOTH, TITLE, 1, key, authentication_key, b"\xc0", additional=blank.additional_data)
    received = read(apdu(content=content).encode())
    opened = gcm.unprotect(
        received.security_control,
        received.originator_system_title,
        received.invocation_counter,
        key,
        authentication_key,
        received.content,
        additional=received.additional_data,
    )
    assert opened == b"\xc0"
    with pytest.raises(CipherError):
        gcm.unprotect(BOTH, TITLE, 1, key, authentication_key, content, additional=received.additional_data[:-1])
