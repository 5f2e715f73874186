"""Cases of what an object_list tells as a whole, and of profiles: names, units, versions, buffers."""

from typing import cast

from conformance.harness.case import Subtest, case, subtests
from conformance.harness.listed_values import ListedValues
from conformance.harness.object_judging import serves_reads
from conformance.harness.object_plausibility import judge_names, judge_units, judge_versions
from conformance.harness.profile_contents import (
    ProfileQuestion,
    judge_capture_objects,
    judge_columns,
    judge_entries,
    judge_profiles,
    judge_sort_object,
)
from conformance.harness.trial import Trial


@case(
    "X_OBJECT_OBIS",
    title="Logical names",
    clause="IEC 62056-6-1, value groups A to F; IEC 62056-6-2, relation to OBIS",
    applies=serves_reads,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "names and classes",
        procedure="looks at every row of the object_list",
        accepts="value groups that are legal for the medium; a class that an object of this name may be of",
    )
)
def test_object_obis(subtest: Trial) -> None:
    """Every logical name of the object_list is legal, and names an object of a class that may have it.

    What the OBIS rules do not hold is not restricted, nor is what the standard leaves to manufacturers, utilities,
    consortia and countries.
    """
    judge_names(ListedValues.of(subtest))


@case(
    "X_OBJECT_UNITS",
    title="Units and scalers",
    clause="IEC 62056-6-2, Register, scaler_unit; IEC 62056-6-1, electricity and gas quantities",
    applies=serves_reads,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "units, scalers and amounts",
        procedure="reads scaler_unit of every register, and the value of instantaneous quantities",
        accepts="a unit that the quantity is counted in, a plausible scaler, an amount within plausible.toml",
    )
)
def test_object_units(subtest: Trial) -> None:
    """Every register counts in a unit of its quantity, with a scaler that makes its value a plausible amount."""
    judge_units(ListedValues.of(subtest))


@case(
    "X_OBJECT_VERSIONS",
    title="Class versions",
    clause="IEC 62056-6-2, class_id and version",
    applies=serves_reads,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "versions",
        procedure="looks at class_id and version of every row, also in the lists of other clients read before",
        accepts="one version of an object, the same for all clients; superseded and unknown ones are told",
    )
)
def test_object_versions(subtest: Trial) -> None:
    """Every object is of one class version, whoever asks.

    Versions that the class tables do not hold are not judged: they may be newer than the tables.
    """
    judge_versions(ListedValues.of(subtest))


def _profile(number: int, title: str, asked: str, accepts: str, question: ProfileQuestion) -> Subtest:
    procedure = f"of every Profile generic: {asked}"
    return Subtest(number, title, procedure=procedure, accepts=accepts, argument=question)


@case(
    "X_OBJECT_PROFILE",
    title="Contents of profiles",
    clause="IEC 62056-6-2, Profile generic, class_id 7",
    applies=serves_reads,
    negative=False,
)
@subtests(
    _profile(
        1,
        "capture objects",
        "looks for each of capture_objects in the object_list",
        "each is an attribute of a listed object († or one that is served or denied all the same)",
        judge_capture_objects,
    ),
    _profile(
        2,
        "columns and period",
        "reads up to 200 rows, or the last 8 of a longer buffer by entry",
        "a value of the attribute's type, or null-data, for each capture object; a status of integer or bit-string; "
        "differences of the clock column that are multiples of capture_period († more than half of them)",
        judge_columns,
    ),
    _profile(
        3,
        "entries_in_use",
        "reads the buffer, or the last 8 entries of a long one, between two readings of entries_in_use",
        "as many rows as entries_in_use says; no more than profile_entries",
        judge_entries,
    ),
    _profile(
        4,
        "sort_object",
        "reads sort_method and sort_object",
        "one of capture_objects; with fifo and lifo also none",
        judge_sort_object,
    ),
)
def test_profile_generic(subtest: Trial) -> None:
    """The buffer of a profile has the rows, columns, order and period that its attributes tell."""
    judge_profiles(ListedValues.of(subtest), cast("ProfileQuestion", subtest.argument))
