"""An interface class as the standard's tables define it: its versions, their attributes and methods."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from conformance.cosem.type_language import TypeExpression

Kind = Literal["static", "dynamic"]


@dataclass(frozen=True, slots=True)
class AttributeDefinition:
    """One attribute of one version of a class (IEC 62056-6-2).

    Attributes:
        kind: static values are set by configuration, dynamic ones by the metering process.
        mandatory: False where the class leaves it to the implementation.
        offset: from base_name, for short-name referencing; None where not defined or not known.
        note: what is doubtful, or was chosen.
        type_text: the type as the table writes it, with its named types.
    """

    index: int
    name: str
    type: TypeExpression
    kind: Kind
    mandatory: bool = True
    offset: int | None = None
    note: str | None = None
    type_text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class MethodDefinition:
    """One method of one version of a class (IEC 62056-6-2).

    Attributes:
        parameter: the type of the method invocation parameter; None where not known.
        returns: the type of the return parameter; None where there is none.
        offset: from base_name, for short-name referencing; None where not defined or not known.
        note: what is doubtful, or was chosen.
        parameter_text: the parameter's type as the table writes it.
    """

    index: int
    name: str
    parameter: TypeExpression | None
    returns: TypeExpression | None = None
    mandatory: bool = False
    offset: int | None = None
    note: str | None = None
    parameter_text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ClassVersion:
    """One version of an interface class.

    Attributes:
        source: where the facts were looked up.
    """

    class_id: int
    version: int
    name: str
    source: str
    attributes: tuple[AttributeDefinition, ...]
    methods: tuple[MethodDefinition, ...]

    def attribute(self, index: int) -> AttributeDefinition | None:
        """The attribute with this index; None when the version has none."""
        return next((one for one in self.attributes if one.index == index), None)

    def method(self, index: int) -> MethodDefinition | None:
        """The method with this index; None when the version has none."""
        return next((one for one in self.methods if one.index == index), None)
