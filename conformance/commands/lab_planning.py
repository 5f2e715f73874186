"""`lab plan`: the night for an engine that the lab already has."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.output_file import check_free, write_new
from conformance.commands.problems import UsageProblem
from conformance.device.problems import nearest
from conformance.lab.inventory import Lab, Line
from conformance.lab.inventory_loading import load_lab
from conformance.lab.plan import PROGRAM, Plan, PlanJob, make_jobs
from conformance.lab.plan_github import github_text
from conformance.lab.plan_gitlab import gitlab_text
from conformance.lab.plan_jenkins import jenkins_text
from conformance.lab.plan_json import json_text
from conformance.lab.plan_secrets import named_variables

_CRON = re.compile(r"[\w*/,?#H()-]+( [\w*/,?#()-]+){4}", re.ASCII)


class Format(StrEnum):
    """Whom a plan is for."""

    GITLAB = "gitlab"
    JENKINS = "jenkins"
    GITHUB = "github"
    JSON = "json"


class SecretsFrom(StrEnum):
    """Where the environment variables that device configs name come from in a job."""

    ENGINE = "engine"
    RUNNER = "runner"


def register(app: typer.Typer) -> None:
    """Add `lab plan`."""
    app.command("plan")(plan)


def plan(
    lab: Annotated[Path, typer.Argument(help="The lab file, as the jobs name it.", metavar="LAB.toml")],
    form: Annotated[Format, typer.Option("--format", "-f", help="For whom.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File; default: standard output.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    host: Annotated[str | None, typer.Option(help="Only the lines of benches with this host.")] = None,
    split: Annotated[
        int | None, typer.Option(min=1, max=1000, help="So many jobs, each with several lines; else one for each line.")
    ] = None,
    image: Annotated[str | None, typer.Option(help="Container image of the jobs.")] = None,
    setup: Annotated[
        list[str] | None, typer.Option(help="Command that each job begins with, such as the installation. Repeatable.")
    ] = None,
    merge_tag: Annotated[
        list[str] | None, typer.Option(help="Tag of the runner that merges; default: the first bench's. Repeatable.")
    ] = None,
    cron: Annotated[str, typer.Option(help="When: five fields; GitLab keeps schedules elsewhere.")] = "0 22 * * *",
    secrets: Annotated[
        SecretsFrom, typer.Option(help="Variables that device configs name: the engine's secrets, or the runner's own.")
    ] = SecretsFrom.ENGINE,
    child: Annotated[
        int | None, typer.Option(min=1, help="GitLab: this child pipeline of a plan of many jobs.")
    ] = None,
) -> None:
    """Write the jobs of a night for a CI engine: a lock for each line, reports kept, everything merged at the end.

    The same lab and options give the same octets. Nothing is asked of the engine and no meter is met.
    """
    if host is not None and split is not None:
        raise UsageProblem("--host and --split exclude each other: a host plans its own lines, or all are split")
    if child is not None and form is not Format.GITLAB:
        raise UsageProblem("--child is for --format gitlab")
    check_free(out, force=force)
    loaded = load_lab(lab)
    _warn(loaded, lab, form)
    texts = {"--image": [image or ""], "--setup": setup or [], "--merge-tag": merge_tag or [], "LAB.toml": [str(lab)]}
    _check_texts(texts, cron)
    jobs = _jobs(loaded, _lines(loaded, host), split)
    made = Plan(
        lab=loaded,
        file=lab.as_posix(),
        jobs=jobs,
        again=_again(lab, form, host, split, image, setup or [], merge_tag or [], cron, secrets),
        out=None if out is None else out.as_posix(),
        image=image,
        setup=tuple(setup or ()),
        secrets=named_variables(loaded),
        whole=host is None,
        merge_tags=tuple(merge_tag or jobs[0].tags),
        cron=cron,
        version=version(PROGRAM),
    )
    text = _text(made, form, child, own_secrets=secrets is SecretsFrom.RUNNER)
    if out is None:
        sys.stdout.write(text)
    else:
        write_new(out, text)
        print(f"{out}: {len(jobs)} jobs and a merge")


def _text(made: Plan, form: Format, child: int | None, *, own_secrets: bool) -> str:
    try:
        if form is Format.GITLAB:
            return gitlab_text(made, child)
        if form is Format.GITHUB:
            return github_text(made, own_secrets=own_secrets)
        if form is Format.JENKINS:
            return jenkins_text(made, own_secrets=own_secrets)
        return json_text(made)
    except ValueError as error:
        raise UsageProblem(f"lab plan: {error}") from None


def _lines(lab: Lab, host: str | None) -> Sequence[Line]:
    if host is None:
        return lab.lines
    hosts = sorted({bench.host for bench in lab.benches if bench.host})
    if host not in hosts:
        near = nearest(host, hosts)
        known = f"there are {', '.join(hosts)}" if hosts else 'no [[bench]] has a host; write host = "NAME" into it'
        raise UsageProblem(f"--host {host}: {f'did you mean {near}? ' if near else ''}{known}")
    benches = {bench.name for bench in lab.benches if bench.host == host}
    return [line for line in lab.lines if line.bench in benches]


def _jobs(lab: Lab, lines: Sequence[Line], split: int | None) -> tuple[PlanJob, ...]:
    try:
        jobs = make_jobs(lab, lines, split)
    except ValueError as error:
        raise UsageProblem(f"--split {split}: {error}") from None
    if not jobs:
        raise UsageProblem("lab plan: none of the lines has a device")
    return jobs


def _check_texts(texts: dict[str, list[str]], cron: str) -> None:
    for name, values in texts.items():
        for value in values:
            if not value.replace("\n", "").isprintable():
                raise UsageProblem(f"{name}: has characters that cannot be printed")
    if not _CRON.fullmatch(cron):
        raise UsageProblem(
            f'--cron {cron}: five fields with a space between: minute, hour, day, month, weekday: "0 22 * * *"'
        )


def _again(
    lab: Path,
    form: Format,
    host: str | None,
    split: int | None,
    image: str | None,
    setup: Sequence[str],
    merge_tag: Sequence[str],
    cron: str,
    secrets: SecretsFrom,
) -> str:
    """The command that gave this plan: what is as usual is left out."""
    words = [PROGRAM, "lab", "plan", lab.as_posix(), "--format", form.value]
    options = {"--host": host, "--split": split, "--image": image}
    words += [word for name, value in options.items() if value is not None for word in (name, str(value))]
    words += [word for command in setup for word in ("--setup", command)]
    words += [word for tag in merge_tag for word in ("--merge-tag", tag)]
    words += [] if cron == "0 22 * * *" else ["--cron", cron]
    words += [] if secrets is SecretsFrom.ENGINE else ["--secrets", secrets.value]
    return shlex.join(words)


def _warn(lab: Lab, file: Path, form: Format) -> None:
    """Told where the plan does not go: a job begins with a fresh checkout, and what it leaves there is gone."""
    if form is Format.JSON:
        return
    if file.is_absolute():
        print(
            f"warning: the jobs name the lab file as {file}; from the root of the repository, name it as it is there",
            file=sys.stderr,
        )
    if lab.state.is_relative_to(lab.path.parent):
        print(
            f"warning: lab.state is {lab.state}, inside the folder of the lab file: engines clean their checkout, and "
            "invocation counters that go back make meters refuse; name a directory of the host, by an absolute path",
            file=sys.stderr,
        )
