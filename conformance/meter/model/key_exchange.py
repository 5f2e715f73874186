"""New symmetric keys for the meter: wrapped under the master key, or agreed (Security setup, class_id 64).

| method | parameters | returns |
|---|---|---|
| global_key_transfer (version 0), key_transfer (version 1) | array of structure {key_id, key_wrapped} | nothing |
| key_agreement (version 1) | array of structure {key_id, key_data} | the same, with the meter's key_data |

key_wrapped is RFC 3394; key_data is an ephemeral public key and the signature over key_id ‖ that key, Ephemeral Unified
Model C(2e, 0s). Either all keys of an array are put in force, or none.
"""

from __future__ import annotations

from collections.abc import Callable

from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import array, enum, octet_string, structure
from conformance.dlms.errors import CipherError
from conformance.dlms.security import elliptic, key_wrap
from conformance.dlms.security.key_agreement import derive
from conformance.dlms.security.suite import AlgorithmId, SecuritySuite
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.meter.model import careless_signatures
from conformance.meter.model.asymmetric_keys import AsymmetricKeys
from conformance.meter.model.certificates import CertificateType
from conformance.meter.model.scalars import new_ephemeral
from conformance.meter.model.security_state import KeyId, SecurityState
from conformance.meter.model.session import MethodOutcome, Session
from conformance.meter.model.unchecked_unwrap import unwrap_unchecked

_KEYS_OF_VERSION_0 = frozenset(
    (KeyId.GLOBAL_UNICAST_ENCRYPTION, KeyId.GLOBAL_BROADCAST_ENCRYPTION, KeyId.AUTHENTICATION)
)


def transfer_keys(state: SecurityState, parameters: Data | None) -> MethodOutcome:
    """Method 2: unwrap each key and put all in force."""
    items = _items(parameters)
    if items is None:
        return MethodOutcome(ActionResult.TYPE_UNMATCHED)
    faults = state.faults
    unwrapped: list[tuple[KeyId, bytes]] = []
    for number, octets in items:
        key_id = _key_id(state, number)
        if key_id is None:
            if "key-transfer-of-unknown-key-accepted" in faults:
                continue
            return MethodOutcome(ActionResult.OTHER_REASON)
        key = _unwrapped(state, octets)
        if key is None:
            return MethodOutcome(ActionResult.OTHER_REASON)
        unwrapped.append((key_id, key))
        if "keys-changed-although-transfer-failed" in faults:
            state.replace_key(key_id, key)
    if "only-first-key-transferred" in faults:
        unwrapped = unwrapped[:1]
    for key_id, key in unwrapped:
        if key_id is not KeyId.AUTHENTICATION or "transferred-authentication-key-ignored" not in faults:
            state.replace_key(key_id, key)
    return MethodOutcome(ActionResult.SUCCESS)


def agree_keys(state: SecurityState, session: Session, parameters: Data | None) -> MethodOutcome:
    """Method 3: agree on each key with the client, and put all in force."""
    items, asymmetric = _items(parameters), state.asymmetric
    if items is None:
        return MethodOutcome(ActionResult.TYPE_UNMATCHED)
    if asymmetric is None:
        return MethodOutcome(ActionResult.OTHER_REASON)
    client_title = session.client_system_title or state.client_system_title
    agreed: list[tuple[KeyId, bytes]] = []
    answers: list[Data] = []
    for number, key_data in items:
        key_id = _key_id(state, number)
        if key_id is None:
            if "key-agreement-of-unknown-key-accepted" in state.faults:
                continue
            return MethodOutcome(ActionResult.OTHER_REASON)
        try:
            key, answer = _agreed(state, asymmetric, client_title, key_id, key_data)
        except CipherError:
            return MethodOutcome(ActionResult.OTHER_REASON)
        agreed.append((key_id, key))
        answers.append(structure(enum(key_id), octet_string(answer)))
    for key_id, key in agreed if "agreed-key-not-put-in-force" not in state.faults else ():
        state.replace_key(key_id, key)
    return MethodOutcome(ActionResult.SUCCESS, array(*answers))


