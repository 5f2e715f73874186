"""The document as an archive wants it: PDF/A-3b and PDF/UA-1, complete in itself, the same again anywhere."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pypdf
import pytest

from conformance.record.assemble import load, load_frames
from conformance.record.deviation import AnnouncedDeviationRecord
from conformance.record.model import CaseRecord, RunHead, RunRecord
from conformance.record.tool import DependencyRecord, SuiteRecord
from conformance.reporting import enclosures, pdf, qualification
from conformance.reporting.attachments import attachments
from conformance.reporting.branding import Branding
from conformance.reporting.logo import check
from conformance.reporting.presentation import Presentation
from conformance.reporting.qualification import ClaimRow, Qualification

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path fill="#123" d="M0 0h20v10H0z"/></svg>'
SECTIONS = [
    "Summary", "Scope and method", "Verdicts by case", "Failed, in error, inconclusive", "Passed", "Not applicable",
    "Skipped", "Tool qualification", "Evidence and limits", "Signatures",
]  # fmt: skip
TOOL = {
    "digest": "d1" * 32,
    "dependencies": (
        DependencyRecord(name="cryptography", version="46.0.3", record_sha256="c0" * 32),
        DependencyRecord(name="left-without", version="1.0"),
    ),
    "suites": (
        SuiteRecord(group="hdlc", cases=31, subtests=106, proven=30, defects=72, claims=83),
        SuiteRecord(group="objects", cases=133, subtests=625, proven=133, defects=254, claims=255),
    ),
}
LABORATORY = Branding(
    name="Acme Metering Laboratory", logo=check(SVG), address=("1 Line Street", "Town"),
    accreditation="ISO/IEC 17025, No. D-PL-00000", contact="lab@example.org", roles=("Tested by", "Witnessed by"),
    number="2026-0117",
)  # fmt: skip


def reader_of(document: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(document))


def text_of(document: bytes) -> str:
    """All that the pages say in one line, without what stands at the top and the foot of each."""
    pages = (page.extract_text() for page in reader_of(document).pages)
    text = re.sub(r"\s+", " ", " ".join(pages).replace("\u200b", ""))
    return re.sub(
        r" DLMS/COSEM conformance test report\. Not a certificate\. Page \d+ of \d+( acme-e500 [\d-]{10})?", "", text
    )


def sections(document: bytes) -> list[str]:
    titles = [item.title for item in reader_of(document).outline if not isinstance(item, list)]
    return [title.split(" ", 1)[1] for title in titles]


def changed(record: RunRecord, **more: object) -> RunRecord:
    """The record with another head, everything that follows from it computed anew."""
    head = RunHead(**{name: more.get(name, getattr(record, name)) for name in RunHead.model_fields})
    return RunRecord.of(head, record.cases, finished=record.finished, complete=record.complete)


def qualified(**more: object) -> Qualification:
    rows = (
        ClaimRow(defect="fcs-ignored", group="hdlc", case="T_HDLC_FRAME_N1", caught=True, failed=3, judged=7),
        ClaimRow(defect="fcs-ignored", group="hdlc", case="T_HDLC_FRAME_N2", caught=False, failed=0, judged=5),
        ClaimRow(defect="reset-lost", group="objects", case="T_COSEM_3_0", caught=True, failed=1, judged=2),
    )
    told = {"tool": "dlms-conformance 0.1.0", "digest": "d1" * 32, "started": "2026-11-20T22:00:00Z",
            "finished": "2026-11-21T01:00:00Z", "rows": rows, "record_sha256": "ab" * 32}  # fmt: skip
    return Qualification.model_validate(told | more)


def presented(found: Qualification) -> tuple[Qualification, bytes]:
    return found, found.model_dump_json(by_alias=True).encode()


@pytest.fixture(scope="module")
def run(specimen: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The specimen run as a version of today records it, with a qualification beside it."""
    directory = tmp_path_factory.mktemp("archive") / "run"
    shutil.copytree(specimen, directory)
    record = load(directory)
    record = changed(record, tool=record.tool.model_copy(update=TOOL))
    (directory / "run.json").write_text(json.dumps(record.to_json(), indent=1), encoding="utf-8")
    qualification.write(directory, qualified())
    return directory


@pytest.fixture(scope="module")
def drawn(run: Path) -> bytes:
    return pdf.draw(run, load(run), load_frames(run), Presentation(branding=LABORATORY))


@pytest.fixture(scope="module")
def text(drawn: bytes) -> str:
    return text_of(drawn)


