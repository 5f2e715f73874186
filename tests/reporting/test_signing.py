"""`report --sign`: who signs, what is signed, and that whatever goes wrong leaves the former files."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import socket
from pathlib import Path

import pypdf
import pytest
from cryptography import x509

from conformance import cli
from conformance.reporting import sealing
from conformance.reporting.manifest import MANIFEST, SIGNATURE
from conformance.reporting.pdf import REPORT
from conformance.reporting.signature_check import check_detached, check_pdf, trusted_certificates
from tests.reporting.authorities import PASSWORD, Authority
from tests.reporting.time_stamps import time_stamps

SEALED = (REPORT, MANIFEST, SIGNATURE)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def directory(specimen: Path, tmp_path: Path) -> Path:
    shutil.copytree(specimen, tmp_path / "out")
    return tmp_path / "out"


def report(capsys, *arguments: object) -> tuple[int, str, str]:
    """Exit code, output and errors of `report`."""
    code = 0
    try:
        cli.main(["report", *(str(argument) for argument in arguments)])
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def signed(capsys, directory: Path, authority: Authority, p12: Path, *more: str) -> tuple[int, str, str]:
    return report(capsys, directory, "--sign", p12, "--sign-password", f"file:{authority.password}", *more)


def digests(directory: Path) -> dict[str, str]:
    return {
        name: hashlib.sha256((directory / name).read_bytes()).hexdigest()
        for name in SEALED
        if (directory / name).exists()
    }


def test_report_and_manifest_are_signed_and_the_manifest_lists_the_signed_report(capsys, directory, authority):
    """PAdES with a certification that allows no change; the detached signature is DER."""
    code, out, err = signed(capsys, directory, authority, authority.signer())
    assert (code, err) == (1, "")
    assert f"signature  {directory / SIGNATURE}" in out.replace("\n", " ")
    trust = trusted_certificates([authority.pem])
    document, listing = (directory / REPORT).read_bytes(), (directory / MANIFEST).read_bytes()
    for made in (check_pdf(document, trust), check_detached((directory / SIGNATURE).read_bytes(), listing, trust)):
        assert (made.signer, made.trusted, made.faults) == ("Meter Laboratory", True, ())
    listed = {entry["path"]: entry["sha256"] for entry in json.loads(listing)["files"]}
    assert listed[REPORT] == hashlib.sha256(document).hexdigest()
    catalog = pypdf.PdfReader(io.BytesIO(document)).trailer["/Root"]
    signature = catalog["/Perms"]["/DocMDP"]
    assert signature["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature["/Reference"][0]["/TransformParams"]["/P"] == 1


def test_the_signed_report_stays_an_archive_format(capsys, directory, authority):
    """Nothing of the first document is touched: PDF/A identification, tags, attachment; no font was added."""
    report(capsys, directory)
    before = (directory / REPORT).read_bytes()
    signed(capsys, directory, authority, authority.signer())
    after = (directory / REPORT).read_bytes()
    assert after.startswith(before)
    reader = pypdf.PdfReader(io.BytesIO(after))
    catalog = reader.trailer["/Root"]
    metadata = catalog["/Metadata"].get_data()
    assert b'pdfaid:part="3"' in metadata
    assert b'pdfaid:conformance="B"' in metadata
    assert b'pdfuaid:part="1"' in metadata
    assert catalog["/MarkInfo"]["/Marked"]
    assert reader.attachments["run.json"][0] == (directory / "run.json").read_bytes()
    (field,) = catalog["/AcroForm"]["/Fields"]
    widget = field.get_object()
    left, bottom, right, top = (float(side) for side in widget["/Rect"])
    assert left == right < 0, "without a picture, and out of the page: PDF/UA wants all that is on it tagged"
    assert bottom == top < 0
    last = reader.pages[-1]
    assert [entry.get_object() for entry in last["/Annots"]][-1] == widget
    assert "Signatures" in last.extract_text()
    assert last["/Tabs"] == "/S"
    assert int(widget["/F"]) & 0b111 == 0b100, "printed, and neither hidden nor invisible"
    assert not reader.is_encrypted


def test_a_time_stamp_server_attests_when_it_was_signed(capsys, directory, authority):
    """Baseline B-T: report and manifest each carry a token."""
    with time_stamps(authority) as url:
        code, _, err = signed(capsys, directory, authority, authority.signer(), "--timestamp-url", url)
    assert (code, err) == (1, "")
    trust = trusted_certificates([authority.pem])
    assert check_pdf((directory / REPORT).read_bytes(), trust).attested is not None
    made = check_detached((directory / SIGNATURE).read_bytes(), (directory / MANIFEST).read_bytes(), trust)
    assert made.attested is not None
    assert "attested by a time-stamp" in str(made)
    assert made.faults == ()


def test_a_signing_that_fails_leaves_the_former_files(capsys, directory, authority):
    """The time-stamp server is gone: what was signed before still is."""
    p12 = authority.signer()
    signed(capsys, directory, authority, p12)
    before = digests(directory)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        code, _, err = signed(capsys, directory, authority, p12, "--timestamp-url", url)
    assert code == 2
    assert f"cannot be signed (time-stamp server {url})" in err
    assert "nothing was changed" in err
    assert digests(directory) == before
    assert not list(directory.glob(".*"))


def test_a_signing_that_dies_before_the_end_leaves_the_former_files(capsys, directory, authority, monkeypatch):
    """Nothing is put in place before all is on the disk."""
    p12 = authority.signer()
    signed(capsys, directory, authority, p12)
    before = digests(directory)
    written = []

    def die(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) == len(SEALED):
            raise KeyboardInterrupt

    monkeypatch.setattr(sealing.os, "fsync", die)
    with pytest.raises(KeyboardInterrupt):
        sealing._put(directory, dict.fromkeys(SEALED, b"other octets"))
    assert len(written) == len(SEALED)
    assert digests(directory) == before
    assert not list(directory.glob(".*"))


def test_a_signed_run_is_not_drawn_again_by_accident(capsys, directory, authority):
    """Drawing would void the signature; signing again is allowed."""
    p12 = authority.signer()
    signed(capsys, directory, authority, p12)
    before = digests(directory)
    code, _, err = report(capsys, directory)
    assert code == 2
    assert "is signed, and drawing again would void that" in err
    assert digests(directory) == before
    assert signed(capsys, directory, authority, p12)[0] == 1
    assert digests(directory)[SIGNATURE] != before[SIGNATURE]


def test_what_cannot_sign_is_told_in_one_line_before_anything_is_drawn(capsys, directory, authority, tmp_path):
    """Certificates that are expired, early or made for something else; a file that is none."""
    rubbish = tmp_path / "rubbish.p12"
    rubbish.write_bytes(b"rubbish")
    serving = (x509.ExtendedKeyUsageOID.SERVER_AUTH,)
    told = {
        authority.signer("Expired", days=(-9, -1)): "the certificate expired on ",
        authority.signer("Early", days=(2, 9)): "the certificate is not valid before ",
        authority.signer("Encipher", usages=("key_encipherment",)): "is not made for signing",
        authority.signer("Server", purposes=serving): "but for server authentication only",
        rubbish: "is no PKCS#12 file",
        tmp_path / "gone.p12": "cannot be read",
        tmp_path: "cannot be read",
    }
    before = sorted(path.name for path in directory.iterdir())
    for p12, message in told.items():
        code, out, err = signed(capsys, directory, authority, p12)
        assert (code, out) == (2, ""), p12
        assert message in err
        assert err.count("\n") == 1
    assert sorted(path.name for path in directory.iterdir()) == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--sign-password", "secret"], "never the password itself"),
        (["--sign-password", "env:NO_SUCH_NAME"], "there is no such environment variable"),
        (["--sign-password", "file:no/such/file"], "cannot be read"),
        (["--sign-password", "env:WRONG_PASSWORD"], "wrong password"),
        ([], "a password is needed"),
        (["--timestamp-url", "ftp://example"], "is no http:// or https:// address"),
        (["--sign-token", "lab"], "go with --sign-pkcs11"),
        (["--sign-pkcs11", "module.so"], "give one of them"),
        (["--no-pdf"], "leave out --json and --no-pdf"),
    ],
)
def test_options_that_cannot_be_used_are_told_in_one_line(capsys, directory, authority, monkeypatch, options, told):
    """A password is never taken from the command line, where every user of the machine could read it."""
    monkeypatch.setenv("WRONG_PASSWORD", "wrong")
    code, out, err = report(capsys, directory, "--sign", authority.signer(), *options)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_the_password_may_come_from_the_environment(capsys, directory, authority, monkeypatch):
    """As CI engines hand over secrets."""
    monkeypatch.setenv("LAB_PASSWORD", PASSWORD.decode())
    code, _, _ = report(capsys, directory, "--sign", authority.signer(), "--sign-password", "env:LAB_PASSWORD")
    assert code == 1
    assert (directory / SIGNATURE).exists()


def test_options_of_signing_need_a_key(capsys, directory):
    """Alone they say nothing."""
    code, _, err = report(capsys, directory, "--timestamp-url", "http://127.0.0.1/")
    assert code == 2
    assert "goes with --sign or --sign-pkcs11" in err


def test_a_token_needs_its_library(capsys, directory, monkeypatch):
    """Where python-pkcs11 is missing, that is the message."""
    real = __import__("importlib.util").util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *rest: None if name == "pkcs11" else real(name, *rest))
    code, _, err = report(capsys, directory, "--sign-pkcs11", "module.so", "--sign-token", "lab")
    assert code == 2
    assert "pip install python-pkcs11" in err
    code, _, err = report(capsys, directory, "--sign-pkcs11", "module.so")
    assert "needs --sign-token" in err


def test_without_the_extra_one_line_says_how_to_install_it(capsys, directory, authority, monkeypatch):
    """Everything but signing works without it."""
    real = __import__("importlib.util").util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *rest: None if name == "pyhanko" else real(name, *rest)
    )
    code, _, err = signed(capsys, directory, authority, authority.signer())
    assert code == 2
    assert "pip install 'dlms-conformance[sign]'" in err
    assert report(capsys, directory)[0] == 1
