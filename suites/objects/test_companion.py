"""Cases of a companion profile: what `companion` in the device config wants, row by row, each with its source."""

from conformance.harness.case import Scope, Subtest, case, subtests
from conformance.harness.companion_associations import judge_association, judge_association_set
from conformance.harness.companion_judging import judge_objects, judge_rights
from conformance.harness.companion_rows import profile_named
from conformance.harness.companion_units import judge_units
from conformance.harness.object_judging import serves_reads
from conformance.harness.trial import Trial

_LISTED = "IEC 62056-6-2, object_list and access_rights, as the companion profile wants them"
_NEGOTIATED = "IEC 62056-5-3, application associations, as the companion profile wants them"
_COUNTED = "IEC 62056-6-2, scaler_unit, as the companion profile wants it"


@case(
    "X_PROFILE_OBJECTS",
    title="Companion profile: objects",
    clause=_LISTED,
    applies=profile_named & serves_reads,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "mandatory objects",
        procedure="looks up each mandatory object of the profile in the object_list of this association",
        accepts="each is listed, of the class and version that the profile wants",
        argument=True,
    ),
    Subtest(
        2,
        "objects that the profile knows",
        procedure="looks up each other object of the profile, where the object_list has one of that name",
        accepts="each is of the class and version that the profile wants",
        argument=False,
    ),
)
def test_profile_objects(subtest: Trial) -> None:
    """An association shows the objects that the companion profile wants in it, with class and version."""
    judge_objects(subtest, mandatory=bool(subtest.argument))


@case(
    "X_PROFILE_RIGHTS",
    title="Companion profile: access rights",
    clause=_LISTED,
    applies=profile_named & serves_reads,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "rights that must be given",
        procedure="compares the rights that the object_list gives with those that the profile wants",
        accepts="no right is missing",
        argument=True,
    ),
    Subtest(
        2,
        "rights that must not be given",
        procedure="compares the rights that the object_list gives with those that the profile forbids",
        accepts="no such right is given",
        argument=False,
    ),
)
def test_profile_rights(subtest: Trial) -> None:
    """An association gives the access rights that the companion profile wants, and none that it forbids."""
    judge_rights(subtest, wanted=bool(subtest.argument))


@case(
    "X_PROFILE_ASSOCIATIONS",
    title="Companion profile: what an association is",
    clause=_NEGOTIATED,
    applies=profile_named,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "context, mechanism and conformance",
        procedure="opens the association that the profile knows by its client SAP",
        accepts="context and mechanism are among those of the profile, and its conformance bits are negotiated",
    )
)
def test_profile_associations(subtest: Trial) -> None:
    """An association that the companion profile speaks of has the context, mechanism and conformance that it wants."""
    judge_association(subtest)


@case(
    "X_PROFILE_ASSOCIATION_SET",
    title="Companion profile: the set of associations",
    clause=_NEGOTIATED,
    applies=profile_named,
    scope=Scope.DEVICE,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "mandatory associations",
        procedure="opens each association that the profile makes mandatory, as the device config declares it",
        accepts="each is declared and opens",
    )
)
def test_profile_association_set(subtest: Trial) -> None:
    """A meter offers every association that the companion profile makes mandatory."""
    judge_association_set(subtest)


@case(
    "X_PROFILE_UNITS",
    title="Companion profile: units",
    clause=_COUNTED,
    applies=profile_named & serves_reads,
    negative=False,
)
@subtests(
    Subtest(
        1,
        "scaler_unit",
        procedure="reads scaler_unit of each register for which the profile says a unit",
        accepts="the unit, and the scaler where the profile says one",
    )
)
def test_profile_units(subtest: Trial) -> None:
    """Registers count in the units that the companion profile says."""
    judge_units(subtest)
