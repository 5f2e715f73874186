"""A logical device: its objects, and the services on them under the access rights of an association."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.dlms.data.types import Data
from conformance.dlms.data.values import null
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.access import Use, allows, allows_invocation
from conformance.meter.model.associations import AssociationProfile
from conformance.meter.model.companion_faults import miscounted
from conformance.meter.model.content_faults import untrue, wrongly_set, wrongly_shifted
from conformance.meter.model.cosem_object import Attribute, CosemObject, Method
from conformance.meter.model.object_faults import misinvoked, misread, miswritten
from conformance.meter.model.push_order import Notifier
from conformance.meter.model.security_state import SecurityState
from conformance.meter.model.session import MethodOutcome, Session
from conformance.meter.model.short_names import ShortNames


class LogicalDevice:
    """One logical device of the meter.

    Attributes:
        sap: its SAP: server wPort, or server upper HDLC address.
        name: COSEM logical device name, at most 16 octets.
        profiles: the associations it offers.
        security: keys, titles and policy of its ciphered associations; None when it has none.
        sessions: the open associations; the server layer appends and removes.
        notifier: sends what objects push and report; None until the server layer gives one.
        faults: the defects of this meter.
    """

    def __init__(
        self, sap: int, name: bytes, profiles: tuple[AssociationProfile, ...], security: SecurityState | None = None
    ) -> None:
        self.sap = sap
        self.name = name
        self.profiles = profiles
        self.security = security
        self.sessions: list[Session] = []
        self.notifier: Notifier | None = None
        self.faults: frozenset[str] = frozenset()
        self._secrets = {profile.client_sap: profile.secret for profile in profiles}
        self._objects: dict[tuple[int, bytes], CosemObject] = {}
        self._short_names = ShortNames()

    def add(self, objects: Iterable[CosemObject]) -> None:
        """Put objects in, in the order in which object_list shows them.

        Raises:
            ValueError: an object is there already, or its short names overlap those of another.
        """
        for item in objects:
            key = (item.class_id, item.logical_name)
            if key in self._objects:
                raise ValueError(f"logical device {self.sap} has class {key[0]} {key[1].hex()} twice")
            self._objects[key] = item
            self._short_names.add(item)

    def object(self, class_id: int, logical_name: bytes) -> CosemObject | None:
        """The object, in whichever associations it is visible; None when there is none."""
        return self._objects.get((class_id, logical_name))

    def objects(self, profile: AssociationProfile) -> list[CosemObject]:
        """The objects that exist in an association, in the order of object_list."""
        return [item for item in self._objects.values() if item.visible(profile)]

    def profile(self, client_sap: int) -> AssociationProfile | None:
        """The association that this client can open; None when it has none here."""
        return next((profile for profile in self.profiles if profile.client_sap == client_sap), None)

    def secret(self, profile: AssociationProfile) -> bytes | None:
        """The LLS password or HLS secret in force."""
        return self._secrets[profile.client_sap]

    def change_secret(self, profile: AssociationProfile, secret: bytes) -> None:
        """Put a new LLS password or HLS secret in force."""
        self._secrets[profile.client_sap] = secret

    def session_of(self, profile: AssociationProfile, asking: Session) -> Session | None:
        """The open association of this profile, that of the asking client first; None when there is none."""
        if asking.profile.name == profile.name:
            return asking
        return next((session for session in self.sessions if session.profile.name == profile.name), None)

    def read(
        self, descriptor: AttributeDescriptor, access: SelectiveAccess | None, session: Session, now: float
    ) -> Data | DataAccessResult:
        """GET of one attribute."""
        item = self._visible(descriptor.class_id, descriptor.instance_id, session)
        if isinstance(item, DataAccessResult):
            return item
        attribute = item.attributes.get(descriptor.attribute_id)
        if attribute is None:
            return DataAccessResult.OBJECT_UNDEFINED
        return self._read(item, attribute, access, session, now)

    def write(
        self,
        descriptor: AttributeDescriptor,
        access: SelectiveAccess | None,
        value: Data,
        session: Session,
        now: float,
    ) -> DataAccessResult:
        """SET of one attribute; the value is unchanged unless the result is success."""
        item = self._visible(descriptor.class_id, descriptor.instance_id, session)
        if isinstance(item, DataAccessResult):
            return item
        attribute = item.attributes.get(descriptor.attribute_id)
        if attribute is None:
            return DataAccessResult.OBJECT_UNDEFINED
        return self._write(item, attribute, access, value, session, now)

    def invoke(
        self, descriptor: MethodDescriptor, parameters: Data | None, session: Session, now: float
    ) -> MethodOutcome:
        """ACTION of one method."""
        item = self._visible(descriptor.class_id, descriptor.instance_id, session)
        if isinstance(item, DataAccessResult):
            return MethodOutcome(ActionResult(int(item)))
        return self._invoke(item, descriptor.method_id, parameters, session, now)

    def read_short_name(
        self, name: int, selector: int | None, parameter: Data | None, session: Session, now: float
    ) -> Data | DataAccessResult:
        """Read of a short name: an attribute, or a method with return parameters.

        Args:
            name: the short name, 0 to 65535.
            selector: of a parameterised access; None for a plain variable-name.
            parameter: of a parameterised access.
            session: the association.
            now: seconds since the meter was switched on.
        """
        target = self._named(name, session)
        if target is None:
            return DataAccessResult.OBJECT_UNDEFINED
        item, member = target
        if isinstance(member, Attribute):
            access = None if selector is None or parameter is None else SelectiveAccess(selector, parameter)
            return self._read(item, member, access, session, now)
        if selector is None:
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        outcome = self._invoke(item, member.number, parameter, session, now)
        if outcome.result is not ActionResult.SUCCESS:
            return DataAccessResult(int(outcome.result))
        return null() if outcome.data is None else outcome.data

    def write_short_name(
        self,
        name: int,
        value: Data,
        session: Session,
        now: float,
        *,
        selector: int | None = None,
        parameter: Data | None = None,
    ) -> DataAccessResult:
        """Write of a short name: an attribute, or a method without return parameters, whose parameter is the value."""
        target = self._named(name, session)
        if target is None:
            return DataAccessResult.OBJECT_UNDEFINED
        item, member = target
        if isinstance(member, Attribute):
            access = None if selector is None or parameter is None else SelectiveAccess(selector, parameter)
            return self._write(item, member, access, value, session, now)
        return DataAccessResult(int(self._invoke(item, member.number, value, session, now).result))

    def _read(
        self, item: CosemObject, attribute: Attribute, access: SelectiveAccess | None, session: Session, now: float
    ) -> Data | DataAccessResult:
        result = _read(attribute, access, session, now)
        if not self.faults:
            return result
        if isinstance(result, Data):
            result = untrue(item, attribute.number, result, self.faults)
        misread_result = misread(item, attribute.number, result, session, now, self.faults)
        return miscounted(item, attribute.number, misread_result, self.faults)

    def _write(
        self,
        item: CosemObject,
        attribute: Attribute,
        access: SelectiveAccess | None,
        value: Data,
        session: Session,
        now: float,
    ) -> DataAccessResult:
        result = _write(attribute, access, value, session, now)
        if not self.faults:
            return result
        result = wrongly_set(item, attribute.number, value, result, session, now, self.faults)
        return miswritten(item, attribute.number, value, result, session, now, self.faults)

    def _invoke(
        self, item: CosemObject, number: int, parameters: Data | None, session: Session, now: float
    ) -> MethodOutcome:
        method = item.methods.get(number)
        undefined = MethodOutcome(ActionResult.OBJECT_UNDEFINED)
        if self.faults and method is not None:
            wrong = wrongly_shifted(item, method, parameters, session, now, self.faults)
            if wrong is not None:
                return wrong
        outcome = undefined if method is None else _invoke(method, parameters, session, now)
        return misinvoked(item, number, parameters, outcome, session, now, self.faults) if self.faults else outcome

    def _visible(self, class_id: int, logical_name: bytes, session: Session) -> CosemObject | DataAccessResult:
        item = self._objects.get((class_id, logical_name))
        if item is not None and item.visible(session.profile):
            return item
        for other in self._objects.values():
            if other.logical_name == logical_name and other.visible(session.profile):
                return DataAccessResult.OBJECT_CLASS_INCONSISTENT
        return DataAccessResult.OBJECT_UNDEFINED

    def _named(self, name: int, session: Session) -> tuple[CosemObject, Attribute | Method] | None:
        found = self._short_names.find(name)
        if found is None or not found[0].visible(session.profile):
            return None
        item, kind, number = found
        member = item.attributes.get(number) if kind == "attribute" else item.methods.get(number)
        return None if member is None else (item, member)


def _read(
    attribute: Attribute, access: SelectiveAccess | None, session: Session, now: float
) -> Data | DataAccessResult:
    mode = attribute.rights(session.profile)
    if attribute.read is None or not allows(mode, Use.READ, authenticated=session.request_authenticated):
        return DataAccessResult.READ_WRITE_DENIED
    if access is None:
        return attribute.read(session, now)
    if attribute.select is None or access.selector not in attribute.selectors:
        return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
    return attribute.select(session, now, access.selector, access.parameters)


def _write(
    attribute: Attribute, access: SelectiveAccess | None, value: Data, session: Session, now: float
) -> DataAccessResult:
    mode = attribute.rights(session.profile)
    if attribute.write is None or not allows(mode, Use.WRITE, authenticated=session.request_authenticated):
        return DataAccessResult.READ_WRITE_DENIED
    if access is not None:
        return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
    return attribute.write(session, now, value)


def _invoke(method: Method, parameters: Data | None, session: Session, now: float) -> MethodOutcome:
    mode = method.rights(session.profile)
    if not allows_invocation(mode, authenticated=session.request_authenticated):
        return MethodOutcome(ActionResult.READ_WRITE_DENIED)
    return method.invoke(session, now, parameters)
