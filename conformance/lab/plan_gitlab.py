"""A night as GitLab pipelines: jobs under resource groups, child pipelines beyond 200 jobs, a merge."""

from __future__ import annotations

from conformance.lab.plan import NIGHTS, PARTS, Plan, PlanJob, shell
from conformance.lab.yaml_text import Commented, Yaml, yaml_text

MOST_JOBS = 200
"""Jobs of one pipeline; with more lines, the pipeline starts child pipelines of so many jobs each."""
_SOURCES = "$CI_PIPELINE_SOURCE =~ /^(schedule|web|api|trigger|pipeline|parent_pipeline)$/"
_AFTER_S = 900.0
"""What a job has beside the time of its script: artefacts are packed and sent."""
_PACKAGE = "$CI_API_V4_URL/projects/$CI_PROJECT_ID/packages/generic/dlms-night"
_CURL = 'curl --fail --silent --show-error --location --retry 5 --header "JOB-TOKEN: $CI_JOB_TOKEN"'
_KEEP = (
    f'tar -czf part.tgz -C {PARTS} "$PART"',
    f'{_CURL} --upload-file part.tgz "{_PACKAGE}/$NIGHT_PIPELINE.$PART/part.tgz"',
)
"""After the script, also when it failed: the part goes where the merge finds it."""
_HOW = (
    "In GitLab: name this file under Settings > CI/CD > General pipelines, or include it with `trigger: include`, and",
    "add a pipeline schedule. A push starts nothing. Each line has a resource group, so that two pipelines never meet",
    "on a meter; nothing is retried. The state of [lab] must be a directory that stays, outside of the checkout.",
)


