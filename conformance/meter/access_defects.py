"""What the embedded meter can be made to do wrong in the ACCESS service."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

ACCESS_DEFECTS: Final = (
    Defect(
        "access-results-reversed",
        "The data and results of an access-response come in the reverse order.",
        ("X_ACCESS_P1",),
        "Elements are put at the head of a list, as they are on a stack.",
    ),
    Defect(
        "access-set-confirmed-not-done",
        "A set within ACCESS is confirmed and not carried out.",
        ("X_ACCESS_P1", "X_ACCESS_P5"),
        "The values are taken from the list once the response is built, and dropped with the request.",
    ),
    Defect(
        "access-data-for-failed-get",
        "Where a get failed its place among the data holds another value than null-data.",
        ("X_ACCESS_P1",),
        "The buffer of the element before is not cleared.",
    ),
    Defect(
        "access-data-of-sets-left-out",
        "The list of data has no element for a set: it is shorter than the list of results.",
        ("X_ACCESS_P1",),
        "A set returns nothing, so nothing is appended.",
    ),
    Defect(
        "access-action-parameters-lost",
        "Methods are invoked without the parameters that the request gives them.",
        ("X_ACCESS_P1",),
        "The list of data is taken for that of the sets alone.",
    ),
    Defect(
        "access-error-refuses-all",
        "One element that fails turns the whole response into an exception-response.",
        ("X_ACCESS_P1",),
        "The errors of the elements are thrown, and caught around the service.",
    ),
    Defect(
        "access-break-on-error-ignored",
        "With break on error everything behind the element that failed is carried out as well.",
        ("X_ACCESS_P2",),
        "Bit 29 of the long-invoke-id-and-priority is not known.",
    ),
    Defect(
        "access-break-on-error-tells-only",
        "With break on error the rest is told as not carried out, and has been.",
        ("X_ACCESS_P2",),
        "The processing option is looked at when the response is written.",
    ),
    Defect(
        "access-break-leaves-results-out",
        "With break on error the lists end with the element that failed.",
        ("X_ACCESS_P2",),
        "The loop over the elements is left, and the response holds what there is.",
    ),
    Defect(
        "access-invoke-id-not-echoed",
        "Of the invoke-id only eight bits are sent back.",
        ("X_ACCESS_P3",),
        "The invoke-id is kept in an octet, as that of GET.",
    ),
    Defect(
        "access-not-self-descriptive",
        "A self-descriptive request is answered without the specifications.",
        ("X_ACCESS_P3",),
        "Bit 28 of the long-invoke-id-and-priority is not known.",
    ),
    Defect(
        "access-specification-said-again-in-part",
        "The self-descriptive response names the first specification only.",
        ("X_ACCESS_P3",),
        "There is room for one descriptor, as in GET.",
    ),
    Defect(
        "access-date-time-refused",
        "A request that carries a date-time is refused.",
        ("X_ACCESS_P3",),
        "The parser expects the octet-string to be empty.",
    ),
    Defect(
        "access-long-reply-cut",
        "A long response ends where the client's PDU is full.",
        ("X_ACCESS_P4",),
        "There is one buffer for a PDU, and it is sent when it is full.",
    ),
    Defect(
        "access-unconfirmed-answered",
        "An ACCESS of service-class unconfirmed is answered.",
        ("X_ACCESS_P5",),
        "The service class is looked for in the octet where GET has it.",
    ),
    Defect(
        "access-counts-not-checked",
        "Of specifications and data, whose numbers differ, as many are served as there are of both.",
        ("X_ACCESS_N1",),
        "Both lists are walked together until one ends.",
    ),
    Defect(
        "access-unknown-choice-taken-as-get",
        "A specification with an unknown choice is taken for a get.",
        ("X_ACCESS_N1",),
        "The last branch of the switch has no condition.",
    ),
    Defect(
        "access-trailing-octets-ignored",
        "An access-request with octets behind it is served.",
        ("X_ACCESS_N1",),
        "The parser stops when the lists are complete.",
    ),
    Defect(
        "access-served-without-its-bit",
        "ACCESS is served where it was not negotiated.",
        ("X_ACCESS_N2",),
        "The Conformance block is only compared for GET, SET and ACTION.",
    ),
    Defect(
        "access-what-does-not-fit-left-out",
        "Values for which there is no room in the response are left out, with their results.",
        ("X_ACCESS_N3",),
        "The response is filled until it is full.",
    ),
)
