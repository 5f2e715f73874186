"""Whoever changes a signed run is found out, and the file is named: octets, whole files, links, and bombs."""

from __future__ import annotations

import json
import os
import random
import shutil
import zlib
from pathlib import Path

import pytest

from conformance.reporting import manifest
from tests.commands.signed_runs import command, run, sign
from tests.reporting.authorities import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Path:
    """A signed run; tests change copies of it."""
    directory = tmp_path_factory.mktemp("signed") / "out"
    run(directory)
    assert sign(directory, authority, authority.signer()) == 1
    return directory


@pytest.fixture
def copy(signed: Path, tmp_path: Path) -> Path:
    shutil.copytree(signed, tmp_path / "out")
    return tmp_path / "out"


def faults(capsys, directory: Path, *more: object) -> dict[str, list[str]]:
    """What does not hold, by file; the exit code says the same."""
    code, out, _ = command(capsys, "verify", "--json", directory, *more)
    told = json.loads(out)
    found: dict[str, list[str]] = {}
    for fault in told["faults"]:
        found.setdefault(fault["file"], []).append(fault["message"])
    assert code == (1 if found else 0)
    assert told["holds"] is not bool(found)
    return found


def without_signatures(directory: Path) -> None:
    """All that a forger without the key can do: no signature, and a manifest that vouches for whatever is there."""
    (directory / manifest.SIGNATURE).unlink(missing_ok=True)
    (directory / "report.pdf").unlink(missing_ok=True)
    manifest.write(directory)


def test_one_octet_of_any_file_is_found_at_any_place(capsys, signed, tmp_path, authority):
    """First, last, and three places between, in every file there is; each time every changed file is named."""
    names = sorted(path.relative_to(signed).as_posix() for path in signed.rglob("*") if path.is_file())
    assert {"report.pdf", "report.html", "trace.pcapng", "junit.xml", "journal.jsonl"} <= set(names)
    assert {manifest.MANIFEST, manifest.SIGNATURE, "run.json", "frames.jsonl"} <= set(names)
    assert any(name.startswith("allure-results/") for name in names)
    directory = tmp_path / "out"
    shutil.copytree(signed, directory)
    chance = random.Random(62056)
    # Files that vouch for others, or are read as a whole, one by one; the rest, of which only the hash counts, at once.
    vouching = [manifest.MANIFEST, manifest.SIGNATURE, "report.pdf", "run.json"]
    rest = [name for name in names if name not in vouching]
    for group in [*([name] for name in vouching), rest]:
        for place in range(5):
            for name in group:
                octets = bytearray((signed / name).read_bytes())
                last = len(octets) - 1
                octets[(0, last, *(chance.randint(0, last) for _ in range(3)))[place]] ^= 1 << chance.randrange(8)
                (directory / name).write_bytes(octets)
            found = faults(capsys, directory, "--trust", authority.pem)
            assert set(group) <= found.keys(), (group, place)
        for name in group:
            shutil.copyfile(signed / name, directory / name)
    assert not faults(capsys, directory, "--trust", authority.pem)


def test_files_that_came_went_changed_names_or_lengths_are_named(capsys, copy):
    """In the directory and below it; a file of the same length and name elsewhere is not the same file."""
    (copy / "trace.pcapng").unlink()
    (copy / "report.html").rename(copy / "report.htm")
    (copy / "allure-results" / "smuggled.json").write_text("{}")
    log = copy / "junit.xml"
    log.write_bytes(log.read_bytes()[:-1])
    one, other = sorted((copy / "allure-results").glob("*-result.json"))[:2]
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)
    found = faults(capsys, copy)
    assert found.keys() == {
        "trace.pcapng",
        "report.html",
        "report.htm",
        "allure-results/smuggled.json",
        "junit.xml",
        f"allure-results/{one.name}",
        f"allure-results/{other.name}",
    }
    assert found["trace.pcapng"] == found["report.html"] == ["missing"]
    assert found["report.htm"] == found["allure-results/smuggled.json"] == ["unlisted"]
    assert "octets in place of" in found["junit.xml"][0]


def test_a_file_of_another_run_is_named(capsys, copy, signed):
    """Signed by the same hand, and of the same case: not of this run."""
    other = copy.with_name("other")
    shutil.copytree(signed, other)
    record = json.loads((other / "run.json").read_text(encoding="utf-8"))
    record["scope"] = "another run"
    (other / "run.json").write_text(json.dumps(record), encoding="utf-8")
    manifest.write(other)
    for name in ("run.json", manifest.MANIFEST):
        kept = (copy / name).read_bytes()
        shutil.copyfile(other / name, copy / name)
        assert name in faults(capsys, copy)
        (copy / name).write_bytes(kept)
    assert not faults(capsys, copy)


