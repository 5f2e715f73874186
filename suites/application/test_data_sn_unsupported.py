"""Services that an association with short names does not serve."""

from conformance.device.model import Permission, Protection
from conformance.dlms.xdlms.conformance import ConformanceBit
from conformance.harness.applicability import ciphered, does_not_negotiate, not_ciphered, protections, short_names
from conformance.harness.case import Subtest, Variants, case, subtests
from conformance.harness.trial import Trial
from conformance.harness.unserved import judge_unserved
from conformance.tester import harmless_requests as requests
from conformance.tester.accepted_services import exception, service_error, silence
from conformance.tester.expectation import Expectation, tolerated

_REFUSED: Expectation = service_error() | tolerated(exception())
_REFUSED_OR_SILENT: Expectation = service_error() | silence() | tolerated(exception())
"""To a service that is unconfirmed by its nature."""
_NO_GENERAL = does_not_negotiate(ConformanceBit.GENERAL_PROTECTION)
_WRITES = Permission.WRITES


@case(
    "T_APPL_DATA_SN_N3",
    title="Services that are not supported",
    clause="IEC 62056-5-3, ConfirmedServiceError; Conformance block",
    applies=short_names,
    variants=Variants.EACH_PROTECTION,
)
@subtests(
    Subtest(1, "GET (C0)", requests.GET, _REFUSED),
    Subtest(2, "SET (C1)", requests.SET, _REFUSED, permission=_WRITES),
    Subtest(3, "ACTION (C3)", requests.ACTION, _REFUSED),
    Subtest(4, "EventNotification (C2)", requests.EVENT_NOTIFICATION, _REFUSED_OR_SILENT),
    Subtest(5, "Read (05)", requests.READ, _REFUSED, applies=does_not_negotiate(ConformanceBit.READ)),
    Subtest(
        6, "Write (06)", requests.WRITE, _REFUSED, applies=does_not_negotiate(ConformanceBit.WRITE), permission=_WRITES
    ),
    Subtest(
        7,
        "UnconfirmedWrite (16)",
        requests.UNCONFIRMED_WRITE,
        _REFUSED_OR_SILENT,
        applies=does_not_negotiate(ConformanceBit.UNCONFIRMED_WRITE),
        permission=_WRITES,
    ),
    Subtest(
        8,
        "InformationReport (18)",
        requests.INFORMATION_REPORT,
        _REFUSED_OR_SILENT,
        applies=does_not_negotiate(ConformanceBit.INFORMATION_REPORT),
    ),
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
    Subtest(12, "glo-read-request (25) without ciphering", requests.GLO_READ, _REFUSED, applies=not_ciphered),
    Subtest(13, "ded-read-request (45) without ciphering", requests.DED_READ, _REFUSED, applies=not_ciphered),
    Subtest(14, "general-glo-ciphering (DB)", requests.GENERAL_GLO, _REFUSED, applies=not_ciphered & _NO_GENERAL),
    Subtest(15, "general-ded-ciphering (DC)", requests.GENERAL_DED, _REFUSED, applies=not_ciphered & _NO_GENERAL),
    Subtest(16, "general-ciphering (DD)", requests.GENERAL_CIPHERING, _REFUSED, applies=_NO_GENERAL),
    Subtest(17, "general-signing (DF)", requests.GENERAL_SIGNING, _REFUSED, applies=_NO_GENERAL),
    Subtest(
        18,
        "general-glo-ciphering (DB) under the declared key",
        requests.READ.under(Protection.GENERAL_GLO),
        _REFUSED,
        applies=ciphered & _NO_GENERAL,
    ),
    Subtest(19, "unknown tag (C6)", requests.UNKNOWN, _REFUSED),
    Subtest(
        20,
        "unknown tag (CE) around a ciphered Read",
        requests.READ.altered("ciphered.tag", "CE"),
        _REFUSED,
        applies=protections(Protection.GLO, Protection.DED),
    ),
)
def test_appl_data_sn_n3(subtest: Trial) -> None:
    """A service of logical names, or one that was not negotiated, is answered with a confirmedServiceError.

    The numbers from 8 on are those of DATA_LN_N4. Exception-responses belong to associations with logical names, and
    are tolerated here.
    """
    judge_unserved(subtest)
