"""`verify`, as whoever receives a run calls it: what was signed holds, and whatever was changed is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from conformance.reporting import manifest
from conformance.reporting.signing_keys import from_pkcs12
from tests.commands.signed_runs import command, run, sign
from tests.reporting.authorities import PASSWORD, Authority


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


def unsigned(directory: Path) -> None:
    """Take the signature off and vouch for whatever is there: all that a forger without the key can do."""
    (directory / manifest.SIGNATURE).unlink()
    manifest.write(directory)


def test_a_signed_run_holds_and_says_who_vouches_for_it(capsys, signed, authority):
    """Hashes, record, attachment and verdicts hold; the verdicts that can be judged again were."""
    code, out, err = command(capsys, "verify", signed, "--trust", authority.pem)
    assert (code, err) == (0, "")
    assert "manifest.json.sig: signed by Meter Laboratory" in out
    assert "report.pdf: signed by Meter Laboratory" in out
    assert out.rstrip().endswith("all holds")
    told = json.loads(command(capsys, "verify", "--json", signed, "--trust", authority.pem)[1])
    assert told["holds"]
    assert [item["trusted"] for item in told["signatures"]] == [True, True]
    assert told["verdict"] == "FAILED"
    assert told["subtests"]["judged_again"] >= 15
    assert told["files"] == sum(path.is_file() for path in signed.rglob("*")) - 2


def test_files_that_came_or_went_are_named(capsys, copy):
    """Neither is a changed octet."""
    (copy / "junit.xml").unlink()
    (copy / "smuggled.txt").write_text("not of this run")
    code, out, _ = command(capsys, "verify", copy)
    assert code == 1
    assert "junit.xml: missing" in out
    assert "smuggled.txt: unlisted" in out


def test_without_a_signature_it_says_that_nobody_vouches(capsys, copy):
    """The hashes hold all the same."""
    unsigned(copy)
    (copy / "report.pdf").unlink()
    manifest.write(copy)
    code, out, _ = command(capsys, "verify", copy)
    assert code == 0
    assert "all hashes hold; nobody has signed" in out


def test_a_signer_whom_nobody_trusts_does_not_hold(capsys, signed, tmp_path):
    """Another authority with the same name has another key."""
    code, out, _ = command(capsys, "verify", signed, "--trust", Authority(tmp_path).pem)
    assert code == 1
    assert "manifest.json.sig: the certificate leads to none that was given as trusted" in out


@pytest.mark.parametrize(
    ("particulars", "told"),
    [
        ({"days": (-9, -1)}, "the certificate expired on "),
        ({"usages": ("key_encipherment",)}, "is not made for signing"),
    ],
)
def test_a_signature_with_an_unsuitable_certificate_does_not_hold(
    capsys, copy, tmp_path, monkeypatch, particulars, told
):
    """Whatever the signer's own tool let pass: an expired certificate, one made for something else."""
    authority = Authority(tmp_path)
    with monkeypatch.context() as careless:
        careless.setattr("conformance.reporting.signing_keys.refuse_unsuitable", lambda *_, **__: None)
        seal = from_pkcs12(authority.signer(**particulars), PASSWORD)
    (copy / manifest.SIGNATURE).write_bytes(seal.detached((copy / manifest.MANIFEST).read_bytes()))
    code, out, _ = command(capsys, "verify", copy)
    assert code == 1
    assert "DOES NOT HOLD  manifest.json.sig: " in out
    assert told in out


def forged(directory: Path, change) -> None:
    """Change the record and take away what else tells of it, so that nothing but the frames contradicts."""
    record = directory / "run.json"
    content = json.loads(record.read_text(encoding="utf-8"))
    change(content)
    record.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for name in ("journal.jsonl", "report.pdf"):
        (directory / name).unlink()
    unsigned(directory)


def of_verdict(content, verdict: str):
    """The first subtest of that verdict, with its case."""
    return next(
        (case, subtest)
        for case in content["cases"]
        for subtest in case["subtests"]
        if subtest["verdict"] == verdict and subtest["deciding"]
    )