def test_it_says_in_its_metadata_that_it_is_pdf_a_3b_and_pdf_ua_1(drawn):
    metadata = reader_of(drawn).trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    for said in ("pdfaid:part>3<", "pdfaid:conformance>B<", "pdfuaid:part>1<"):
        assert said in metadata, said


def elements(node) -> list:
    """The structure elements below a node, itself among them."""
    node = node.get_object()
    if isinstance(node, list):
        return [found for kid in node for found in elements(kid)]
    if not hasattr(node, "get"):
        return []
    below = elements(node["/K"]) if node.get("/K") is not None else []
    return [node, *below] if "/S" in node else below


def test_it_is_tagged_down_to_headings_and_tables(drawn):
    root = reader_of(drawn).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    tags = Counter(str(element["/S"]) for element in elements(root["/StructTreeRoot"]))
    assert {"/Document", "/TOC", "/H1", "/H2", "/Table", "/TR", "/TH", "/TD", "/Figure"} <= set(tags)
    assert tags["/H1"] >= len(SECTIONS)


def test_the_logo_has_a_text_for_those_who_do_not_see_it(drawn):
    found = elements(reader_of(drawn).trailer["/Root"]["/StructTreeRoot"])
    (figure,) = (element for element in found if element["/S"] == "/Figure")
    assert figure["/Alt"] == "Logo of Acme Metering Laboratory"


def test_title_and_language_are_set_and_the_title_is_what_a_reader_shows(drawn):
    reader = reader_of(drawn)
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert reader.metadata.title == "DLMS/COSEM conformance test report: acme-e500"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True


def test_every_section_is_bookmarked_in_order_and_leads_to_its_page(drawn):
    reader = reader_of(drawn)
    assert [title for title in sections(drawn) if title in SECTIONS] == SECTIONS
    for item in reader.outline:
        if not isinstance(item, list):
            page = reader.pages[reader.get_destination_page_number(item)].extract_text()
            assert item.title.split(" ", 1)[1] in re.sub(r"\s+", " ", page)


def test_pages_are_numbered_on_paper_as_in_the_reader(drawn):
    reader = reader_of(drawn)
    count = len(reader.pages)
    assert reader.page_labels[1:] == [str(number) for number in range(2, count + 1)]
    for number in (2, count):
        assert f"Page {number} of {count}" in reader.pages[number - 1].extract_text()


def test_nothing_in_it_runs_or_leads_outside(drawn):
    reader = reader_of(drawn)
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(reader.trailer["/Root"])
    for page in reader.pages:
        for annotation in (entry.get_object() for entry in page.get("/Annots", ())):
            assert annotation["/Subtype"] == "/Link"
            assert annotation.get("/A", {"/S": "/GoTo"})["/S"] == "/GoTo"


def test_record_frame_log_qualification_and_their_listing_are_enclosed_as_they_are(drawn, run):
    reader = reader_of(drawn)
    inside = {name: content for name, (content,) in reader.attachments.items()}
    assert set(inside) == {"run.json", "frames.jsonl", "qualification.json", "evidence.json"}
    for name in inside.keys() - {"evidence.json"}:
        assert inside[name] == (run / name).read_bytes(), name
    listing = json.loads(inside["evidence.json"])
    assert {file["path"]: file["sha256"] for file in listing["files"]} == {
        name: hashlib.sha256((run / name).read_bytes()).hexdigest() for name in inside.keys() - {"evidence.json"}
    }
    record = load(run)
    assert [config["fingerprint"] for config in listing["device_configs"]] == [record.device.fingerprint]
    relations = {file.get_object()["/UF"]: file.get_object()["/AFRelationship"] for file in
                 reader.trailer["/Root"]["/AF"]}  # fmt: skip
    assert relations == {
        "run.json": "/Source", "frames.jsonl": "/Data", "qualification.json": "/Supplement",
        "evidence.json": "/Supplement",
    }  # fmt: skip


def test_a_long_frame_log_is_enclosed_packed_and_comes_out_the_same(run, monkeypatch):
    monkeypatch.setattr(enclosures, "MOST_PLAIN_OCTETS", 100)
    inside = attachments(pdf.draw(run, load(run), load_frames(run)))
    assert "frames.jsonl" not in inside
    assert gzip.decompress(inside["frames.jsonl.gz"]) == (run / "frames.jsonl").read_bytes()
    assert list(enclosures.enclosure_faults(inside, lambda name: (run / name).read_bytes())) == []


