"""A night as a GitHub workflow: a matrix of lines for each kind of runner, concurrency groups, a merge."""

from __future__ import annotations

import re

from conformance.lab.plan import NIGHTS, PARTS, Plan, PlanJob, shell
from conformance.lab.yaml_text import Commented, Yaml, yaml_text

MOST_MATRIX = 256
"""Jobs that a matrix may make."""
_DEFAULT_MINUTES = 360
"""What GitHub gives a job that says nothing."""
_UPLOAD_MINUTES = 15
_CHECKOUT = "actions/checkout@v6"
_UPLOAD = "actions/upload-artifact@v7"
_DOWNLOAD = "actions/download-artifact@v8"
_SECRET = re.compile(r"(?!GITHUB_)[A-Za-z_][A-Za-z0-9_]*")
_HOW = (
    "In GitHub: .github/workflows/. Each line is in a concurrency group, so that two workflows never meet on a meter;",
    "queue: max keeps waiting jobs (a GitHub Enterprise Server that does not know it cancels them: remove it there).",
    "The state of [lab] must be a directory that stays on the runner, outside of the checkout.",
)


def github_text(plan: Plan, *, own_secrets: bool = False) -> str:
    """The workflow.

    Args:
        plan: the night.
        own_secrets: the runners have the environment variables that configs name; nothing is taken from GitHub.
    """
    jobs: dict[str, Yaml] = {}
    groups: dict[tuple[str, ...], list[PlanJob]] = {}
    for job in plan.jobs:
        groups.setdefault(job.tags, []).append(job)
    chunks = [
        (tags, members[start : start + MOST_MATRIX])
        for tags, members in groups.items()
        for start in range(0, len(members), MOST_MATRIX)
    ]
    for number, (tags, members) in enumerate(chunks, start=1):
        jobs["lines" if len(chunks) == 1 else f"lines-{number}"] = _lines(plan, tags, members, own_secrets)
    merge = _merge(plan, list(jobs), own_secrets)
    jobs["merge"] = merge
    document: dict[str, Yaml] = {
        "name": _literal(f"Night of {plan.lab.name}"),
        "on": {"schedule": [{"cron": plan.cron}], "workflow_dispatch": {}},
        "permissions": {"contents": "read"},
        "defaults": {"run": {"shell": "bash"}},
        "jobs": jobs,
    }
    return yaml_text(document, head=[*plan.head(), *_HOW])


def _lines(plan: Plan, tags: tuple[str, ...], members: list[PlanJob], own_secrets: bool) -> Yaml:
    several = any(len(job.lines) > 1 for job in members)
    return {
        "name": "${{ matrix.name }}",
        "runs-on": _runner(tags),
        **_container(plan),
        "timeout-minutes": "${{ matrix.minutes }}",
        "strategy": {"fail-fast": False, "matrix": {"include": [_cell(job) for job in members]}},
        "concurrency": {"group": "${{ matrix.lock }}", "cancel-in-progress": False, "queue": "max"},
        **_secrets(plan, own_secrets),
        "steps": [
            {"uses": _CHECKOUT},
            *_setup(plan),
            {
                "name": "Test the meters",
                # Names reach the shell as variables: nothing in them is ever a command.
                "env": {"LINES_TO_TEST": "${{ matrix.lines }}", "PART": "${{ matrix.slug }}"},
                "run": _run(plan, several),
            },
            {
                "if": "always()",
                "uses": _UPLOAD,
                "with": {
                    "name": "night-${{ matrix.slug }}",
                    "path": PARTS,
                    "overwrite": True,
                    "include-hidden-files": True,
                    "if-no-files-found": "warn",
                },
            },
        ],
    }


def _cell(job: PlanJob) -> Yaml:
    minutes = _DEFAULT_MINUTES if job.limit_s is None else -(-int(job.limit_s) // 60) + _UPLOAD_MINUTES
    return {
        "name": _literal(job.title),
        "slug": job.slug,
        "lock": job.lock,
        "minutes": minutes,
        "lines": _literal("\n".join(line.name for line in job.lines)),
    }


def _run(plan: Plan, several: bool) -> str:
    start = shell(plan.run_start())
    if not several:
        return _literal(f'{start} --line="$LINES_TO_TEST" --out "{PARTS}/$PART"')
    gathered = 'arguments=()\nwhile IFS= read -r line; do arguments+=("--line=$line"); done <<< "$LINES_TO_TEST"'
    return _literal(f'{gathered}\n{start} "${{arguments[@]}}" --out "{PARTS}/$PART"')


def _merge(plan: Plan, needs: list[str], own_secrets: bool) -> Yaml:
    job: dict[str, Yaml] = {
        "name": "Merge the night",
        "needs": list(needs),
        "if": "always()",
        "runs-on": _runner(plan.merge_tags),
        **_container(plan),
        **_secrets(plan, own_secrets),
        "steps": [
            {"uses": _CHECKOUT},
            *_setup(plan),
            {
                "uses": _DOWNLOAD,
                "continue-on-error": True,
                "with": {"pattern": "night-*", "path": PARTS, "merge-multiple": True},
            },
            {"name": "Merge", "run": _literal("\n".join(plan.merge_script()))},
            {
                "if": "always()",
                "uses": _UPLOAD,
                "with": {"name": "night", "path": NIGHTS, "overwrite": True, "include-hidden-files": True},
            },
        ],
    }
    return Commented("Runs whatever became of the lines: a line that brought nothing is rows of the night too.", job)


def _runner(tags: tuple[str, ...]) -> Yaml:
    return list(tags) if tags else "self-hosted"


def _container(plan: Plan) -> dict[str, Yaml]:
    return {} if plan.image is None else {"container": {"image": _literal(plan.image)}}


def _setup(plan: Plan) -> list[Yaml]:
    return [{"name": "Set up", "run": _literal("\n".join(plan.setup))}] if plan.setup else []


def _secrets(plan: Plan, own: bool) -> dict[str, Yaml]:
    names = [name for name in plan.secrets if _SECRET.fullmatch(name)]
    return {"env": {name: f"${{{{ secrets.{name} }}}}" for name in names}} if names and not own else {}


def _literal(text: str) -> str:
    """A text in which GitHub finds no expression: the opening of one becomes an expression that gives it."""
    return text.replace("${{", "${{ '${{' }}")
