"""Answers to challenges, in both directions."""

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.errors import CipherError, DecodeError, EncodeError
from conformance.dlms.reader import decode, dissect
from conformance.dlms.security import gmac_reply
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.gmac_reply import GmacReply
from conformance.dlms.security.mechanisms import reply_to_challenge, verify_reply

EK = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
AK = bytes.fromhex("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF")
CLIENT = bytes.fromhex("4D4D4D0000000001")
METER = bytes.fromhex("4D4D4D0000BC614E")
CTOS = b"K56iVagY"
STOC = b"P6wRJ21F"
SECRET = b"a secret of 16 o"

HASHES = [Mechanism.HLS_MD5, Mechanism.HLS_SHA1, Mechanism.HLS_SHA256]
SERVED = [*HASHES, Mechanism.HLS_GMAC, "worked-example"]
challenges = st.binary(min_size=8, max_size=64)


def pass_3(mechanism, *, stoc=STOC, ctos=CTOS, secret=SECRET, counter=1, **more):
    return reply_to_challenge(
        mechanism,
        challenge=stoc,
        own_challenge=ctos,
        secret=secret,
        own_title=CLIENT,
        peer_title=METER,
        encryption_key=EK,
        authentication_key=AK,
        invocation_counter=counter,
        **more,
    )


def pass_4(mechanism, *, stoc=STOC, ctos=CTOS, counter=0x01234567):
    return reply_to_challenge(
        mechanism,
        challenge=ctos,
        own_challenge=stoc,
        secret=SECRET,
        own_title=METER,
        peer_title=CLIENT,
        encryption_key=EK,
        authentication_key=AK,
        invocation_counter=counter,
    )


def check_pass_3(mechanism, reply, *, stoc=STOC, ctos=CTOS, secret=SECRET, **more):
    verify_reply(
        mechanism,
        reply,
        challenge=stoc,
        peer_challenge=ctos,
        secret=secret,
        own_title=METER,
        peer_title=CLIENT,
        encryption_key=EK,
        authentication_key=AK,
        **more,
    )


def test_the_gmac_answers_of_the_green_book_come_out_octet_for_octet():
    assert pass_3(Mechanism.HLS_GMAC).hex().upper() == "10000000011A52FE7DD3E72748973C1E28"
    assert pass_4(Mechanism.HLS_GMAC).hex().upper() == "1001234567FE1466AFB3DBCD4F9389E2B7"


def test_md5_and_sha_1_hash_the_challenge_before_the_secret():
    assert pass_3(Mechanism.HLS_MD5) == hashlib.md5(STOC + SECRET).digest()
    assert pass_4(Mechanism.HLS_MD5) == hashlib.md5(CTOS + SECRET).digest()
    assert pass_3(Mechanism.HLS_SHA1) == hashlib.sha1(STOC + SECRET).digest()
    assert pass_4(Mechanism.HLS_SHA1) == hashlib.sha1(CTOS + SECRET).digest()


def test_sha_256_hashes_titles_and_challenges_in_the_order_of_each_direction():
    assert pass_3(Mechanism.HLS_SHA256) == hashlib.sha256(SECRET + CLIENT + METER + STOC + CTOS).digest()
    assert pass_4(Mechanism.HLS_SHA256) == hashlib.sha256(SECRET + METER + CLIENT + CTOS + STOC).digest()


@pytest.mark.parametrize("mechanism", SERVED)
@given(stoc=challenges, ctos=challenges)
def test_the_right_answer_is_accepted_for_challenges_of_every_legal_length(mechanism, stoc, ctos):
    check_pass_3(mechanism, pass_3(mechanism, stoc=stoc, ctos=ctos), stoc=stoc, ctos=ctos)


@pytest.mark.parametrize("mechanism", SERVED)
@given(data=st.data())
def test_one_flipped_bit_of_the_answer_is_noticed(mechanism, data):
    reply = bytearray(pass_3(mechanism))
    bit = data.draw(st.integers(0, len(reply) * 8 - 1))
    reply[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CipherError):
        check_pass_3(mechanism, bytes(reply))