def recounted(content) -> None:
    """Totals and verdicts as they follow from the subtests."""
    order = list(content["totals"])
    for case in content["cases"]:
        case["verdict"] = min((subtest["verdict"] for subtest in case["subtests"]), key=order.index)
        case["reason"] = next(
            (item["reason"] for item in case["subtests"] if item["verdict"] == case["verdict"] and item["reason"]), ""
        )
    content["verdict"] = min((case["verdict"] for case in content["cases"]), key=order.index)
    every = [subtest for case in content["cases"] for subtest in case["subtests"]]
    for name in order:
        content["totals"][name] = sum(case["verdict"] == name for case in content["cases"])
        content["subtest_totals"][name] = sum(subtest["verdict"] == name for subtest in every)


def test_a_failure_turned_into_a_pass_contradicts_its_frames(capsys, copy):
    """All hashes hold, and so do schema and totals: what the meter sent fails it."""

    def whitewash(content):
        for case in content["cases"]:
            for subtest in case["subtests"]:
                if subtest["verdict"] == "FAILED":
                    subtest["verdict"] = "PASSED"
        recounted(content)

    forged(copy, whitewash)
    code, out, _ = command(capsys, "verify", copy)
    assert code == 1
    assert "run.json: T_APPL_OPEN_12 in public" in out
    assert "is PASSED, but the recorded reaction fails it: vaa-name 0000, expected 0007" in out


def test_a_pass_turned_into_a_failure_contradicts_its_frames_or_its_reason(capsys, copy):
    """Also of a procedure: its reason says what was established."""

    def blacken(content):
        for case in content["cases"]:
            for subtest in case["subtests"]:
                subtest["verdict"] = "FAILED"
        recounted(content)

    forged(copy, blacken)
    told = json.loads(command(capsys, "verify", "--json", copy)[1])
    messages = [fault["message"] for fault in told["faults"] if fault["file"] == "run.json"]
    assert len(messages) == 35, "every subtest that had passed"
    assert any("is FAILED, but the recorded reaction is an accepted one" in message for message in messages)
    assert any("is FAILED, and its reason tells of a pass" in message for message in messages)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("octets", "FFFF", "and not FFFF"),
        ("end", 9999, "not where it says"),
        ("frame", 10**6, "is not in the log"),
        ("path", "aare.no-such-field", "not where it says"),
    ],
)
def test_deciding_octets_must_stand_in_the_frame(capsys, copy, key, value, told):
    """Each of their particulars is held against the frame log."""
    forged(copy, lambda content: of_verdict(content, "PASSED")[1]["deciding"].update({key: value}))
    code, out, _ = command(capsys, "verify", copy)
    assert code == 1
    assert told in out


def test_a_subtest_cannot_borrow_the_frames_of_another(capsys, copy):
    """Frames carry the case, the association and the number of their subtest."""

    def swap(content):
        found = [case["subtests"][0] for case in content["cases"] if case["subtests"][0]["frames"]]
        found[0]["frames"] = found[1]["frames"]

    forged(copy, swap)
    code, out, _ = command(capsys, "verify", copy)
    assert code == 1
    assert "of its exchange belongs to" in out


def test_an_observation_that_no_frame_shows_is_named(capsys, copy):
    """The words of the record are held against what the frames say."""
    forged(copy, lambda content: of_verdict(content, "PASSED")[1].update(observed="AARE accepted (0), all is well"))
    code, out, _ = command(capsys, "verify", copy)
    assert code == 1
    assert "no frame of its exchange shows what it says was observed" in out


def test_a_record_that_the_journal_does_not_give_is_named(capsys, copy):
    """Whoever changes the record must change the journal too; the PDF carries a third copy."""
    path = copy / "run.json"
    path.write_text(path.read_text(encoding="utf-8").replace("vaa-name 0000", "vaa-name 0001"), encoding="utf-8")
    unsigned(copy)
    code, out, _ = command(capsys, "verify", copy)
    assert code == 1
    assert "run.json: does not follow from journal.jsonl: T_APPL_OPEN_12" in out
    assert "report.pdf: the run.json inside is not the file run.json" in out


