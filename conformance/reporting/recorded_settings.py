"""The associations of a device as its run record declares them: what reactions are judged in the light of.

Secrets are in no record: where one was declared, a stand-in says so, and nothing can be opened with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final

from conformance.cosem.obis import octets_of
from conformance.device.model import AssociationSettings, CounterSource, KeyEstablishment, Protection, Targets
from conformance.dlms.acse.enumerations import ApplicationContext, Mechanism
from conformance.dlms.security.secret import Secret
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.record.model import DeviceRecord

_STAND_IN: Final = Secret(b"")
_CONTEXTS: Final = {item.label: item for item in ApplicationContext}
_MECHANISMS: Final = {item.label: item for item in Mechanism}
_BITS: Final = {item.label: item for item in ConformanceBit}


class UnreadableConfigError(Exception):
    """The device config in a run record is not one that this version has written."""


def recorded_settings(device: DeviceRecord) -> dict[str, AssociationSettings]:
    """The associations by name.

    Raises:
        UnreadableConfigError: the record holds no config, or one of another form.
    """
    declared = device.config.get("associations")
    if not isinstance(declared, list):
        raise UnreadableConfigError(f"device {device.name}: the record holds no associations")
    try:
        found = [_settings(item) for item in declared]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableConfigError(
            f"device {device.name}: the config is of another form ({type(error).__name__}: {error})"
        ) from None
    return {settings.name: settings for settings in found}


def _settings(declared: Any) -> AssociationSettings:
    names = {entry.name for entry in fields(AssociationSettings)}
    given = {name: _VALUES[name](value) if name in _VALUES else value for name, value in declared.items()}
    return AssociationSettings(**{name: value for name, value in given.items() if name in names})


def _secret(value: Any) -> Secret | str | None:
    return value if value in (None, "random") else _STAND_IN


def _octets(value: Any) -> bytes | None:
    return None if value is None else bytes.fromhex(value)


def _attribute(value: Any) -> AttributeDescriptor | None:
    if value is None:
        return None
    return AttributeDescriptor(value["class_id"], octets_of(value["instance_id"]), value["attribute_id"])


def _method(value: Any) -> MethodDescriptor | None:
    if value is None:
        return None
    return MethodDescriptor(value["class_id"], octets_of(value["instance_id"]), value["method_id"])


def _targets(value: Any) -> Targets:
    # What a method is invoked with stands in the record in words: no reaction is judged by it.
    attributes: dict[str, Any] = {
        name: _attribute(item) for name, item in value.items() if not name.startswith("method")
    }
    return Targets(method=_method(value["method"]), **attributes)


def _counter(value: Any) -> CounterSource:
    return CounterSource(
        association=value["association"], attribute=_attribute(value["attribute"]), start=value["start"]
    )


_VALUES: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "context": _CONTEXTS.__getitem__,
        "mechanism": _MECHANISMS.__getitem__,
        "conformance": lambda value: frozenset(_BITS[name] for name in value),
        "protections": lambda value: tuple(Protection(name) for name in value),
        "general_ciphering_key": KeyEstablishment,
        "initiate_protection": Protection,
        "user_list": tuple,
        "invocation_counter": _counter,
        "targets": _targets,
        "base_names": lambda value: tuple((octets_of(instance), base) for instance, base in value.items()),
        **dict.fromkeys(("client_system_title", "server_system_title"), _octets),
        **dict.fromkeys(("server_signature_key", "server_key_agreement_key"), _octets),
        **dict.fromkeys(("secret", "encryption_key", "authentication_key", "master_key", "dedicated_key"), _secret),
        **dict.fromkeys(("signing_key", "key_agreement_key"), _secret),
    }
)
