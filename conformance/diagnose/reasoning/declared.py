"""What a device config knows of an exchange: the association that it is of, and its keys."""

from __future__ import annotations

from dataclasses import replace

from conformance.device.model import AssociationSettings, Device
from conformance.diagnose.intake.conversation import Conversation, HeardApdu
from conformance.diagnose.intake.keys import CaptureKeys
from conformance.diagnose.reasoning.curve_keys import CurveKeys, curve_keys
from conformance.diagnose.reasoning.exchange import KeysOf
from conformance.diagnose.reasoning.key_ring import Key, KeyRing, ring
from conformance.diagnose.reasoning.saps import saps
from conformance.dlms import apdu as apdus
from conformance.dlms.acse.aarq import Aarq
from conformance.dlms.errors import DecodeError
from conformance.dlms.security.secret import Secret


def rings(conversation: Conversation, known: CaptureKeys, device: Device | None) -> KeysOf:
    """The keys of each exchange: those that are known, then those of the association that fits the exchange."""
    alone = ring(known)
    if device is None:
        return lambda _: alone
    made: dict[str, KeyRing] = {}

    def of(heard: HeardApdu) -> KeyRing:
        association = association_of(device, conversation, heard)
        found = made.get(association.name)
        if found is None:
            own = known.with_those_of(keys_of(association))
            found = ring(own, other_keys(device, association))
            found = made[association.name] = replace(
                found, curve=curve_of(association), declared_secrets=every_secret(device)
            )
        return found

    return of


def association_of(device: Device, conversation: Conversation, heard: HeardApdu) -> AssociationSettings:
    """The association that the exchange which begins with an APDU is of: by SAPs, then by context and mechanism."""
    pair = saps(conversation, heard)
    aarq = _aarq(heard)

    def fit(association: AssociationSettings) -> tuple[int, int, int]:
        client, server = pair if pair is not None else (None, None)
        named = aarq is not None and aarq.application_context is association.context
        proved = aarq is not None and aarq.mechanism is association.mechanism
        return (
            2 * (association.client_sap == client) + (association.logical_device == server),
            int(named) + int(proved),
            int(association.encryption_key is not None),
        )

    return max(device.associations, key=fit)


def curve_of(association: AssociationSettings) -> CurveKeys | None:
    """Its keys for signatures and key agreement; None in a suite without a curve."""
    return curve_keys(
        association.security_suite,
        association.signing_key,
        association.key_agreement_key,
        association.server_signature_key,
        association.server_key_agreement_key,
    )


def keys_of(association: AssociationSettings) -> CaptureKeys:
    """Its keys and titles."""
    dedicated = association.dedicated_key
    return CaptureKeys(
        global_unicast_encryption_key=association.encryption_key,
        authentication_key=association.authentication_key,
        dedicated_key=dedicated if isinstance(dedicated, Secret) else None,
        master_key=association.master_key,
        password=association.secret,
        client_system_title=association.client_system_title,
        server_system_title=association.server_system_title,
    )


def every_secret(device: Device) -> tuple[Key, ...]:
    """Every key and password of all associations."""
    return tuple(
        Key(f"the {name.replace('_', ' ')} of association {item.name!r}", secret)
        for item in device.associations
        for name, secret in item.secrets()
    )


def other_keys(device: Device, association: AssociationSettings) -> tuple[Key, ...]:
    """The keys of all other associations."""
    return tuple(
        Key(f"the {name.replace('_', ' ')} of association {item.name!r}", secret)
        for item in device.associations
        if item is not association
        for name, secret in item.secrets()
        if name in ("encryption_key", "authentication_key", "master_key")
    )


def _aarq(heard: HeardApdu) -> Aarq | None:
    if heard.octets[:1] != b"\x60":
        return None
    try:
        value = apdus.decode(heard.octets, deviations=[])
    except DecodeError:
        return None
    return value if isinstance(value, Aarq) else None