def test_a_frame_of_the_log_that_no_worker_wrote_is_named(capsys, copy):
    """The log is the workers' logs, line by line."""
    path = copy / "frames.jsonl"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:5], lines[5].replace(b'"note":"', b'"note":"no '), *lines[6:]]))
    unsigned(copy)
    code, out, _ = command(capsys, "verify", copy)
    assert code == 1
    assert "frames.jsonl: line 6 is not line 6 of frames-main.jsonl" in out


def test_plain_texts_are_deciphered_again_with_the_keys_of_the_device(capsys, copy):
    """One that is not what its frame holds is named by the frame; without keys nobody could tell."""
    told = json.loads(command(capsys, "verify", "--json", copy, "--device", "simulator")[1])
    assert told["plain_texts"]["verified"] > 50
    for name in ("frames.jsonl", "frames-main.jsonl"):
        lines = (copy / name).read_text(encoding="utf-8").splitlines()
        at = next(
            at
            for at, line in enumerate(lines)
            if '"plain":"C4' in line and '"subtest":null' not in line and '"plain_redacted":[]' in line
        )
        frame = json.loads(lines[at])
        frame["plain"] = frame["plain"][:-2] + ("00" if frame["plain"][-2:] != "00" else "01")
        lines[at] = json.dumps(frame, separators=(",", ":"))
        (copy / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    unsigned(copy)
    code, out, _ = command(capsys, "verify", copy, "--device", "simulator")
    assert code == 1
    assert f"frames.jsonl: frame {at + 1}: its plain text is not what the frame holds" in out


def test_one_signed_report_is_verified_alone(capsys, copy, authority):
    """With the record that it carries; a changed octet is found."""
    report = copy / "report.pdf"
    code, out, _ = command(capsys, "verify", report, "--trust", authority.pem)
    assert code == 0
    assert "report.pdf: signed by Meter Laboratory" in out
    assert "run.json: FAILED: 2 cases" in out
    report.write_bytes(report.read_bytes() + b"\n% one more line\n")
    code, out, _ = command(capsys, "verify", report)
    assert code == 1
    assert "does not cover the whole document" in out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"rubbish", "is no readable PDF"),
        (b"", "is no readable PDF"),
        (b"%PDF-1.7\n%%EOF\n", "is no readable PDF"),
    ],
)
def test_a_pdf_that_is_rubbish_gets_one_clear_line(capsys, tmp_path, content, told):
    """No traceback, whatever it is."""
    path = tmp_path / "report.pdf"
    path.write_bytes(content)
    code, out, err = command(capsys, "verify", path)
    assert code == 1
    assert told in out
    assert "Traceback" not in out + err


def test_there_may_be_nothing_to_verify(capsys, tmp_path):
    """An empty directory, or none at all, is no proof of anything."""
    code, _, err = command(capsys, "verify", tmp_path)
    assert code == 2
    assert "holds no run and no manifest" in err
    assert command(capsys, "verify", tmp_path / "gone")[0] == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        (
            '{"schema":1,"algorithm":"SHA-256","files":[{"path":"../x","octets":1,"sha256":"%s"}]}' % ("0" * 64),
            "entry 1",
        ),
        ('{"schema":1,"algorithm":"SHA-256","files":[{"path":"/x","octets":1,"sha256":"%s"}]}' % ("0" * 64), "entry 1"),
    ],
)
def test_a_hostile_manifest_is_told_in_one_line(capsys, copy, content, told):
    """Nothing outside of the directory is looked at."""
    (copy / manifest.SIGNATURE).unlink()
    (copy / manifest.MANIFEST).write_text(content)
    code, out, _ = command(capsys, "verify", copy)
    assert code == 1
    assert "DOES NOT HOLD  manifest.json: " in out
    assert told in out


def test_links_are_not_followed(capsys, copy, tmp_path):
    """A link to the right octets is not the file that was vouched for."""
    for name in ("run.json", "manifest.json"):
        outside = tmp_path / name
        shutil.move(copy / name, outside)
        try:
            (copy / name).symlink_to(outside)
        except OSError:
            pytest.skip("links cannot be made here")
    code, out, _ = command(capsys, "verify", copy)
    assert code == 1
    assert "run.json: is no regular file" in out
    assert "manifest.json: is no regular file" in out
