"""Cases of the objects that every logical device has, and of several values by one request."""

from typing import cast

from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import Claim, Condition, always, logical_names
from conformance.harness.case import Subtest, case, subtests
from conformance.harness.listed_values import ListedValues
from conformance.harness.mandatory_objects import (
    MandatoryQuestion,
    judge_context_info,
    judge_context_name,
    judge_device_name,
    judge_listed,
    judge_mechanism,
    judge_partners,
    judge_saps,
    judge_status,
)
from conformance.harness.multiple_references import (
    Choice,
    first_attributes,
    judge_together,
    short_with_long,
    ten_values,
)
from conformance.harness.object_judging import serves_reads
from conformance.harness.trial import Trial


def _several(claim: Claim) -> bool:
    return ConformanceBit.MULTIPLE_REFERENCES in claim.association.conformance


_LISTS = serves_reads & Condition("conformance multiple-references", _several)


def _question(
    number: int, title: str, asked: str, accepts: str, question: MandatoryQuestion, applies: Condition = always
) -> Subtest:
    return Subtest(number, title, procedure=f"reads {asked}", accepts=accepts, applies=applies, argument=question)


@case(
    "T_COSEM_MandatoryObjects",
    title="Mandatory objects",
    clause="IEC 62056-6-2, mandatory contents of a COSEM logical device; Association LN; SAP assignment",
    applies=serves_reads,
    negative=False,
)
@subtests(
    _question(
        1,
        "they are listed",
        "the object_list",
        "the current association and the logical device name once; in the management logical device SAP assignment too",
        judge_listed,
    ),
    _question(
        2,
        "associated_partners_id",
        "attribute 3 of the current association",
        "client and server SAP are those of the link",
        judge_partners,
        logical_names,
    ),
    _question(
        3,
        "application_context_name",
        "attribute 4 of the current association",
        "the application context name of the AARQ",
        judge_context_name,
        logical_names,
    ),
    _question(
        4,
        "xDLMS_context_info",
        "attribute 5 of the current association",
        "conformance, max_receive_pdu_size and version of the InitiateResponse, and as max_send_pdu_size what the "
        "client takes († or less)",
        judge_context_info,
        logical_names,
    ),
    _question(
        5,
        "authentication_mechanism_name",
        "attribute 6 of the current association",
        "the mechanism of the AARQ",
        judge_mechanism,
        logical_names,
    ),
    _question(
        6, "association_status", "attribute 8 of the current association", "associated (2)", judge_status, logical_names
    ),
    _question(
        7,
        "SAP assignment",
        "SAP_assignment_list",
        "every declared logical device with its name, no SAP and no name twice",
        judge_saps,
    ),
    _question(
        8,
        "logical device name",
        "value of 0-0:42.0.0.255",
        "16 octets at most, a FLAG identifier first, the name that the device config declares",
        judge_device_name,
    ),
)
def test_mandatory_objects(subtest: Trial) -> None:
    """The objects that every logical device has tell of the link, the association and the device as they are."""
    cast("MandatoryQuestion", subtest.argument)(ListedValues.of(subtest))


def _together(number: int, title: str, choice: Choice, told: str) -> Subtest:
    return Subtest(
        number,
        title,
        procedure=f"reads one by one, by one request, and one by one again: {told}",
        accepts="the same values in the order of the request; counters may have counted on",
        argument=choice,
    )


@case(
    "T_COSEM_MultipleReferences",
    title="Multiple references",
    clause="IEC 62056-5-3, GET with list and Read; conformance multiple-references",
    applies=_LISTS,
    negative=False,
)
@subtests(
    _together(1, "ten values", ten_values, "ten attributes of different objects"),
    _together(2, "a short with a long one", short_with_long, "a short value, a long one, a short one"),
    _together(3, "the first four attributes", first_attributes, "attributes 1 to 4 of one object"),
)
def test_multiple_references(subtest: Trial) -> None:
    """Values that one request names are the same as those that single requests give.

    The Clock is left out: it runs on between two requests.
    """
    judge_together(ListedValues.of(subtest), cast("Choice", subtest.argument))
