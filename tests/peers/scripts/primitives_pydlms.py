"""What pydlms-client's cryptographic primitives give: a JSON list of operations in, a JSON list of answers out.

Octets are hex digits on both ways. An operation that raises answers {"error": its kind}.
"""

import json
import sys

from cryptography.hazmat.primitives.asymmetric import ec as curves
from pydlms.security import ciphering, ec, gcm, general, hls, keywrap
from pydlms.security.context import SecurityContext
from pydlms.security.suites import SecurityControl

octets = bytes.fromhex


def private_key(suite, number):
    return curves.derive_private_key(int(number, 16), ec.curve_for_suite(suite))


def protect(control, title, counter, key, ak, plain, additional=""):
    control = SecurityControl.from_byte(control)
    content = gcm.encrypt(control, octets(key), octets(ak), octets(title), counter, octets(plain), octets(additional))
    return content.hex()


def unprotect(control, title, counter, key, ak, content, additional=""):
    control = SecurityControl.from_byte(control)
    keys, extra = (octets(key), octets(ak)), octets(additional)
    return gcm.decrypt(control, *keys, octets(title), counter, octets(content), extra_aad=extra).hex()


def context(suite, key, ak, title, counter, *, server=None, master=None):
    return SecurityContext(
        encryption_key=octets(key),
        authentication_key=octets(ak),
        client_system_title=octets(title),
        server_system_title=None if server is None else octets(server),
        invocation_counter=counter,
        suite=suite,
        master_key=None if master is None else octets(master),
        general_aad=general.GeneralAad.WITH_HEADER,
    )


def apdu(form, suite, key, ak, title, counter, plain):
    wrap = ciphering.wrap_general_glo if form == "general-glo" else ciphering.wrap
    return wrap(context(suite, key, ak, title, counter), octets(plain)).hex()


def opened(suite, key, ak, own, sender, apdu, master):
    receiver = context(suite, key, ak, own, 0, server=sender, master=master)
    found = ciphering.unwrap(receiver, octets(apdu))
    return (getattr(found, "plaintext", None) or found.apdu).hex()


def gmac_reply(suite, key, ak, title, counter, challenge):
    return hls.hls_gmac(octets(key), octets(ak), octets(title), counter, octets(challenge), suite).hex()


def hash_reply(mechanism, challenge, secret):
    return hls.hash_response(hls.Mechanism(mechanism), octets(challenge), octets(secret)).hex()


def sha256_reply(secret, own, peer, received, sent):
    return hls.hls_sha256(*map(octets, (secret, own, peer, received, sent))).hex()


def wrap(kek, key):
    return keywrap.wrap_key(octets(kek), octets(key)).hex()


def unwrap(kek, wrapped):
    return keywrap.unwrap_key(octets(kek), octets(wrapped)).hex()


def verify(suite, public, message, signature):
    ec.ecdsa_verify(ec.load_public_key(suite, octets(public)), octets(message), octets(signature))
    return ""


def public(suite, private):
    return ec.public_key_bytes(private_key(suite, private)).hex()


def agree(suite, private, public):
    return ec.ecdh_shared_secret(private_key(suite, private), ec.load_public_key(suite, octets(public))).hex()


def kdf(suite, secret, party_u, party_v):
    return ec.kdf(suite, octets(secret), octets(party_u), octets(party_v)).hex()


def ecdsa_reply(suite, private, own, peer, received, sent):
    return hls.hls_ecdsa_sign(private_key(suite, private), *map(octets, (own, peer, received, sent)), suite=suite).hex()


OPERATIONS = (
    protect, unprotect, apdu, opened, gmac_reply, hash_reply, sha256_reply, wrap, unwrap, verify, public, agree, kdf,
    ecdsa_reply,
)  # fmt: skip


def main():
    by_name = {operation.__name__: operation for operation in OPERATIONS}
    answers = []
    for name, arguments in json.load(sys.stdin):
        try:
            answers.append(by_name[name](*arguments))
        except Exception as error:
            answers.append({"error": type(error).__name__, "told": str(error)})
    json.dump(answers, sys.stdout)


main()
