"""A licensee's sheet of object definitions against the class tables: what is missing, and what differs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.cosem.class_file import ClassFile
from conformance.cosem.definition_sheet import Sheet, SheetRow
from conformance.cosem.interface_class import AttributeDefinition, ClassVersion, MethodDefinition
from conformance.cosem.type_language import (
    AnyType,
    ArrayType,
    ChoiceType,
    CompactArrayType,
    EnumeratedType,
    SimpleType,
    StructureType,
    TypeExpression,
    TypeLanguageError,
    parse,
)
from conformance.dlms.data.types import DataType

_NOTHING_SAID = frozenset(("", "-", "choice", "instance specific", "instance-specific"))
_CONTAINERS = frozenset(("array", "structure", "compact-array"))


@dataclass(frozen=True, slots=True)
class Difference:
    """Where sheet and tables do not say the same.

    Attributes:
        line: of the sheet; 0 where the sheet lacks what the tables have.
        place: class, version and member.
        sheet: what the sheet says.
        tables: what the tables say.
    """

    line: int
    place: str
    sheet: str
    tables: str

    def __str__(self) -> str:
        at = f"line {self.line}: " if self.line else ""
        return f"{at}{self.place}: the sheet says {self.sheet}, the tables say {self.tables}"


def differences(sheet: Sheet, tables: Mapping[int, ClassFile], shared: ClassFile) -> tuple[Difference, ...]:
    """What differs for the classes and versions that the sheet holds, in its order; none when they agree.

    Names are compared without regard to case, spaces and underscores. Types are compared as deep as the sheet tells
    them: `array` agrees with every array; bounds, formats and enumerations are left aside; an empty cell or CHOICE is
    not compared.

    Args:
        sheet: as `read_sheet` gives it.
        tables: the tables by class_id.
        shared: shared.toml, whose named types a sheet may use too.
    """
    found: list[Difference] = []
    versions: dict[tuple[int, int], list[SheetRow]] = {}
    for row in sheet.rows:
        versions.setdefault((row.class_id, row.version), []).append(row)
    for (class_id, number), rows in versions.items():
        place = f"class {class_id} version {number}"
        table = tables.get(class_id)
        version = next((one for one in table.versions if one.version == number), None) if table else None
        if table is None or version is None:
            found.append(Difference(rows[0].line, place, f"{len(rows)} attributes and methods", "nothing"))
            continue
        names = {**shared.types, **table.types}
        enumerations = {**shared.enumerations, **table.enumerations}
        for row in rows:
            found += _row_differences(row, version, names, enumerations)
        found += _missing(rows, version, place)
    return tuple(found)


def _row_differences(
    row: SheetRow,
    version: ClassVersion,
    names: Mapping[str, TypeExpression],
    enumerations: Mapping[str, Mapping[int, str]],
) -> Iterator[Difference]:
    place = f"class {row.class_id} version {row.version} {row.kind} {row.index}"
    known: AttributeDefinition | MethodDefinition | None = (
        version.attribute(row.index) if row.kind == "attribute" else version.method(row.index)
    )
    if known is None:
        yield Difference(row.line, place, row.name, f"no such {row.kind}")
        return
    if _plain(row.name) != _plain(known.name):
        yield Difference(row.line, f"{place}, name", row.name, known.name)
    place = f"{place} {known.name}"
    if row.offset is not None and row.offset != known.offset:
        told = "nothing" if known.offset is None else f"{known.offset:#04x}"
        yield Difference(row.line, f"{place}, offset", f"{row.offset:#04x}", told)
    if row.mandatory is not None and row.mandatory != known.mandatory:
        words = {True: "mandatory", False: "optional"}
        yield Difference(row.line, f"{place}, presence", words[row.mandatory], words[known.mandatory])
    if isinstance(known, AttributeDefinition) and row.storage not in (None, known.kind):
        yield Difference(row.line, f"{place}, storage", str(row.storage), known.kind)
    type_ = known.type if isinstance(known, AttributeDefinition) else known.parameter
    if row.type is None or row.type.lower() in _NOTHING_SAID or type_ is None:
        return
    try:
        told_type = parse(_spelled(row.type), names, enumerations)
    except TypeLanguageError as error:
        yield Difference(
            row.line, f"{place}, type", f"{row.type!r:.80}, which was not understood ({error.fault})", _shape(type_)
        )
        return
    if not _agrees(told_type, type_):
        yield Difference(row.line, f"{place}, type", _shape(told_type), _shape(type_))


def _missing(rows: list[SheetRow], version: ClassVersion, place: str) -> Iterator[Difference]:
    told = {(row.kind, row.index) for row in rows}
    for attribute in version.attributes:
        if ("attribute", attribute.index) not in told:
            yield Difference(0, f"{place} attribute {attribute.index}", "nothing", attribute.name)
    if any(kind == "method" for kind, _ in told):
        for method in version.methods:
            if ("method", method.index) not in told:
                yield Difference(0, f"{place} method {method.index}", "nothing", method.name)


def _agrees(told: TypeExpression, known: TypeExpression) -> bool:
    """Whether a type agrees with the tables', where a bare container stands for every one of its sort."""
    if isinstance(told, AnyType) and told.label in _CONTAINERS:
        return _tags(known) <= told.types
    if isinstance(told, ChoiceType):
        one_way = all(any(_agrees(one, other) for other in _alternatives(known)) for one in told.alternatives)
        return one_way and all(any(_agrees(one, other) for one in told.alternatives) for other in _alternatives(known))
    if isinstance(told, StructureType) and isinstance(known, StructureType):
        pairs = zip(told.elements, known.elements, strict=False)
        return len(told.elements) == len(known.elements) and all(_agrees(a, b) for (_, a), (_, b) in pairs)
    if isinstance(told, ArrayType) and isinstance(known, ArrayType):
        return _agrees(told.element, known.element)
    if isinstance(told, CompactArrayType) and isinstance(known, CompactArrayType):
        return _agrees(told.element, known.element)
    return _shape(told) == _shape(known)


