"""What `diagnose` takes and refuses: the contract of its JSON for every capture, and one clear message for the rest."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from conformance import cli
from conformance.diagnose.intake.limits import DEFAULT
from conformance.diagnose.reasoning.catalogue import catalogue

CAPTURES = sorted((Path(__file__).parent.parent / "diagnose" / "captures").glob("*.json"))
SNRM = bytes.fromhex("7EA0070321930F017E")
PDF = (
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    b"trailer\n<< /ID [<7EA0070321930F017E>] >>\n%%EOF\n"
)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, output and errors of a command."""
    code = 0
    try:
        cli.main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_json_keeps_its_contract_for_every_capture(capture, capsys):
    """Each finding has the fields that programs rely on, of their types; the exit code says whether all is well."""
    code, out, _ = run(capsys, "diagnose", "--json", capture)
    told = json.loads(out)
    known = catalogue()
    frames = len(json.loads(capture.read_text(encoding="utf-8"))["frames"])
    assert told["findings"]
    for finding in told["findings"]:
        assert finding["code"] in known
        assert finding["severity"] in ("error", "warning", "info")
        assert type(finding["frame"]) is int
        assert 0 <= finding["frame"] <= max(told["frames"], frames)
        assert all(type(finding[name]) is str for name in ("field", "octets", "message", "suggestion"))
        assert bytes.fromhex(finding["octets"]).hex().upper() == finding["octets"]
        assert finding["message"]
    graver = any(finding["severity"] != "info" for finding in told["findings"])
    assert (told["healthy"], code) == (not graver, int(graver))
    if json.loads(capture.read_text(encoding="utf-8"))["kind"] == "control":
        assert code == 0


def rubbish(*, text: bool) -> bytes:
    """Random octets; without NUL they might be a text."""
    source = random.Random(11)
    octets = bytes(source.randrange(1 if text else 0, 256) for _ in range(20_000))
    return octets if text else b"\0" + octets


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.log", b"", "is empty"),
        ("blank.log", b" \r\n\t\n", "is empty"),
        ("rubbish.bin", rubbish(text=False), "no file that an exchange comes in"),
        ("rubbish.log", rubbish(text=True), "no octets"),
        ("letter.pdf", PDF, "a PDF document"),
        ("screen.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "a PNG image"),
        ("letter.docx", b"PK\x03\x04" + b"\0" * 50, "is compressed (zip)"),
        ("letter.txt", b"The meter does not answer. Please help.\n", "no line holds octets"),
        ("cut.json", b'{"id": "x", "frames": [{"dir": "C>S", "hex": "7E', "is no JSON"),
        ("other.json", b'{"frames": 7}', "frames"),
        ("cut.pcapng", b"\x0a\x0d\x0d\x0a\x1c\0", "cut.pcapng"),
    ],
)
def test_what_is_no_exchange_gets_one_clear_message(name, content, said, tmp_path, capsys):
    """What it is, where, and what to give in its place; exit code 2, nothing on standard output, no traceback."""
    file = tmp_path / name
    file.write_bytes(content)
    code, out, err = run(capsys, "diagnose", file)
    assert (code, out) == (2, "")
    assert said in err
    assert name in err
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err


def test_a_directory_that_is_no_run_and_a_file_that_may_not_be_read_are_told(tmp_path, capsys, monkeypatch):
    """The path and the reason."""
    code, out, err = run(capsys, "diagnose", tmp_path)
    assert (code, out) == (2, "")
    assert "is a directory without frames.jsonl" in err
    file = tmp_path / "mine.log"
    file.write_bytes(b"TX: 7E A0 07 03 21 93 0F 01 7E\n")
    opened = Path.open

    def refusing(path: Path, *arguments: object, **named: object) -> object:
        if path == file:
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", refusing)
    code, out, err = run(capsys, "diagnose", file)
    assert (code, out) == (2, "")
    assert "mine.log: cannot be read (Permission denied). Check the path and its permissions." in err


@pytest.mark.skipif(os.name == "nt", reason="files there are not sparse unless asked for")
@pytest.mark.parametrize(
    ("head", "code", "said"),
    [
        (b"", 2, "no file that an exchange comes in"),
        (b"TX: 7E A0 07 03 21 93 0F 01 7E\n", 2, "no file that an exchange comes in"),
        (b'{"id": "x", "frames": [', 2, "no file that an exchange comes in"),
        (SNRM, 0, "pieces were left out"),
    ],
)
def test_three_gigabytes_of_nothing_are_read_up_to_a_bound_only(head, code, said, tmp_path, capsys):
    """What is no exchange is told at once; one with a frame is read up to the bound, and that is told."""
    file = tmp_path / "sparse.bin"
    with file.open("wb") as sparse:
        sparse.write(head)
        sparse.truncate(3 << 30)
    ended, out, err = run(capsys, "diagnose", file)
    assert ended == code
    assert said in " ".join((out + err).split())
    if code == 0:
        left = -(-((3 << 30) - DEFAULT.octets) // 4096)
        assert f"{left} pieces were left out" in " ".join(out.split())


def test_the_help_says_what_the_exit_codes_mean(capsys):
    """0, 1 and 2, each with its meaning."""
    code, out, _ = run(capsys, "diagnose", "--help")
    words = " ".join(out.split())
    assert code == 0
    for part in ("Exit code: 0 when nothing is wrong", "1 when something is", "2 when the file"):
        assert part in words