def test_the_laboratory_stands_on_the_first_page_and_its_roles_on_the_last(drawn):
    pages = [re.sub(r"\s+", " ", page.extract_text()) for page in reader_of(drawn).pages]
    for said in ("Acme Metering Laboratory", "1 Line Street", "D-PL-00000", "lab@example.org", "No. 2026-0117"):
        assert said in pages[0], said
    assert "Signatures" in pages[-1]
    for said in ("Tested by", "Witnessed by", "Date", "electronic signature (PAdES)", "dlms-conformance verify"):
        assert said in pages[-1], said
    assert "Approved by" not in pages[-1]


def test_scope_and_method_say_what_was_selected_allowed_and_accepted(text):
    assert "Selected: suites hdlc, application, security; association management, public." in text
    assert re.search(r"writes attributes are written, methods are invoked not given", text)
    assert re.search(r"reads associations are opened, attributes are read given", text)
    assert "tolerant: reactions that the standard gives are accepted" in text
    assert "communication profile hdlc, link tcp://bench-12.lab:4059" in text


def test_the_tool_is_told_as_it_ran_and_not_as_it_is_here(text):
    assert re.search(r"hdlc 31 106 30 72 83", text)
    assert "163 of 164 cases are." in text
    assert f"cryptography 46.0.3 {'c0' * 32}" in text
    assert "left-without 1.0 its installer left no RECORD" in text


def test_a_qualification_run_is_presented_with_what_it_missed(text):
    assert "On 2026-11-20 22:00:00 UTC the tool" in text
    assert "That run does not qualify it." in text
    assert "the same as in this run, octet for octet" in text
    assert re.search(r"Defects 2 Cases 3 Claims 3 Claims missed 1", text)
    assert "Missed: fcs-ignored by T_HDLC_FRAME_N2." in text
    assert re.search(r"hdlc 2 1 2 1 12 objects 1 1 1 0 2", text)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "That run qualifies it: every defect was caught"),
        ({"digest": "ee" * 32}, "Its sources or suites were not those of this run"),
        ({"digest": ""}, "Whether its sources were those of this run is not recorded"),
        ({"restricted": ("T_HDLC_FRAME_N1",)}, "the other cases are not qualified by that run"),
        ({"problems": ("simulator: T_X failed",)}, "That run does not qualify it."),
        ({"unproven": ("T_X",)}, "Cases that no defect claims: T_X"),
    ],
)
def test_what_a_qualification_run_is_worth_is_said_plainly(run, more, said):
    found = qualified(**{"rows": qualified().rows[:1], **more})
    assert said in text_of(pdf.render(load(run), (), qualification=presented(found)))


def test_without_a_qualification_run_the_report_says_so_and_how_to_make_one(run):
    text = text_of(pdf.render(load(run), ()))
    assert "No qualification run was presented with this report." in text
    assert "dlms-conformance qualify --out QUALIFICATION" in text


def test_a_record_of_an_older_version_is_drawn_and_says_what_it_lacks(specimen):
    text = text_of(pdf.render(load(specimen), load_frames(specimen)))
    assert "not in this record: it was written by an older version" in text
    assert "pytest-xdist 3.8.0" in text


def test_expected_deviations_are_a_section_with_reason_owner_and_last_day(run):
    record = load(run)
    announced = (
        AnnouncedDeviationRecord(case="T_HDLC_INFO_P1", subtest=2, reason="firmware fault", owner="lab 2",
                                 expires="2027-01-31"),
        AnnouncedDeviationRecord(case="T_SYMSEC_0_DATA_1", subtest=1, reason="was mended", variant="ded"),
    )  # fmt: skip
    device = record.device.model_copy(update={"expected_deviations": announced})
    document = pdf.render(changed(record, device=device), load_frames(run))
    assert "Expected deviations" in sections(document)
    text = text_of(document)
    assert re.search(r"T_HDLC_INFO_P1 subtest 2 firmware fault lab 2 2027-01-31 showed as announced", text)
    assert re.search(r"was mended none named never did not show: the run fails until it is withdrawn", text)
    assert "Expected deviations" not in sections(pdf.render(record, load_frames(run)))


def test_a_laboratory_changes_one_template_and_the_others_stay(run, tmp_path):
    (tmp_path / "typst").mkdir()
    (tmp_path / "typst" / "signatures.typ").write_text(
        '#let signatures(sheets) = [= Release \n Released by the head of #sheets.laboratory.name. #read("note.txt")]'
    )
    (tmp_path / "typst" / "note.txt").write_text("A note of its own.")
    look = Presentation(branding=LABORATORY, templates=tmp_path)
    document = pdf.draw(run, load(run), load_frames(run), look)
    assert [title for title in sections(document) if title in SECTIONS] == SECTIONS[:-1]
    assert "Released by the head of Acme Metering Laboratory. A note of its own." in text_of(document)


