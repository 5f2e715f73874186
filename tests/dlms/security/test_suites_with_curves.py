"""Suites 1 and 2: signatures, key agreement and key wrap, against the published examples and against themselves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic, key_wrap
from conformance.dlms.security.key_agreement import Scheme, derive
from conformance.dlms.security.mechanisms import reply_to_challenge, verify_reply
from conformance.dlms.security.suite import SUITES, AlgorithmId, suite_of

CLIENT, SERVER = bytes.fromhex("4D4D4D0000BC614E"), bytes.fromhex("4D4D4D0000000001")
SUITE_1, SUITE_2 = SUITES[1], SUITES[2]

# The examples of IEC 62056-5-3 for P-256, and of the implementer's guide of Suite B for P-384.
SIGNING = bytes.fromhex("418073C239FA6125011DE4D6CD2E645780289F761BB21BFB0835CB5585E8B373")
SIGNATURE_KEY = bytes.fromhex(
    "BAAFFDE06A8CB1C9DAE8D94023C601DBBB249254BA22EDD827E820BCA2BCC643"
    "62FBB83D86A82B87BB8B7161D2AAB5521911A946B97A284A90F7785CD9047D25"
)
EPHEMERAL_CLIENT = bytes.fromhex(
    "2914D60E10AB705F62ED6CC349D7CB99B9AB3F3978E59278C7AF595B3AF98794"
    "1372DAB6D5AF1FA867E134167E6F23DE664A6693E05F43414611058D1B48F894"
)
EPHEMERAL_SERVER = "34A8C23A34DBB519D09B245754C85A6CFE05D14A063EFA5AA41545AA8241EFAE"
ONE_PASS_CLIENT = bytes.fromhex(
    "C323C2BD45711DE4688637D919F92E9DB8FB2DFC213A88D21C9DC8DCBA917D81"
    "70511DE1BADB360D50058F794B0960AE11FA28D392CFF907A62D13E3357B1DC0"
)
ONE_PASS_SERVER = (
    "6439724714B47CD9CB988897D8424AB946DCD083D37A954637616011B9C23787"
    "73295F0F850D8DAFD1BBE9FE666E53E4F097CD10B38B69622152724A90987444"
)
P384_SIGNING = bytes.fromhex(
    "c838b85253ef8dc7394fa5808a5183981c7deef5a69ba8f4f2117ffea39cfcd90e95f6cbc854abacab701d50c1f3cf24"
)
P384_SIGNATURE_KEY = bytes.fromhex(
    "1fbac8eebd0cbf35640b39efe0808dd774debff20a2a329e91713baf7d7f3c3e81546d883730bee7e48678f857b02ca0"
    "eb213103bd68ce343365a8a4c3d4555fa385f5330203bdd76ffad1f3affb95751c132007e1b240353cb0a4cf1693bdf9"
)
SIGNED = [
    (
        SUITE_1,
        SIGNATURE_KEY,
        b"\0" + EPHEMERAL_CLIENT,
        "06F0607702AA0E2435A183E2F6B1ECD19629712E389A213610C03F77B2590860"
        "EA840AF5C3FA1F2BCDF055D4744E9A01CE9A0E55026BCAA4EEBEB764CED64BB3",
    ),
    (
        SUITE_1,
        SIGNATURE_KEY,
        ONE_PASS_CLIENT,
        "B51BE089D0B682863B2217201E73A1A9031968A9B4121DCBC3281A69739AF874"
        "29F5B3AC5471E7B6A04A2C0F2F8A25FD772A317DF97FC5463FEAC248EB8AB8BE",
    ),
    (
        SUITE_2,
        P384_SIGNATURE_KEY,
        b"This is only a test message. It is 48 bytes long",
        "a0c27ec893092dea1e1bd2ccfed3cf945c8134ed0c9f81311a0f4a05942db8dbed8dd59f267471d5462aa14fe72de856"
        "20ab3f45b74f10b6e11f96a2c8eb694d206b9dda86d3c7e331c26b22c987b7537726577667adadf168ebbe803794a402",
    ),
]


@pytest.mark.parametrize(("suite", "key", "octets", "signature"), SIGNED)
def test_published_signatures_verify(suite, key, octets, signature):
    elliptic.verify(suite, elliptic.public_key(suite, key), octets, bytes.fromhex(signature))


@pytest.mark.parametrize(("suite", "key", "octets", "signature"), SIGNED)
def test_a_changed_octet_anywhere_is_noticed(suite, key, octets, signature):
    public, right = elliptic.public_key(suite, key), bytes.fromhex(signature)
    for wrong in (right[:-1] + bytes((right[-1] ^ 1,)), bytes(len(right)), right[:-1], right + b"\0", b""):
        with pytest.raises(CipherError) as raised:
            elliptic.verify(suite, public, octets, wrong)
        assert raised.value.reason == "signature-invalid"
    with pytest.raises(CipherError):
        elliptic.verify(suite, public, octets + b"\0", right)


@pytest.mark.parametrize(
    ("suite", "private", "public"),
    [(SUITE_1, SIGNING, SIGNATURE_KEY), (SUITE_2, P384_SIGNING, P384_SIGNATURE_KEY)],
)
def test_a_private_key_has_the_published_public_key(suite, private, public):
    assert elliptic.public_octets(elliptic.private_key(suite, private).public_key()) == public


def test_the_ephemeral_unified_model_gives_the_published_secret():
    own = elliptic.private_key(SUITE_1, bytes.fromhex(EPHEMERAL_SERVER))
    secret = elliptic.shared_secret(own, elliptic.public_key(SUITE_1, EPHEMERAL_CLIENT))
    assert secret.hex().upper() == "C1CF8FE7891AEF3617D7190795E61FE6C24EFC3CCA2E08469BAD1A225CE6EA08"


@pytest.mark.parametrize(
    ("static", "ephemeral", "titles", "secret", "key"),
    [
        (
            "AAD3FD0732E991CF52A74C66C1F2827DDC53522A2E0A169D7C4FFCC0FB5D6A4D",
            ONE_PASS_CLIENT.hex(),
            (CLIENT, SERVER),
            "0D4385BA0DD756CBCAB9887EB538396EE8F090A14C1079B4359F115B977F4615",
            "59A71FD81C929A86A99438DA17A66C05",
        ),
        (
            "A51C16FF5C498FCC89323D4A9267CD71BF81FD6F6A891CD240DA7F3D6F283E65",
            ONE_PASS_SERVER,
            (SERVER, CLIENT),
            "2B4302DC49790E2E78D990CFB52ED6E2F273DECE441A2D95E4301B93812A9FAC",
            "F0184BDA9466BFA4601A64A7EF46504A",
        ),
    ],
    ids=["client to server", "server to client"],
)
def test_one_pass_diffie_hellman_gives_the_published_keys(static, ephemeral, titles, secret, key):
    own = elliptic.private_key(SUITE_1, bytes.fromhex(static))
    shared = elliptic.shared_secret(own, elliptic.public_key(SUITE_1, bytes.fromhex(ephemeral)))
    assert shared.hex().upper() == secret
    derived = derive(SUITE_1, shared, originator_title=titles[0], recipient_title=titles[1])
    assert derived.hex().upper() == key


def test_titles_nonce_and_algorithm_all_change_the_derived_key():
    made = [
        derive(SUITE_2, b"Z" * 48, originator_title=CLIENT, recipient_title=SERVER, nonce=nonce, algorithm=algorithm)
        for nonce in (None, b"", b"\x01")
        for algorithm in AlgorithmId
    ]
    made.append(derive(SUITE_2, b"Z" * 48, originator_title=SERVER, recipient_title=CLIENT))
    assert len(set(made)) == len(made)
    assert {len(key) for key in made} == {16, 32}


@pytest.mark.parametrize("number", [1, 2])
def test_both_sides_of_each_scheme_agree(number):
    suite = suite_of(number)
    ours, theirs = (elliptic.private_key(suite, bytes((octet,)) * suite.coordinate_octets) for octet in (0x11, 0x22))
    secrets = {
        elliptic.shared_secret(ours, theirs.public_key()),
        elliptic.shared_secret(theirs, ours.public_key()),
    }
    assert len(secrets) == 1
    key = derive(suite, secrets.pop(), originator_title=CLIENT, recipient_title=SERVER)
    assert len(key) == suite.key_octets


def test_suite_0_has_no_curve_and_suite_3_is_reserved():
    with pytest.raises(CipherError, match="no elliptic curve"):
        elliptic.private_key(SUITES[0], bytes(32))
    with pytest.raises(CipherError, match="reserved"):
        suite_of(3)


@settings(max_examples=60)
@given(st.sampled_from([SUITE_1, SUITE_2]), st.binary(max_size=130))
def test_garbage_is_no_key_and_raises_nothing_but_cipher_error(suite, garbage):
    for take in (elliptic.public_key, elliptic.private_key):
        try:
            take(suite, garbage)
        except CipherError as error:
            assert error.reason in ("public-key", "private-key")  # noqa: PT017 - most garbage, not all of it


def test_keys_of_different_curves_agree_on_nothing():
    own = elliptic.private_key(SUITE_2, P384_SIGNING)
    with pytest.raises(CipherError) as raised:
        elliptic.shared_secret(own, elliptic.public_key(SUITE_1, SIGNATURE_KEY))
    assert raised.value.reason == "curve"


def test_a_scheme_names_itself():
    assert [scheme.label for scheme in Scheme] == ["C(1e, 1s, ECC CDH)", "C(0e, 2s, ECC CDH)"]


# RFC 3394, 4.1, 4.3 and 4.6.
@pytest.mark.parametrize(
    ("kek", "key", "wrapped"),
    [
        (
            "000102030405060708090A0B0C0D0E0F",
            "00112233445566778899AABBCCDDEEFF",
            "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5",
        ),
        (
            "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
            "00112233445566778899AABBCCDDEEFF",
            "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7",
        ),
        (
            "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
            "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
            "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
        ),
    ],
)
def test_key_wrap_is_rfc_3394(kek, key, wrapped):
    assert key_wrap.wrap(bytes.fromhex(kek), bytes.fromhex(key)).hex().upper() == wrapped
    assert key_wrap.unwrap(bytes.fromhex(kek), bytes.fromhex(wrapped)).hex().upper() == key


@pytest.mark.parametrize("cut", [0, 7, 8, 16, 23])
def test_what_does_not_unwrap_is_told_and_nothing_is_given_out(cut):
    wrapped = bytes.fromhex("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5")
    for damaged in (wrapped[:cut], wrapped[:cut] + bytes((wrapped[cut] ^ 1,)) + wrapped[cut + 1 :]):
        with pytest.raises(CipherError) as raised:
            key_wrap.unwrap(bytes(range(16)), damaged)
        assert raised.value.reason == "unwrap"


@pytest.mark.parametrize(
    ("suite", "private", "public"),
    [(1, SIGNING, SIGNATURE_KEY), (2, P384_SIGNING, P384_SIGNATURE_KEY)],
)
def test_mechanism_7_signs_titles_and_challenges(suite, private, public):
    stoc, ctos = b"StoC" * 8, b"CtoS" * 8
    common = {"secret": b"", "encryption_key": b"", "authentication_key": b"", "security_suite": suite}
    answer = reply_to_challenge(
        Mechanism.HLS_ECDSA,
        challenge=stoc,
        own_challenge=ctos,
        own_title=CLIENT,
        peer_title=SERVER,
        invocation_counter=0,
        signing_key=private,
        **common,
    )
    seen = {"own_title": SERVER, "peer_title": CLIENT, "peer_signature_key": public, **common}
    verify_reply(Mechanism.HLS_ECDSA, answer, challenge=stoc, peer_challenge=ctos, **seen)
    elliptic.verify(
        suite_of(suite), elliptic.public_key(suite_of(suite), public), CLIENT + SERVER + stoc + ctos, answer
    )
    with pytest.raises(CipherError, match="does not verify"):
        verify_reply(Mechanism.HLS_ECDSA, answer, challenge=ctos, peer_challenge=stoc, **seen)