def test_a_directory_a_link_or_a_pipe_in_place_of_a_file_is_named(capsys, copy, signed):
    """None of them is followed, opened or waited for."""
    names = ["run.json", "frames.jsonl", "journal.jsonl", "report.pdf", manifest.MANIFEST, manifest.SIGNATURE]
    for name in names:
        (copy / name).unlink()
        (copy / name).mkdir()
        assert name in faults(capsys, copy), name
        (copy / name).rmdir()
        if hasattr(os, "mkfifo"):
            os.mkfifo(copy / name)
            assert name in faults(capsys, copy), name
            (copy / name).unlink()
        try:
            (copy / name).symlink_to(signed / name)
        except OSError:
            pass
        else:
            assert name in faults(capsys, copy), name
            (copy / name).unlink()
        shutil.copyfile(signed / name, copy / name)
    assert not faults(capsys, copy)


def test_a_huge_file_is_named_and_not_read(capsys, copy):
    """10 GB of zeros take no room on the disk; reading them would take minutes, or all memory."""
    for name in ("run.json", "frames.jsonl", "frames-main.jsonl", "journal.jsonl", "report.html"):
        with (copy / name).open("r+b") as file:
            try:
                file.truncate(10 << 30)
            except OSError:
                pytest.skip("no sparse files here")
    found = faults(capsys, copy)
    assert {"run.json", "frames.jsonl", "frames-main.jsonl", "journal.jsonl", "report.html"} <= found.keys()
    assert any("larger than 1024 MiB" in message for message in found["run.json"])


def stream(content: bytes, filters: bytes) -> bytes:
    return b"<</Type/EmbeddedFile/Filter%s/Length %d>>stream\n" % (filters, len(content)) + content + b"\nendstream"


def pdf_with(*objects: bytes) -> bytes:
    """A PDF with a file `run.json` inside, whose stream is the last of `objects`."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(run.json) 3 0 R]>>>>>>",
        b"<</Type/Pages/Kids[]/Count 0>>",
        b"<</Type/Filespec/F(run.json)/EF<</F 4 0 R>>>>",
        *objects,
    ]
    document, places = b"%PDF-1.7\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(document))
        document += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(bodies) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(document))
    return document + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + end


def deflated(octets: int) -> bytes:
    """A stream that inflates to so many zeros: one packed MiB over and over, which costs nothing to make."""
    packing = zlib.compressobj(9)
    zeros = bytes(1 << 20)
    first = packing.compress(zeros) + packing.flush(zlib.Z_FULL_FLUSH)
    again = packing.compress(zeros) + packing.flush(zlib.Z_FULL_FLUSH)
    return first + again * ((octets >> 20) - 1)


@pytest.mark.parametrize("kind", ["once", "twice", "nested"])
def test_a_report_that_unpacks_without_end_is_refused(capsys, tmp_path, kind):
    """A file inside that inflates to gigabytes, one that does so at the second try, and lists without a floor."""
    document = {
        "once": lambda: pdf_with(stream(deflated(600 << 20), b"/FlateDecode")),
        "twice": lambda: pdf_with(stream(zlib.compress(deflated(600 << 20), 9), b"[/FlateDecode/FlateDecode]")),
        "nested": lambda: pdf_with(b"[" * 200_000 + b"]" * 200_000),
    }[kind]()
    path = tmp_path / "report.pdf"
    path.write_bytes(document)
    code, out, err = command(capsys, "verify", path)
    assert code == 1
    assert "report.pdf: " in out
    assert "Traceback" not in out + err
    assert len(out) < 2_000


def test_a_verdict_changed_with_everything_that_tells_of_it_needs_the_key(capsys, copy, authority):
    """Record, journal and manifest are consistent: the signature fails; without one the frames still tell."""
    for name in ("run.json", "journal.jsonl"):
        path = copy / name
        path.write_text(path.read_text(encoding="utf-8").replace("vaa-name 0000", "vaa-name 0007"), encoding="utf-8")
    manifest.write(copy)
    found = faults(capsys, copy, "--trust", authority.pem)
    assert manifest.MANIFEST in found
    assert "report.pdf" in found, "it carries the record as it was"
    without_signatures(copy)
    found = faults(capsys, copy)
    assert "run.json" in found
    assert any("T_APPL_OPEN_12" in message for message in found["run.json"])
