"""What the embedded meter can be made to do wrong with lists, of attributes, methods and variables."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

LIST_DEFECTS: Final = (
    Defect(
        "get-list-results-reversed",
        "The results of a GET with list come in the reverse order.",
        ("X_LIST_GET_P1",),
        "Elements are put at the head of a list, as they are on a stack.",
    ),
    Defect(
        "get-list-result-missing",
        "The last result of a GET with list is left out.",
        ("X_LIST_GET_P1",),
        "The loop runs to one below the number of elements.",
    ),
    Defect(
        "get-list-of-one-refused",
        "A GET with list that names one attribute is refused.",
        ("X_LIST_GET_P1",),
        "Somebody thought that one attribute is what get-request-normal is for.",
    ),
    Defect(
        "get-list-error-spoils-all",
        "One attribute that cannot be read turns all results of the list into errors.",
        ("X_LIST_GET_P1",),
        "There is one result variable for the whole list.",
    ),
    Defect(
        "get-list-errors-left-out",
        "An attribute that cannot be read has no result: those behind it move up.",
        ("X_LIST_GET_P1",),
        "Only what was read is appended to the response.",
    ),
    Defect(
        "get-list-repeated-attribute-left-out",
        "An attribute that is named twice has one result.",
        ("X_LIST_GET_P1",),
        "The results are kept in a table by descriptor.",
    ),
    Defect(
        "get-list-cut-at-the-pdu",
        "A list that is too long for one PDU is answered with as many results as fit, and no blocks.",
        ("X_LIST_GET_P2",),
        "The response is filled until it is full.",
    ),
    Defect(
        "get-list-in-blocks-result-missing",
        "The blocks of a long list end before the last result.",
        ("X_LIST_GET_P2",),
        "The loop runs to one below the number of elements.",
    ),
    Defect(
        "empty-list-crashes",
        "A GET with list of no attributes ends the meter.",
        ("X_LIST_GET_N1",),
        "The first element is looked at before the number of elements is.",
    ),
    Defect(
        "get-list-served-without-multiple-references",
        "A GET with list is served where multiple-references was not negotiated.",
        ("X_LIST_GET_N2",),
        "The bit of GET is compared, and nothing else.",
    ),
    Defect(
        "set-list-second-value-dropped",
        "Of an attribute that is named twice in a SET with list the first value is kept; both are confirmed.",
        ("X_LIST_SET_P1",),
        "Writes are collected by descriptor, and the first one stays.",
    ),
    Defect(
        "set-list-stops-at-error",
        "What follows an attribute that cannot be written is not written, and told as other-reason.",
        ("X_LIST_SET_P1",),
        "The loop is left at the first error.",
    ),
    Defect(
        "set-list-one-result-for-all",
        "A SET with list is answered with one result.",
        ("X_LIST_SET_P1",),
        "The response of SET normal is sent, with the choice changed.",
    ),
    Defect(
        "set-list-in-blocks-confirmed-not-written",
        "A SET with list whose values come in blocks is confirmed, and nothing is written.",
        ("X_LIST_SET_P2",),
        "The blocks are acknowledged and never joined.",
    ),
    Defect(
        "set-list-counts-not-checked",
        "Of attributes and values, whose numbers differ, as many are written as there are of both.",
        ("X_LIST_SET_N1",),
        "Both lists are walked together until one ends.",
    ),
    Defect(
        "set-list-served-without-multiple-references",
        "A SET with list is served where multiple-references was not negotiated.",
        ("X_LIST_SET_N2",),
        "The bit of SET is compared, and nothing else.",
    ),
    Defect(
        "action-list-first-only",
        "Of an ACTION with list the first method is invoked, and its result given for all.",
        ("X_LIST_ACTION_P1",),
        "The list is taken for an ACTION normal.",
    ),
    Defect(
        "action-list-in-blocks-result-missing",
        "The blocks of a long list of outcomes end before the last outcome.",
        ("X_LIST_ACTION_P2",),
        "The loop runs to one below the number of elements.",
    ),
    Defect(
        "action-list-counts-not-checked",
        "Of methods and parameters, whose numbers differ, as many are invoked as there are of both.",
        ("X_LIST_ACTION_N1",),
        "Both lists are walked together until one ends.",
    ),
    Defect(
        "action-list-served-without-multiple-references",
        "An ACTION with list is served where multiple-references was not negotiated.",
        ("X_LIST_ACTION_N2",),
        "The bit of ACTION is compared, and nothing else.",
    ),
    Defect(
        "read-list-results-reversed",
        "The results of a Read of several variables come in the reverse order.",
        ("X_LIST_READ_P1",),
        "Elements are put at the head of a list, as they are on a stack.",
    ),
    Defect(
        "read-list-repeated-name-left-out",
        "A variable that is named twice has one result.",
        ("X_LIST_READ_P1",),
        "The results are kept in a table by name.",
    ),
    Defect(
        "read-list-cut-at-the-pdu",
        "A Read of more than fits in one PDU is answered with as many results as fit, and no blocks.",
        ("X_LIST_READ_P2",),
        "The response is filled until it is full.",
    ),
    Defect(
        "empty-read-crashes",
        "A Read of no variables ends the meter.",
        ("X_LIST_READ_N1",),
        "The first element is looked at before the number of elements is.",
    ),
    Defect(
        "read-list-served-without-multiple-references",
        "A Read of several variables is served where multiple-references was not negotiated.",
        ("X_LIST_READ_N2",),
        "A Read is a Read.",
    ),
    Defect(
        "write-list-stops-at-error",
        "What follows a variable that cannot be written is not written, and told as other-reason.",
        ("X_LIST_WRITE_P1",),
        "The loop is left at the first error.",
    ),
    Defect(
        "write-list-counts-not-checked",
        "Of variables and values, whose numbers differ, as many are written as there are of both.",
        ("X_LIST_WRITE_N1",),
        "Both lists are walked together until one ends.",
    ),
    Defect(
        "write-list-served-without-multiple-references",
        "A Write of several variables is served where multiple-references was not negotiated.",
        ("X_LIST_WRITE_N2",),
        "A Write is a Write.",
    ),
)