def children_of(plan: Plan) -> int:
    """How many child pipelines the plan needs; 0: all is in one."""
    return 0 if len(plan.jobs) <= MOST_JOBS else -(-len(plan.jobs) // MOST_JOBS)


def gitlab_text(plan: Plan, child: int | None = None) -> str:
    """The configuration of a pipeline.

    Args:
        plan: the night.
        child: number of a child pipeline, from 1; None: the pipeline itself.

    Raises:
        ValueError: there is no such child pipeline.
    """
    children = children_of(plan)
    if child is not None:
        if not 1 <= child <= children:
            raise ValueError(f"there is no child pipeline {child}; the plan has {children}")
        return _child_text(plan, child, children)
    return _parent_text(plan, children) if children else _whole_text(plan)


def _whole_text(plan: Plan) -> str:
    document: dict[str, Yaml] = {
        "stages": ["lines", "night"],
        ".dlms-night": _usual(plan),
        ".dlms-line": _line_template(),
    }
    document |= {_name(job): _line(plan, job) for job in plan.jobs}
    document["merge the night"] = _merge(plan, ["\n".join(plan.merge_script())])
    return yaml_text(document, head=[*plan.head(), *_HOW, *_secrets(plan)])


def _child_text(plan: Plan, child: int, children: int) -> str:
    jobs = plan.jobs[(child - 1) * MOST_JOBS : child * MOST_JOBS]
    document: dict[str, Yaml] = {
        "stages": ["lines"],
        ".dlms-night": _usual(plan),
        ".dlms-line": {**_line_template(), "after_script": list(_KEEP)},
    }
    document |= {_name(job): _line(plan, job, PART=job.slug) for job in jobs}
    return yaml_text(document, head=[*plan.head(), f"Child pipeline {child} of {children}."])


def _parent_text(plan: Plan, children: int) -> str:
    """A job of the parent cannot be given artefacts of a child: parts travel as files of a generic package."""
    files = [f"{PARTS}-{number}.yml" for number in range(1, children + 1)]
    writes = [f"{plan.again} --child {number} --out {file} --force" for number, file in enumerate(files, start=1)]
    document: dict[str, Yaml] = {
        "stages": ["plan", "lines", "night"],
        ".dlms-night": _usual(plan),
        "write the parts": {
            "extends": ".dlms-night",
            "stage": "plan",
            **_tagged(plan.merge_tags),
            "script": writes,
            "artifacts": {"expire_in": "1 week", "paths": files},
        },
    }
    for number, file in enumerate(files, start=1):
        document[f"lines, part {number} of {children}"] = {
            "stage": "lines",
            "rules": [{"if": _SOURCES}],
            "variables": {"NIGHT_PIPELINE": "$CI_PIPELINE_ID"},
            "trigger": {"include": [{"artifact": file, "job": "write the parts"}], "strategy": "depend"},
        }
    document["merge the night"] = _merge(plan, [_fetch(plan), "\n".join(plan.merge_script())])
    told = (
        f"{len(plan.jobs)} jobs are in {children} child pipelines. They leave their parts as files of the project's",
        "generic package dlms-night, from where the merge takes them; delete its old versions now and then.",
    )
    return yaml_text(document, head=[*plan.head(), *_HOW, *told, *_secrets(plan)])


def _secrets(plan: Plan) -> list[str]:
    return [f"CI/CD variables that must be set: {', '.join(plan.secrets)}"] if plan.secrets else []


def _name(job: PlanJob) -> str:
    return f"line {job.title}" if len(job.lines) == 1 else f"lines {job.title}"


def _usual(plan: Plan) -> dict[str, Yaml]:
    usual: dict[str, Yaml] = {"rules": [{"if": _SOURCES}], "interruptible": False, "retry": 0}
    if plan.image is not None:
        usual["image"] = plan.image
    if plan.setup:
        usual["before_script"] = list(plan.setup)
    return usual


def _line_template() -> dict[str, Yaml]:
    return {
        "extends": ".dlms-night",
        "stage": "lines",
        "artifacts": {"when": "always", "expire_in": "1 week", "paths": [f"{PARTS}/"]},
    }


def _line(plan: Plan, job: PlanJob, **variables: str) -> dict[str, Yaml]:
    entry: dict[str, Yaml] = {"extends": ".dlms-line", "resource_group": job.lock, **_tagged(job.tags)}
    if job.limit_s is not None:
        entry["timeout"] = _span(job.limit_s + _AFTER_S)
        # So much earlier the script is ended: what the night has until then still becomes an artefact.
        variables["RUNNER_SCRIPT_TIMEOUT"] = _span(job.limit_s).replace(" ", "")
    if variables:
        entry["variables"] = variables
    entry["script"] = [shell(plan.run_command(job))]
    return entry


def _merge(plan: Plan, script: list[str]) -> Yaml:
    job: dict[str, Yaml] = {
        "extends": ".dlms-night",
        "stage": "night",
        "rules": [{"if": _SOURCES, "when": "always"}],
        **_tagged(plan.merge_tags),
        "script": list(script),
        "artifacts": {"when": "always", "paths": [f"{NIGHTS}/"], "reports": {"junit": f"{NIGHTS}/*/junit.xml"}},
    }
    return Commented("Runs whatever became of the lines: a line that brought nothing is rows of the night too.", job)


def _tagged(tags: tuple[str, ...]) -> dict[str, Yaml]:
    return {"tags": list(tags)} if tags else {}


def _fetch(plan: Plan) -> str:
    slugs = "\n".join(f"  {job.slug} \\" for job in plan.jobs).removesuffix(" \\")
    return "\n".join(
        (
            f"mkdir -p {PARTS}",
            f"for part in \\\n{slugs}",
            "do",
            f'  if {_CURL} --output part.tgz "{_PACKAGE}/$CI_PIPELINE_ID.$part/part.tgz"',
            f"  then tar -xzf part.tgz -C {PARTS}",
            '  else echo "$part brought nothing"',
            "  fi",
            "done",
        )
    )


def _span(seconds: float) -> str:
    """As GitLab writes it, in whole minutes, rounded up."""
    hours, minutes = divmod(-(-int(seconds) // 60), 60)
    return " ".join(
        part for part in (f"{hours}h" if hours else "", f"{minutes}m" if minutes or not hours else "") if part
    )
