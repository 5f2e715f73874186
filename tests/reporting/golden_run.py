"""A run written by hand that shows everything a report can: each verdict, each state of an expected deviation.

Two meters, associations and variants, findings, steps, deciding octets, frames that real meters exchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from conformance.record.assemble import assemble
from conformance.record.deviation import AnnouncedDeviationRecord
from conformance.record.model import (
    CaseHead,
    DeviceRecord,
    ExpectedDeviationRecord,
    FindingRecord,
    RunHead,
    StepRecord,
    ToolRecord,
)
from conformance.record.timing import timing_of
from conformance.record.verdict import Verdict
from tests.reporting.conftest import (
    AARE_GMAC,
    AARE_REJECTED,
    AARQ_GMAC,
    AARQ_LLS,
    AARQ_PLAIN,
    DED_AARQ,
    DED_GET,
    DED_RESPONSE,
    FRMR,
    GLO_GET,
    GLO_RESPONSE,
    SNRM,
    STARTED,
    UA,
    WRONG_PORT,
    Specimen,
)

FIRST, SECOND = "acme-e500", "acme-e500-b"
SHOWN = AnnouncedDeviationRecord(
    case="T_HDLC_INFO_P1", subtest=2, reason="firmware fault 4711", owner="lab 2", expires="2027-01-31"
)
EXPIRED = AnnouncedDeviationRecord(
    case="T_APPL_OPEN_5", subtest=1, association="reader", reason="to be mended in 4.13", owner="lab 2",
    expires="2026-10-31",
)  # fmt: skip
NOT_SHOWN = AnnouncedDeviationRecord(
    case="T_SYMSEC_0_DATA_1", subtest=1, variant="ded", reason="dedicated key ignored until 4.12", owner="firmware team"
)
NOT_JUDGED = AnnouncedDeviationRecord(case="T_APPL_REL_P1", reason="RLRE is late", owner="lab 2")
LAPSED = AnnouncedDeviationRecord(case="T_APPL_OPEN_1", reason="slow start", owner="lab 1", expires="2026-01-31")


@dataclass(frozen=True)
class Night:
    """What differs between the run and the one before it.

    Attributes:
        later: the run itself; else the one before it.
    """

    later: bool

    @property
    def started(self):
        return STARTED if self.later else STARTED - timedelta(days=1)


def write_golden_run(directory: Path, *, later: bool = True) -> None:
    """Write the run, or the one of the night before that it is compared with."""
    night = Night(later)
    run = Specimen(directory, _head(night))
    run.journal.identity(
        FIRST, {"logical device name": "ACM0000000000001", "firmware": "4.12.7" if later else "4.12.6"}
    )
    run.journal.identity(SECOND, {"logical device name": "ACM0000000000002", "firmware": "4.12.7"})
    _first_meter(run, night)
    _second_meter(run, night)
    run.journal.note("the line was quiet for 40 s before T_APPL_OPEN_1")
    run.journal.finish(finished=night.started + timedelta(minutes=3, seconds=20))
    run.log.close()
    assemble(directory)


def _head(night: Night) -> RunHead:
    expired = EXPIRED if night.later else EXPIRED.model_copy(update={"expires": ""})
    return RunHead(
        tool=ToolRecord(version="0.1.0", python="3.11.9", platform="linux x86_64"),
        plugins={"pytest": "8.4.2", "cryptography": "46.0.3"},
        started=night.started,
        device=DeviceRecord(
            name=FIRST, manufacturer="Acme Metering", model="E500 three-phase", profile="hdlc",
            description="Type-test sample 3 of 5, bench 12", link="serial:/dev/ttyUSB0?baud=9600",
            fingerprint="93f1c07aa5d24e01", expected_deviations=(SHOWN, expired, NOT_SHOWN, NOT_JUDGED),
        ),
        further_devices=(
            DeviceRecord(
                name=SECOND, manufacturer="Acme Metering", model="E500 single-phase", profile="wrapper",
                link="tcp://192.0.2.17:4059", fingerprint="0c5d17e2b9a34f68", expected_deviations=(LAPSED,),
            ),
        ),
        permissions=("reads", "disconnects"),
        acceptance="tolerant",
        seeds={"run": 20261121},
        scope="all cases",
        planned=14,
    )  # fmt: skip


def _case(case: str, title: str, group: str, device: str = FIRST, **more: str) -> CaseHead:
    clauses = {"hdlc": "IEC 62056-46, 6.4.4; ISO/IEC 13239", "application": "IEC 62056-5-3, AARE"}
    clause = clauses.get(group, "IEC 62056-5-3, 7.3.13")
    return CaseHead(**{"id": case, "title": title, "group": group, "device": device, "clause": clause, **more})


def _explained(deviation: AnnouncedDeviationRecord) -> ExpectedDeviationRecord:
    return ExpectedDeviationRecord(reason=deviation.reason, owner=deviation.owner, expires=deviation.expires)


def _timed(seconds: float):
    return timing_of([seconds], virtual=False, wire_s=seconds / 2, waited_s=0.0)


def _first_meter(run: Specimen, night: Night) -> None:
    link = _case(
        "T_HDLC_INFO_P1", "I-frames", "hdlc",
        purpose="A server in normal response mode accepts numbered information frames.",
    )  # fmt: skip
    run.add(link, 1, "link set-up", Verdict.PASSED, SNRM, UA, requirement="A server answers SNRM with UA.",
            expected="UA", observed="UA", reason="UA", timing=_timed(0.021))  # fmt: skip
    run.add(
        link, 2, "AARQ in one I-frame", Verdict.FAILED, SNRM, UA, AARQ_PLAIN, FRMR,
        requirement="In normal response mode an I-frame within the window is accepted.",
        stimulus="aarq, valid, in one I-frame", expected="AARE", observed="FRMR (control 10 rejected, W)",
        reason="FRMR instead of an AARE: the control field is said to be undefined",
        deciding=(3, "hdlc-frame", 8, 11, "100001"), expected_deviation=_explained(SHOWN), timing=_timed(0.034),
        findings=(FindingRecord(code="frame-rejected-w", severity="error", evidence="read", frame=6,
                                field="hdlc-frame.content.information", octets="100001",
                                message="The meter rejects control field 10 as undefined.",
                                suggestion="The meter may expect unnumbered frames: try UI."),),
    )  # fmt: skip
    _wrong_password(run, night)
    for variant, frames in (
        ("glo", (AARQ_GMAC, AARE_GMAC, GLO_GET, GLO_RESPONSE)),
        ("ded", (DED_AARQ, DED_GET, DED_RESPONSE)),
    ):
        _protected(run, night, variant, frames)


def _wrong_password(run: Specimen, night: Night) -> None:
    reason = "InitiateResponse despite the rejection"
    if night.later:
        more = {"expired_deviation": _explained(EXPIRED),
                "reason": f"{reason}; expected deviation expired on 2026-10-31, owner lab 2"}  # fmt: skip
    else:
        more = {"expected_deviation": ExpectedDeviationRecord(reason=EXPIRED.reason, owner="lab 2"), "reason": reason}
    run.add(
        _case("T_APPL_OPEN_5", "Authentication with a wrong password", "application", association="reader",
              purpose="A wrong LLS secret is refused."),
        1, "last character wrong", Verdict.FAILED, AARQ_LLS, AARE_REJECTED,
        requirement="An AARE that rejects the association carries no InitiateResponse.",
        stimulus="aarq.calling-authentication-value.value replaced", expected="rejected, diagnostic 13",
        observed="rejected, authentication-failure, with an InitiateResponse",
        deciding=(1, "aare", 29, 43, "0800065F1F040000181D01800007"), timing=_timed(0.055), **more,
    )  # fmt: skip


def _protected(run: Specimen, night: Night, variant: str, frames: tuple[object, ...]) -> None:
    head = _case("T_SYMSEC_0_DATA_1", "Protected GET", "security", association="management", variant=variant)
    dedicated = variant == "ded"
    fails = dedicated and not night.later
    first = run.log.last + 1
    run.add(
        head, 1, "GET of a readable attribute", Verdict.FAILED if fails else Verdict.PASSED, *frames,
        expected="data", observed="silence for 5 s" if fails else "data", reason="silence" if fails else "data",
        expected_deviation=_explained(NOT_SHOWN) if dedicated else None, timing=_timed(0.08 if dedicated else 0.06),
        steps=(
            StepRecord(title="associate", verdict=Verdict.PASSED, detail="accepted", frames=(first, first + 1)),
            StepRecord(title="read", verdict=Verdict.FAILED if fails else Verdict.PASSED, detail="attribute 2"),
        ),
    )  # fmt: skip
    fails = not dedicated and night.later
    run.add(
        head, 2, "invoke-id echoed", Verdict.FAILED if fails else Verdict.PASSED, *frames[-2:],
        requirement="The response carries the invoke-id-and-priority of its request.", expected="C1",
        observed="30" if fails else "C1", reason="invoke-id 30 answers C1" if fails else "C1", timing=_timed(0.06),
        deciding=(1, "get-response.invoke-id-and-priority", 2, 3, "30" if fails else "C1"),
    )  # fmt: skip


def _second_meter(run: Specimen, night: Night) -> None:
    def public(case: str, title: str) -> CaseHead:
        return _case(case, title, "application", SECOND, association="public")

    run.add(
        public("T_APPL_OPEN_1", "Association"), 1, "as declared", Verdict.PASSED, AARQ_PLAIN, AARE_REJECTED,
        expected="AARE", observed="AARE", reason="AARE", timing=_timed(0.012 if night.later else 0.011),
    )  # fmt: skip
    run.add(
        public("T_APPL_OPEN_1", "Association"), 2, "unknown port",
        Verdict.INCONCLUSIVE if night.later else Verdict.PASSED, WRONG_PORT, expected="AARE",
        observed="silence for 5 s", reason="preamble failed: silence" if night.later else "AARE",
        findings=(FindingRecord(code="no-reply", severity="error", evidence="inferred", frame=1,
                                message="Nothing came back within 5 s.", suggestion="Check port and address."),)
        if night.later else (),
    )  # fmt: skip
    run.add(public("T_APPL_DATA_LN_N1", "GET errors"), 1, "unknown choice", Verdict.ERROR,
            reason="the link was closed by the gateway")  # fmt: skip
    run.add(public("T_APPL_OPEN_2", "Client user"), 0, "Client user", Verdict.INAPPLICABLE,
            reason="no user_list declared")  # fmt: skip
    if night.later:
        run.add(public("T_APPL_SET_1", "SET"), 1, "SET of a writable attribute", Verdict.SKIPPED,
                reason="needs the permission writes, which was not given")  # fmt: skip
    else:
        run.add(public("T_APPL_GET_1", "GET"), 1, "GET", Verdict.PASSED, expected="data", observed="data",
                reason="data")  # fmt: skip
