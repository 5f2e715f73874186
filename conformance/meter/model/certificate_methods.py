"""Methods 4 to 8 of Security setup, version 1: key pairs and certificates (IEC 62056-6-2, class_id 64)."""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import array, enum, octet_string, structure
from conformance.dlms.security import elliptic
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.meter.model.asymmetric_keys import AsymmetricKeys
from conformance.meter.model.certificates import Certificate, CertificateEntity, CertificateType, parse
from conformance.meter.model.scalars import new_scalar
from conformance.meter.model.security_state import SecurityState
from conformance.meter.model.session import MethodOutcome, Session

_USES: Final = {0: CertificateType.DIGITAL_SIGNATURE, 1: CertificateType.KEY_AGREEMENT}
"""key_pair; 2, TLS, is none that this meter has."""
_BY_ENTITY, _BY_SERIAL = 0, 1

_REFUSED: Final = MethodOutcome(ActionResult.OTHER_REASON)
_UNMATCHED: Final = MethodOutcome(ActionResult.TYPE_UNMATCHED)


class CertificateMethods:
    """What Security setup does with key pairs and certificates; only the management client may call it."""

    def __init__(self, state: SecurityState, asymmetric: AsymmetricKeys) -> None:
        self._state = state
        self._asymmetric = asymmetric
        self._first = asymmetric.certificates

    def certificates(self, _session: Session, _now: float) -> Data:
        """Attribute 6: array of {entity, type, serial_number, issuer, subject, subject_alt_name}; names are DER."""
        return array(
            *(
                structure(
                    enum(held.entity),
                    enum(held.type),
                    octet_string(held.serial_number),
                    octet_string(held.issuer),
                    octet_string(held.subject),
                    octet_string(held.subject_alt_name),
                )
                for held in self._told
            )
        )

    @property
    def _told(self) -> tuple[Certificate, ...]:
        return self._first if "certificates-list-never-updated" in self._state.faults else self._asymmetric.certificates

    def generate_key_pair(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        """Method 4: a new pair, in force once a certificate for it is imported."""
        if parameters is None or parameters.type is not DataType.ENUM:
            return _UNMATCHED
        use, faults = _USES.get(parameters.value), self._state.faults
        if use is None:
            return MethodOutcome(ActionResult.SUCCESS) if "key-pair-of-unknown-use-generated" in faults else _REFUSED
        constant = "generated-key-pair-constant" in faults
        draw = (lambda size: b"\x22" * size) if constant else self._state.draw
        self._asymmetric.generate(use, new_scalar(self._asymmetric.suite, draw))
        if "generated-key-pair-in-force-at-once" in faults:
            self._asymmetric.use_generated(use)
        return MethodOutcome(ActionResult.SUCCESS)

    def generate_certificate_request(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        """Method 5: a PKCS#10 request for the newest pair, DER."""
        if parameters is None or parameters.type is not DataType.ENUM:
            return _UNMATCHED
        use = _USES.get(parameters.value)
        if use is None:
            return _REFUSED
        suite = self._asymmetric.suite
        title = self._asymmetric.server_title.hex().upper()
        if "certificate-request-without-title" in self._state.faults:
            title = "METER"
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
        old = "certificate-request-for-old-key" in self._state.faults
        key = self._asymmetric.in_force(use) if old else self._asymmetric.newest(use)
        request = (
            x509.CertificateSigningRequestBuilder()
            .subject_name(subject)
            .sign(elliptic.private_key(suite, key), suite.hash)
        )
        return MethodOutcome(ActionResult.SUCCESS, octet_string(request.public_bytes(Encoding.DER)))

    def import_certificate(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        """Method 6: take a certificate that a trusted authority has issued."""
        if parameters is None or parameters.type is not DataType.OCTET_STRING:
            return _UNMATCHED
        certificate = parse(parameters.value, self._asymmetric.suite, self._asymmetric.server_title)
        if certificate is None or self._is_guarded(certificate):
            return _REFUSED
        unjudged = "certificate-issuer-not-checked" in self._state.faults
        if not unjudged and not self._asymmetric.trusts(certificate):
            return _REFUSED
        keeps = "generated-key-pair-never-in-force" in self._state.faults
        return MethodOutcome(ActionResult.SUCCESS) if self._asymmetric.import_(certificate, keeps) else _REFUSED

    def export_certificate(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        """Method 7: a certificate by its holder or its serial number, DER."""
        found = self._find(parameters)
        if found is _REFUSED and "unknown-certificate-exported" in self._state.faults:
            found = self._asymmetric.certificates[0]
        if not isinstance(found, Certificate):
            return found
        return MethodOutcome(ActionResult.SUCCESS, octet_string(found.der))

    def remove_certificate(self, _session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        """Method 8: forget a certificate."""
        found = self._find(parameters)
        if not isinstance(found, Certificate):
            return found
        if self._is_guarded(found):
            return _REFUSED
        if "certificate-removal-not-done" in self._state.faults:
            return MethodOutcome(ActionResult.SUCCESS)
        self._asymmetric.remove(found)
        return MethodOutcome(ActionResult.SUCCESS)

    def _is_guarded(self, certificate: Certificate) -> bool:
        """Trust anchors can be exported, but neither imported nor removed."""
        anchor = certificate.entity is CertificateEntity.CERTIFICATION_AUTHORITY
        return anchor and "trust-anchor-not-guarded" not in self._state.faults

    def _find(self, parameters: Data | None) -> Certificate | MethodOutcome:
        """The certificate that a certificate_identification names, or why there is none."""
        parts = _members(parameters, DataType.ENUM, DataType.STRUCTURE)
        if parts is None:
            return _UNMATCHED
        kind, options = parts
        if kind.value == _BY_ENTITY:
            wanted = _members(options, DataType.ENUM, DataType.ENUM, DataType.OCTET_STRING)
            if wanted is None:
                return _UNMATCHED
            entity, use, title = (part.value for part in wanted)
            any_use = "certificate-type-ignored" in self._state.faults
            named = [
                held
                for held in self._asymmetric.certificates
                if (held.entity, held.title) == (entity, title) and (any_use or held.type == use)
            ]
        elif kind.value == _BY_SERIAL:
            wanted = _members(options, DataType.OCTET_STRING, DataType.OCTET_STRING)
            if wanted is None:
                return _UNMATCHED
            serial, issuer = (part.value for part in wanted)
            named = [
                held for held in self._asymmetric.certificates if (held.serial_number, held.issuer) == (serial, issuer)
            ]
        else:
            return _REFUSED
        return named[0] if named else _REFUSED


def _members(value: Data | None, *types: DataType) -> tuple[Data, ...] | None:
    """The members of a structure of just these types; None for anything else."""
    if value is None or value.type is not DataType.STRUCTURE:
        return None
    members: tuple[Data, ...] = tuple(value.value)
    return members if tuple(member.type for member in members) == types else None
