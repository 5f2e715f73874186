"""Whether what a list tells fits together: names and classes, units and quantities, versions and the class tables."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.cosem.class_tables import class_name, class_version, versions_of
from conformance.cosem.listed_objects import ListedObject
from conformance.cosem.names import ClassId, class_label
from conformance.cosem.obis_rules import classes_for, illegal_groups, name_of, units_for
from conformance.cosem.obis_table import CodePattern, ObisTableError
from conformance.device.content import content_directory
from conformance.dlms.data.scalars import INTEGERS
from conformance.dlms.data.types import Data, DataType
from conformance.harness.listed_values import ListedValues, Served
from conformance.harness.object_exceptions import ExceptionFileError

PlausibilityQuestion = Callable[[ListedValues], None]
PLAUSIBLE = "plausible.toml"
_SCALER_UNIT = {ClassId.REGISTER: 3, ClassId.EXTENDED_REGISTER: 3, ClassId.DEMAND_REGISTER: 4}
"""The attribute scaler_unit, by class."""
_VALUE = 2
_MOST_READ = 300
"""Registers whose scaler_unit is read in one subtest."""
_MOST_CLASSES_TOLD = 20
_FIRST_MANUFACTURERS_CLASS = 8192


@dataclass(frozen=True, slots=True)
class Quantity:
    """Between which limits the absolute value of a quantity plausibly lies, if it is not 0."""

    codes: CodePattern
    what: str
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Plausible:
    """The limits of scalers, both included, and of quantities."""

    scalers: range
    quantities: tuple[Quantity, ...]


@cache
def plausible(directory: Path | None = None) -> Plausible:
    """What the file `plausible.toml` beside the object cases says.

    Raises:
        ExceptionFileError: the file is broken.
    """
    path = (content_directory("suites") / "objects" if directory is None else directory) / PLAUSIBLE
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        first, last = raw["scaler"]
        quantities = tuple(
            Quantity(CodePattern.parse(row["codes"]), str(row["what"]), float(row["lowest"]), float(row["highest"]))
            for row in raw["quantity"]
        )
        return Plausible(range(first, last + 1), quantities)
    except (OSError, tomllib.TOMLDecodeError, ObisTableError, KeyError, TypeError, ValueError) as error:
        raise ExceptionFileError(
            f"{path}: {error!r}; needed: scaler = [first, last] and rows [[quantity]] of codes, what, lowest, highest"
        ) from None


def judge_names(values: ListedValues) -> None:
    """Every logical name is legal for its medium, and every object of a class that may have its name."""
    for listed in _some(values, values.survey.objects):
        with values.subtest.each(f"{listed} class {listed.class_id}"):
            against = illegal_groups(listed.logical_name)
            values.subtest.check(
                against is None, expected="a logical name that OBIS knows", observed=against or f"{listed}: legal"
            )
            classes = classes_for(listed.logical_name)
            called = name_of(listed.logical_name) or "no name known"
            own = f"{listed}, {called}: of class {listed.class_id}, {class_label(listed.class_id)}"
            expected = ", ".join(f"{one}, {class_label(one)}" for one in sorted(classes or ()))
            fits = classes is None or listed.class_id in classes
            values.subtest.check(fits, expected=f"{listed}, {called}: class {expected}", observed=own)


def judge_units(values: ListedValues) -> None:
    """The unit of every register is one that its quantity is counted in, and scaler and value give a plausible one.

    Raises:
        Inapplicable: the association shows no register whose scaler_unit may be read.
    """
    judged = 0
    for listed in values.of_class(*_SCALER_UNIT)[:_MOST_READ]:
        index = _SCALER_UNIT[ClassId(listed.class_id)]
        if values.reachable(listed, index):
            judged += 1
            with values.subtest.each(str(listed)):
                _judge_unit(values, listed, index)
    if not judged:
        values.subtest.inapplicable(
            f"association {values.survey.association}: the object_list has no register whose scaler_unit may be read"
        )


def judge_versions(values: ListedValues) -> None:
    """An object has one class version, the same for every client; versions that the class tables do not hold are told.

    Raises:
        Failed: two rows, or two lists of one logical device, give an object different versions, or class_id is 0.
        Inapplicable: the class tables hold none of the class versions.
    """
    subtest, others = values.subtest, _other_versions(values)
    known, told = 0, list[str]()
    for listed in values.survey.objects:
        name = f"{listed} class {listed.class_id}"
        elsewhere = {one for one in others.get((listed.class_id, listed.logical_name), ()) if one[1] != listed.version}
        if elsewhere or not listed.class_id:
            with subtest.each(name):
                other = ", ".join(f"version {version} in {where}" for where, version in sorted(elsewhere))
                observed = f"{name}: version {listed.version}, and {other}" if other else f"{listed}: class_id 0"
                subtest.check(False, expected="each object of one class version, the same for all", observed=observed)
        if class_version(listed.class_id, listed.version) is not None:
            known += 1
        what = _remark(listed)
        if what and what not in told and len(told) < _MOST_CLASSES_TOLD:
            told.append(what)
    remarks = "; ".join(told)
    if not known:
        subtest.inapplicable(f"association {values.survey.association}: nothing to judge: {remarks or 'no objects'}")
    with subtest.each("class versions"):
        observed = f"{known} of {len(values.survey.objects)} objects are of class versions that the class tables hold"
        subtest.check(True, expected="known class versions", observed=f"{observed}; {remarks}" if remarks else observed)


def _some(values: ListedValues, objects: Sequence[ListedObject]) -> Sequence[ListedObject]:
    if not objects:
        values.subtest.inapplicable(f"association {values.survey.association}: the object_list has no objects")
    return objects


def _judge_unit(values: ListedValues, listed: ListedObject, index: int) -> None:
    served = values.served(listed, index)
    match served.data if served is not None else None:
        case Data(type=DataType.STRUCTURE, value=(Data(value=int(scaler)), Data(value=int(unit)))):
            assert served is not None  # noqa: S101 - there is its data
        case _:
            values.subtest.inconclusive(f"{listed}: scaler_unit is no structure of scaler and unit")
    units, called = units_for(listed.logical_name), name_of(listed.logical_name) or "no name known"
    expected = f"{listed}, {called}: unit {' or '.join(map(str, sorted(units or ())))}"
    values.check(units is None or unit in units, served, expected, f"{listed}: unit {unit}", ".element[1]")
    scalers = plausible().scalers
    told = f"{listed}: a scaler from {scalers[0]} to {scalers[-1]}"
    values.check(scaler in scalers, served, told, f"{listed}: scaler {scaler}", ".element[0]")
    quantity = next((one for one in plausible().quantities if one.codes.fits(listed.logical_name)), None)
    held = values.served(listed, _VALUE) if quantity is not None and values.reachable(listed, _VALUE) else None
    if quantity is not None and held is not None and held.data.type in INTEGERS:
        _judge_quantity(values, held, quantity, abs(held.data.value) * 10.0**scaler, f"{listed}: {called}")


def _judge_quantity(values: ListedValues, held: Served, quantity: Quantity, amount: float, what: str) -> None:
    fits = amount == 0 or quantity.lowest <= amount <= quantity.highest
    expected = f"{quantity.what} from {quantity.lowest:g} to {quantity.highest:g}, or 0"
    values.check(fits, held, expected, f"{what}: {amount:g}, with its scaler")


def _other_versions(values: ListedValues) -> dict[tuple[int, bytes], set[tuple[str, int]]]:
    """The versions that the lists of all associations of the logical device give, as far as they were read."""
    subtest, found = values.subtest, dict[tuple[int, bytes], set[tuple[str, int]]]()
    for association in subtest.bench.device.associations:
        survey = subtest.bench.surveys.get(association.name)
        if survey is not None and association.logical_device == subtest.settings.logical_device:
            for listed in survey.objects:
                found.setdefault((listed.class_id, listed.logical_name), set()).add((association.name, listed.version))
    return found


def _remark(listed: ListedObject) -> str:
    """What is to be said of a class version; empty where it is the newest that the tables hold."""
    versions = versions_of(listed.class_id)
    what = f"class {listed.class_id} version {listed.version}"
    if not versions:
        whose = "a manufacturer's class" if listed.class_id >= _FIRST_MANUFACTURERS_CLASS else "not in the class tables"
        return f"{what} is not judged: {whose}"
    if listed.version not in versions:
        known = ", ".join(map(str, versions))
        return f"{what} ({class_name(listed.class_id)}) is not judged: the class tables hold version {known}"
    newest = max(versions)
    return "" if listed.version == newest else f"{what} ({class_name(listed.class_id)}) is superseded by {newest}"