def test_a_changed_template_at_fault_is_named_without_the_place_where_it_was_put_together(run, tmp_path):
    (tmp_path / "closing.typ").write_text("#let closing(sheets) = nothing")
    with pytest.raises(pdf.TypesettingError) as raised:
        pdf.render(load(run), (), templates=tmp_path)
    assert "unknown variable: nothing" in str(raised.value)
    assert "closing.typ:1:" in str(raised.value)
    assert "dlms-report-" not in str(raised.value)


def test_a_directory_that_is_no_collection_of_templates_is_refused(run, tmp_path):
    for number in range(501):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(pdf.TypesettingError, match="holds more than 500 files"):
        pdf.render(load(run), (), templates=tmp_path)


SCRIPT = """
import hashlib, locale, pathlib, sys
from conformance.record.assemble import load, load_frames
from conformance.reporting import branding, pdf
from conformance.reporting.presentation import Presentation
directory = pathlib.Path(sys.argv[1])
look = Presentation(branding=branding.load(pathlib.Path(sys.argv[2])))
print(hashlib.sha256(pdf.draw(directory, load(directory), load_frames(directory), look)).hexdigest())
"""


def test_the_same_run_gives_the_same_octets_elsewhere_later_and_in_another_land(run, tmp_path):
    """Two processes: another directory, time, time zone, locale, hash seed and temporary directory."""
    (tmp_path / "logo.svg").write_bytes(SVG)
    branding = tmp_path / "branding.toml"
    branding.write_text('[laboratory]\nname = "Acme"\nlogo = "logo.svg"\n[report]\nnumber = "7"\n')
    digests = []
    for number, surroundings in enumerate(
        (
            {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
            {"TZ": "Pacific/Chatham", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONHASHSEED": "2",
             "SOURCE_DATE_EPOCH": "1"},
        )
    ):  # fmt: skip
        place = tmp_path / f"place {number}" / "run"
        shutil.copytree(run, place)
        os.utime(place / "run.json", (1, 1))
        scratch = tmp_path / f"scratch{number}"
        scratch.mkdir()
        ended = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(place), str(branding)],
            capture_output=True, text=True, check=True, timeout=60, cwd=scratch,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(scratch), **surroundings},
        )  # fmt: skip
        digests.append(ended.stdout)
        assert not any(scratch.iterdir()), "nothing stays in the temporary directory"
    assert digests[0] == digests[1] != ""


def test_no_date_but_those_of_the_run_is_in_it(drawn):
    today = date.today().isoformat()
    metadata = reader_of(drawn).trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+", metadata)) == {"2026-11-21T12:03:20"}
    assert today in {"2026-11-20", "2026-11-21"} or today not in text_of(drawn)


HOSTILE = (
    "= Heading\n== Another\n#pagebreak() #panic() $x$ `raw` *b* _i_ @ref <l> // c /* d */ \\ [#import] "
    "\u202egnp\u2066 \x00\x1b[31m\x7f \ud800 \ufeff \u2028 \U0010ffff {{ 7*7 }} </script> "
)


def test_whatever_a_meter_says_no_section_comes_or_goes(run):
    """The same run with hostile words in every field that holds words, many of them a megabyte long."""
    record = load(run)
    words = HOSTILE + "A" * 1_000_000
    cases = tuple(
        CaseRecord.of(
            case.model_copy(update={"title": words, "purpose": words, "clause": words}),
            tuple(
                subtest.model_copy(
                    update={
                        "title": HOSTILE,
                        "reason": HOSTILE,
                        "observed": words,
                        "expected": HOSTILE,
                        "stimulus": HOSTILE,
                    }
                )
                for subtest in case.subtests
            ),
        )
        for case in record.cases
    )
    device = record.device.model_copy(update={"description": words, "identity": {words[:50]: words}})
    hostile = RunRecord.of(
        record.model_copy(update={"device": device, "scope": words}), cases, finished=record.finished, complete=True
    )
    before = time.process_time()
    document = pdf.render(hostile, load_frames(run), branding=Branding(name=words, address=(words,), roles=(words,)))
    assert time.process_time() - before < 20
    assert sections(document) == sections(pdf.render(record, load_frames(run)))
    text = text_of(document)
    assert "= Heading == Another #pagebreak() #panic() $x$ `raw` *b* _i_ @ref <l> // c /* d */ \\ [#import]" in text
    assert "‹U+202E›gnp‹U+2066› ‹U+0000›‹U+001B›[31m" in text
    assert len(reader_of(document).pages) < 60
