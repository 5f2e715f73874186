"""Protecting and opening APDUs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.errors import CipherError, EncodeError
from conformance.dlms.security import gcm
from conformance.dlms.security.control import SecurityControl

EK = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
AK = bytes.fromhex("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF")
TITLE = bytes.fromhex("4D4D4D0000BC614E")
COUNTER = 0x01234567
GET = bytes.fromhex("C0010000080000010000FF0200")

AUTHENTICATED = SecurityControl.from_octet(0x10)
ENCRYPTED = SecurityControl.from_octet(0x20)
BOTH = SecurityControl.from_octet(0x30)

octets = st.binary(max_size=300)
tagged = st.sampled_from([0x10, 0x30, 0x11, 0x31, 0x50, 0x70, 0x90, 0xB0]).map(SecurityControl.from_octet)
suite_0 = st.sampled_from([0x00, 0x10, 0x20, 0x30]).map(SecurityControl.from_octet)
counters = st.integers(0, 0xFFFF_FFFF)


def opened(content, control=BOTH, title=TITLE, counter=COUNTER, ek=EK, ak=AK, additional=b""):
    return gcm.unprotect(control, title, counter, ek, ak, content, additional=additional)


@pytest.mark.parametrize(
    ("control", "content"),
    [
        (BOTH, "411312FF935A47566827C467BC7D825C3BE4A77C3FCC056B6B"),
        (AUTHENTICATED, "C0010000080000010000FF020006725D910F9221D263877516"),
        (ENCRYPTED, "411312FF935A47566827C467BC"),
        (SecurityControl(), "C0010000080000010000FF0200"),
    ],
)
def test_the_get_request_of_the_green_book_is_protected_octet_for_octet(control, content):
    assert gcm.protect(control, TITLE, COUNTER, EK, AK, GET) == bytes.fromhex(content)
    assert opened(bytes.fromhex(content), control) == GET


@given(suite_0, st.binary(min_size=8, max_size=8), counters, st.binary(min_size=16, max_size=16), octets, octets)
def test_what_was_protected_opens_again(control, title, counter, key, authentication_key, plaintext):
    content = gcm.protect(control, title, counter, key, authentication_key, plaintext)
    assert len(content) == len(plaintext) + (12 if control.authenticated else 0)
    assert gcm.unprotect(control, title, counter, key, authentication_key, content) == plaintext


@given(octets, octets)
def test_suite_2_uses_aes_256(plaintext, additional):
    control = SecurityControl(suite=2, authenticated=True, encrypted=True)
    content = gcm.protect(control, TITLE, COUNTER, EK + AK, AK, plaintext, additional=additional)
    assert gcm.unprotect(control, TITLE, COUNTER, EK + AK, AK, content, additional=additional) == plaintext


@given(tagged, octets, st.data())
def test_one_flipped_bit_of_the_content_is_noticed(control, plaintext, data):
    content = bytearray(gcm.protect(control, TITLE, COUNTER, EK, AK, plaintext))
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CipherError) as caught:
        opened(bytes(content), control)
    assert caught.value.reason == "tag-invalid"


@given(
    st.sampled_from(["title", "counter", "ek", "ak", "additional"]), st.integers(0, 31), st.sampled_from([0x10, 0x30])
)
def test_one_flipped_bit_of_title_counter_key_or_header_is_noticed(part, bit, octet):
    control = SecurityControl.from_octet(octet)
    content = gcm.protect(control, TITLE, COUNTER, EK, AK, GET, additional=b"\x08ABCDEFGH")
    right = {"title": TITLE, "ek": EK, "ak": AK, "additional": b"\x08ABCDEFGH"}
    if part == "counter":
        wrong = {**right, "counter": COUNTER ^ 1 << bit}
    else:
        changed = bytearray(right[part])
        changed[bit // 8] ^= 1 << bit % 8
        wrong = {**right, part: bytes(changed)}
    with pytest.raises(CipherError, match="does not verify"):
        opened(content, control, **wrong)


@pytest.mark.parametrize("octet", [0x10, 0x31, 0x70, 0xB0])
def test_a_security_control_that_was_changed_on_the_way_is_noticed(octet):
    content = gcm.protect(BOTH, TITLE, COUNTER, EK, AK, GET)
    with pytest.raises(CipherError) as caught:
        opened(content, SecurityControl.from_octet(octet))
    assert caught.value.reason == "tag-invalid"


@given(tagged, st.binary(min_size=1, max_size=40), st.integers(0, 11))
def test_a_tag_cut_short_never_opens(control, plaintext, left):
    content = gcm.protect(control, TITLE, COUNTER, EK, AK, plaintext)
    with pytest.raises(CipherError):
        opened(content[: len(plaintext) + left], control)


@given(tagged, st.binary(max_size=40), st.binary(min_size=1, max_size=4))
def test_octets_behind_the_tag_never_open(control, plaintext, trailer):
    content = gcm.protect(control, TITLE, COUNTER, EK, AK, plaintext)
    with pytest.raises(CipherError):
        opened(content + trailer, control)


def test_the_full_tag_of_sixteen_octets_is_refused():
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    full = AESGCM(EK).encrypt(TITLE + COUNTER.to_bytes(4, "big"), GET, b"\x30" + AK)
    with pytest.raises(CipherError):
        opened(full)
    assert opened(full[:-4]) == GET


@given(suite_0, octets)
def test_garbage_raises_nothing_but_cipher_error(control, content):
    if control.authenticated:
        with pytest.raises(CipherError):
            opened(content, control)
    else:
        assert len(opened(content, control)) == len(content)


@pytest.mark.parametrize("size", range(12))
def test_content_too_short_for_a_tag_says_so(size):
    with pytest.raises(CipherError) as caught:
        opened(bytes(size))
    assert caught.value.reason == "too-short"


@pytest.mark.parametrize(("suite", "key_octets"), [(0, 32), (1, 15), (2, 16), (0, 0)])
def test_a_key_of_another_suite_does_not_open(suite, key_octets):
    with pytest.raises(CipherError) as caught:
        opened(bytes(20), SecurityControl(suite, True, True), ek=bytes(key_octets))
    assert caught.value.reason == "key-length"


def test_a_reserved_suite_does_not_open_but_a_stimulus_may_claim_it():
    control = SecurityControl(suite=3, authenticated=True, encrypted=True)
    content = gcm.protect(control, TITLE, COUNTER, EK, AK, GET)
    with pytest.raises(CipherError) as caught:
        opened(content, control)
    assert caught.value.reason == "suite"


@pytest.mark.parametrize("title", [b"", bytes(7), bytes(9)])
def test_a_system_title_of_another_length_than_eight_makes_no_nonce(title):
    for act in (gcm.protect, gcm.unprotect):
        with pytest.raises(CipherError) as caught:
            act(BOTH, title, COUNTER, EK, AK, bytes(20))
        assert caught.value.reason == "title-length"


@pytest.mark.parametrize("counter", [-1, 1 << 32])
def test_a_counter_that_is_no_unsigned32_is_refused(counter):
    for act in (gcm.protect, gcm.unprotect):
        with pytest.raises(EncodeError, match="invocation counter"):
            act(BOTH, TITLE, counter, EK, AK, bytes(20))


def test_no_error_shows_a_key():
    with pytest.raises(CipherError) as caught:
        opened(bytes(20), ek=b"0123456789ABCDE!", ak=b"FEDCBA9876543210")
    shown = repr(caught.value) + str(caught.value)
    assert "0123456789" not in shown
    assert "FEDCBA" not in shown
