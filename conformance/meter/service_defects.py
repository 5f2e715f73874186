"""What the embedded meter can be made to do wrong when it serves requests."""

from __future__ import annotations

from typing import Final

from conformance.meter.defect import Defect

SERVICE_DEFECTS: Final = (
    Defect(
        "invoke-id-not-echoed",
        "Every response has invoke-id 1.",
        ("X_APPL_PRIORITY",),
        "Seen in the field (Hexing).",
    ),
    Defect(
        "priority-not-echoed",
        "Every response has normal priority.",
        ("X_APPL_PRIORITY",),
        "The octet is masked.",
    ),
    Defect(
        "unconfirmed-service-answered",
        "Requests of the unconfirmed service class are answered.",
        ("X_APPL_UNCONFIRMED",),
        "The bit is not looked at.",
    ),
    Defect(
        "unconfirmed-write-answered",
        "An UnconfirmedWriteRequest is answered.",
        ("X_APPL_UNCONFIRMED",),
        "The routine of Write serves it.",
    ),
    Defect(
        "octets-after-the-value",
        "18 octets follow the value in the get-responses of clients that authenticated.",
        ("T_APPL_OPEN_1",),
        "Seen in an open server, there with clock.time.",
    ),
    Defect(
        "get-error-of-three-octets",
        "A GET that fails is answered by the first three octets of the response.",
        ("T_APPL_DATA_LN_N1",),
        "Seen in an open server.",
    ),
    Defect(
        "unknown-choice-served",
        "An undefined choice of GET or SET is served as the normal one.",
        ("T_APPL_DATA_LN_N1", "T_APPL_DATA_LN_N3"),
        "A default branch.",
    ),
    Defect(
        "truncated-get-served",
        "A GET without its last octet is served.",
        ("T_APPL_DATA_LN_N1",),
        "The buffer holds a zero from before.",
    ),
    Defect(
        "trailing-octets-of-get-ignored",
        "Octets after a GET are ignored.",
        ("T_APPL_DATA_LN_N1",),
        "The parser stops when it has all it wants.",
    ),
    Defect(
        "unknown-object-answered-with-null-data",
        "An object that does not exist is null-data.",
        ("T_APPL_DATA_LN_N1",),
        "Not found and empty are one.",
    ),
    Defect(
        "class-id-ignored",
        "Objects are found by their logical name alone.",
        ("T_APPL_DATA_LN_N1",),
        "Logical names are unique in most meters.",
    ),
    Defect(
        "unknown-attribute-answered-with-data",
        "An attribute that does not exist is answered with the logical name.",
        ("T_APPL_DATA_LN_N1",),
        "A default branch.",
    ),
    Defect(
        "unknown-attribute-crashes",
        "An attribute that does not exist ends the meter.",
        ("T_APPL_DATA_LN_N1",),
        "An index into a table of attributes.",
    ),
    Defect(
        "deaf-after-malformed-apdu",
        "After one malformed APDU nothing is answered any more.",
        ("T_APPL_DATA_LN_N1", "T_APPL_DATA_SN_N1", "T_APPL_DATA_LN_N3", "T_APPL_DATA_SN_N2"),
        "Seen in an open server.",
    ),
    Defect(
        "no-access-attribute-served",
        "Attributes are read without the right to.",
        ("X_APPL_ROBUST",),
        "Rights are shown in object_list, and nowhere else.",
    ),
    Defect(
        "read-only-attribute-written",
        "SET without the right to is answered with success.",
        ("T_APPL_DATA_LN_N3",),
        "The value goes nowhere, and nobody says so.",
    ),
    Defect(
        "unknown-object-written",
        "SET of an object that does not exist is answered with success.",
        ("T_APPL_DATA_LN_N3",),
        "No object, no error.",
    ),
    Defect(
        "wrong-type-written",
        "A value of a wrong type is written as it is coded.",
        ("T_APPL_DATA_LN_N3",),
        "The octets of the value are copied.",
    ),
    Defect(
        "set-refused-but-written",
        "A value of a wrong type is refused, and written all the same.",
        ("T_APPL_DATA_LN_N3",),
        "The type is checked after the value was stored.",
    ),
    Defect(
        "truncated-value-written",
        "A SET or Write whose value is cut is served with as many octets as came.",
        ("T_APPL_DATA_LN_N3", "T_APPL_DATA_SN_N2"),
        "The length of an octet-string is corrected to what the buffer holds.",
    ),
    Defect(
        "trailing-octets-of-set-ignored",
        "Octets after the value of a SET or Write are ignored.",
        ("T_APPL_DATA_LN_N3", "T_APPL_DATA_SN_N2"),
        "The parser stops when it has all it wants.",
    ),
    Defect(
        "read-served-with-logical-names",
        "A ReadRequest is served in an association with logical names.",
        ("T_APPL_DATA_LN_N4",),
        "One dispatcher for all associations.",
    ),
    Defect(
        "unknown-apdu-echoed",
        "An APDU with an unknown tag comes back as it is.",
        ("T_APPL_DATA_LN_N4", "T_APPL_DATA_SN_N3"),
        "The request buffer is used for the response.",
    ),
    Defect(
        "exception-response-left-out",
        "What calls for an exception-response is met with silence.",
        ("T_APPL_DATA_LN_N4",),
        "The service was added to the standard after the firmware was written.",
    ),
    Defect(
        "ciphered-apdu-in-plain-association-crashes",
        "A ciphered request in an association with logical names and without ciphering ends the meter.",
        ("T_APPL_DATA_LN_N4",),
        "Seen in an open server.",
    ),
    Defect(
        "ciphered-apdu-with-short-names-crashes",
        "A ciphered request in an association with short names and without ciphering ends the meter.",
        ("T_APPL_DATA_SN_N3",),
        "The same slip in the other half of the firmware.",
    ),
    Defect(
        "truncated-read-served",
        "A Read without its last octet is served.",
        ("T_APPL_DATA_SN_N1",),
        "The buffer holds a zero from before.",
    ),
    Defect(
        "trailing-octets-of-read-ignored",
        "Octets after a Read are ignored.",
        ("T_APPL_DATA_SN_N1",),
        "The parser stops when it has all it wants.",
    ),
    Defect(
        "unknown-name-answered-with-null-data",
        "A short name that stands for nothing is null-data.",
        ("T_APPL_DATA_SN_N1",),
        "Not found and empty are one.",
    ),
    Defect(
        "unknown-name-answered-with-nearest",
        "A short name that stands for nothing is answered with the object below it.",
        ("T_APPL_DATA_SN_N1",),
        "A lookup that never asks where an object ends.",
    ),
    Defect(
        "unknown-name-crashes",
        "A short name that stands for nothing ends the meter.",
        ("T_APPL_DATA_SN_N1",),
        "An index into a table.",
    ),
    Defect(
        "read-only-name-written",
        "Write without the right to is answered with success.",
        ("T_APPL_DATA_SN_N2",),
        "The value goes nowhere, and nobody says so.",
    ),
    Defect(
        "unknown-name-written",
        "Write to a short name that stands for nothing is answered with success.",
        ("T_APPL_DATA_SN_N2",),
        "No object, no error.",
    ),
    Defect(
        "wrong-type-written-by-name",
        "A value of a wrong type is written as it is coded.",
        ("T_APPL_DATA_SN_N2",),
        "The octets of the value are copied.",
    ),
    Defect(
        "get-served-with-short-names",
        "A GET is served in an association with short names.",
        ("T_APPL_DATA_SN_N3",),
        "One dispatcher for all associations.",
    ),
    Defect(
        "ciphered-request-answered-in-clear",
        "Replies to ciphered requests are not ciphered.",
        ("T_APPL_OPEN_1", "X_SEC_HYGIENE", "T_SYMSEC_0_BasicCap_1", "T_SYMSEC_0_SecDataX_P1"),
        "Only the way in was done.",
    ),
    Defect(
        "dedicated-request-answered-under-global-key",
        "Replies to ded- requests are glo-.",
        ("T_APPL_OPEN_1", "X_SEC_GENERAL_DED", "X_SEC_KEYS", "T_SYMSEC_0_BasicCap_1"),
        "One routine protects all replies.",
    ),
    Defect(
        "general-request-answered-service-specific",
        "Replies to general-glo- and general-ded-ciphering are service-specific.",
        ("T_APPL_OPEN_1", "X_SEC_GENERAL_GLO", "X_SEC_GENERAL_DED", "T_SYMSEC_0_BasicCap_1"),
        "General protection was added on the way in only.",
    ),
)
