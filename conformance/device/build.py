"""From the checked TOML values to the frozen model."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.cosem.obis import octets_of
from conformance.device.association_toml import AssociationToml, CounterToml, TargetsToml
from conformance.device.companion_choice import chosen
from conformance.device.device_toml import DeviceToml, HdlcToml
from conformance.device.model import (
    Acceptance,
    AssociationSettings,
    ClockSettings,
    CounterSource,
    Device,
    EmbeddedMeter,
    ExpectedDeviation,
    HdlcSettings,
    KeyEstablishment,
    LogicalDevice,
    Permission,
    Profile,
    Targets,
    Timing,
)
from conformance.device.push_build import push_settings
from conformance.device.toml_types import Attribute
from conformance.dlms.data.codec import decode
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit

_BITS = {bit.label: bit for bit in ConformanceBit}


def build(
    toml: DeviceToml,
    secrets: Mapping[tuple[int, str], Secret],
    public_keys: Mapping[tuple[int, str], bytes],
    *,
    path: str,
    fingerprint: str,
    placeholders: bool,
) -> Device:
    """Make the device; `secrets` and `public_keys` are by number of the association and key."""
    embedded = toml.embedded
    return Device(
        name=toml.name,
        manufacturer=toml.manufacturer,
        model=toml.model,
        description=toml.description,
        link=toml.link.url,
        profile=Profile(toml.link.profile),
        timing=Timing(**toml.timing.model_dump()),
        clock=ClockSettings(**toml.clock.model_dump()),
        hdlc=_hdlc(toml.hdlc),
        acceptance=Acceptance(toml.acceptance),
        permissions=frozenset(Permission(name) for name in toml.permissions),
        logical_devices=tuple(LogicalDevice(sap=entry.sap, name=entry.name) for entry in toml.logical_device),
        associations=tuple(
            _association(index, entry, secrets, public_keys) for index, entry in enumerate(toml.association)
        ),
        expected_deviations=tuple(ExpectedDeviation(**entry.model_dump()) for entry in toml.expected_deviation),
        embedded=None
        if embedded is None
        else EmbeddedMeter(
            defects=frozenset(embedded.defects),
            security_suite=embedded.security_suite,
            security_policy=embedded.security_policy,
            first_block_transfer=embedded.first_block_transfer,
            profile_rows=embedded.profile_rows,
            extra_objects=embedded.extra_objects,
            classes=embedded.classes,
        ),
        push=push_settings(toml.push, toml.association),
        companion=chosen(toml.companion, path),
        companion_options=frozenset(toml.companion_options),
        published_keys=toml.published_keys,
        placeholders=placeholders,
        path=path,
        fingerprint=fingerprint,
    )


def _hdlc(toml: HdlcToml) -> HdlcSettings:
    declared = toml.addressing if toml.addressing is not None else [toml.address_length]
    return HdlcSettings(**{**toml.model_dump(), "addressing": tuple(sorted(set(declared)))})


def _association(
    index: int,
    toml: AssociationToml,
    secrets: Mapping[tuple[int, str], Secret],
    public_keys: Mapping[tuple[int, str], bytes],
) -> AssociationSettings:
    return AssociationSettings(
        name=toml.name,
        logical_device=toml.logical_device,
        client_sap=toml.client_sap,
        context=toml.application_context,
        mechanism=toml.authentication,
        conformance=frozenset(_BITS[name] for name in toml.conformance),
        secret=secrets.get((index, "secret")),
        manufacturer_mechanism=toml.manufacturer_mechanism,
        protections=toml.forms,
        security_suite=toml.security_suite,
        security_control=toml.security_control,
        security_policy=toml.policy,
        client_system_title=_title(toml.client_system_title),
        server_system_title=_title(toml.server_system_title),
        encryption_key=secrets.get((index, "encryption_key")),
        authentication_key=secrets.get((index, "authentication_key")),
        master_key=secrets.get((index, "master_key")),
        dedicated_key="random" if toml.dedicated_key == "random" else secrets.get((index, "dedicated_key")),
        signing_key=secrets.get((index, "signing_key")),
        key_agreement_key=secrets.get((index, "key_agreement_key")),
        server_signature_key=public_keys.get((index, "server_signature_key")),
        server_key_agreement_key=public_keys.get((index, "server_key_agreement_key")),
        general_ciphering_key=KeyEstablishment(toml.general_ciphering_key),
        initiate_protection=toml.initiate_form,
        pass3_key=toml.pass3_key,
        pass4_key=toml.pass4_form,
        reply_key=toml.reply_key,
        notification_key=toml.notification_form,
        empty_system_title=toml.empty_system_title,
        challenge_octets=toml.challenge_octets,
        max_receive_pdu_size=toml.max_receive_pdu_size,
        smallest_pdu_size=toml.smallest_pdu_size,
        client_user_id=toml.client_user_id,
        user_list=tuple(toml.user_list),
        invocation_counter=_counter(toml.invocation_counter),
        targets=_targets(toml.targets),
        base_names=tuple((octets_of(instance), name) for instance, name in toml.base_names.items()),
    )


def _title(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def _attribute(toml: Attribute | None) -> AttributeDescriptor | None:
    if toml is None:
        return None
    return AttributeDescriptor(toml.class_id, octets_of(toml.instance_id), toml.attribute_id)


def _counter(toml: CounterToml) -> CounterSource:
    if toml.association is None:
        return CounterSource(start=toml.start)
    # The counter is the value, attribute 2, of a Data object, class 1 (IEC 62056-6-2).
    attribute = AttributeDescriptor(1, octets_of(toml.instance_id), 2)
    return CounterSource(association=toml.association, attribute=attribute, start=toml.start)


def _targets(toml: TargetsToml) -> Targets:
    method = toml.method
    return Targets(
        alive=_attribute(toml.alive),
        readable=_attribute(toml.readable),
        long_readable=_attribute(toml.long_readable),
        writable=_attribute(toml.writable),
        long_writable=_attribute(toml.long_writable),
        read_only=_attribute(toml.read_only),
        not_readable=_attribute(toml.not_readable),
        method=None
        if method is None
        else MethodDescriptor(method.class_id, octets_of(method.instance_id), method.method_id),
        method_parameters=None
        if method is None or method.parameters is None
        else decode(bytes.fromhex(method.parameters)),
        profile=_attribute(toml.profile),
    )
