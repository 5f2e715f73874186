"""What a companion profile wants of the units of registers."""

from __future__ import annotations

from functools import partial
from typing import Final

from conformance.cosem.class_tables import class_version, meanings
from conformance.cosem.companion import ObjectRow
from conformance.cosem.listed_objects import ListedObject
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.harness.companion_judging import each_row, rows_and_survey
from conformance.harness.companion_rows import CompanionRows, fitting, told
from conformance.harness.object_access import read_attribute, short_name
from conformance.harness.object_survey import ObjectSurvey
from conformance.harness.standing_association import StandingAssociation
from conformance.harness.trial import Trial

_SCALER_UNIT: Final = {3: 3, 4: 3, 5: 4}
"""The attribute scaler_unit by class (IEC 62056-6-2, Register, Extended register, Demand register)."""
_ELEMENTS: Final = 2


def judge_units(subtest: Trial) -> None:
    """Judge scaler_unit of the registers that are there and may be read.

    Raises:
        Failed, Inapplicable: as for `judge_objects`.
        Inconclusive, PreambleFailed: the association is lost for good.
    """
    standing = StandingAssociation(subtest)
    wanted, survey = rows_and_survey(subtest, standing)
    rows = [
        row
        for row in wanted.objects
        if (row.units or row.scaler is not None) and any(_may_be_read(one) for one in fitting(row, survey))
    ]
    each_row(subtest, rows, wanted, survey, partial(_units, subtest, standing))


def _may_be_read(listed: ListedObject) -> bool:
    given = listed.attribute_rights.get(_SCALER_UNIT.get(listed.class_id, 0))
    return not listed.rights_told or (given is not None and given.read)


def _units(
    subtest: Trial, standing: StandingAssociation, row: ObjectRow, rows: CompanionRows, survey: ObjectSurvey
) -> None:
    for listed in fitting(row, survey):
        index = _SCALER_UNIT.get(listed.class_id, 0)
        definition = class_version(listed.class_id, listed.version)
        attribute = definition.attribute(index) if definition is not None else None
        if attribute is None or not _may_be_read(listed):
            continue
        name = short_name(listed, attribute)
        if listed.base_name is not None and name is None:
            continue
        reading = read_attribute(standing, listed, index, name, None)
        value = reading.result
        shown = describe(value, 60) if isinstance(value, Data) else reading.failure or f"data-access-result {value}"
        pair = _scaler_and_unit(value) if isinstance(value, Data) else None
        right = pair is not None and (
            (not row.units or pair[1] in row.units) and (row.scaler is None or pair[0] == row.scaler)
        )
        subtest.check(
            right,
            expected=f"{_pair_wanted(row)}: {told(rows.profile, row)}",
            observed=f"{listed} scaler_unit is {_pair_shown(pair, shown)}",
            path=f"{reading.path}.element[1]" if pair is not None and row.units else reading.path,
            frame=reading.frame,
        )


def _scaler_and_unit(value: Data) -> tuple[int, int] | None:
    if value.type is not DataType.STRUCTURE or len(value.value) != _ELEMENTS:
        return None
    scaler, unit = value.value
    if scaler.type is not DataType.INTEGER or unit.type is not DataType.ENUM:
        return None
    return scaler.value, unit.value


def _unit_name(unit: int) -> str:
    return f"{unit} ({meanings('unit').get(unit, 'unknown')})"


def _pair_wanted(row: ObjectRow) -> str:
    units = " or ".join(_unit_name(unit) for unit in sorted(row.units)) or "any"
    return f"unit {units}" + ("" if row.scaler is None else f", scaler {row.scaler}")


def _pair_shown(pair: tuple[int, int] | None, shown: str) -> str:
    return shown if pair is None else f"scaler {pair[0]}, unit {_unit_name(pair[1])}"
