"""From the checked values of `[push]` to the frozen model."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.cosem.obis import octets_of
from conformance.device.association_toml import AssociationToml
from conformance.device.model import Protection, PushEvent, PushSettings, PushSetup
from conformance.device.push_toml import PushEventToml, PushSetupToml, PushToml
from conformance.dlms.data.codec import decode
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor


def push_settings(toml: PushToml | None, associations: Sequence[AssociationToml]) -> PushSettings:
    """What is declared of pushes and events; empty where nothing is."""
    if toml is None:
        return PushSettings()
    saps = {item.name: item.client_sap for item in associations}
    return PushSettings(
        listen=tuple(toml.listen),
        timeout_s=toml.timeout_s,
        setups=tuple(_setup(entry, saps[entry.association]) for entry in toml.setup),
        events=tuple(_event(entry) for entry in toml.event),
    )


def _setup(toml: PushSetupToml, client_sap: int) -> PushSetup:
    return PushSetup(
        association=toml.association,
        instance_id=octets_of(toml.instance_id),
        transport=toml.transport,
        protection=Protection(toml.protection),
        confirmed=toml.confirmed,
        client_sap=client_sap if toml.client_sap is None else toml.client_sap,
        destination=toml.destination,
        refused=tuple(toml.refused),
    )


def _event(toml: PushEventToml) -> PushEvent:
    method, attribute = toml.method, toml.attribute
    parameters = method.parameters
    return PushEvent(
        association=toml.association,
        method=MethodDescriptor(method.class_id, octets_of(method.instance_id), method.method_id),
        attribute=AttributeDescriptor(attribute.class_id, octets_of(attribute.instance_id), attribute.attribute_id),
        parameters=None if parameters is None else decode(bytes.fromhex(parameters)),
    )
