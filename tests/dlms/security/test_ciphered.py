"""Ciphered APDUs: tags, fields, deviations."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.alteration import Alteration, Operation, alter
from conformance.dlms.errors import DecodeError, EncodeError
from conformance.dlms.fields import FieldKind
from conformance.dlms.reader import decode, dissect
from conformance.dlms.security import ciphered
from conformance.dlms.security.ciphered import (
    GeneralDedicated,
    GeneralGlobal,
    ServiceCiphered,
    is_dedicated,
    plain_tag,
    protected_tag,
)
from conformance.dlms.security.control import SecurityControl

TAGS = {
    0x01: (0x21, 0x41),
    0x05: (0x25, 0x45),
    0x06: (0x26, 0x46),
    0x08: (0x28, 0x48),
    0x0C: (0x2C, 0x4C),
    0x0D: (0x2D, 0x4D),
    0x0E: (0x2E, 0x4E),
    0x16: (0x36, 0x56),
    0x18: (0x38, 0x58),
    0xC0: (0xC8, 0xD0),
    0xC1: (0xC9, 0xD1),
    0xC2: (0xCA, 0xD2),
    0xC3: (0xCB, 0xD3),
    0xC4: (0xCC, 0xD4),
    0xC5: (0xCD, 0xD5),
    0xC7: (0xCF, 0xD7),
}
GLO_GET = bytes.fromhex("C81E3001234567411312FF935A47566827C467BC7D825C3BE4A77C3FCC056B6B")

# Octets of the deciphered information never matter to the codec, so that any will do.
controls = st.sampled_from([0x00, 0x10, 0x20, 0x30, 0x11, 0x22, 0x32]).map(SecurityControl.from_octet)
counters = st.integers(0, 0xFFFF_FFFF)
contents = st.binary(min_size=12, max_size=300)
services = st.sampled_from(sorted(tag for pair in TAGS.values() for tag in pair))
titles = st.one_of(st.just(b""), st.binary(min_size=8, max_size=8))
apdus = st.one_of(
    st.builds(ServiceCiphered, services, controls, counters, contents),
    st.builds(GeneralGlobal, titles, controls, counters, contents),
    st.builds(GeneralDedicated, titles, controls, counters, contents),
)


def read(octets, deviations=None):
    return decode(octets, ciphered.read, "glo-get-request", deviations=deviations)


def paths(octets, name="glo-get-request"):
    return [path for path, _ in dissect(octets, ciphered.read, name).root.walk()]


def codes(octets):
    found = []
    read(octets, found)
    return [deviation.code for deviation in found]


@pytest.mark.parametrize(("plain", "glo", "ded"), [(plain, *pair) for plain, pair in TAGS.items()])
def test_every_service_has_its_tag_under_the_global_and_under_the_dedicated_key(plain, glo, ded):
    assert protected_tag(plain, dedicated=False) == glo
    assert protected_tag(plain, dedicated=True) == ded
    assert plain_tag(glo) == plain_tag(ded) == plain
    assert not is_dedicated(glo)
    assert is_dedicated(ded)
    assert ciphered.NAMES[glo].removeprefix("glo-") == ciphered.NAMES[ded].removeprefix("ded-")


def test_general_ciphering_tells_by_its_tag_which_key_it_uses():
    assert not is_dedicated(0xDB)
    assert is_dedicated(0xDC)
    assert not is_dedicated(0xDD)


@pytest.mark.parametrize("tag", [0x0F, 0xD8, 0xD9, 0xDA, 0x60, 0xC6, 0xC8, 0xDB])
def test_an_apdu_without_a_service_specific_form_is_refused(tag):
    for dedicated in (False, True):
        with pytest.raises(EncodeError, match="no service-specific"):
            protected_tag(tag, dedicated)


@pytest.mark.parametrize("tag", [0x01, 0xC0, 0xDB, 0xDC, 0xDD, 0xCE, 0xD6])
def test_a_tag_that_holds_no_service_is_refused(tag):
    with pytest.raises(EncodeError):
        plain_tag(tag)


@given(apdus)
def test_what_was_encoded_is_decoded_and_every_octet_has_a_name(apdu):
    octets = apdu.encode()
    assert read(octets) == apdu
    dissection = dissect(octets, ciphered.read, "apdu")
    assert dissection.value == apdu
    leaves = [field for _, field in dissection.root.walk() if not field.children]
    covered = [place for leaf in leaves for place in range(leaf.start, leaf.end)]
    assert covered == list(range(len(octets)))


@given(st.binary(max_size=60))
def test_garbage_raises_nothing_but_decode_error(octets):
    for deviations in (None, []):
        with suppress(DecodeError):
            read(octets, deviations)
    dissect(octets, ciphered.read, "apdu")


@given(st.sampled_from(sorted(ciphered.NAMES)), st.binary(max_size=40))
def test_garbage_behind_a_known_tag_raises_nothing_but_decode_error(tag, octets):
    try:
        value = read(bytes((tag,)) + octets, [])
    except DecodeError:
        return
    assert isinstance(value, (ServiceCiphered, GeneralGlobal, GeneralDedicated))


@pytest.mark.parametrize("size", range(len(GLO_GET)))
def test_an_apdu_cut_anywhere_is_an_error_with_a_place(size):
    with pytest.raises(DecodeError) as caught:
        read(GLO_GET[:size])
    assert caught.value.path.startswith("glo-get-request")
    assert caught.value.offset <= size


def test_trailing_octets_are_an_error():
    with pytest.raises(DecodeError, match="left over"):
        read(GLO_GET + b"\0")


def test_the_fields_have_the_names_that_stimuli_use():
    assert paths(GLO_GET) == [
        "glo-get-request",
        "glo-get-request.tag",
        "glo-get-request.length",
        "glo-get-request.security-header",
        "glo-get-request.security-header.security-control",
        "glo-get-request.security-header.invocation-counter",
        "glo-get-request.ciphertext",
        "glo-get-request.authentication-tag",
    ]


def test_encryption_alone_leaves_no_authentication_tag():
    assert "glo-get-request.authentication-tag" not in paths(bytes.fromhex("C8122001234567411312FF935A47566827C467BC"))


def test_the_general_forms_have_the_same_names_and_a_title():
    octets = GeneralGlobal(bytes(8), SecurityControl.from_octet(0x30), 7, bytes(20)).encode()
    found = paths(octets, "general-glo-ciphering")
    assert "general-glo-ciphering.system-title.value" in found
    assert "general-glo-ciphering.security-header.security-control" in found
    assert "general-glo-ciphering.authentication-tag" in found


def test_the_report_shows_what_the_security_control_means():
    root = dissect(GLO_GET, ciphered.read, "glo-get-request").root
    control = root.find("glo-get-request.security-header.security-control")
    assert str(control.value) == "0x30 authenticated, encrypted, suite 0"
    assert root.find("glo-get-request.security-header.invocation-counter").value == 0x01234567
    assert root.find("glo-get-request.length").kind is FieldKind.LENGTH
    assert root.find("glo-get-request.tag").value == "glo-get-request"


def test_a_stimulus_cuts_the_tag_and_the_length_follows():
    root = dissect(GLO_GET, ciphered.read, "glo-get-request").root
    cut = alter(GLO_GET, root, [Alteration("glo-get-request.authentication-tag", Operation.CUT, number=11)])
    assert cut == b"\xc8\x1d" + GLO_GET[2:-1]


def test_a_stimulus_replaces_control_and_counter():
    root = dissect(GLO_GET, ciphered.read, "glo-get-request").root
    header = "glo-get-request.security-header"
    changed = alter(
        GLO_GET,
        root,
        [
            Alteration(f"{header}.security-control", Operation.REPLACE, b"\x3f"),
            Alteration(f"{header}.invocation-counter", Operation.REPLACE, bytes(4)),
        ],
    )
    assert changed == GLO_GET[:2] + bytes.fromhex("3F00000000") + GLO_GET[7:]


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("C8052000000001", []),
        ("C8056000000001", []),
        ("D0052000000001", []),
        ("D0056000000001", ["key-set-not-zero"]),
        ("4105A000000001", ["compression-not-available"]),
        ("C805A000000001", ["compression-not-available"]),
        ("C8052300000001", ["security-suite-reserved"]),
        ("D005EF00000001", ["security-suite-reserved", "key-set-not-zero", "compression-not-available"]),
        ("DB0005A000000001", []),
        ("DB0005E100000001", []),
        ("DC0005E100000001", ["key-set-not-zero"]),
        ("DB01AA056000000001", ["system-title-length"]),
    ],
)
def test_what_is_illegal_but_readable_is_noted(octets, expected):
    assert codes(bytes.fromhex(octets)) == expected


def test_a_reserved_suite_is_an_error_where_nobody_collects_deviations():
    with pytest.raises(DecodeError, match="security suite 3 is reserved") as caught:
        read(bytes.fromhex("C8052300000001"))
    assert caught.value.offset == 2
    assert caught.value.path == "glo-get-request.security-header.security-control"


def test_a_length_that_is_not_minimal_is_noted():
    assert codes(bytes.fromhex("C881052000000001")) == ["length-not-minimal"]


def test_a_missing_tag_is_told_as_such():
    with pytest.raises(DecodeError, match="authentication-tag wants 12 octets, 3 left"):
        read(bytes.fromhex("C8083000000001AABBCC"))


def test_a_large_length_without_octets_costs_nothing():
    with pytest.raises(DecodeError, match="ciphered content wants 4294967295 octets"):
        read(bytes.fromhex("C884FFFFFFFF3000000001"))


@pytest.mark.parametrize("counter", [-1, 1 << 32])
def test_a_counter_that_is_no_unsigned32_has_no_encoding(counter):
    with pytest.raises(EncodeError, match="invocation counter"):
        ServiceCiphered(0xC8, SecurityControl.from_octet(0x30), counter, bytes(12)).encode()


def test_a_tag_that_is_no_ciphered_apdu_is_an_error():
    with pytest.raises(DecodeError, match="tag C0 is no ciphered APDU") as caught:
        read(bytes.fromhex("C001C100010000010000FF0200"))
    assert caught.value.offset == 0
