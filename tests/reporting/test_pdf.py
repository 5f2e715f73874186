"""The document that goes into the archive: complete, the same again tomorrow, and never broken by what a meter says."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.record.assemble import load, load_frames
from conformance.record.frames import Frame
from conformance.record.model import (
    CaseHead,
    CaseRecord,
    DecidingOctets,
    DeviceRecord,
    FindingRecord,
    RunHead,
    RunRecord,
    StepRecord,
    SubtestRecord,
    ToolRecord,
)
from conformance.record.verdict import Verdict
from conformance.reporting.pdf import TypesettingError, render
from conformance.reporting.printable import printable
from conformance.reporting.printed_exchange import printed_exchange

STARTED = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOSTILE = (
    '#panic("run") #read("/etc/passwd") *bold* _it_ $x^2$ `raw` @ref <label> // note /* note */ \\u{41} "quoted" '
    "\u202egnp.exe\u2066\x1b[31m\x00\ud800\uffff\ufeff 深圳 العربية 👍🏽 e\u0301 \U0001f1e6 " + "W" * 3000
)


def run_of(*subtests: SubtestRecord, **more: object) -> RunRecord:
    head = RunHead(tool=ToolRecord(version="1"), started=STARTED, device=DeviceRecord(name="meter"), **more)
    case = CaseHead(id="T_CASE", title="a case", group="hdlc", device="meter")
    cases = (CaseRecord.of(case, subtests),) if subtests else ()
    return RunRecord.of(head, cases, finished=STARTED, complete=True)


def frame(number: int, octets: str, **more: object) -> Frame:
    return Frame(n=number, t=number / 10, utc=STARTED, dir="C>S", layer="octets", hex=octets, **more)


def text_of(document: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(document))
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in reader.pages).replace("\u200b", ""))


@pytest.fixture(scope="module")
def drawn(specimen: Path) -> bytes:
    evidence = {name: hashlib.sha256((specimen / name).read_bytes()).hexdigest() for name in ("run.json",)}
    return render(
        load(specimen), load_frames(specimen), attachment=(specimen / "run.json").read_bytes(), evidence=evidence
    )


@pytest.fixture(scope="module")
def text(drawn: bytes) -> str:
    return text_of(drawn)


def test_the_title_page_says_what_was_tested_with_what_and_how_it_ended(drawn):
    page = pypdf.PdfReader(io.BytesIO(drawn)).pages[0].extract_text()
    for said in (
        "acme-e500", "Acme Metering", "E500 three-phase", "FAILED", "ACM0000000000001", "4.12.7", "tcp://bench-12.lab:4059",
        "dlms-conformance", "0.1.0", "suites hdlc, application, security", "reads, disconnects", "tolerant",
        "2026-11-21 12:00:00 UTC", "no certificate",
    ):  # fmt: skip
        assert said in page, said


def test_it_says_that_no_association_stands_behind_it(text):
    assert "neither issued nor endorsed by the DLMS User Association or by any other association" in text


def test_each_failed_subtest_is_there_in_full(text):
    for said in (
        "An AARE that rejects the association carries no InitiateResponse.",
        "rejected, diagnostic 13",
        "rejected, authentication-failure, with an InitiateResponse",
        "InitiateResponse despite the rejection",
        "aare, frame 8, octets 29 to 42: 08 00 06 5F 1F 04 00 00 18 1D 01 80 00 07",
        "error, fact: frame-rejected-w",
        "firmware fault; owner lab 2; expires 2027-01-31",
        "7E A0 07 03 21 93 0F 01 7E",
    ):
        assert said in text, said


def test_errors_and_inconclusive_subtests_are_there_in_full_too(text):
    assert "the link was closed by the gateway" in text
    assert "preamble failed: silence" in text


def test_a_deciphered_apdu_stands_below_its_frame_with_the_deciding_octet(text):
    assert re.search(r"deciphered: C4 01 30 00 09 15", text)


def test_what_does_not_apply_and_what_was_skipped_is_listed_with_its_reason(text):
    assert "no user_list declared" in text
    assert "needs permission writes" in text


def test_the_matrix_has_a_column_for_each_association_and_variant(text):
    assert re.search(r"Case . . . glo ded", text)
    assert re.search(r"T_SYMSEC_0_DATA_1 Protected GET · · · FAIL PASS", text)


def test_no_secret_is_in_it(text, drawn):
    reader = pypdf.PdfReader(io.BytesIO(drawn))
    everything = text.replace(" ", "") + reader.attachments["run.json"][0].decode()
    assert "xRwPbExG" not in everything
    assert b"xRwPbExG".hex().upper() not in everything
    assert "5E168412318BA718" not in everything
    assert "<secretsha256:" in text.replace(" ", "")


def test_the_record_is_attached_octet_by_octet_as_its_source(drawn, specimen):
    reader = pypdf.PdfReader(io.BytesIO(drawn))
    assert reader.attachments["run.json"] == [(specimen / "run.json").read_bytes()]
    associated = [file.get_object() for file in reader.trailer["/Root"]["/AF"]]
    (record,) = (file for file in associated if file["/UF"] == "run.json")
    assert record["/AFRelationship"] == "/Source"
    assert record["/EF"]["/F"].get_object()["/Subtype"] == "/application/json"


def test_the_hash_of_the_record_is_printed_whole(text, specimen):
    assert hashlib.sha256((specimen / "run.json").read_bytes()).hexdigest() in text


def test_it_declares_itself_pdf_a_3b_with_title_and_language(drawn):
    reader = pypdf.PdfReader(io.BytesIO(drawn))
    root = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfaid:part(>|=.)3", metadata)
    assert re.search(r"pdfaid:conformance(>|=.)B", metadata)
    assert reader.metadata.title == "DLMS/COSEM conformance test report: acme-e500"
    assert root["/Lang"] == "en-GB"
    assert root["/OutputIntents"]


def test_it_has_contents_bookmarks_and_page_numbers(drawn, text):
    reader = pypdf.PdfReader(io.BytesIO(drawn))
    bookmarks = [item.title for item in reader.outline if not isinstance(item, list)]
    assert any(title.endswith("Failed, in error, inconclusive") for title in bookmarks)
    assert "Contents 1 Summary" in text
    assert f"Page {len(reader.pages)} of {len(reader.pages)}" in text


def test_it_is_dated_by_the_end_of_the_run(drawn):
    assert pypdf.PdfReader(io.BytesIO(drawn)).metadata.creation_date == datetime(2026, 11, 21, 12, 3, 20, tzinfo=UTC)


def test_all_fonts_come_with_the_typesetter_and_are_embedded(drawn):
    names = set()
    for page in pypdf.PdfReader(io.BytesIO(drawn)).pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"].get_object())
            names.add(descendant["/BaseFont"].split("+")[1])
    assert {re.sub(r"-.*|Mono.*", "", name) for name in names} <= {"LibertinusSerif", "DejaVuSans", "NewCM"}


def test_the_same_record_gives_the_same_octets_in_another_process(specimen):
    script = (
        "import hashlib, pathlib, sys; from conformance.record.assemble import load, load_frames;"
        "from conformance.reporting.pdf import render; directory = pathlib.Path(sys.argv[1]);"
        "print(hashlib.sha256(render(load(directory), load_frames(directory))).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Chatham", "LANG": "C"}
    other = subprocess.run(
        [sys.executable, "-c", script, str(specimen)],
        capture_output=True, text=True, check=True, env=environment, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    here = hashlib.sha256(render(load(specimen), load_frames(specimen))).hexdigest()
    assert other.stdout.strip() == here


def test_a_killed_run_says_on_its_first_page_that_it_is_incomplete(killed_specimen):
    document = render(load(killed_specimen), load_frames(killed_specimen))
    page = " ".join(pypdf.PdfReader(io.BytesIO(document)).pages[0].extract_text().split())
    assert "This run is not complete. 11 of 12 planned subtests were judged." in page
    assert "T_SYMSEC_0_POLICY_1[management-glo]" in text_of(document)


def test_a_run_without_a_single_case_still_makes_a_document():
    assert "No case was judged." in text_of(render(run_of(), ()))


def test_a_run_in_which_all_passed_says_so():
    document = render(run_of(SubtestRecord(number=1, title="one", verdict=Verdict.PASSED)), ())
    assert "No subtest failed, none ended in an error, and none was inconclusive." in text_of(document)


def test_what_a_meter_says_is_text_and_never_source_whichever_field_holds_it():
    subtest = SubtestRecord(
        number=1, title=HOSTILE, verdict=Verdict.FAILED, requirement=HOSTILE, expected=HOSTILE, observed=HOSTILE,
        reason=HOSTILE, stimulus=HOSTILE, frames=(1, 1),
        deciding=DecidingOctets(frame=1, path=HOSTILE, start=0, end=1, octets=HOSTILE),
        steps=(StepRecord(title=HOSTILE, verdict=Verdict.ERROR, detail=HOSTILE),),
        findings=(FindingRecord(code=HOSTILE, severity=HOSTILE, field=HOSTILE, octets=HOSTILE, message=HOSTILE,
                                suggestion=HOSTILE),),
    )  # fmt: skip
    head = RunHead(
        tool=ToolRecord(name=HOSTILE, version=HOSTILE),
        started=STARTED,
        device=DeviceRecord(
            name=HOSTILE, manufacturer=HOSTILE, model=HOSTILE, identity={HOSTILE: HOSTILE}, config={HOSTILE: [HOSTILE]}
        ),
        plugins={HOSTILE: HOSTILE},
        scope=HOSTILE,
        permissions=(HOSTILE,),
    )
    case = CaseHead(id=HOSTILE, title=HOSTILE, group=HOSTILE, device=HOSTILE, association=HOSTILE, variant=HOSTILE)
    others = tuple(
        SubtestRecord(number=number, title=HOSTILE, verdict=verdict, reason=HOSTILE)
        for number, verdict in enumerate((Verdict.PASSED, Verdict.INAPPLICABLE, Verdict.SKIPPED), 2)
    )
    record = RunRecord.of(
        head, (CaseRecord.of(case, (subtest, *others)),), finished=None, complete=False, notes=(HOSTILE,)
    )
    text = text_of(render(record, (frame(1, "00", note=HOSTILE),)))
    assert '#panic("run") #read("/etc/passwd") *bold* _it_ $x^2$' in text
    assert "‹U+202E›gnp.exe‹U+2066›‹U+001B›[31m‹U+0000›" in text
    assert "‹U+6DF1›‹U+5733›" in text


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=400))
def test_any_text_can_be_set(words):
    render(run_of(SubtestRecord(number=1, title=words, verdict=Verdict.FAILED, reason=words, observed=words)), ())


def test_every_character_that_counts_as_printable_has_a_glyph():
    kept = "".join(chr(code) for code in range(0x2600) if "‹" not in printable(chr(code)))
    assert len(kept) > 2000
    text = " ".join(kept)
    subtests = [
        SubtestRecord(number=number, title="t", verdict=Verdict.FAILED, reason=text[start : start + 3000])
        for number, start in enumerate(range(0, len(text), 3000))
    ]
    render(run_of(*subtests), ())


def test_the_middle_of_a_long_exchange_is_left_out_but_never_the_deciding_frame():
    frames = tuple(frame(number, f"{number:02X}") for number in range(1, 101))
    deciding = DecidingOctets(frame=50, path="octets", start=0, end=1, octets="32")
    subtest = SubtestRecord(number=1, title="t", verdict=Verdict.FAILED, frames=(1, 100), deciding=deciding)
    printed = printed_exchange(subtest, frames)
    assert [shown.get("number", -shown.get("omitted", 0)) for shown in printed] == [
        *range(1, 7), -43, 50, -36, *range(87, 101)
    ]  # fmt: skip
    assert "36 frames are left out here" in text_of(render(run_of(subtest), frames))


def test_a_long_message_is_cut_with_the_number_of_octets_that_are_left():
    subtest = SubtestRecord(number=1, title="t", verdict=Verdict.FAILED, frames=(1, 1))
    (printed,) = printed_exchange(subtest, (frame(1, "AB" * 60_000),))
    (message,) = printed["messages"]
    assert message[1].count("AB") == 512
    assert message[3] == " … (59488 more octets)"


def test_a_template_at_fault_is_named_with_what_is_wrong(tmp_path):
    (tmp_path / "report.typ").write_text("#no-such-thing()")
    with pytest.raises(TypesettingError, match=r"report\.typ.*unknown variable: no-such-thing") as raised:
        render(run_of(), (), templates=tmp_path)
    assert raised.value.template == tmp_path / "report.typ"


def test_the_attachment_is_the_record_when_no_file_is_given():
    record = run_of(SubtestRecord(number=1, title="one", verdict=Verdict.PASSED))
    attached = pypdf.PdfReader(io.BytesIO(render(record, ()))).attachments["run.json"][0]
    assert json.loads(attached) == record.to_json()
