"""Security setup: policy, suite, titles, keys and certificates (IEC 62056-6-2, class_id 64).

Version 0 goes with suite 0, version 1 with suites 1 and 2.
"""

from __future__ import annotations

from conformance.cosem.names import SECURITY_SETUP, ClassId
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import enum, octet_string
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.meter.model.access import invoked_by
from conformance.meter.model.associations import AccessLevel
from conformance.meter.model.certificate_methods import CertificateMethods
from conformance.meter.model.cosem_object import Attribute, CosemObject, Invocation, Method
from conformance.meter.model.key_exchange import agree_keys, transfer_keys
from conformance.meter.model.security_policy import legal
from conformance.meter.model.security_state import SecurityState
from conformance.meter.model.session import MethodOutcome, Session


class SecuritySetup:
    """The object through which the management client changes the security of a logical device. No key is readable."""

    def __init__(self, state: SecurityState) -> None:
        self._state = state

    def build(self) -> CosemObject:
        """The object, with the attributes and methods of its version."""
        state = self._state
        attributes = [
            Attribute(2, self._security_policy),
            Attribute(3, self._security_suite),
            Attribute(4, self._client_system_title),
            Attribute(5, lambda _session, _now: octet_string(state.server_system_title)),
        ]
        invocations: list[Invocation] = [self._security_activate, self._key_transfer]
        if state.asymmetric is not None:
            held = CertificateMethods(state, state.asymmetric)
            attributes.append(Attribute(6, held.certificates))
            invocations += [
                self._key_agreement,
                held.generate_key_pair,
                held.generate_certificate_request,
                held.import_certificate,
                held.export_certificate,
                held.remove_certificate,
            ]
        managed = invoked_by(AccessLevel.MANAGEMENT)
        methods = [Method(number, invoke, managed) for number, invoke in enumerate(invocations, 1)]
        return CosemObject(ClassId.SECURITY_SETUP, state.setup_version, SECURITY_SETUP, attributes, methods)

    def _security_policy(self, _session: Session, _now: float) -> Data:
        policy, faults = self._state.security_policy, self._state.faults
        if "security-policy-unused-bits-set" in faults:
            policy |= 0x03
        return enum(0 if "security-policy-read-wrong" in faults else policy)

    def _security_suite(self, _session: Session, _now: float) -> Data:
        return enum(0 if "security-suite-read-wrong" in self._state.faults else self._state.security_suite)

    def _client_system_title(self, _session: Session, _now: float) -> Data:
        title = self._state.client_system_title
        return octet_string(bytes(len(title)) if "client-title-read-wrong" in self._state.faults else title)

    def _security_activate(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.ENUM:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        state, wanted = self._state, parameters.value
        stronger = wanted & state.security_policy == state.security_policy
        if not legal(state.setup_version, wanted) or not (stronger or "security-policy-weakened" in state.faults):
            # A policy can be strengthened only: what it demands already, it goes on demanding.
            return MethodOutcome(ActionResult.OTHER_REASON)
        if "security-policy-activated-not-enforced" in state.faults and state.enforced_policy is None:
            state.enforced_policy = state.security_policy
        state.security_policy = wanted
        return MethodOutcome(ActionResult.SUCCESS)

    def _key_transfer(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        return transfer_keys(self._state, parameters)

    def _key_agreement(self, session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        return agree_keys(self._state, session, parameters)
