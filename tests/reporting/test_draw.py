"""Everything of a run is drawn at once; one view that fails takes nothing else with it."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from conformance.record.assemble import load, load_frames
from conformance.record.errors import RecordError
from conformance.reporting import html, junit, manifest, pcapng, pdf
from conformance.reporting.draw import FORMATS, DrawError, draw


@pytest.fixture
def run(specimen: Path, tmp_path: Path) -> Path:
    """A copy of the specimen's directory, to write into."""
    return Path(shutil.copytree(specimen, tmp_path / "run"))


def octets_of(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("out of ink")


def test_record_frames_and_every_view_are_written_under_their_agreed_names(run):
    drawn = draw(run)
    assert {name: path.relative_to(run).as_posix() for name, path in drawn.items()} == {
        "record": "run.json",
        "frames": "frames.jsonl",
        "html": "report.html",
        "pdf": "report.pdf",
        "junit": "junit.xml",
        "allure": "allure-results",
        "pcapng": "trace.pcapng",
        "manifest": "manifest.json",
    }
    assert all(path.exists() for path in drawn.values())


def test_the_manifest_vouches_for_all_that_was_drawn(run):
    draw(run)
    assert manifest.check(run) == ()


def test_drawn_again_not_an_octet_differs(run):
    draw(run)
    before = octets_of(run)
    draw(run)
    assert octets_of(run) == before


def test_a_killed_run_is_assembled_and_drawn(killed_specimen, tmp_path):
    run = Path(shutil.copytree(killed_specimen, tmp_path / "run"))
    (run / "run.json").unlink()
    draw(run, formats=("junit",))
    assert not load(run).complete


def test_a_record_without_its_journal_is_drawn_as_it_is(run):
    for path in (*run.glob("frames-*.jsonl"), run / "journal.jsonl"):
        path.unlink()
    before = (run / "run.json").read_bytes()
    draw(run, formats=("junit", "pcapng"))
    assert (run / "run.json").read_bytes() == before


def test_only_what_is_asked_for_is_drawn(run):
    assert set(draw(run, formats=("junit",))) == {"record", "frames", "junit", "manifest"}
    assert not (run / "report.pdf").exists()


def test_an_unknown_format_is_refused_before_anything_is_written(run):
    before = octets_of(run)
    with pytest.raises(ValueError, match="unknown format docx: there are html, pdf, junit, allure, pcapng"):
        draw(run, formats=("docx", "pdf"))
    assert octets_of(run) == before


def test_a_directory_without_a_run_is_refused(tmp_path):
    with pytest.raises(RecordError, match="holds no run"):
        draw(tmp_path)


@pytest.mark.parametrize(
    ("name", "module", "function"),
    [
        ("html", html, "render"),
        ("pdf", pdf, "render"),
        ("junit", junit, "render"),
        ("pcapng", pcapng, "render"),
    ],
)
def test_a_view_that_fails_is_named_and_the_others_are_there(run, monkeypatch, name, module, function):
    monkeypatch.setattr(module, function, broken)
    with pytest.raises(DrawError) as raised:
        draw(run)
    assert set(raised.value.failures) == {name}
    assert set(raised.value.drawn) == {"record", "frames", "manifest", *FORMATS} - {name}
    assert f"{name}: RuntimeError: out of ink" in str(raised.value)
    assert manifest.check(run) == ()


def test_a_view_that_fails_leaves_no_report_of_an_earlier_drawing(run, monkeypatch):
    draw(run, formats=("junit", "allure"))
    monkeypatch.setattr(junit, "render", broken)
    monkeypatch.setattr("conformance.reporting.allure.write_setting", broken)
    with pytest.raises(DrawError) as raised:
        draw(run, formats=("junit", "allure"))
    assert set(raised.value.failures) == {"junit", "allure"}
    assert not (run / "junit.xml").exists()
    assert not list((run / "allure-results").glob("*-result.json"))


def test_a_manifest_that_cannot_be_written_is_a_failure_of_its_own(run):
    (run / "link").symlink_to("/nowhere")
    with pytest.raises(DrawError, match=r"manifest: .*neither a file nor a directory"):
        draw(run, formats=("junit",))
    assert (run / "junit.xml").exists()


def test_the_record_that_is_drawn_is_the_record_on_the_disk(run):
    draw(run, formats=("pcapng",))
    assert (run / "trace.pcapng").read_bytes() == pcapng.render(load(run), load_frames(run))
