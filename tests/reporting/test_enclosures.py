"""The files inside a report must be those beside it: each that differs is named."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest

from conformance.record.assemble import load, load_frames
from conformance.reporting import pdf, qualification
from conformance.reporting.attachments import attachments
from conformance.reporting.enclosures import LISTING, PACKED_FRAMES, enclosure_faults, enclosures
from conformance.reporting.verification import verify_directory, verify_pdf
from tests.reporting.test_pdf_archive import qualified


@pytest.fixture(scope="module")
def run(specimen: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with its report, a qualification beside it, and no manifest that would vouch for either."""
    directory = tmp_path_factory.mktemp("enclosed") / "run"
    shutil.copytree(specimen, directory)
    qualification.write(directory, qualified())
    (directory / pdf.REPORT).write_bytes(pdf.draw(directory, load(directory), load_frames(directory)))
    return directory


@pytest.fixture
def inside(run: Path) -> dict[str, bytes]:
    return attachments((run / pdf.REPORT).read_bytes())


def of_report(directory: Path) -> list[str]:
    return [fault.message for fault in verify_directory(directory).faults if fault.file == pdf.REPORT]


def test_a_report_with_its_files_beside_it_is_whole(run, inside):
    assert of_report(run) == []
    assert list(enclosure_faults(inside, None)) == []


@pytest.mark.parametrize("name", ["run.json", "frames.jsonl", "qualification.json"])
def test_a_file_beside_the_report_that_differs_by_one_octet_is_named(run, tmp_path, name):
    directory = tmp_path / "run"
    shutil.copytree(run, directory)
    content = bytearray((directory / name).read_bytes())
    content[-2] ^= 1
    (directory / name).write_bytes(content)
    assert of_report(directory) == [f"the {name} inside is not the file {name}"]


def test_a_qualification_that_was_taken_away_is_missed(run, tmp_path):
    directory = tmp_path / "run"
    shutil.copytree(run, directory)
    (directory / "qualification.json").unlink()
    (fault,) = of_report(directory)
    assert fault == "the qualification.json inside is not the file qualification.json, which is not there"


@pytest.mark.parametrize("name", ["run.json", "frames.jsonl", "qualification.json"])
def test_a_report_that_stands_alone_must_agree_with_its_own_listing(inside, name):
    changed = {**inside, name: inside[name] + b" "}
    (fault,) = enclosure_faults(changed, None)
    assert fault == f"the {name} inside is not the {name} that the {LISTING} inside lists"


def test_a_file_that_was_put_in_or_taken_out_is_told(inside):
    assert list(enclosure_faults({**inside, "more.txt": b""}, None)) == [
        f"carries more.txt, which the {LISTING} inside does not list"
    ]
    del inside["frames.jsonl"]
    assert list(enclosure_faults(inside, None)) == [f"carries no frames.jsonl, which the {LISTING} inside lists"]


@pytest.mark.parametrize(
    "listing", [b"", b"[]", b"{}", b'{"files": [1]}', b'{"files": [{"path": "x"}]}', b"[" * 5000, b"\xff", b"null"]
)
def test_a_listing_that_is_none_is_told_and_breaks_nothing(inside, listing):
    assert list(enclosure_faults({**inside, LISTING: listing}, None)) == [
        f"the {LISTING} inside is no listing of evidence"
    ]


def test_names_inside_a_report_never_lead_out_of_the_directory(run, monkeypatch):
    """A report of somebody else may carry any name; only plain ones are looked for beside it."""
    monkeypatch.setattr(
        "conformance.reporting.verification.attachments",
        lambda _: {"run.json": (run / "run.json").read_bytes(), "../run/run.json": b"x", "C:\\x": b"", ".hidden": b""},
    )
    assert of_report(run) == [
        f"the {name} inside is not the file {name}, which is not there"
        for name in ("../run/run.json", "C:\\x", ".hidden")
    ]


@pytest.mark.parametrize(
    "packed",
    [b"", b"\x1f\x8b", gzip.compress(b"other", mtime=0), gzip.compress(b"a", mtime=0) + b"more"],
    ids=["empty", "cut", "other", "trailing"],
)
def test_a_packed_frame_log_is_compared_unpacked(packed):
    inside = {PACKED_FRAMES: packed}
    assert list(enclosure_faults(inside, lambda _: b"frames")) == [
        f"the {PACKED_FRAMES} inside is not the file frames.jsonl"
    ]
    assert list(enclosure_faults({PACKED_FRAMES: gzip.compress(b"frames")}, lambda _: b"frames")) == []


def test_the_listing_has_one_hash_for_a_config_however_its_names_are_ordered(specimen):
    record = load(specimen)
    turned = dict(reversed(record.device.config.items()))
    other = record.model_copy(update={"device": record.device.model_copy(update={"config": turned})})
    first, second = (json.loads(enclosures(item, b"")[-1].source) for item in (record, other))
    assert first["device_configs"] == second["device_configs"] != []


def test_a_report_alone_is_verified_with_what_it_carries(run, monkeypatch):
    pytest.importorskip("pyhanko")
    document = (run / pdf.REPORT).read_bytes()
    torn = {**attachments(document), "frames.jsonl": b"{}\n"}
    monkeypatch.setattr("conformance.reporting.verification.attachments", lambda _: torn)
    told = [fault.message for fault in verify_pdf(run / pdf.REPORT).faults]
    assert f"the frames.jsonl inside is not the frames.jsonl that the {LISTING} inside lists" in told
