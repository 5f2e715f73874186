"""Services that an association with logical names does not serve."""

from conformance.device.model import Permission, Protection
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import ciphered, does_not_negotiate, logical_names, not_ciphered, protections
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.trial import Trial
from conformance.harness.unserved import judge_unserved
from conformance.tester import harmless_requests as requests
from conformance.tester.accepted_services import exception, silence
from conformance.tester.expectation import Expectation

_REFUSED: Expectation = exception()
_REFUSED_OR_SILENT: Expectation = exception() | silence()
"""To a service that is unconfirmed by its nature."""
_NO_GENERAL = does_not_negotiate(ConformanceBit.GENERAL_PROTECTION)
_WRITES = Permission.WRITES


@case(
    "T_APPL_DATA_LN_N4",
    title="Services that are not supported",
    clause="IEC 62056-5-3, ExceptionResponse; Conformance block",
    applies=logical_names,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(1, "Read (05)", requests.READ, _REFUSED),
    Subtest(2, "Write (06)", requests.WRITE, _REFUSED, permission=_WRITES),
    Subtest(3, "UnconfirmedWrite (16)", requests.UNCONFIRMED_WRITE, _REFUSED_OR_SILENT, permission=_WRITES),
    Subtest(4, "InformationReport (18)", requests.INFORMATION_REPORT, _REFUSED_OR_SILENT),
    Subtest(5, "GET (C0)", requests.GET, _REFUSED, applies=does_not_negotiate(ConformanceBit.GET)),
    Subtest(6, "SET (C1)", requests.SET, _REFUSED, applies=does_not_negotiate(ConformanceBit.SET), permission=_WRITES),
    Subtest(
        7,
        "EventNotification (C2)",
        requests.EVENT_NOTIFICATION,
        _REFUSED_OR_SILENT,
        applies=does_not_negotiate(ConformanceBit.EVENT_NOTIFICATION),
    ),
    Subtest(8, "ACTION (C3)", requests.ACTION, _REFUSED, applies=does_not_negotiate(ConformanceBit.ACTION)),
    Subtest(
        9,
        "DataNotification (0F)",
        requests.DATA_NOTIFICATION,
        _REFUSED_OR_SILENT,
        applies=does_not_negotiate(ConformanceBit.DATA_NOTIFICATION),
    ),
    Subtest(10, "ACCESS (D9)", requests.ACCESS, _REFUSED, applies=does_not_negotiate(ConformanceBit.ACCESS)),
    Subtest(
        11,
        "general-block-transfer (E0)",
        requests.GENERAL_BLOCK_TRANSFER,
        _REFUSED,
        applies=does_not_negotiate(ConformanceBit.GENERAL_BLOCK_TRANSFER),
    ),
    Subtest(12, "glo-get-request (C8) without ciphering", requests.GLO_GET, _REFUSED, applies=not_ciphered),
    Subtest(13, "ded-get-request (D0) without ciphering", requests.DED_GET, _REFUSED, applies=not_ciphered),
    Subtest(14, "general-glo-ciphering (DB)", requests.GENERAL_GLO, _REFUSED, applies=not_ciphered & _NO_GENERAL),
    Subtest(15, "general-ded-ciphering (DC)", requests.GENERAL_DED, _REFUSED, applies=not_ciphered & _NO_GENERAL),
    Subtest(16, "general-ciphering (DD)", requests.GENERAL_CIPHERING, _REFUSED, applies=_NO_GENERAL),
    Subtest(17, "general-signing (DF)", requests.GENERAL_SIGNING, _REFUSED, applies=_NO_GENERAL),
    Subtest(
        18,
        "general-glo-ciphering (DB) under the declared key",
        requests.GET.under(Protection.GENERAL_GLO),
        _REFUSED,
        applies=ciphered & _NO_GENERAL,
    ),
    Subtest(19, "unknown tag (C6)", requests.UNKNOWN, _REFUSED),
    Subtest(
        20,
        "unknown tag (CE) around a ciphered GET",
        requests.GET.altered("ciphered.tag", "CE"),
        _REFUSED,
        applies=protections(Protection.GLO, Protection.DED),
    ),
)
def test_appl_data_ln_n4(subtest: Trial) -> None:
    """A service that was not negotiated, or that the standard does not have, is answered with an exception-response.

    Short name services do not exist in an association with logical names; the others are sent where the declared
    conformance leaves them out. A tag without service-specific ciphered form goes plain where the variant needs one.
    """
    judge_unserved(subtest)
