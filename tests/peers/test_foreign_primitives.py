"""The primitives of security, ours against those of pydlms-client and dlms-cosem: the same octets from both."""

import json
import subprocess
from random import Random

import pytest

from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic, gcm, gmac_reply, key_wrap
from conformance.dlms.security.ciphered import GeneralGlobal, ServiceCiphered, protected_tag
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.general_ciphering import GeneralCiphering, KekId, WrappedKey
from conformance.dlms.security.key_agreement import derive
from conformance.dlms.security.mechanisms import reply_to_challenge, verify_reply
from conformance.dlms.security.suite import SUITES
from tests.peers.peer_environment import SCRIPTS

ROUNDS = 12
GET = bytes.fromhex("C001C100080000010000FF0200")
ORDERS = {
    1: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    2: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}
"""Of the base points of P-256 and P-384: private keys are below."""


class Peer:
    """Asks a script of the peers' environment, in one process for all questions."""

    def __init__(self, python, name):
        self._command = [str(python), str(SCRIPTS / f"primitives_{name}.py")]

    def __call__(self, *questions):
        asked = [
            (name, [item.hex() if isinstance(item, bytes) else item for item in given]) for name, *given in questions
        ]
        result = subprocess.run(
            self._command, input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=False
        )
        assert result.returncode == 0, result.stderr
        return [answer if isinstance(answer, dict) else bytes.fromhex(answer) for answer in json.loads(result.stdout)]


@pytest.fixture(scope="module")
def pydlms(peer_python):
    return Peer(peer_python, "pydlms")


@pytest.fixture(scope="module")
def dlms_cosem(peer_python):
    return Peer(peer_python, "dlms_cosem")


def key_octets(suite):
    return SUITES[suite].key_octets


def drawn(seed, suites=(0, 1, 2), octets=(0x10, 0x20, 0x30)):
    """Random protections: control, title, counter, keys, plaintext; other ones for each seed, the same in every run."""
    random = Random(seed)
    for suite in suites:
        for octet in octets:
            for _ in range(ROUNDS):
                size = key_octets(suite)
                yield (
                    SecurityControl.from_octet(octet | suite),
                    random.randbytes(8),
                    random.randrange(1 << 32),
                    random.randbytes(size),
                    random.randbytes(size),
                    random.randbytes(random.randrange(1, 300)),
                )


def private_keys(seed, suite):
    size = SUITES[suite].coordinate_octets
    return Random(seed).randrange(1, ORDERS[suite]).to_bytes(size, "big")


def test_pydlms_protects_and_opens_as_we_do_in_every_suite(pydlms):
    cases = [(*case, Random(number).randbytes(30)) for number, case in enumerate(drawn("pydlms"))]
    ours = [gcm.protect(*case[:-1], additional=case[-1]) for case in cases]
    theirs = pydlms(*[("protect", case[0].octet, *case[1:]) for case in cases])
    assert theirs == ours
    back = pydlms(
        *[("unprotect", c.octet, *rest[:-2], own, rest[-1]) for (c, *rest), own in zip(cases, ours, strict=True)]
    )
    assert back == [case[5] for case in cases]
    for case, content in zip(cases, theirs, strict=True):
        assert gcm.unprotect(*case[:5], content, additional=case[-1]) == case[5]


def test_dlms_cosem_protects_and_opens_authenticated_and_encrypted_apdus_as_we_do(dlms_cosem):
    cases = list(drawn("dlms-cosem", octets=(0x30,)))
    ours = [gcm.protect(*case) for case in cases]
    assert dlms_cosem(*[("protect", case[0].octet, *case[1:]) for case in cases]) == ours
    assert dlms_cosem(
        *[("unprotect", c.octet, *rest[:-1], own) for (c, *rest), own in zip(cases, ours, strict=True)]
    ) == [case[5] for case in cases]


