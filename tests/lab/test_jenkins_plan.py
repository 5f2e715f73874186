"""The Jenkinsfile: read and run by the Groovy that Jenkins has, with steps that write down what they are asked for."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from conformance.cli import app
from conformance.lab.plan_jenkins import groovy_text
from tests.lab.written_labs import HOSTILE, device, line, profile, write_halls, write_lab

PLAYER = Path(__file__).with_name("played_pipeline.groovy")
RUNNER = CliRunner()


def planned(lab: Path, form: str, *options: str) -> str:
    done = RUNNER.invoke(app, ["lab", "plan", str(lab), "--format", form, *options])
    assert done.exit_code == 0, done.stderr
    return done.stdout


def groovy() -> list[str]:
    """Groovy without its script, which looks for Java in one place only."""
    found, java = shutil.which("groovy"), shutil.which("java")
    libraries = [Path(found).resolve().parent.parent / "lib"] if found is not None else []
    if java is None or not libraries or not any(libraries[0].glob("groovy*.jar")):
        if os.environ.get("CI"):
            pytest.fail("groovy and java must be there; .ci/run installs them")
        pytest.skip("no groovy or no java here")
    return [java, "-cp", f"{libraries[0]}{os.sep}*", "groovy.ui.GroovyMain"]


def played(directory: Path, text: str) -> list[dict[str, Any]]:
    """What the pipeline asks of its steps, in order, each with what was held."""
    jenkinsfile, out = directory / "Jenkinsfile", directory / "told.json"
    jenkinsfile.write_text(text, encoding="utf-8")
    command = [*groovy(), str(PLAYER), str(jenkinsfile), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = json.loads(out.read_text(encoding="utf-8"))
    return told


def test_every_line_is_run_under_its_lock_on_its_agent_word_for_word(tmp_path: Path) -> None:
    """Two lists of lines, so that the joining of lists is run too."""
    lab = write_halls(tmp_path, 60, names=HOSTILE)
    webhook = '[webhook]\nurl = { env = "LAB_WEBHOOK" }\n'
    lab.write_text(lab.read_text(encoding="utf-8") + webhook, encoding="utf-8")
    options = ("--image", "python:3.12", "--setup", "pip install 'dlms-conformance'")
    told = played(tmp_path, planned(lab, "jenkins", *options))
    jobs = json.loads(planned(lab, "json", *options))["jobs"]
    runs = [step for step in told if step["step"] == "sh" and "lab run" in step["command"]]

    assert [shlex.split(step["command"]) for step in runs] == [job["command"] for job in jobs]
    assert [step["held"] for step in runs] == [
        [
            f"branch {job['name']}",
            f"lock {job['locks'][0]}",
            f'node "{job["tags"][0]}" && "{job["tags"][1]}"',
            "image python:3.12",
            "secrets LAB_WEBHOOK",
            f"timeout {int(job['limit_s']) // 60 + 15} MINUTES",
        ]
        for job in jobs
    ]
    assert [step["name"] for step in told if step["step"] == "unstash"] == [job["slug"] for job in jobs]
    assert [step["includes"] for step in told if step["step"] == "stash"] == [f"{job['out']}/**" for job in jobs]
    merge = next(step for step in told if step["step"] == "sh" and "lab merge" in step["command"])
    assert f'dlms-conformance lab merge "$@" --lab {lab} --out "night-merged/$(date' in merge["command"]
    assert [step["step"] for step in told][-2:] == ["junit", "archive"]


def test_a_part_of_several_lines_holds_all_their_locks(tmp_path: Path) -> None:
    lab = write_halls(tmp_path, 6, benches=1)
    told = played(tmp_path, planned(lab, "jenkins", "--split", "2", "--cron", "H 3 * * *"))
    runs = [step for step in told if step["step"] == "sh" and "lab run" in step["command"]]

    locks = [f"lock dlms-line-rs485-{a} dlms-line-rs485-{b} dlms-line-rs485-{c}" for a, b, c in _thirds()]
    assert [step["held"][1] for step in runs] == locks
    assert told[0] == {"held": [], "step": "cron", "when": "H 3 * * *"}


def _thirds() -> list[tuple[str, str, str]]:
    return [("001", "003", "005"), ("002", "004", "006")]


def test_no_list_of_lines_is_too_long_for_a_java_method(tmp_path: Path) -> None:
    text = planned(write_halls(tmp_path, 250), "jenkins")
    lists = re.findall(r"def labLines\d+\(\) \{\n(.*?)\n\}", text, re.DOTALL)

    assert [len(re.findall(r"\[name:", body)) for body in lists] == [40] * 6 + [10]


def test_without_tags_any_agent_will_do_and_without_secrets_no_plugin_for_them_is_needed(tmp_path: Path) -> None:
    text = planned(write_lab(tmp_path, line(), device(), profile()), "jenkins")

    assert "agent: ''" in text
    assert "withCredentials" not in text
    assert "docker" not in text


@given(text=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=30))
def test_a_groovy_literal_is_ascii_has_no_bare_quote_and_gives_the_text_back(text: str) -> None:
    literal = groovy_text(text)

    assert literal.isascii()
    assert re.fullmatch(r"'(?:[^'\\]|\\.)*'", literal)
    assert _read(literal) == text


def _read(literal: str) -> str:
    """As Groovy 2.4 reads it: an escape for a character first, and only behind no other backslash."""
    units = re.sub(r"(\\\\)|\\u([0-9a-f]{4})", lambda m: m[1] or chr(int(m[2], 16)), literal[1:-1])
    plain = re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), units)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16")


def test_a_control_character_is_refused() -> None:
    with pytest.raises(ValueError, match="control character"):
        groovy_text("a\x1bb")
