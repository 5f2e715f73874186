"""`lab plan`: a night for the engine that a lab has; each line under a lock, whatever it is called."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from typer.testing import CliRunner

from conformance.cli import app
from conformance.commands import lab_running
from conformance.commands.problems import UsageProblem
from tests.lab.written_labs import HOSTILE, device, line, profile, write_halls, write_lab

RUNNER = CliRunner()
SCHEMAS = {"gitlab": "vendor.gitlab-ci", "github": "vendor.github-workflows"}
SHELL = shutil.which("bash")
NO_SHELL = "no bash here to run what the jobs run"


def plan(lab: Path, form: str, *options: str) -> str:
    done = RUNNER.invoke(app, ["lab", "plan", str(lab), "--format", form, *options])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.stderr
    return done.stdout


def planned(lab: Path, form: str, *options: str) -> Any:
    text = plan(lab, form, *options)
    return json.loads(text) if form == "json" else yaml.safe_load(text)


def schema_errors(form: str, document: Any) -> list[str]:
    schema = get_builtin_schema(SCHEMAS[form])
    checker = jsonschema.validators.validator_for(schema)(schema)
    return [f"{list(error.path)}: {error.message[:200]}" for error in checker.iter_errors(document)]


def lines_of(pipeline: dict[str, Any]) -> dict[str, Any]:
    """The jobs of a GitLab pipeline that test lines."""
    return {name: job for name, job in pipeline.items() if isinstance(job, dict) and job.get("extends") == ".dlms-line"}


@pytest.mark.parametrize("form", SCHEMAS)
@pytest.mark.parametrize(("lines", "meters"), [(1, 1), (20, 10), (250, 1)])
def test_plans_are_valid_under_the_published_schema(tmp_path: Path, form: str, lines: int, meters: int) -> None:
    lab = write_halls(tmp_path, lines, meters=meters, names=HOSTILE)

    assert schema_errors(form, planned(lab, form, "--image", "python:3.12", "--setup", "pip install x")) == []


def test_a_child_pipeline_is_valid_under_the_published_schema(tmp_path: Path) -> None:
    lab = write_halls(tmp_path, 250, names=HOSTILE)

    assert schema_errors("gitlab", planned(lab, "gitlab", "--child", "1")) == []


@pytest.mark.parametrize("form", SCHEMAS)
def test_the_schema_would_find_a_key_that_the_engine_does_not_know(tmp_path: Path, form: str) -> None:
    document = planned(write_halls(tmp_path, 1), form)
    job = document["jobs"]["lines"] if form == "github" else document["line rs485-001"]
    job["timeout_minutes" if form == "github" else "tag"] = ["x"]

    assert schema_errors(form, document)


@pytest.mark.parametrize("form", ["gitlab", "github", "jenkins", "json"])
def test_the_same_lab_gives_the_same_octets_and_says_how_to_write_them_again(tmp_path: Path, form: str) -> None:
    lab = write_halls(tmp_path, 30, names=HOSTILE)
    options = ("--image", "reg.example.org/x:1", "--setup", "pip install 'a b'", "--split", "4", "--cron", "5 1 * * 1")
    text = plan(lab, form, *options)

    assert plan(lab, form, *options) == text
    assert "pip install '\"'\"'a b'\"'\"''" in (json.loads(text)["written_by"] if form == "json" else text)
    assert all(char.isprintable() or char == "\n" for char in text)


def test_in_gitlab_each_line_is_a_job_with_its_own_resource_group(tmp_path: Path) -> None:
    pipeline = planned(write_halls(tmp_path, 100, names=HOSTILE), "gitlab")
    jobs = lines_of(pipeline)

    assert [name.removeprefix("line ") for name in jobs][: len(HOSTILE)] == list(HOSTILE)
    groups = [job["resource_group"] for job in jobs.values()]
    assert len(set(groups)) == len(jobs) == 100
    assert all(
        set(group) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") for group in groups
    )
    assert [job["tags"] for job in jobs.values()][:2] == [["meters", "hall-1"], ["meters", "hall-2"]]
    assert pipeline[".dlms-line"]["artifacts"]["when"] == "always"
    merge = pipeline["merge the night"]
    assert merge["rules"][0]["when"] == "always"
    assert merge["artifacts"]["reports"] == {"junit": "night-merged/*/junit.xml"}
    assert "push" not in merge["rules"][0]["if"]


def test_beyond_200_jobs_gitlab_gets_child_pipelines_that_hold_every_line_once(tmp_path: Path) -> None:
    lab = write_halls(tmp_path, 450, names=HOSTILE)
    parent = planned(lab, "gitlab")
    triggers = [job["trigger"] for job in parent.values() if isinstance(job, dict) and "trigger" in job]
    children = [lines_of(planned(lab, "gitlab", "--child", str(number))) for number in (1, 2, 3)]

    assert [trigger["include"][0]["artifact"] for trigger in triggers] == [f"night-parts-{n}.yml" for n in (1, 2, 3)]
    assert all(trigger["strategy"] == "depend" for trigger in triggers)
    assert parent["write the parts"]["artifacts"]["paths"] == [f"night-parts-{n}.yml" for n in (1, 2, 3)]
    assert [len(jobs) for jobs in children] == [200, 200, 50]
    groups = [job["resource_group"] for jobs in children for job in jobs.values()]
    assert len(set(groups)) == 450
    # The parent fetches just those parts that the children send.
    fetched = parent["merge the night"]["script"][0]
    parts = [job["variables"]["PART"] for jobs in children for job in jobs.values()]
    assert [word for word in fetched.replace("\\\n", " ").split() if word in set(parts)] == parts
    with pytest.raises(UsageProblem, match="there is no child pipeline 4; the plan has 3"):
        plan(lab, "gitlab", "--child", "4")


def test_the_parts_of_a_large_gitlab_plan_are_written_by_the_command_that_the_pipeline_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_halls(tmp_path, 201)
    monkeypatch.chdir(tmp_path)
    commands = planned(Path("lab.toml"), "gitlab", "--setup", "pip install 'x y'")["write the parts"]["script"]
    for command in commands:
        assert RUNNER.invoke(app, shlex.split(command)[1:]).exit_code == 0

    assert len(lines_of(yaml.safe_load((tmp_path / "night-parts-2.yml").read_text(encoding="utf-8")))) == 1


def test_in_github_each_line_is_a_cell_with_its_own_concurrency_group_and_no_matrix_is_too_large(
    tmp_path: Path,
) -> None:
    workflow = planned(write_halls(tmp_path, 600, names=HOSTILE, benches=2), "github")
    jobs = {name: job for name, job in workflow["jobs"].items() if name != "merge"}
    cells = [cell for job in jobs.values() for cell in job["strategy"]["matrix"]["include"]]

    assert [len(job["strategy"]["matrix"]["include"]) for job in jobs.values()] == [256, 44, 256, 44]
    assert len({cell["lock"].lower() for cell in cells}) == len(cells) == 600
    assert all(job["concurrency"]["group"] == "${{ matrix.lock }}" for job in jobs.values())
    assert all(job["concurrency"]["cancel-in-progress"] is False for job in jobs.values())
    assert [job["runs-on"][1] for job in jobs.values()] == ["hall-1", "hall-1", "hall-2", "hall-2"]
    merge = workflow["jobs"]["merge"]
    assert (merge["if"], merge["needs"]) == ("always()", list(jobs))
    # A literal opening of an expression comes out of an expression; no name is one.
    assert {_evaluated(cell["lines"]) for cell in cells} >= set(HOSTILE)


def _evaluated(text: str) -> str:
    """What GitHub makes of a value: it has no expression but the one that gives the opening of one."""
    assert "${{" not in text.replace("${{ '${{' }}", "")
    return text.replace("${{ '${{' }}", "${{")


def test_secrets_that_device_configs_name_come_from_the_engine_or_are_left_to_the_runner(tmp_path: Path) -> None:
    webhook = '[webhook]\nurl = { env = "LAB_WEBHOOK" }\n'
    lab = write_lab(tmp_path, line(), device(config="wasion-im300"), device("m-2", config="genus"), profile(), webhook)
    names = planned(lab, "json")["secrets"]
    given = planned(lab, "github")["jobs"]["lines"]["env"]

    assert "LAB_WEBHOOK" in names
    assert given == {name: f"${{{{ secrets.{name} }}}}" for name in names}
    assert "env" not in planned(lab, "github", "--secrets", "runner")["jobs"]["lines"]
    assert "string(credentialsId: 'LAB_WEBHOOK', variable: 'LAB_WEBHOOK')" in plan(lab, "jenkins")
    assert "credentialsId" not in plan(lab, "jenkins", "--secrets", "runner")


def test_a_job_has_the_time_of_its_budgets_hooks_and_waits_and_none_without_a_budget(tmp_path: Path) -> None:
    hooks = '[hooks]\nbefore = ["relay"]\ndead = ["pdu"]\ntimeout = "5m"\n'
    tables = (
        hooks,
        line("a"),
        line("b", 'labgrid_place = "p"\n'),
        device("m-1", "a"),
        device("m-2", "a"),
        device("m-3", "b"),
    )
    limits = [job["limit_s"] for job in planned(write_lab(tmp_path, *tables, profile()), "json")["jobs"]]
    pipeline = planned(write_lab(tmp_path, *tables, profile()), "gitlab")
    without = planned(write_lab(tmp_path, *tables, profile("")), "gitlab")

    wait, each = 30 * 60, (45 + 10 + 10) * 60
    assert limits == [wait + 2 * each, wait + 30 * 60 + each]
    assert pipeline["line a"]["timeout"] == "2h 55m"
    assert pipeline["line a"]["variables"]["RUNNER_SCRIPT_TIMEOUT"] == "2h40m"
    assert "timeout" not in without["line a"]


def test_split_gives_every_line_to_one_part_of_one_kind_of_runner(tmp_path: Path) -> None:
    lab = write_halls(tmp_path, 21, benches=3)
    jobs = planned(lab, "json", "--split", "5")["jobs"]
    names = [entry["name"] for job in jobs for entry in job["lines"]]

    assert len(jobs) == 5
    assert sorted(names) == [f"rs485-{number:03}" for number in range(1, 22)]
    assert all(len({entry["bench"] for entry in job["lines"]}) == 1 for job in jobs)
    assert {len(job["lines"]) for job in jobs} <= {3, 4, 7}
    assert all(len(job["locks"]) == len(job["lines"]) for job in jobs)
    with pytest.raises(UsageProblem, match="the benches ask for 3 kinds of runner"):
        plan(lab, "json", "--split", "2")


def test_a_host_plans_its_own_lines_and_does_not_miss_the_others(tmp_path: Path) -> None:
    lab = write_halls(tmp_path, 5)
    document = planned(lab, "json", "--host", "bench-pc-2")

    assert [job["name"] for job in document["jobs"]] == ["rs485-002", "rs485-004"]
    assert "--lab" not in document["merge"]["command"]
    assert "--lab" in planned(lab, "json")["merge"]["command"]
    with pytest.raises(UsageProblem, match="did you mean bench-pc-1"):
        plan(lab, "json", "--host", "bench-pc1")


def test_a_line_without_devices_is_not_planned(tmp_path: Path) -> None:
    lab = write_lab(tmp_path, line("a"), line("b"), device("m", "b"), profile())

    assert [job["name"] for job in planned(lab, "json")["jobs"]] == ["b"]


def test_a_job_is_a_part_of_the_night_so_the_webhook_and_the_history_hear_of_the_whole_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = write_lab(tmp_path, line(), device(), profile())
    closed: list[object] = []
    ended = SimpleNamespace(stopped=False, fault="")
    monkeypatch.setattr(lab_running, "_test", lambda *_: ended)
    monkeypatch.setattr(lab_running, "close_night", lambda lab, *_, **__: closed.append(lab) or 0)
    command = planned(lab, "json")["jobs"][0]["command"][1:-1]
    for number, words in enumerate((command, [word for word in command if word != "--part"])):
        assert RUNNER.invoke(app, [*words, str(tmp_path / f"night-{number}")]).exit_code == 0

    assert closed[0] is None
    assert closed[1] is not None


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A program of our name that writes down its arguments, alone on a path."""
    directory = tmp_path / "bin"
    directory.mkdir()
    program = directory / "dlms-conformance"
    program.write_text(
        f'#!{SHELL}\nprintf "%s\\0" "$@" >> "{tmp_path}/calls"\nprintf "\\1" >> "{tmp_path}/calls"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    return directory


def calls(directory: Path) -> list[list[str]]:
    text = (directory / "calls").read_text(encoding="utf-8")
    return [call.removesuffix("\0").split("\0") for call in text.removesuffix("\1").split("\1")]


def run_script(script: str, directory: Path, program: Path, **variables: str) -> None:
    assert SHELL is not None
    environment = {"PATH": f"{program}{os.pathsep}{os.defpath}", "LC_ALL": "C.UTF-8", **variables}
    command = [SHELL, "-eo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(SHELL is None, reason=NO_SHELL)
def test_what_gitlab_jobs_run_reaches_the_tool_word_for_word(tmp_path: Path, recorder: Path) -> None:
    lab = write_halls(tmp_path, len(HOSTILE), names=HOSTILE)
    jobs = lines_of(planned(lab, "gitlab"))
    run_script("\n".join(command for job in jobs.values() for command in job["script"]), tmp_path, recorder)

    assert calls(tmp_path) == [job["command"][1:] for job in planned(lab, "json")["jobs"]]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.skipif(SHELL is None, reason=NO_SHELL)
@pytest.mark.parametrize("options", [(), ("--split", "3")])
def test_what_github_jobs_run_reaches_the_tool_word_for_word(
    tmp_path: Path, recorder: Path, options: tuple[str, ...]
) -> None:
    lab = write_halls(tmp_path, len(HOSTILE), names=HOSTILE, benches=1)
    job = planned(lab, "github", *options)["jobs"]["lines"]
    step = next(step for step in job["steps"] if step.get("name") == "Test the meters")
    assert step["env"] == {"LINES_TO_TEST": "${{ matrix.lines }}", "PART": "${{ matrix.slug }}"}
    for cell in job["strategy"]["matrix"]["include"]:
        values = {"LINES_TO_TEST": _evaluated(cell["lines"]), "PART": cell["slug"]}
        run_script(_evaluated(step["run"]), tmp_path, recorder, **values)

    assert calls(tmp_path) == [job["command"][1:] for job in planned(lab, "json", *options)["jobs"]]
    assert not (tmp_path / "pwned").exists()


@pytest.mark.skipif(SHELL is None, reason=NO_SHELL)
def test_the_merge_takes_the_parts_that_are_there(tmp_path: Path, recorder: Path) -> None:
    lab = write_halls(tmp_path, 3)
    for part in ("rs485-001", "rs485-003"):
        (tmp_path / "night-parts" / part).mkdir(parents=True)
    (tmp_path / "night-parts" / "rs485-003" / "night.jsonl").write_text("", encoding="utf-8")
    for script in (
        planned(lab, "gitlab")["merge the night"]["script"][0],
        next(step["run"] for step in planned(lab, "github")["jobs"]["merge"]["steps"] if step.get("name") == "Merge"),
    ):
        run_script(script, tmp_path, recorder)

    for call in calls(tmp_path):
        assert call[:-1] == ["lab", "merge", "night-parts/rs485-003/", "--lab", str(lab), "--out"]
        assert re.fullmatch(r"night-merged/\d{4}-\d\d-\d\dT\d{6}", call[-1])
    assert len(calls(tmp_path)) == 2


def test_when_no_part_is_there_the_merge_still_makes_a_night_of_what_is_missing(tmp_path: Path) -> None:
    lab = write_lab(tmp_path, line(), device(), profile())
    command = planned(lab, "json")["merge"]["command"]
    words = [word for word in command[1:] if not word.startswith("night-parts/")]
    words[-1] = str(tmp_path / "merged")
    done = RUNNER.invoke(app, [*words, "--no-pdf"])
    rows = json.loads((tmp_path / "merged" / "night.json").read_text(encoding="utf-8"))["rows"]

    assert done.exit_code == 3
    assert [(row["device"], row["verdict"]) for row in rows] == [("m-1", "INCONCLUSIVE")]
    assert "no part of the night was there" in rows[0]["reason"]


def test_the_plan_goes_to_a_file_that_is_never_overwritten_unasked(tmp_path: Path) -> None:
    lab, out = write_halls(tmp_path, 2), tmp_path / "night.yml"
    plan(lab, "gitlab", "--out", str(out))

    assert f"--out {out}" in out.read_text(encoding="utf-8").splitlines()[1]
    with pytest.raises(UsageProblem, match="is there already"):
        plan(lab, "gitlab", "--out", str(out))
    plan(lab, "github", "--out", str(out), "--force")
    assert "runs-on" in out.read_text(encoding="utf-8")


def test_a_state_that_the_engine_cleans_away_and_a_path_of_this_host_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_lab(tmp_path, line(), device(), profile())
    inside = RUNNER.invoke(app, ["lab", "plan", str(path), "-f", "github"]).stderr
    write_halls(tmp_path, 1)
    outside = RUNNER.invoke(app, ["lab", "plan", path.name, "-f", "github"]).stderr

    assert "invocation counters that go back make meters refuse" in inside
    assert f"the jobs name the lab file as {path}" in inside
    assert outside == ""


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--host", "bench-pc-1", "--split", "2"), "--host and --split exclude each other"),
        (("--cron", "every night"), "five fields"),
        (("--setup", "a\x1b[0m"), "cannot be printed"),
        (("--child", "1"), "--child is for --format gitlab"),
    ],
)
def test_options_that_cannot_be_used_are_refused(tmp_path: Path, options: tuple[str, ...], told: str) -> None:
    with pytest.raises(UsageProblem, match=told):
        plan(write_halls(tmp_path, 2), "json", *options)