def test_all_three_refuse_the_same_damaged_content(pydlms, dlms_cosem):
    random, damaged = Random("damaged"), []
    for case in drawn("damaged", octets=(0x30,)):
        content = bytearray(gcm.protect(*case))
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)
        damaged.append((*case[:5], bytes(content)))
    for case in damaged:
        with pytest.raises(CipherError):
            gcm.unprotect(*case)
    for peer in (pydlms, dlms_cosem):
        answers = peer(*[("unprotect", case[0].octet, *case[1:]) for case in damaged])
        assert all(isinstance(answer, dict) for answer in answers)


def test_the_ciphered_apdus_of_pydlms_are_ours_octet_for_octet(pydlms):
    questions, ours = [], []
    for control, title, counter, key, ak, _ in drawn("apdus", octets=(0x30,)):
        content = gcm.protect(control, title, counter, key, ak, GET)
        for form in ("glo", "general-glo"):
            questions.append(("apdu", form, control.suite, key, ak, title, counter, GET))
            ours.append(
                ServiceCiphered(protected_tag(GET[0], dedicated=False), control, counter, content).encode()
                if form == "glo"
                else GeneralGlobal(title, control, counter, content).encode()
            )
    assert pydlms(*questions) == ours


def test_dlms_cosem_opens_our_general_glo_ciphering(dlms_cosem):
    questions = []
    for control, title, counter, key, ak, _ in drawn("general-glo", suites=(0,), octets=(0x30,)):
        apdu = GeneralGlobal(title, control, counter, gcm.protect(control, title, counter, key, ak, GET)).encode()
        questions.append(("opened", key, ak, apdu))
    assert dlms_cosem(*questions) == [GET] * len(questions)


def test_pydlms_opens_our_general_ciphering_with_a_wrapped_key_and_its_header_authenticated(pydlms):
    questions, random = [], Random("wrapped")
    for control, title, counter, key, ak, _ in drawn("wrapped", octets=(0x30,)):
        master, own, transaction = random.randbytes(len(key)), random.randbytes(8), random.randbytes(8)
        info = WrappedKey(KekId.MASTER_KEY, key_wrap.wrap(master, key))
        apdu = GeneralCiphering(transaction, title, own, b"", b"", info, control, counter, b"")
        content = gcm.protect(control, title, counter, key, ak, GET, additional=apdu.additional_data)
        octets = GeneralCiphering(transaction, title, own, b"", b"", info, control, counter, content).encode()
        questions.append(("opened", control.suite, bytes(len(key)), ak, own, title, octets, master))
    assert pydlms(*questions) == [GET] * len(questions)


@pytest.mark.parametrize("name", ["pydlms", "dlms_cosem"])
def test_gmac_answers_to_challenges_agree_in_every_suite(name, request):
    peer, cases = request.getfixturevalue(name), list(drawn("gmac", octets=(0x10,)))
    theirs = peer(
        *[("gmac_reply", c.suite, key, ak, title, counter, stoc) for c, title, counter, key, ak, stoc in cases]
    )
    for (control, title, counter, key, ak, stoc), answer in zip(cases, theirs, strict=True):
        keys = {"encryption_key": key, "authentication_key": ak}
        suite = control.suite
        ours = gmac_reply.reply(stoc, system_title=title, invocation_counter=counter, security_suite=suite, **keys)
        assert answer == ours
        assert gmac_reply.verify(answer, stoc, system_title=title, **keys).invocation_counter == counter


def exchanges(seed):
    random = Random(seed)
    for _ in range(ROUNDS):
        own, peer = random.randbytes(8), random.randbytes(8)
        received, sent = random.randbytes(random.randrange(8, 65)), random.randbytes(random.randrange(8, 65))
        yield random.randbytes(random.randrange(1, 40)), own, peer, received, sent


def answered(mechanism, secret, own, peer, received, sent, **more):
    return reply_to_challenge(
        mechanism,
        challenge=received,
        own_challenge=sent,
        secret=secret,
        own_title=own,
        peer_title=peer,
        encryption_key=b"",
        authentication_key=b"",
        invocation_counter=0,
        **more,
    )


