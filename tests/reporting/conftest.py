"""A specimen run with one of each verdict, over frames that real meters exchanged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.record.assemble import assemble
from conformance.record.frames import FrameLog, Place
from conformance.record.journal import Item, Journal
from conformance.record.model import (
    CaseHead,
    DecidingOctets,
    DeviceRecord,
    ExpectedDeviationRecord,
    FindingRecord,
    RunHead,
    StepRecord,
    SubtestRecord,
    ToolRecord,
)
from conformance.record.redaction import Redactor
from conformance.record.verdict import Verdict

STARTED = datetime(2026, 11, 21, 12, tzinfo=UTC)
PASSWORD = b"xRwPbExG"
DEDICATED_KEY = bytes.fromhex("5E168412318BA71848C99B2B2AB33294")
HOSTILE = "</script><img src=x onerror=alert(1)>\u202egnp.exe\x1b[31m{{ 7*7 }}\ud800"

SNRM = ("C>S", "hdlc", "7EA0070321930F017E", None)
UA = ("S>C", "hdlc", "7EA00721037301407E", None)
FRMR = ("S>C", "hdlc", "7EA00C2103973E211000016B5B7E", None)
AARQ_PLAIN = (
    "C>S",
    "hdlc",
    "7EA02B032110FBAFE6E600601DA109060760857405080101BE10040E01000000065F1F0400001E1DFFFFC5E47E",
    None,
)
AARQ_LLS = (
    "C>S",
    "hdlc",
    "7EA0470002129D0310CF5EE6E6006036A1090607608574050801018A0207808B0760857405080201AC0A80087852775062457847BE10040E01"
    "000000065F1F0400007E1F0100E64C7E",
    None,
)
AARE_REJECTED = (
    "S>C",
    "hdlc",
    "7EA03A030002129D30FC5CE6E7006129A109060760857405080101A203020101A305A10302010DBE10040E0800065F1F040000181D01800007"
    "B2657E",
    None,
)
AARQ_GMAC = (
    "C>S",
    "hdlc",
    "7EA0690002FEFF03102628E6E600605880020780A109060760857405080103A60A040848454300050000018A0207808B0760857405080205AC"
    "0A80080D7A76B77F42EB88BE220420211E300000000170C12E82E5BD9494FE83243FF289D911A252A0F3283689737853607E",
    "01000000065F0400000019FFFF",
)
AARE_GMAC = (
    "S>C",
    "hdlc",
    "7EA072030002FEFF30F1BFE6E7006161A109060760857405080103A203020100A305A10302010EA40A04084858451120000A44880207808907"
    "60857405080205AA0A80084645414532414646BE230421281F300000000240E954DA3BA890264AAA755A28C3EA2AE9B23F9560CF6BD3C3DDF0"
    "437E",
    "0800065F1F0400601A1D00C80007",
)
GLO_GET = (
    "C>S",
    "hdlc",
    "7EA02F0002FEFF0354CDB3E6E600C81E3000000003C952F666F2B02FB2BB6A99741FE5CBF171B1D5F2AA30B081EC90077E",
    "C001C100010100000208FF0200",
)
GLO_RESPONSE = (
    "S>C",
    "hdlc",
    "7EA03D030002FEFF742365E6E700CC2C300000000448CFD6D7F85E3B7E867253143D8B127106CE2C2D94C807D85C48C23CF3E1CEF5DA02FB6D"
    "9D3324F6737E",
    "C40130000915687863707530312D32303137303232332D30303032",
)
DED_AARQ = (
    "C>S",
    "apdu",
    "6066A109060760857405080103A60A040843495200000000018A0207808B0760857405080201AC0A80084A7553363642435ABE340432213030"
    "0000005992D807DBCF8533E9AD675AE0948241FB8E6CF9AFA7006BAA134A473C9151B3362F56DC12F89E85DA97E176",
    f"010110{DEDICATED_KEY.hex()}0000065F1F0400007E1F0400",
)
DED_GET = ("C>S", "apdu", "D01E3000000001D3B903996D9508C5B6BCDEB025DD1800A5C92775FB55F317CF",
           "C001C100080000010000FF0200")  # fmt: skip
DED_RESPONSE = (
    "S>C",
    "apdu",
    "D4233000000001AA07A549F82E6B8EEA919659D91689BF995BE6F93C95A7208718A3B84EE4",
    "C401C1000" + "90C07E7020F03113715008000FF",
)
WRONG_PORT = (
    "C>S",
    "wrapper",
    "00010001009100446042A109060760857405080102A60A0408454C5311111111118A0207808B0760857405080205AC0A8008DC7D5449CCFBED"
    "71BE10040E01000000065F1F04001C0320FFFF",
    None,
)

Exchanged = tuple[str, str, str, str | None]


class Specimen:
    """Writes a run: each subtest with the frames it exchanges."""

    def __init__(self, directory: Path, head: RunHead | None = None) -> None:
        self.redactor = Redactor([PASSWORD, DEDICATED_KEY, b"JuS66BCZ"])
        self.ticks = 0
        self.order = 0
        self.log = FrameLog(directory, self.redactor, now=self.now)
        self.journal = Journal(directory, head or _head(), self.redactor)

    def now(self) -> datetime:
        self.ticks += 1
        return STARTED + timedelta(milliseconds=250 * self.ticks)

    def add(
        self, head: CaseHead, number: int, title: str, verdict: Verdict, *frames: Exchanged, **more: object
    ) -> None:
        self.log.place = Place(head.device, head.id, head.association, head.variant, number)
        first = self.log.last + 1
        for direction, layer, octets, plain in frames:
            plain_octets = bytes.fromhex(plain) if plain else None
            self.log.write(direction, layer, bytes.fromhex(octets), t=self.ticks / 4, plain=plain_octets)
        deciding = more.pop("deciding", None)
        if isinstance(deciding, tuple):
            offset, path, start, end, octets = deciding
            more["deciding"] = DecidingOctets(frame=first + offset, path=path, start=start, end=end, octets=octets)
        span = (first, self.log.last) if frames else None
        subtest = SubtestRecord(
            number=number, title=title, verdict=verdict, frames=span, started=self.now(), duration_s=0.25, **more
        )
        self.order += 1
        self.journal.item(Item(case=head, subtest=subtest, order=self.order).redacted(self.redactor))


def _head() -> RunHead:
    return RunHead(
        tool=ToolRecord(version="0.1.0", python="3.11.9", platform="Linux-6.8-x86_64"),
        plugins={"pytest": "8.4.2", "pytest-xdist": "3.8.0", "cryptography": "46.0.3"},
        started=STARTED,
        device=DeviceRecord(
            name="acme-e500",
            manufacturer="Acme Metering",
            model="E500 three-phase",
            description="Type-test sample 3 of 5, bench 12",
            profile="hdlc",
            link="tcp://bench-12.lab:4059",
            fingerprint="sha256:93f1c07aa5d24e01",
            config={"link": "tcp://bench-12.lab:4059", "associations": [{"name": "management", "client_sap": 1,
                    "secret": "<secret sha256:1a2b3c4d>"}]},
        ),
        permissions=("reads", "disconnects"),
        acceptance="tolerant",
        seeds={"hypothesis": 20261121},
        scope="suites hdlc, application, security; association management, public",
        planned=12,
    )  # fmt: skip


def write_specimen(directory: Path, *, finish: bool = True) -> None:
    """Write the journal and the frames of the specimen run, and its record."""
    run = Specimen(directory)
    run.journal.identity("acme-e500", {"logical device name": "ACM0000000000001", "firmware": "4.12.7"})
    link = CaseHead(
        id="T_HDLC_INFO_P1",
        title="I-frames",
        clause="IEC 62056-46",
        group="hdlc",
        device="acme-e500",
        purpose="A server in normal response mode accepts numbered information frames.",
    )
    run.add(
        link,
        1,
        "link set-up",
        Verdict.PASSED,
        SNRM,
        UA,
        requirement="A server answers SNRM with UA.",
        expected="UA",
        observed="UA",
    )
    run.add(
        link, 2, "AARQ in one I-frame", Verdict.FAILED, SNRM, UA, AARQ_PLAIN, FRMR,
        requirement="In normal response mode an I-frame within the window is accepted.",
        stimulus="aarq, valid, in one I-frame", expected="AARE", observed="FRMR (control 10 rejected, W)",
        reason="FRMR instead of an AARE: the control field is said to be undefined",
        deciding=(3, "hdlc-frame", 8, 11, "100001"),
        findings=(FindingRecord(code="frame-rejected-w", severity="error", evidence="read", frame=6,
                                field="hdlc-frame.content.information",
                                octets="100001", message="The meter rejects control field 10 as undefined.",
                                suggestion="The meter may expect unnumbered frames: try UI."),),
        expected_deviation=ExpectedDeviationRecord(reason="firmware fault", owner="lab 2", expires="2027-01-31"),
    )  # fmt: skip
    lls = CaseHead(
        id="T_APPL_OPEN_5",
        title="Authentication with a wrong password",
        clause="IEC 62056-5-3, AARE",
        group="application",
        device="acme-e500",
        association="reader",
        purpose="A wrong LLS secret is refused.",
    )
    run.add(
        lls, 1, "last character wrong", Verdict.FAILED, AARQ_LLS, AARE_REJECTED,
        requirement="An AARE that rejects the association carries no InitiateResponse.",
        stimulus="aarq.calling-authentication-value.value replaced by xRwPbExG", expected="rejected, diagnostic 13",
        observed="rejected, authentication-failure, with an InitiateResponse",
        reason="InitiateResponse despite the rejection",
        deciding=(1, "aare", 29, 43, "0800065F1F040000181D01800007"),
    )  # fmt: skip
    _protected(run)
    _not_judged(run)
    if finish:
        run.journal.finish(finished=STARTED + timedelta(minutes=3, seconds=20))
    else:
        run.journal.started("T_SYMSEC_0_POLICY_1[management-glo]")
        run.journal.close()
    run.log.close()
    assemble(directory)


def _protected(run: Specimen) -> None:
    for variant, frames in (
        ("glo", (AARQ_GMAC, AARE_GMAC, GLO_GET, GLO_RESPONSE)),
        ("ded", (DED_AARQ, DED_GET, DED_RESPONSE)),
    ):
        head = CaseHead(
            id="T_SYMSEC_0_DATA_1",
            title="Protected GET",
            group="security",
            device="acme-e500",
            association="management",
            variant=variant,
            clause="IEC 62056-5-3",
        )
        run.add(
            head,
            1,
            "GET of a readable attribute",
            Verdict.PASSED,
            *frames,
            expected="data",
            observed="data",
            steps=(
                StepRecord(title="associate", verdict=Verdict.PASSED, detail="accepted", frames=(1, 2)),
                StepRecord(title="read", verdict=Verdict.PASSED),
            ),
        )
        verdict = Verdict.FAILED if variant == "glo" else Verdict.PASSED
        run.add(
            head, 2, "invoke-id echoed", verdict, *frames[-2:],
            requirement="The response carries the invoke-id-and-priority of its request.", expected="C1",
            observed="30" if variant == "glo" else "C1", reason="invoke-id 30 answers C1" if variant == "glo" else "",
            deciding=(1, "get-response.invoke-id-and-priority", 2, 3, "30" if variant == "glo" else "C1"),
        )  # fmt: skip


def _not_judged(run: Specimen) -> None:
    def head(case: str, title: str) -> CaseHead:
        return CaseHead(id=case, title=title, group="application", device="acme-e500", association="public")

    run.add(
        head("T_APPL_OPEN_1", "Association"),
        1,
        "unknown port",
        Verdict.INCONCLUSIVE,
        WRONG_PORT,
        expected="AARE",
        observed="silence for 5 s",
        reason="preamble failed: silence",
    )
    run.add(
        head("T_APPL_DATA_LN_N1", "GET errors"),
        1,
        "unknown choice",
        Verdict.ERROR,
        reason="the link was closed by the gateway",
        observed=HOSTILE,
    )
    run.add(head("T_APPL_OPEN_2", "Client user"), 1, "valid user", Verdict.INAPPLICABLE, reason="no user_list declared")
    run.add(head("T_APPL_SET_1", HOSTILE), 1, "SET", Verdict.SKIPPED, reason="needs permission writes")


@pytest.fixture(scope="session")
def specimen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a finished run. Do not write into it."""
    directory = tmp_path_factory.mktemp("specimen")
    write_specimen(directory)
    return directory


@pytest.fixture(scope="session")
def killed_specimen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the same run, killed before its end. Do not write into it."""
    directory = tmp_path_factory.mktemp("killed")
    write_specimen(directory, finish=False)
    return directory
