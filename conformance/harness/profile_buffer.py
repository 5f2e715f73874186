"""The buffer of a profile as it is read for comparison, and what else its object tells of it."""

from __future__ import annotations

from dataclasses import replace

from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import double_long_unsigned, long_unsigned, structure
from conformance.dlms.xdlms.attribute import AttributeDescriptor, SelectiveAccess
from conformance.harness.selection import ENTRY, Mechanism
from conformance.harness.trial import Trial
from conformance.tester.block_transfer.client import BlockOptions
from conformance.tester.high_level import ASSOCIATION_LN
from conformance.tester.profile_rows import Buffer, NoRows, columns_of, rows_of
from conformance.tester.row_transfer import latest_rows
from conformance.tester.seen import access_result
from conformance.tester.transfer import LARGEST_VALUE, get, read

FEWEST_ENTRIES = 5
"""With fewer there is nothing to be told apart."""
MOST_ENTRIES = 1000
"""Of a longer buffer only the last entries are looked at."""

_BUFFER, _CAPTURE_OBJECTS, _CAPTURE_PERIOD, _ENTRIES_IN_USE = 2, 3, 4, 7
_OBJECT_LIST = AttributeDescriptor(15, ASSOCIATION_LN, 2)


def profile_attribute(
    trial: Trial,
    number: int = _BUFFER,
    access: SelectiveAccess | None = None,
    mechanism: Mechanism = Mechanism.AS_USUAL,
    most_octets: int = LARGEST_VALUE,
) -> Data | int:
    """An attribute of the object of `targets.profile`, by logical or by short name; or the data-access-result.

    Raises:
        TransferFailed: neither came.
    """
    target = trial.settings.targets.profile
    assert target is not None  # noqa: S101 - cases that ask for it apply only where it is declared
    attribute = replace(target, attribute_id=number)
    if not trial.settings.short_names:
        options = BlockOptions(in_blocks=True) if mechanism is Mechanism.GENERAL_BLOCKS else None
        return get(trial.association, attribute, access, options=options, most_octets=most_octets)
    name = trial.settings.short_name(attribute)
    if name is None:
        trial.inapplicable(f"no base name is declared for {attribute}")
    return read(trial.association, name, access, most_octets=most_octets)


def read_buffer(trial: Trial) -> Buffer:
    """The buffer with its columns; of more than 1,000 entries the last 1,000.

    They are asked for by entry. That selector is under test too: the rows that come are then held against the same
    ones by range. A meter without it is read whole, and no more than the last 1,000 rows are kept.

    Raises:
        Inconclusive: the object cannot be read, or has fewer than 5 entries.
        Failed: other than 1,000 rows come for 1,000 entries.
        TransferFailed: an attribute does not come.
    """
    entries = _number(trial, _ENTRIES_IN_USE, "entries_in_use")
    if entries < FEWEST_ENTRIES:
        trial.inconclusive(f"the profile has {entries} entries in use; at least {FEWEST_ENTRIES} are needed")
    period = _number(trial, _CAPTURE_PERIOD, "capture_period")
    first = max(1, entries - MOST_ENTRIES + 1)
    try:
        columns = columns_of(_data(trial, profile_attribute(trial, _CAPTURE_OBJECTS), "capture_objects"))
        rows = rows_of(_data(trial, _rows(trial, first, entries), "the buffer"), columns, period)
    except NoRows as wrong:
        trial.inconclusive(f"the profile cannot be judged by: {wrong}")
    if first > 1 and len(rows) != MOST_ENTRIES:
        expected = f"{MOST_ENTRIES} rows for the entries {first} to {entries}"
        trial.check(False, expected=expected, observed=f"{len(rows)} rows for the entries {first} to {entries}")
    if len(rows) < FEWEST_ENTRIES:
        trial.inconclusive(f"the buffer has {len(rows)} rows; at least {FEWEST_ENTRIES} are needed")
    return Buffer(columns, period, entries, first, rows)


def offered_selectors(trial: Trial) -> frozenset[int] | None:
    """The access selectors of the buffer, as the object_list tells them; None where it does not tell."""
    target = trial.settings.targets.profile
    if trial.settings.short_names or target is None:
        return None
    listed = get(trial.association, _OBJECT_LIST)
    if not isinstance(listed, Data) or listed.type is not DataType.ARRAY:
        return None
    for item in listed.value:
        match item:
            case Data(value=(Data(value=target.class_id), _, Data(value=target.instance_id), Data(value=(rights, _)))):
                return _selectors(rights, target.attribute_id)
    return None


def entries_access(first: int, last: int, from_column: int = 1, to_column: int = 0) -> Data:
    """entry_descriptor: numbers from 1; an upper end of 0 is the last."""
    return structure(
        double_long_unsigned(first), double_long_unsigned(last), long_unsigned(from_column), long_unsigned(to_column)
    )


def _rows(trial: Trial, first: int, last: int) -> Data | int:
    if first == 1:
        return profile_attribute(trial)
    answer = profile_attribute(trial, access=SelectiveAccess(ENTRY, entries_access(first, last)))
    target = trial.settings.targets.profile
    if isinstance(answer, Data) or trial.settings.short_names or target is None:
        return answer
    read_of, kept = latest_rows(trial.association, target, MOST_ENTRIES)
    return Data(DataType.ARRAY, kept) if read_of.refused is None else read_of.refused


def _number(trial: Trial, attribute: int, name: str) -> int:
    value = _data(trial, profile_attribute(trial, attribute), name)
    if not isinstance(value.value, int):
        trial.inconclusive(f"{name} of the profile is {value.type.label}, no number")
    return value.value


def _data(trial: Trial, answer: Data | int, name: str) -> Data:
    if not isinstance(answer, Data):
        trial.inconclusive(f"{name} of the profile cannot be read: {access_result(answer)}")
    return answer


def _selectors(rights: Data, attribute: int) -> frozenset[int] | None:
    for item in rights.value if rights.type is DataType.ARRAY else ():
        match item:
            case Data(value=(Data(value=number), _, Data(type=type_, value=selectors))) if number == attribute:
                listed = selectors if type_ is DataType.ARRAY else ()
                return frozenset(one.value for one in listed)
    return None
