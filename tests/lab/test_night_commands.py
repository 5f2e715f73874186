"""`lab merge`, `lab show` and `lab report` as they are typed: what they print, what they leave, how they end."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from conformance.cli import main
from conformance.lab.night_record import RowState
from conformance.record.verdict import Verdict
from tests.lab.nights import STARTED, Meter, write_night, write_run
from tests.lab.test_night_webhook import serving
from tests.lab.written_labs import device, line, profile, write_lab


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["lab", *map(str, arguments)])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture
def night(tmp_path: Path) -> Path:
    write_night(tmp_path / "2026-11-20T220000", [Meter("m-1"), Meter("m-2")], started=STARTED - timedelta(days=1))
    main_night = write_night(
        tmp_path / "2026-11-21T220000",
        [
            Meter("m-1", problems={4: Verdict.FAILED}),
            Meter("m-2", state=RowState.NO_LINK, reason="connection refused", runs=False),
        ],
    )
    from conformance.lab.night_assembly import assemble

    assemble(tmp_path / "2026-11-20T220000")
    return main_night


def test_show_tells_what_somebody_has_to_look_at_and_draws_nothing(night, capsys):
    code, out, _ = run(capsys, "show", night)
    assert code == 1
    for said in (
        "Acme night lab, night of 2026-11-21T220000",
        "Worse than in the night of 2026-11-20T220000 (1)",
        "T_APPL_OPEN_5: PASSED → FAILED on m-1",
        "m-2: no link: connection refused",
        "FAILED: 2 devices, 1 FAILED, 9 PASSED",
    ):
        assert said in out, said
    assert not (night / "night.html").exists()


def test_show_for_programs_has_every_device(night, capsys):
    code, out, err = run(capsys, "show", night, "--json")
    told = json.loads(out)
    assert err == ""
    assert code == told["exit_code"] == 1
    assert told["devices"]["FAILED"] == 1
    assert told["regressions"]["cases"][0]["on"] == ["m-1"]
    assert [(row["device"], row["state"]) for row in told["rows"]] == [("m-1", "done"), ("m-2", "no-link")]


def test_report_draws_everything_again(night, capsys):
    code, out, err = run(capsys, "report", night)
    assert (code, err) == (1, "")
    for name in ("night.html", "night.pdf", "junit.xml", "manifest.json", "night.json", "allure-results"):
        assert (night / name).exists()
        assert str(night / name) in out


def test_merge_unites_draws_and_ends_with_the_code_of_the_whole(night, tmp_path, capsys):
    write_run(tmp_path / "ci" / "m-3", Meter("m-3"))
    code, out, err = run(capsys, "merge", night, tmp_path / "ci" / "m-3", "--out", tmp_path / "whole", "--json")
    told = json.loads(out)
    assert code == told["exit_code"] == 1
    assert sum(told["devices"].values()) == 3
    assert told["against"] == "2026-11-20T220000"
    assert Path(told["files"]["html"]).is_file()
    assert "night of 2026-11-21T220000" in err


@pytest.mark.parametrize(
    ("problem", "code"), [(None, 0), (Verdict.FAILED, 1), (Verdict.ERROR, 3), (Verdict.INCONCLUSIVE, 3)]
)
def test_the_exit_code_of_a_merge_is_for_the_ci(tmp_path, capsys, problem, code):
    problems = {} if problem is None else {0: problem}
    write_run(tmp_path / "m-1", Meter("m-1", problems=problems))
    found, _, _ = run(capsys, "merge", tmp_path / "m-1", "--out", tmp_path / "whole", "--no-pdf")
    assert found == code
    assert not (tmp_path / "whole" / "night.pdf").exists()


def test_a_merge_that_cannot_be_done_is_one_message_and_leaves_nothing(night, tmp_path, capsys):
    shutil.copytree(night, tmp_path / "again")
    code, out, err = run(capsys, "merge", night, tmp_path / "again", "--out", tmp_path / "whole")
    assert (code, out) == (2, "")
    assert err.startswith("dlms-conformance: lab merge: a device counts once a night:")
    assert str(night) in err
    assert str(tmp_path / "again") in err
    assert not (tmp_path / "whole").exists()


@pytest.mark.parametrize("command", ["show", "report"])
def test_what_is_no_night_is_one_message(tmp_path, capsys, command):
    code, out, err = run(capsys, command, tmp_path)
    assert (code, out) == (2, "")
    assert "holds no night" in err
    assert "Traceback" not in err


def test_a_merge_by_the_lab_file_tells_the_missing_keeps_a_history_and_calls_the_web_server(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("LAB_TOKEN", "s3cr3t-token")
    write_run(tmp_path / "ci" / "m-1", Meter("m-1"))
    with serving(200) as server:
        url = f"http://127.0.0.1:{server.server_port}/"
        hook = f'[webhook]\nurl = "{url}"\nheaders = {{ X-Token = {{ env = "LAB_TOKEN" }} }}\n'
        head = 'name = "Night lab"\nhistory = "history.sqlite"'
        lab = write_lab(tmp_path, hook, line(), profile(), device("m-1"), device("m-2"), head=head)
        code, out, err = run(capsys, "merge", tmp_path / "ci" / "m-1", "--out", tmp_path / "whole", "--lab", lab)
    assert code == 3
    assert "m-2: not run: no result in" in out
    assert "webhook: the summary was sent" in out
    assert (tmp_path / "history.sqlite").is_file()
    headers, body = server.got[0]
    assert headers["X-Token"] == "s3cr3t-token"
    assert json.loads(body)["untested"]["devices"][0]["device"] == "m-2"
    assert "s3cr3t" not in out + err


def test_a_web_server_that_fails_changes_no_exit_code(tmp_path, capsys):
    write_run(tmp_path / "ci" / "m-1", Meter("m-1"))
    with serving(403) as server:
        hook = f'[webhook]\nurl = "http://127.0.0.1:{server.server_port}/"\n'
        lab = write_lab(tmp_path, hook, line(), profile(), device("m-1"))
        code, out, _ = run(capsys, "merge", tmp_path / "ci" / "m-1", "--out", tmp_path / "whole", "--lab", lab)
    assert code == 0
    assert "note: webhook: the server answered 403" in out
