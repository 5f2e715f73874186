"""Objects made of instances: attributes that hold what is written if it is of their type, methods that do little."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from conformance.cosem.interface_class import AttributeDefinition, ClassVersion, MethodDefinition
from conformance.cosem.type_language import AnyType
from conformance.cosem.value_check import faults_of
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import null
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.access import (
    AccessMode,
    AttributeRights,
    by_level,
    everyone_reads,
    invoked_by,
    nobody,
    nobody_invokes,
)
from conformance.meter.model.associations import AccessLevel
from conformance.meter.model.cosem_object import Attribute, CosemObject, Invocation, Method, Setter, constant
from conformance.meter.model.instance_faults import InstanceFault
from conformance.meter.model.instances import Instance, MethodEffect
from conformance.meter.model.session import MethodOutcome, Session


class InstanceObject:
    """The state of one object: what its attributes hold."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._values = dict(instance.values)

    def build(self, base_name: int | None, faults: Collection[InstanceFault] = ()) -> CosemObject:
        """The object.

        Args:
            base_name: of its short names; None: it has none.
            faults: what is wrong with it.
        """
        definition = self._instance.definition
        item = CosemObject(
            definition.class_id,
            definition.version,
            self._instance.logical_name,
            (self._attribute(attribute) for attribute in definition.attributes[1:]),
            (self._method(method) for method in definition.methods),
            base_name=base_name,
        )
        for fault in faults:
            item = self._faulty(item, fault)
        return item

    def _attribute(self, definition: AttributeDefinition) -> Attribute:
        index = definition.index
        return Attribute(
            index,
            lambda _session, _now: self._values[index],
            self._rights(index),
            self._setter(definition) if index in self._instance.writeable | self._instance.write_only else None,
        )

    def _rights(self, index: int) -> AttributeRights:
        if index in self._instance.denied:
            return nobody
        if index in self._instance.write_only:
            return by_level(AccessMode.NO_ACCESS, AccessMode.NO_ACCESS, AccessMode.WRITE_ONLY)
        if index in self._instance.writeable:
            return by_level(management=AccessMode.READ_AND_WRITE)
        return everyone_reads

    def _setter(self, definition: AttributeDefinition) -> Setter:
        def write(_session: Session, _now: float, value: Data) -> DataAccessResult:
            if faults_of(value, definition.type) or not _as_held(value, self._values[definition.index], definition):
                return DataAccessResult.TYPE_UNMATCHED
            self._values[definition.index] = value
            return DataAccessResult.SUCCESS

        return write

    def _method(self, definition: MethodDefinition) -> Method:
        effect = self._instance.methods.get(definition.index)
        if effect is None:
            return Method(definition.index, _refused, nobody_invokes)
        return Method(definition.index, self._invocation(definition, effect), invoked_by(AccessLevel.MANAGEMENT))

    def _invocation(self, definition: MethodDefinition, effect: MethodEffect) -> Invocation:
        def invoke(_session: Session, _now: float, parameters: Data | None) -> MethodOutcome:
            wanted = definition.parameter
            if wanted is not None and (parameters is None or faults_of(parameters, wanted)):
                return MethodOutcome(ActionResult.TYPE_UNMATCHED)
            self._values.update(effect.sets)
            return MethodOutcome(ActionResult.SUCCESS, effect.returns)

        return invoke

    def _faulty(self, item: CosemObject, fault: InstanceFault) -> CosemObject:
        """The object with one thing wrong. What is listed stays as it was, unless the fault is of the list."""
        match fault.kind:
            case "value" | "refused" | "served" | "written" | "spoilt" | "not_written" | "stored":
                return _served(item, self._misused(item.attributes[fault.number], fault))
            case "missing":
                return _copy(item, [one for one in item.attributes.values() if one.number != fault.number])
            case "further":
                more = Attribute(fault.number, constant(null()))
                return _listed(item, _copy(item, [*item.attributes.values(), more]))
            case "twice":
                item.listed_times = 2
                return item
            case "method_listed":
                more_methods = [*item.methods.values(), Method(fault.number, _refused, nobody_invokes)]
                return _listed(item, _copy(item, list(item.attributes.values()), more_methods))
            case "method_carried_out" | "method_refused":
                invoke = _carried_out if fault.kind == "method_carried_out" else _refused
                method = Method(fault.number, invoke, invoked_by(*AccessLevel))
                return _listed(_copy(item, list(item.attributes.values()), [*item.methods.values(), method]), item)
        raise ValueError(f"{fault.name}: {fault.kind} is no kind of fault")

    def _misused(self, attribute: Attribute, fault: InstanceFault) -> Attribute:
        """An attribute that is not read or written as it should be."""
        every = by_level(*(AccessMode.READ_AND_WRITE,) * 3)
        match fault.kind:
            case "value":
                return replace(attribute, read=constant(fault.value or null()))
            case "refused":
                return replace(attribute, read=None)
            case "served":
                return replace(attribute, rights=every)
            case "written":
                return replace(attribute, rights=every, write=_answered(DataAccessResult.SUCCESS))
            case "not_written":
                return replace(attribute, write=_answered(DataAccessResult.READ_WRITE_DENIED))
        result = DataAccessResult.SUCCESS if fault.kind == "stored" else DataAccessResult.READ_WRITE_DENIED
        return replace(attribute, rights=every, write=self._storing(fault.number, fault.value or null(), result))

    def _storing(self, index: int, value: Data, result: DataAccessResult) -> Setter:
        def write(_session: Session, _now: float, _value: Data) -> DataAccessResult:
            self._values[index] = value
            return result

        return write


def size_of(definition: ClassVersion) -> int | None:
    """Octets from the base name to behind the last short name; None where the class has no short names."""
    if definition.attributes[0].offset is None:
        return None
    attributes = [attribute.offset for attribute in definition.attributes if attribute.offset is not None]
    methods = [method.offset for method in definition.methods if method.offset is not None]
    return max(attributes + methods) + 8


def _as_held(value: Data, held: Data, definition: AttributeDefinition) -> bool:
    """Whether a value is of the type that the meter has chosen where the class leaves the choice."""
    return not isinstance(definition.type, AnyType) or value.type is held.type


def _served(item: CosemObject, attribute: Attribute) -> CosemObject:
    """The object with another attribute behind the list that it had."""
    return _listed(_copy(item, [*item.attributes.values(), attribute]), item)


def _listed(item: CosemObject, shown: CosemObject) -> CosemObject:
    item.as_listed = shown
    return item


def _copy(item: CosemObject, attributes: list[Attribute], methods: list[Method] | None = None) -> CosemObject:
    made = CosemObject(
        item.class_id,
        item.version,
        item.logical_name,
        attributes,
        item.methods.values() if methods is None else methods,
        visible=item.visible,
        base_name=item.base_name,
    )
    made.as_listed = item.as_listed
    made.listed_times = item.listed_times
    return made


def _answered(result: DataAccessResult) -> Setter:
    return lambda _session, _now, _value: result


def _refused(_session: Session, _now: float, _parameters: Data | None) -> MethodOutcome:
    return MethodOutcome(ActionResult.READ_WRITE_DENIED)


def _carried_out(_session: Session, _now: float, _parameters: Data | None) -> MethodOutcome:
    return MethodOutcome(ActionResult.SUCCESS)