@pytest.mark.parametrize("mechanism", SERVED)
@given(garbage=st.binary(max_size=40))
def test_garbage_in_place_of_an_answer_raises_nothing_but_cipher_error(mechanism, garbage):
    with pytest.raises(CipherError):
        check_pass_3(mechanism, garbage)


@pytest.mark.parametrize("mechanism", SERVED)
def test_an_answer_to_the_other_challenge_is_refused(mechanism):
    with pytest.raises(CipherError):
        check_pass_3(mechanism, pass_3(mechanism, stoc=CTOS, ctos=STOC))


@pytest.mark.parametrize("mechanism", [Mechanism.HLS_GMAC, Mechanism.HLS_SHA256, "worked-example"])
def test_a_meter_that_sends_the_clients_answer_back_is_refused(mechanism):
    with pytest.raises(CipherError):
        check_pass_3(mechanism, pass_4(mechanism, stoc=CTOS, ctos=STOC))


@pytest.mark.parametrize("mechanism", [*HASHES, "worked-example"])
def test_an_answer_under_another_secret_is_refused_without_showing_either(mechanism):
    with pytest.raises(CipherError) as caught:
        check_pass_3(mechanism, pass_3(mechanism, secret=b"wrong password"))
    assert caught.value.reason == "reply-invalid"
    assert "secret of 16" not in str(caught.value)
    assert "wrong password" not in str(caught.value)


def test_a_gmac_answer_is_verified_under_the_counter_that_it_carries():
    check_pass_3(Mechanism.HLS_GMAC, pass_3(Mechanism.HLS_GMAC, counter=0xFFFF_FFFF))


@pytest.mark.parametrize(("octet", "reason"), [(0x30, "security-control"), (0x00, "security-control"), (0x13, "suite")])
def test_a_gmac_answer_that_claims_another_protection_is_refused(octet, reason):
    reply = bytes((octet,)) + pass_3(Mechanism.HLS_GMAC)[1:]
    with pytest.raises(CipherError) as caught:
        check_pass_3(Mechanism.HLS_GMAC, reply)
    assert caught.value.reason == reason


def test_a_gmac_answer_of_another_suite_than_the_associations_is_refused():
    reply = pass_3(Mechanism.HLS_GMAC, security_suite=1)
    check_pass_3(Mechanism.HLS_GMAC, reply, security_suite=1)
    with pytest.raises(CipherError, match="suite 1, not 0"):
        check_pass_3(Mechanism.HLS_GMAC, reply)


@pytest.mark.parametrize("size", [0, 5, 16, 18, 21])
def test_a_gmac_answer_with_a_tag_of_another_length_says_so(size):
    with pytest.raises(CipherError) as caught:
        check_pass_3(Mechanism.HLS_GMAC, pass_3(Mechanism.HLS_GMAC).ljust(21, b"\0")[:size])
    assert caught.value.reason == "tag-length"


@pytest.mark.parametrize("mechanism", [Mechanism.LOWEST, Mechanism.LLS, Mechanism.HLS])
def test_a_mechanism_without_an_answer_is_refused_in_words(mechanism):
    with pytest.raises(EncodeError, match=f"mechanism {mechanism:d}"):
        pass_3(mechanism)


@given(st.integers(0x10, 0x12), st.integers(0, 0xFFFF_FFFF), st.binary(min_size=12, max_size=12))
def test_a_gmac_answer_is_decoded_with_named_fields(octet, counter, tag):
    reply = GmacReply(SecurityControl.from_octet(octet), counter, tag)
    assert decode(reply.encode(), gmac_reply.read, gmac_reply.NAME) == reply
    fields = dissect(reply.encode(), gmac_reply.read, gmac_reply.NAME).root.children
    assert [field.name for field in fields] == ["security-control", "invocation-counter", "authentication-tag"]


@given(st.binary(max_size=20))
def test_a_garbled_gmac_answer_raises_nothing_but_decode_error(octets):
    with suppress(DecodeError):
        decode(octets, gmac_reply.read, gmac_reply.NAME)
