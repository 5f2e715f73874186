"""`--branding`, `--templates` and `--qualification`, as a laboratory gives them to `report` and `run`."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import pypdf
import pytest

from conformance.record.assemble import load
from conformance.reporting import qualification
from tests.commands.signed_runs import command
from tests.reporting.conftest import write_specimen
from tests.reporting.test_pdf_archive import SVG, qualified

FAILED = 1
UNUSABLE = 2


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A laboratory's files: a run, a branding with logo, changed templates, a qualification."""
    home = tmp_path_factory.mktemp("laboratory")
    write_specimen(home / "run")
    (home / "logo.svg").write_bytes(SVG)
    (home / "branding.toml").write_text('[laboratory]\nname = "Acme Metering Laboratory"\nlogo = "logo.svg"\n')
    (home / "templates" / "typst").mkdir(parents=True)
    (home / "templates" / "typst" / "signatures.typ").write_text(
        "#let signatures(sheets) = [= Signed elsewhere\nSee the cover letter.]"
    )
    (home / "qualify").mkdir()
    qualification.write(home / "qualify", qualified())
    return home


@pytest.fixture
def home(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path / "home")
    return tmp_path / "home"


def text_of(path: Path) -> str:
    pages = pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_a_report_takes_name_templates_and_qualification(capsys, home):
    """The qualification stays beside the record: manifest, `verify` and the next report have it."""
    run = home / "run"
    code, out, err = command(
        capsys, "report", run, "--branding", home / "branding.toml", "--templates", home / "templates",
        "--qualification", home / "qualify",
    )  # fmt: skip
    assert (code, err) == (FAILED, "")
    assert "qualification.json" in out
    text = text_of(run / "report.pdf")
    for said in ("Acme Metering Laboratory", "See the cover letter.", "That run does not qualify it."):
        assert said in text, said
    assert "Acme Metering Laboratory" in (run / "report.html").read_text(encoding="utf-8")
    assert (run / "qualification.json").read_bytes() == (home / "qualify" / "qualification.json").read_bytes()
    listed = json.loads((run / "manifest.json").read_text())["files"]
    assert {"run.json", "report.pdf", "qualification.json"} <= {file["path"] for file in listed}
    command(capsys, "report", run)
    again = text_of(run / "report.pdf")
    assert "That run does not qualify it." in again
    assert "Acme Metering Laboratory" not in again
    (run / "qualification.json").write_bytes(b"{}")
    _, out, err = command(capsys, "verify", run)
    assert "report.pdf: the qualification.json inside is not the file qualification.json" in out + err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--branding", "none.toml"), "--branding none.toml: is no file; check the path"),
        (("--branding", "wrong.toml"), "--branding wrong.toml: laboratory.nme: there is no such key"),
        (("--templates", "qualify"), "--templates qualify: has neither html/ nor typst/"),
        (("--qualification", "run"), "there is no such file. Give the directory of a finished"),
        (("--qualification", "broken"), "is no qualification result ("),
    ],
)
@pytest.mark.parametrize("named", ["report", "run"])
def test_what_cannot_be_used_is_told_before_anything_is_done(capsys, home, monkeypatch, named, arguments, said):
    monkeypatch.chdir(home)
    (home / "wrong.toml").write_text("[laboratory]\nnme = 'x'\n")
    (home / "broken").mkdir()
    (home / "broken" / "qualification.json").write_text('{"schema": 1, "tool": 7}')
    before = sorted(home.rglob("*"))
    asked = ("report", "run") if named == "report" else ("run", "--out", "new", "-c", "T_APPL_REL_P1")
    code, out, err = command(capsys, *asked, *arguments)
    assert (code, out) == (UNUSABLE, "")
    assert said in err
    assert "Traceback" not in err
    assert sorted(home.rglob("*")) == before


def test_a_template_that_does_not_compile_takes_the_pdf_only_and_is_named(capsys, home):
    (home / "templates" / "typst" / "signatures.typ").write_text("#let signatures(sheets) = oops")
    code, _, err = command(capsys, "report", home / "run", "--templates", home / "templates")
    assert code == UNUSABLE
    assert "unknown variable: oops" in err
    assert "signatures.typ" in err
    assert (home / "run" / "report.html").exists()
    assert load(home / "run").device.name == "acme-e500"
