"""Association LN, version 2: an association as its client sees it (IEC 62056-6-2, class_id 15)."""

from __future__ import annotations

from conformance.cosem.names import CURRENT_ASSOCIATION, NOT_SPECIFIED, SECURITY_SETUP, ClassId
from conformance.dlms.acse.enumerations import Mechanism
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import (
    array,
    bit_string,
    enum,
    integer,
    long_unsigned,
    octet_string,
    structure,
    unsigned,
    visible_string,
)
from conformance.dlms.xdlms.conformance import Conformance
from conformance.dlms.xdlms.enumerations import ActionResult
from conformance.meter.model.access import AccessMode, MethodAccessMode, nobody
from conformance.meter.model.associations import AccessLevel, AssociationProfile
from conformance.meter.model.companion_faults import unlike_profile
from conformance.meter.model.content_faults import relisted
from conformance.meter.model.cosem_object import Attribute, CosemObject, Method
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.object_faults import mislisted
from conformance.meter.model.object_list import object_list_ln
from conformance.meter.model.session import AssociationStatus, MethodOutcome, Session

_APPLICATION_CONTEXT_ARC = 1
_MECHANISM_ARC = 2
_SECRET_OCTETS = range(8, 65)


class AssociationLn:
    """One association object: that of a declared association, or the current one, which is whichever asks."""

    def __init__(self, device: LogicalDevice, profile: AssociationProfile | None) -> None:
        self._device = device
        self._profile = profile

    def build(self) -> CosemObject:
        """The object, at 0-0:40.0.0.255 for the current association and 0-0:40.0.E.255 for a declared one."""
        own = self._profile
        name = CURRENT_ASSOCIATION if own is None else _instance_name(own)
        attributes = (
            Attribute(2, self._object_list),
            Attribute(3, self._associated_partners_id),
            Attribute(4, self._application_context_name),
            Attribute(5, self._xdlms_context_info),
            Attribute(6, self._authentication_mechanism_name),
            Attribute(7, self._secret, self._secret_rights),
            Attribute(8, self._association_status),
            Attribute(9, self._security_setup_reference),
            Attribute(10, self._user_list),
            Attribute(11, self._current_user),
        )
        methods = (
            Method(1, self._reply_to_hls_authentication, self._reply_rights),
            Method(2, self._change_hls_secret, self._change_rights),
        )
        return CosemObject(ClassId.ASSOCIATION_LN, 2, name, attributes, methods, visible=self._visible)

    def _visible(self, asking: AssociationProfile) -> bool:
        """Everyone sees his own association and the public one; the management client sees all."""
        own = self._profile
        return (
            own is None
            or own.name == asking.name
            or own.access_level is AccessLevel.PUBLIC
            or asking.access_level is AccessLevel.MANAGEMENT
        )

    def _of(self, session: Session) -> AssociationProfile:
        return session.profile if self._profile is None else self._profile

    def _session(self, session: Session) -> Session | None:
        return self._device.session_of(self._of(session), session)

    def _object_list(self, session: Session, _now: float) -> Data:
        profile = self._of(session)
        objects, security = mislisted(self._device.objects(profile), self._device.faults), self._device.security
        objects = relisted(objects, profile, self._device.faults)
        if security is not None and "security-setup-listed-as-version-0" in security.faults:
            objects = [_of_version_0(item) for item in objects]
        return object_list_ln(unlike_profile(objects, profile, self._device.faults), profile)

    def _associated_partners_id(self, session: Session, _now: float) -> Data:
        profile = self._of(session)
        return structure(integer(profile.client_sap), long_unsigned(profile.server_sap))

    def _application_context_name(self, session: Session, _now: float) -> Data:
        return object_identifier(_APPLICATION_CONTEXT_ARC, self._of(session).context)

    def _xdlms_context_info(self, session: Session, _now: float) -> Data:
        profile, opened = self._of(session), self._session(session)
        if opened is None:
            # No association, nothing negotiated: what the meter is ready to negotiate.
            size = profile.server_max_receive_pdu_size
            return context_info(profile.conformance, size, size, 6, 0, self._leaked_key())
        return context_info(
            opened.conformance,
            profile.server_max_receive_pdu_size,
            opened.client_max_receive_pdu_size,
            opened.dlms_version_number,
            opened.quality_of_service,
            self._leaked_key(),
        )

    def _secret(self, session: Session, _now: float) -> Data:
        return octet_string(self._device.secret(self._of(session)) or b"")

    def _secret_rights(self, asking: AssociationProfile) -> AccessMode:
        """Nobody reads the secret, but in a faulty meter."""
        security = self._device.security
        told = security is not None and "secret-readable-through-attribute" in security.faults
        return AccessMode.READ_ONLY if told else nobody(asking)

    def _leaked_key(self) -> bytes:
        """cyphering_info: empty, but in a faulty meter, which tells its key there."""
        security = self._device.security
        if security is None or "key-readable-through-attribute" not in security.faults:
            return b""
        return security.global_unicast_key

    def _authentication_mechanism_name(self, session: Session, _now: float) -> Data:
        return object_identifier(_MECHANISM_ARC, self._of(session).mechanism)

    def _association_status(self, session: Session, _now: float) -> Data:
        opened = self._session(session)
        return enum(int(AssociationStatus.NON_ASSOCIATED if opened is None else opened.status))

    def _security_setup_reference(self, session: Session, _now: float) -> Data:
        return octet_string(SECURITY_SETUP if self._of(session).keys is not None else NOT_SPECIFIED)

    def _user_list(self, session: Session, _now: float) -> Data:
        return array(*(structure(unsigned(user.id), visible_string(user.name)) for user in self._of(session).users))

    def _current_user(self, session: Session, _now: float) -> Data:
        opened = self._session(session)
        current = None if opened is None else opened.current_user
        for user in self._of(session).users:
            if user.id == current:
                return structure(unsigned(user.id), visible_string(user.name))
        return structure(unsigned(0), visible_string(""))

    def _reply_rights(self, asking: AssociationProfile) -> MethodAccessMode:
        mine = self._profile is None or self._profile.name == asking.name
        return MethodAccessMode.ACCESS if mine and asking.hls else MethodAccessMode.NO_ACCESS

    def _change_rights(self, asking: AssociationProfile) -> MethodAccessMode:
        if asking.mechanism in (Mechanism.HLS_GMAC, Mechanism.HLS_ECDSA) or asking.secret is None:
            # These authenticate with the keys of Security setup: there is no secret to change.
            return MethodAccessMode.NO_ACCESS
        return self._reply_rights(asking)

    def _reply_to_hls_authentication(self, session: Session, now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.OCTET_STRING:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        if session.hooks is None:
            return MethodOutcome(ActionResult.OTHER_REASON)
        return session.hooks.reply_to_hls_authentication(session, parameters.value, now)

    def _change_hls_secret(self, session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
        if parameters is None or parameters.type is not DataType.OCTET_STRING:
            return MethodOutcome(ActionResult.TYPE_UNMATCHED)
        if len(parameters.value) not in _SECRET_OCTETS:
            return MethodOutcome(ActionResult.OTHER_REASON)
        self._device.change_secret(session.profile, parameters.value)
        return MethodOutcome(ActionResult.SUCCESS)


def object_identifier(arc: int, number: int) -> Data:
    """An application context name (arc 1) or mechanism name (arc 2): 2.16.756.5.8.arc.number, one element each."""
    return structure(
        unsigned(2), unsigned(16), long_unsigned(756), unsigned(5), unsigned(8), unsigned(arc), unsigned(int(number))
    )


def context_info(
    conformance: Conformance,
    max_receive: int,
    max_send: int,
    dlms_version: int,
    quality: int,
    cyphering_info: bytes = b"",
) -> Data:
    """xDLMS_context_info; PDU sizes in octets; cyphering_info stays empty so that no key is readable."""
    bits = "".join("1" if number in conformance else "0" for number in range(24))
    return structure(
        bit_string(bits),
        long_unsigned(max_receive),
        long_unsigned(max_send),
        unsigned(dlms_version),
        integer(quality),
        octet_string(cyphering_info),
    )


def _instance_name(profile: AssociationProfile) -> bytes:
    name = bytearray(CURRENT_ASSOCIATION)
    name[4] = profile.instance
    return bytes(name)


def _of_version_0(item: CosemObject) -> CosemObject:
    """Security setup as a faulty meter lists it; any other object as it is."""
    if item.class_id != ClassId.SECURITY_SETUP:
        return item
    return CosemObject(item.class_id, 0, item.logical_name, item.attributes.values(), item.methods.values())
