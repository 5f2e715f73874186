"""What dlms-cosem's cryptographic primitives give: a JSON list of operations in, a JSON list of answers out.

Octets are hex digits on both ways. An operation that raises answers {"error": its kind}.
"""

import json
import sys

from dlms_cosem import security
from dlms_cosem.protocol.xdlms import GeneralGlobalCipher

octets = bytes.fromhex


def protect(control, title, counter, key, ak, plain):
    control = security.SecurityControlField.from_bytes(bytes((control,)))
    return security.encrypt(control, octets(title), counter, octets(key), octets(plain), octets(ak)).hex()


def unprotect(control, title, counter, key, ak, content):
    control = security.SecurityControlField.from_bytes(bytes((control,)))
    return bytes(security.decrypt(control, octets(title), counter, octets(key), octets(content), octets(ak))).hex()


def gmac_reply(suite, key, ak, title, counter, challenge):
    control = security.SecurityControlField(security_suite=suite, authenticated=True, encrypted=False)
    tag = security.gmac(control, octets(title), counter, octets(key), octets(ak), octets(challenge))
    return (control.to_bytes() + counter.to_bytes(4, "big") + tag).hex()


def wrap(suite, kek, key):
    control = security.SecurityControlField(security_suite=suite, authenticated=True, encrypted=True)
    return security.wrap_key(control, octets(kek), octets(key)).hex()


def opened(key, ak, apdu):
    return GeneralGlobalCipher.from_bytes(octets(apdu)).to_plain_apdu(octets(key), octets(ak)).hex()


OPERATIONS = (protect, unprotect, gmac_reply, wrap, opened)


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
