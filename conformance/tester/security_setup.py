"""What a client asks of Security setup, as values: attributes, and requests for methods (IEC 62056-6-2, class_id 64).

| method | version 0 | version 1 |
|---|---|---|
| 1 | security_activate: enum 0…3 | security_activate: enum, bits 2…7 |
| 2 | global_key_transfer: array of {key_id, key_wrapped} | key_transfer: the same |
| 3 | | key_agreement: array of {key_id, key_data} |
| 4, 5 | | generate_key_pair, generate_certificate_request: enum |
| 6, 7, 8 | | import_certificate, export_certificate, remove_certificate |

key_wrapped is the new key under the master key, RFC 3394.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from conformance.cosem.names import CURRENT_ASSOCIATION, SECURITY_SETUP, ClassId
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import array, enum, octet_string, structure
from conformance.dlms.xdlms.action import ActionRequestNormal
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.tester.association import Association
from conformance.tester.high_level import INVOKE_ID_AND_PRIORITY
from conformance.tester.stimulus import Stimulus, apdu
from conformance.tester.transfer import TransferFailed, get

_OBJECT_LIST: Final = AttributeDescriptor(ClassId.ASSOCIATION_LN, CURRENT_ASSOCIATION, 2)
_SECURITY_SETUP_REFERENCE: Final = AttributeDescriptor(ClassId.ASSOCIATION_LN, CURRENT_ASSOCIATION, 9)
_LOGICAL_NAME_OCTETS: Final = 6


class KeyId(IntEnum):
    """key_id of key transfer and key agreement; version 0 knows the first three."""

    GLOBAL_UNICAST_ENCRYPTION_KEY = 0
    GLOBAL_BROADCAST_ENCRYPTION_KEY = 1
    AUTHENTICATION_KEY = 2
    MASTER_KEY = 3

    @property
    def label(self) -> str:
        """The standard's name."""
        return self.name.replace("_", " ").lower()


@dataclass(frozen=True, slots=True)
class SecuritySetup:
    """One Security setup object.

    Attributes:
        instance_id: its logical name.
    """

    instance_id: bytes = SECURITY_SETUP

    @property
    def security_policy(self) -> AttributeDescriptor:
        """Attribute 2."""
        return self._attribute(2)

    @property
    def security_suite(self) -> AttributeDescriptor:
        """Attribute 3."""
        return self._attribute(3)

    @property
    def client_system_title(self) -> AttributeDescriptor:
        """Attribute 4."""
        return self._attribute(4)

    @property
    def server_system_title(self) -> AttributeDescriptor:
        """Attribute 5."""
        return self._attribute(5)

    @property
    def certificates(self) -> AttributeDescriptor:
        """Attribute 6, of version 1."""
        return self._attribute(6)

    def security_activate(self, policy: int) -> Stimulus:
        """Activate and strengthen the security policy, in the coding of the object's version."""
        return self._method(1, enum(policy), f"security_activate {policy:02X}")

    def key_transfer(self, wrapped: Iterable[tuple[int, bytes]]) -> Stimulus:
        """Put new keys in force: pairs of key_id and the key as wrapped under the master key."""
        pairs = tuple(wrapped)
        return self._method(2, _keyed(pairs), f"key_transfer of {_named(pairs)}")

    def key_agreement(self, key_data: Iterable[tuple[int, bytes]]) -> Stimulus:
        """Agree on new keys: pairs of key_id and the client's key_data; see `agreed_keys.key_data`."""
        pairs = tuple(key_data)
        return self._method(3, _keyed(pairs), f"key_agreement on {_named(pairs)}")

    def key_agreement_of(self, parameters: Data) -> Stimulus:
        """key_agreement with parameters of any form."""
        return self._method(3, parameters, "key_agreement")

    def generate_key_pair(self, usage: int) -> Stimulus:
        """Have the meter make a new key pair: 0 digital signature, 1 key agreement, 2 TLS."""
        return self._method(4, enum(usage), f"generate_key_pair {usage}")

    def generate_certificate_request(self, usage: int) -> Stimulus:
        """Ask for a certificate signing request for the key pair made last."""
        return self._method(5, enum(usage), f"generate_certificate_request {usage}")

    def import_certificate(self, certificate: bytes) -> Stimulus:
        """Give the meter a certificate, X.509 in DER."""
        return self._method(6, octet_string(certificate), "import_certificate")

    def export_certificate(self, identification: Data) -> Stimulus:
        """Ask for a certificate; see `by_entity` and `by_serial`."""
        return self._method(7, identification, "export_certificate")

    def remove_certificate(self, identification: Data) -> Stimulus:
        """Have a certificate removed; see `by_entity` and `by_serial`."""
        return self._method(8, identification, "remove_certificate")

    def _attribute(self, number: int) -> AttributeDescriptor:
        return AttributeDescriptor(ClassId.SECURITY_SETUP, self.instance_id, number)

    def _method(self, number: int, parameters: Data, name: str) -> Stimulus:
        method = MethodDescriptor(ClassId.SECURITY_SETUP, self.instance_id, number)
        return apdu(ActionRequestNormal(INVOKE_ID_AND_PRIORITY, method, parameters).encode(), name)


def by_entity(entity: int, certificate_type: int, system_title: bytes) -> Data:
    """certificate_identification by entity: 0 server, 1 client, 2 certification authority, 3 other."""
    named = structure(enum(entity), enum(certificate_type), octet_string(system_title))
    return structure(enum(0), named)


def by_serial(serial_number: bytes, issuer: bytes) -> Data:
    """certificate_identification by serial number and issuer."""
    return structure(enum(1), structure(octet_string(serial_number), octet_string(issuer)))


def security_setup_of(association: Association) -> SecuritySetup:
    """The Security setup object of an open association: the one that it references, else the one with the usual name.

    Raises:
        TransferFailed: the meter does not answer as it should.
    """
    reference = get(association, _SECURITY_SETUP_REFERENCE)
    if isinstance(reference, Data) and reference.type is DataType.OCTET_STRING:
        name: bytes = reference.value
        if len(name) == _LOGICAL_NAME_OCTETS and any(name):
            return SecuritySetup(name)
    return SecuritySetup()


def version_of(association: Association, setup: SecuritySetup) -> int:
    """The version of a Security setup object, from the object_list; where it is not listed, the suite's usual one.

    Version 1 came with suites 1 and 2.
    """
    usual = min(association.settings.security_suite, 1)
    try:
        version = version_listed(association, setup)
    except TransferFailed:
        return usual
    return usual if version is None else version


def version_listed(association: Association, setup: SecuritySetup) -> int | None:
    """The version of a Security setup object in the object_list; None where it is not listed.

    Raises:
        TransferFailed: the object_list cannot be read.
    """
    listed = get(association, _OBJECT_LIST)
    items = listed.value if isinstance(listed, Data) and listed.type is DataType.ARRAY else ()
    for item in items:
        match [part.value for part in item.value] if item.type is DataType.STRUCTURE else []:
            case [ClassId.SECURITY_SETUP, int() as version, name, _] if name == setup.instance_id:
                return version
    return None


def _keyed(pairs: tuple[tuple[int, bytes], ...]) -> Data:
    return array(*(structure(enum(number), octet_string(octets)) for number, octets in pairs))


def _named(pairs: tuple[tuple[int, bytes], ...]) -> str:
    known = {int(item): item.label for item in KeyId}
    return ", ".join(known.get(number, f"key_id {number}") for number, _ in pairs) or "nothing"