def test_hashed_answers_to_challenges_agree(pydlms):
    cases = list(exchanges("hashes"))
    for mechanism in (Mechanism.HLS_MD5, Mechanism.HLS_SHA1):
        theirs = pydlms(*[("hash_reply", int(mechanism), received, secret) for secret, _, _, received, _ in cases])
        assert theirs == [answered(mechanism, *case) for case in cases]
    theirs = pydlms(*[("sha256_reply", *case) for case in cases])
    assert theirs == [answered(Mechanism.HLS_SHA256, *case) for case in cases]


@pytest.mark.parametrize("suite", [1, 2])
def test_signed_answers_to_challenges_verify_on_both_sides(pydlms, suite):
    private = private_keys("ecdsa", suite)
    public = elliptic.public_octets(elliptic.private_key(SUITES[suite], private).public_key())
    cases = list(exchanges(f"ecdsa {suite}"))
    theirs = pydlms(*[("ecdsa_reply", suite, private, *case[1:]) for case in cases])
    for (_, own, peer, received, sent), signature in zip(cases, theirs, strict=True):
        verify_reply(
            Mechanism.HLS_ECDSA,
            signature,
            challenge=received,
            peer_challenge=sent,
            secret=b"",
            own_title=peer,
            peer_title=own,
            encryption_key=b"",
            authentication_key=b"",
            security_suite=suite,
            peer_signature_key=public,
        )
    ours = [answered(Mechanism.HLS_ECDSA, *case, security_suite=suite, signing_key=private) for case in cases]
    messages = [own + peer + received + sent for _, own, peer, received, sent in cases]
    checked = pydlms(*[("verify", suite, public, *pair) for pair in zip(messages, ours, strict=True)])
    assert checked == [b""] * len(cases)
    changed = pydlms(("verify", suite, public, messages[0] + b"\0", ours[0]))
    assert isinstance(changed[0], dict)


@pytest.mark.parametrize("suite", [1, 2])
def test_key_agreement_and_derivation_agree(pydlms, suite):
    chosen, random = SUITES[suite], Random(f"agree {suite}")
    questions, ours = [], []
    for number in range(ROUNDS):
        own = elliptic.private_key(chosen, private_keys(f"own {number}", suite))
        peer = elliptic.private_key(chosen, private_keys(f"peer {number}", suite))
        public = elliptic.public_octets(peer.public_key())
        secret = elliptic.shared_secret(own, peer.public_key())
        titles, nonce = (random.randbytes(8), random.randbytes(8)), random.randbytes(random.randrange(1, 16))
        questions += [
            ("public", suite, private_keys(f"peer {number}", suite)),
            ("agree", suite, private_keys(f"own {number}", suite), public),
            ("kdf", suite, secret, *titles),
            ("kdf", suite, secret, titles[0] + bytes((len(nonce),)) + nonce, titles[1]),
        ]
        parties = {"originator_title": titles[0], "recipient_title": titles[1]}
        ours += [public, secret, derive(chosen, secret, **parties), derive(chosen, secret, **parties, nonce=nonce)]
    assert pydlms(*questions) == ours


def test_key_wrap_agrees_with_both(pydlms, dlms_cosem):
    random = Random("wrap")
    pairs = [(suite, random.randbytes(key_octets(suite)), random.randbytes(key_octets(suite))) for suite in (0, 1, 2)]
    wrapped = [key_wrap.wrap(kek, key) for _, kek, key in pairs]
    assert pydlms(*[("wrap", kek, key) for _, kek, key in pairs]) == wrapped
    assert dlms_cosem(*[("wrap", *pair) for pair in pairs]) == wrapped
    # dlms-cosem unwraps no key: it asks of the wrapped one that it be as long as the key.
    opening = [(kek, octets) for (_, kek, _), octets in zip(pairs, wrapped, strict=True)]
    assert pydlms(*[("unwrap", *item) for item in opening]) == [key for _, _, key in pairs]