def _agreed(
    state: SecurityState, asymmetric: AsymmetricKeys, client_title: bytes, key_id: KeyId, key_data: bytes
) -> tuple[bytes, bytes]:
    """The key, and the meter's key_data.

    Raises:
        CipherError: the client's key is none, or not signed by the client.
    """
    suite = asymmetric.suite
    size = 2 * suite.coordinate_octets
    public, signature = key_data[:size], key_data[size:]
    number = bytes((key_id,))
    if "key-agreement-signature-not-verified" not in state.faults:
        trusted = asymmetric.peer_key(client_title, CertificateType.DIGITAL_SIGNATURE)
        if trusted is None:
            raise CipherError("no certificate of the client's signature key is held", reason="public-key")
        _verify(state, suite, trusted, number + public, signature)
    own = elliptic.private_key(suite, new_ephemeral(suite, state.draw, state.faults))
    secret = elliptic.shared_secret(own, elliptic.public_key(suite, public))
    titles = (client_title, state.server_system_title)
    if "agreed-key-without-titles" in state.faults:
        titles = (b"", b"")
    key = derive(
        suite, secret, originator_title=titles[0], recipient_title=titles[1], algorithm=_algorithm(state, key_id)
    )
    own_public = elliptic.public_octets(own.public_key())
    return key, own_public + careless_signatures.signed(
        suite, asymmetric.signature_key, number + own_public, state.faults
    )


def _verify(state: SecurityState, suite: SecuritySuite, trusted: bytes, octets: bytes, signature: bytes) -> None:
    """Check the client's signature over key_id ‖ ephemeral key.

    Raises:
        CipherError: it does not verify.
    """
    try:
        elliptic.verify(suite, elliptic.public_key(suite, trusted), octets, signature)
    except CipherError:
        if "key-agreement-key-id-not-signed" in state.faults:
            elliptic.verify(suite, elliptic.public_key(suite, trusted), octets[1:], signature)
        elif not careless_signatures.accepted(suite, trusted, octets, signature, state.faults):
            raise


def _algorithm(state: SecurityState, key_id: KeyId) -> AlgorithmId | None:
    """What the key is for: the master key wraps, every other belongs to AES-GCM."""
    if key_id is not KeyId.MASTER:
        return None
    return AlgorithmId.AES_WRAP_256 if state.security_suite == 2 else AlgorithmId.AES_WRAP_128


def _items(parameters: Data | None) -> list[tuple[int, bytes]] | None:
    """The numbers and octets of an array of structure {enum, octet-string}; None for anything else."""
    if parameters is None or parameters.type is not DataType.ARRAY or not parameters.value:
        return None
    items = []
    for item in parameters.value:
        if item.type is not DataType.STRUCTURE or len(item.value) != 2:
            return None
        number, octets = item.value
        if number.type is not DataType.ENUM or octets.type is not DataType.OCTET_STRING:
            return None
        items.append((number.value, octets.value))
    return items


def _key_id(state: SecurityState, number: int) -> KeyId | None:
    if "key-id-cut-to-two-bits" in state.faults:
        number &= 0x03
    known = _KEYS_OF_VERSION_0 if state.setup_version == 0 else frozenset(KeyId)
    return next((key_id for key_id in known if key_id == number), None)


def _unwrapped(state: SecurityState, wrapped: bytes) -> bytes | None:
    unchecked = "key-transfer-without-unwrap-check" in state.faults
    unwrap: Callable[[bytes, bytes], bytes] = unwrap_unchecked if unchecked else key_wrap.unwrap
    try:
        key = unwrap(state.master_key, wrapped)
    except CipherError:
        if "key-wrapped-under-128-bits-accepted" not in state.faults:
            return None
        try:
            key = unwrap(state.master_key[:16], wrapped)
        except CipherError:
            return None
    wanted = state.suite.key_octets
    if len(key) != wanted and "key-transfer-length-unchecked" in state.faults:
        return key[:wanted].ljust(wanted, b"\x00")
    return key if len(key) == wanted else None
