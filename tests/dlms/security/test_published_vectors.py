"""The algorithms behind the suites, against published vectors: AES-GCM, ECDSA, ECDH and the key derivation.

The AES-GCM vectors are those of the algorithm's submission, as NIST SP 800-38D's validation has them, and two of CAVP.
A DLMS nonce is system title and invocation counter, 8 and 4 octets, and its associated data begins with the security
control octet: so any vector with a nonce of 12 octets fits whose associated data begins with an octet that says what
the vector does; its tag is cut to the 12 octets that the suites prescribe.
"""

import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic, gcm
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.key_agreement import derive
from conformance.dlms.security.suite import SUITES, AlgorithmId

P128 = "feffe9928665731c6d6a8f9467308308"
NONCE = "cafebabefacedbaddecaf888"
PLAIN = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
    "b16aedf5aa0de657ba637b39"
)
ASSOCIATED = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
SEALED = [
    # AES-GCM test cases 4 (128 bits) and 16 (256 bits): 60 octets, with associated data
    (
        P128,
        NONCE,
        ASSOCIATED,
        PLAIN,
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05"
        "1ba30b396a0aac973d58e091",
        "5bc94fbc3221a5db94fae95ae7121a47",
    ),
    (
        P128 * 2,
        NONCE,
        ASSOCIATED,
        PLAIN,
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
        "c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
    # CAVP gcmEncryptExtIV128: nothing to encrypt, 16 octets of associated data
    (
        "77be63708971c4e240d1cb79e8d77feb",
        "e0e00f19fed7ba0136a797f3",
        "7a43ec1d9c0a5a78a0b16533a6213cab",
        "",
        "",
        "209fcc8d3675ed938e9c7166709dd946",
    ),
]
COUNTER_MODE = [
    # AES-GCM test cases 2, 3, 14 and 15: the ciphertext, which does not depend on associated data
    ("00" * 16, "00" * 12, "00" * 16, "0388dace60b6a392f328c2b971b2fe78"),
    (
        P128,
        NONCE,
        PLAIN + "1aafd255",
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05"
        "1ba30b396a0aac973d58e091473f5985",
    ),
    ("00" * 32, "00" * 12, "00" * 16, "cea7403d4d606b6e074ec5d3baf39d18"),
    (
        P128 * 2,
        NONCE,
        PLAIN + "1aafd255",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
        "c5f61e6393ba7a0abcc9f662898015ad",
    ),
]


def octets(digits):
    return bytes.fromhex(digits)


@pytest.mark.parametrize(("key", "nonce", "associated", "plain", "sealed", "tag"), SEALED)
def test_what_is_sealed_has_the_published_ciphertext_and_tag(key, nonce, associated, plain, sealed, tag):
    title, counter = octets(nonce)[:8], int.from_bytes(octets(nonce)[8:], "big")
    control = SecurityControl.from_octet(octets(associated)[0])
    content = gcm.protect(control, title, counter, octets(key), octets(associated)[1:], octets(plain))
    assert content.hex() == sealed + tag[:24]


@pytest.mark.parametrize(("key", "nonce", "plain", "ciphertext"), COUNTER_MODE)
def test_what_is_encrypted_only_is_the_published_ciphertext_both_ways(key, nonce, plain, ciphertext):
    title, counter = octets(nonce)[:8], int.from_bytes(octets(nonce)[8:], "big")
    control = SecurityControl(2 if len(key) == 64 else 0, encrypted=True)
    assert gcm.protect(control, title, counter, octets(key), b"", octets(plain)).hex() == ciphertext
    assert gcm.unprotect(control, title, counter, octets(key), b"", octets(ciphertext)).hex() == plain


@pytest.mark.parametrize(("key", "plain"), [(P128, PLAIN), (P128 * 2, PLAIN), (P128, "")])
def test_the_tag_that_is_verified_is_that_of_an_independent_computation(key, plain):
    """GHASH, written out here as SP 800-38D has it, agrees with what `unprotect` accepts, and nothing else does."""
    control = SecurityControl(2 if len(key) == 64 else 0, authenticated=True, encrypted=True)
    title, counter = octets(NONCE)[:8], int.from_bytes(octets(NONCE)[8:], "big")
    only = SecurityControl(control.suite, encrypted=True)
    ciphertext = gcm.protect(only, title, counter, octets(key), b"", octets(plain))
    associated = bytes((control.octet,)) + octets(ASSOCIATED)
    tag = written_out_tag(octets(key), octets(NONCE), associated, ciphertext)[:12]
    assert gcm.unprotect(control, title, counter, octets(key), octets(ASSOCIATED), ciphertext + tag) == octets(plain)
    for place in range(12):
        wrong = bytearray(tag)
        wrong[place] ^= 0x80
        with pytest.raises(CipherError):
            gcm.unprotect(control, title, counter, octets(key), octets(ASSOCIATED), ciphertext + bytes(wrong))


def written_out_tag(key, nonce, associated, ciphertext):
    """The GCM tag, from AES on single blocks alone."""

    def block(counter_block):
        return Cipher(AES(key), ECB()).encryptor().update(counter_block)

    def multiply(x, y):
        product = 0
        for bit in range(128):
            if x >> (127 - bit) & 1:
                product ^= y
            y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
        return product

    def padded(text):
        return text + bytes(-len(text) % 16)

    subkey = int.from_bytes(block(bytes(16)), "big")
    lengths = (8 * len(associated)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
    hashed = 0
    text = padded(associated) + padded(ciphertext) + lengths
    for start in range(0, len(text), 16):
        hashed = multiply(hashed ^ int.from_bytes(text[start : start + 16], "big"), subkey)
    first = int.from_bytes(block(nonce + b"\0\0\0\1"), "big")
    return (hashed ^ first).to_bytes(16, "big")


SIGNATURES = [
    # FIPS 186 signature generation of CAVP, P-256 with SHA-256, the first
    (
        1,
        "1ccbe91c075fc7f4f033bfa248db8fccd3565de94bbfb12f3c59ff46c271bf83"
        "ce4014c68811f9a21a1fdb2c0e6113e06db7ca93b7404e78dc7ccd5ca89a4ca9",
        "5905238877c77421f73e43ee3da6f2d9e2ccad5fc942dcec0cbd25482935faaf416983fe165b1a045ee2bcd2e6dca3bd"
        "f46c4310a7461f9a37960ca672d3feb5473e253605fb1ddfd28065b53cb5858a8ad28175bf9bd386a5e471ea7a65c17c"
        "c934a9d791e91491eb3754d03799790fe2d308d16146d5c9b0d0debd97d79ce8",
        "f3ac8061b514795b8843e3d6629527ed2afd6b1f6a555a7acabb5e6f79c8c2ac"
        "8bf77819ca05a6b2786c76262bf7371cef97b218e96f175a3ccdda2acc058903",
    ),
    # RFC 6979, A.2.5 and A.2.6, "sample"
    (
        1,
        "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
        "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
        b"sample".hex(),
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    ),
    (
        2,
        "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13"
        "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720",
        b"sample".hex(),
        "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46"
        "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8",
    ),
]


@pytest.mark.parametrize(("suite", "public", "message", "signature"), SIGNATURES)
def test_published_signatures_verify_and_those_of_another_message_do_not(suite, public, message, signature):
    key = elliptic.public_key(SUITES[suite], octets(public))
    elliptic.verify(SUITES[suite], key, octets(message), octets(signature))
    with pytest.raises(CipherError):
        elliptic.verify(SUITES[suite], key, octets(message) + b"\0", octets(signature))


AGREED = [
    # CAVP, ECC CDH primitive, the first of P-256 and of P-384
    (
        1,
        "700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
        "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
        "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534",
        "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b",
    ),
    (
        2,
        "a7c76b970c3b5fe8b05d2838ae04ab47697b9eaf52e764592efda27fe7513272734466b400091adbf2d68c58e0c50066"
        "ac68f19f2e1cb879aed43a9969b91a0839c4c38a49749b661efedf243451915ed0905a32b060992b468c64766fc8437a",
        "3cc3122a68f0d95027ad38c067916ba0eb8c38894d22e1b15618b6818a661774ad463b205da88cf699ab4d43c9cf98a1",
        "5f9d29dc5e31a163060356213669c8ce132e22f57c9a04f40ba7fcead493b457e5621e766c40a2e3d4d6a04b25e533f1",
    ),
]


@pytest.mark.parametrize(("suite", "public", "private", "secret"), AGREED)
def test_two_keys_agree_on_the_published_secret(suite, public, private, secret):
    own, peer = elliptic.private_key(SUITES[suite], octets(private)), elliptic.public_key(SUITES[suite], octets(public))
    assert elliptic.shared_secret(own, peer).hex() == secret


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize("nonce", [None, b"\x01\x02\x03"])
def test_the_derived_key_is_the_hash_that_sp_800_56a_writes_down(suite, nonce):
    """One round of the single-step KDF: Hash(counter ‖ Z ‖ OtherInfo), cut to the length of the key."""
    chosen = SUITES[suite]
    secret, originator, recipient = octets(AGREED[suite - 1][3]), b"ORIGINAT", b"RECIPIEN"
    party_u = originator if nonce is None else originator + bytes((len(nonce),)) + nonce
    algorithm = octets("60857405080300") if suite == 1 else octets("60857405080301")
    hashed = {1: hashlib.sha256, 2: hashlib.sha384}[suite](b"\0\0\0\1" + secret + algorithm + party_u + recipient)
    made = derive(chosen, secret, originator_title=originator, recipient_title=recipient, nonce=nonce)
    assert made == hashed.digest()[: chosen.key_octets]
    assert chosen.gcm is not None
    assert AlgorithmId(chosen.gcm).octets == algorithm
