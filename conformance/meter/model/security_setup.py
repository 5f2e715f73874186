"""Security setup, version 0: policy, suite, titles, and the transfer of keys (IEC 62056-6-2, class_id 64)."""

from __future__ import annotations

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from conformance.cosem.names import SECURITY_SETUP, ClassId
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import enum, octet_string
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.meter.model.access import invoked_by
from conformance.meter.model.associations import AccessLevel
from conformance.meter.model.cosem_object import Attribute, CosemObject, Method
from conformance.meter.model.security_state import KeyId, SecurityState
from conformance.meter.model.session import MethodOutcome, Session

_KEY_OCTETS = 16
_STRONGEST_POLICY = 3


class SecuritySetup:
    """The object through which the management client changes the security of a logical device."""

    def __init__(self, state: SecurityState) -> None:
        self._state = state

    def build(self) -> CosemObject:
        """The object, with security_activate and global_key_transfer."""
        state = self._state
        attributes = (
            Attribute(2, lambda _session, _now: enum(state.security_policy)),
            Attribute(3, lambda _session, _now: enum(state.security_suite)),
            Attribute(4, lambda _session, _now: octet_string(state.client_system_title)),
            Attribute(5, lambda _session, _now: octet_string(state.server_system_title)),
        )
        managed = invoked_by(AccessLevel.MANAGEMENT)
        methods = (Method(1, self._security_activate, managed), Method(2, self._global_key_transfer, managed))
        return CosemObject(ClassId.SECURITY_SETUP, 0, SECURITY_SETUP, attributes, methods)

    def _security_activate(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.ENUM:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        wanted, present = parameters.value, self._state.security_policy
        if wanted > _STRONGEST_POLICY or wanted & present != present:
            # A policy can be strengthened only: what it demands already, it goes on demanding.
            return MethodOutcome(ActionResult.OTHER_REASON)
        self._state.security_policy = wanted
        return MethodOutcome(ActionResult.SUCCESS)

    def _global_key_transfer(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        """Array of structure {key_id, key_wrapped}; either all keys are put in force or none."""
        if parameters is None or parameters.type is not DataType.ARRAY or not parameters.value:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        unwrapped: list[tuple[KeyId, bytes]] = []
        for item in parameters.value:
            found = self._unwrap(item)
            if isinstance(found, ActionResult):
                return MethodOutcome(found)
            unwrapped.append(found)
        for key_id, key in unwrapped:
            self._state.replace_key(key_id, key)
        return MethodOutcome(ActionResult.SUCCESS)

    def _unwrap(self, item: Data) -> tuple[KeyId, bytes] | ActionResult:
        if item.type is not DataType.STRUCTURE or len(item.value) != 2:
            return ActionResult.TYPE_UNMATCHED
        number, wrapped = item.value
        if number.type is not DataType.ENUM or wrapped.type is not DataType.OCTET_STRING:
            return ActionResult.TYPE_UNMATCHED
        try:
            key_id = KeyId(number.value)
            key = aes_key_unwrap(self._state.master_key, wrapped.value)
        except (ValueError, InvalidUnwrap):
            return ActionResult.OTHER_REASON
        return (key_id, key) if len(key) == _KEY_OCTETS else ActionResult.OTHER_REASON