def _alternatives(type_: TypeExpression) -> tuple[TypeExpression, ...]:
    return type_.alternatives if isinstance(type_, ChoiceType) else (type_,)


def _tags(type_: TypeExpression) -> frozenset[DataType]:
    match type_:
        case ChoiceType():
            return frozenset[DataType]().union(*(_tags(one) for one in type_.alternatives))
        case AnyType():
            return type_.types
        case ArrayType():
            return frozenset((DataType.ARRAY,))
        case CompactArrayType():
            return frozenset((DataType.COMPACT_ARRAY,))
        case StructureType():
            return frozenset((DataType.STRUCTURE,))
        case _:
            return frozenset((type_.type,))


def _shape(type_: TypeExpression) -> str:
    """The type without bounds, formats and the names of enumerations and elements."""
    match type_:
        case SimpleType() | EnumeratedType():
            return type_.type.label
        case ArrayType():
            return f"array({_shape(type_.element)})"
        case CompactArrayType():
            return f"compact-array({_shape(type_.element)})"
        case StructureType():
            return f"structure({', '.join(_shape(element) for _, element in type_.elements)})"
        case ChoiceType():
            return " | ".join(sorted({_shape(one) for one in type_.alternatives}))
        case AnyType():
            return type_.label


def _spelled(text: str) -> str:
    """A sheet's spelling in the type language: `octet-string[6]`, `array or compact-array`, `Unsigned`."""
    text = re.sub(r"\[\s*([^\]]*)\s*\]", r"(\1)", text.strip())
    text = re.sub(r"\s+or\s+", " | ", text)
    return re.sub(r"\b(array|structure|compact-array)\s+of\s+([\w-]+)", r"\1(\2)", text.lower())


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-/]+", "", re.sub(r"\(.*\)", "", name)).lower()
