"""The cases `T_COSEM_<class>_<version>`: what is asked of every object of a class version, and who asks it.

How a new class, or a new instance of one, comes to be judged: a table in `conformance/cosem/classes` says what the
class version is, and a case of three lines in `suites/objects` names it:

    @case("T_COSEM_3_0", title="Register, version 0", clause="IEC 62056-6-2, Register", applies=serves_reads,
          negative=False)
    @subtests(*QUESTIONS)
    def test_register_0(subtest: Trial) -> None:
        \"\"\"Every Register, version 0, is what its class says, and to be used as its rights say.\"\"\"
        judge_objects(subtest, 3, 0)

Then whatever object of that class_id and version the object_list of an association tells of is judged; nothing is said
of single objects anywhere. What a meter's instance must be to pass:

- its row in the object_list stands there once, with exactly the attributes of the class version (those below 0 are the
  manufacturer's) and without methods that the class has not;
- each attribute that the row lets this client read is served and of the table's type, logical_name as in the row;
- what the row does not let him read or write is refused with read-write-denied;
- what it lets him write takes back what it holds, unless `suites/objects/not_written.toml` spares it;
- an unknown method is refused, and one of `suites/objects/methods.toml` is refused or succeeds as the row says.

With short names an attribute or method without an offset in the table is not asked for. A further question is a
function of an `Inquiry` that judges each object inside `subtest.each(str(listed))`, and a `Subtest` of `QUESTIONS` that
has it for its argument.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from conformance.cosem.class_tables import class_version
from conformance.device.model import Permission
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import Claim, Condition, always
from conformance.harness.case import Subtest
from conformance.harness.inquiry import Inquiry, offered_by
from conformance.harness.object_methods import judge_methods
from conformance.harness.object_refusals import READ_REFUSED, WRITE_REFUSED, judge_unreadable, judge_unwriteable
from conformance.harness.object_survey import instances, surveyed
from conformance.harness.object_values import judge_values
from conformance.harness.object_writes import judge_writeable
from conformance.harness.standing_association import StandingAssociation
from conformance.harness.trial import Trial

Question = Callable[[Inquiry], None]


def _service(by_logical_name: ConformanceBit, by_short_name: ConformanceBit) -> Condition:
    def holds(claim: Claim) -> bool:
        wanted = by_short_name if claim.association.short_names else by_logical_name
        return wanted in claim.association.conformance

    return Condition(f"conformance {by_logical_name.label}, or {by_short_name.label} with short names", holds)


serves_reads = _service(ConformanceBit.GET, ConformanceBit.READ)
"""Without it no object can be looked at."""
_WRITES = _service(ConformanceBit.SET, ConformanceBit.WRITE)
_INVOKES = _service(ConformanceBit.ACTION, ConformanceBit.WRITE)


def _question(
    number: int,
    title: str,
    procedure: str,
    accepts: str,
    question: Question,
    *,
    applies: Condition = always,
    permission: Permission = Permission.READS,
) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"of every object of this class version in the object_list: {procedure}",
        accepts=accepts,
        applies=applies,
        permission=permission,
        argument=question,
    )


QUESTIONS: Final = (
    _question(
        1,
        "attributes that may be read",
        "compares its attributes with the class's, and reads each that its access right lets this client read",
        "each is served and of the class's type at every depth; logical_name is the object_list's",
        judge_values,
    ),
    _question(
        2,
        "attributes that may not be read",
        "asks for each attribute that its access right does not let this client read",
        str(READ_REFUSED),
        judge_unreadable,
    ),
    _question(
        3,
        "attributes that may not be written",
        "writes what it holds to each attribute that may be read and not written, and reads static ones again",
        f"{WRITE_REFUSED}; static values unchanged",
        judge_unwriteable,
        applies=_WRITES,
        permission=Permission.WRITES,
    ),
    _question(
        4,
        "attributes that may be written",
        "writes back what was read to each attribute that may be read and written, and reads it again",
        "success, and the same value afterwards",
        judge_writeable,
        applies=_WRITES,
        permission=Permission.WRITES,
    ),
    _question(
        5,
        "methods that are not to be carried out",
        "invokes a method that no version of the class has, and, with the permission writes, the harmless ones",
        "unknown methods and those that the access right denies are refused; harmless ones that it allows succeed",
        judge_methods,
        applies=_INVOKES,
    ),
)
"""The subtests of every case `T_COSEM_<class>_<version>`."""


def judge_objects(subtest: Trial, class_id: int, version: int) -> None:
    """Ask the subtest's question of every object of a class version.

    Raises:
        Failed: it is not as it should be with at least one object; the others were asked all the same.
        Inapplicable: there is no such object, or nothing to ask of it.
        Inconclusive, PreambleFailed: the object_list cannot be read, or the association is lost for good.
    """
    definition = class_version(class_id, version)
    if definition is None:
        raise LookupError(f"conformance/cosem/classes has no class {class_id} version {version}")
    standing = StandingAssociation(subtest)
    survey = surveyed(subtest, standing)
    objects = instances(subtest, definition, survey)
    offered = offered_by(subtest.settings, subtest.protection)
    question: Question = subtest.argument  # type: ignore[assignment]
    question(Inquiry(subtest, standing, definition, survey, objects, offered))
