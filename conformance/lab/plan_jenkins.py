"""A night as a Jenkins pipeline: stages side by side, each under the lock of its line, then a merge.

Lines are data in the file and become stages when it runs: hundreds of stages written out do not fit into the 64 KB
that the Java virtual machine allows a method, nor do all lines in one list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from conformance.lab.plan import NIGHTS, PARTS, Plan, PlanJob, lock_of, shell

_LINES_PER_LIST = 40
_AFTER_MINUTES = 15
_UNKNOWN_MINUTES = 1440
"""Where a device has no budget: a line that hangs ends some day."""
_SECRET = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOW = (
    "In Jenkins: a Pipeline job with this file as Jenkinsfile from SCM. Plugins: Pipeline, Lockable Resources, JUnit,",
    "and Credentials Binding where secrets are named. Agents have a POSIX shell. Each line is a lockable resource, so",
    "that two builds never meet on a meter. The state of [lab] must be a directory that stays, outside the workspace.",
)


def jenkins_text(plan: Plan, *, own_secrets: bool = False) -> str:
    """The Jenkinsfile.

    Args:
        plan: the night.
        own_secrets: the agents have the environment variables that configs name; no credentials are taken.
    """
    secrets = [] if own_secrets else [name for name in plan.secrets if _SECRET.fullmatch(name)]
    told = [f"Credentials (secret text) that must be there, by id: {', '.join(secrets)}"] if secrets else []
    told += ["For the image: the plugin Docker Pipeline."] if plan.image is not None else []
    lists = [plan.jobs[start : start + _LINES_PER_LIST] for start in range(0, len(plan.jobs), _LINES_PER_LIST)]
    lines = [_comment(line) for line in (*plan.head(), *_HOW, *told)]
    lines += ["", *_lines(lists), "", *_merge_script(plan), ""]
    lines += [*_secrets(secrets), ""] if secrets else []
    return "\n".join([*lines, *_test(plan, bool(secrets)), "", *_pipeline(plan)]) + "\n"


def groovy_text(text: str) -> str:
    """A text as a Groovy literal in single quotes, in which nothing is interpolated.

    Raises:
        ValueError: a control character, which no name and no command needs.
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    if not all(char.isprintable() or ord(char) > 0x7F for char in escaped):
        raise ValueError(f"a control character in {text[:40]!r}")
    return "'" + "".join(char if char.isascii() else _escape(char) for char in escaped) + "'"


def _escape(char: str) -> str:
    octets = char.encode("utf-16-be")
    return "".join(f"\\u{octets[at : at + 2].hex()}" for at in range(0, len(octets), 2))


def _comment(line: str) -> str:
    """A comment ends with its line, and a backslash before a `u` would be read as an escape even there."""
    return "// " + "".join(char if char.isprintable() else "�" for char in line).replace("\\u", "\\ u")


def _lines(lists: Sequence[Sequence[PlanJob]]) -> Iterator[str]:
    numbers = range(1, len(lists) + 1)
    yield "@NonCPS"
    yield f"def labLines() {{ return {' + '.join(f'labLines{number}()' for number in numbers)} }}"
    for number, jobs in zip(numbers, lists, strict=True):
        yield ""
        yield "@NonCPS"
        yield f"def labLines{number}() {{"
        yield "    return ["
        for job in jobs:
            yield from (f"        {line}" for line in _entry(job))
        yield "    ]"
        yield "}"


def _entry(job: PlanJob) -> Iterator[str]:
    minutes = _UNKNOWN_MINUTES if job.limit_s is None else -(-int(job.limit_s) // 60) + _AFTER_MINUTES
    arguments = shell([f"--line={line.name}" for line in job.lines])
    yield f"[name: {groovy_text(job.title)}, slug: {groovy_text(job.slug)}, minutes: {minutes},"
    yield f" agent: {groovy_text(_label(job.tags))},"
    first, *others = [groovy_text(lock_of(line)) for line in job.lines]
    yield f" lock: {first}, locks: [{', '.join(f'[resource: {other}]' for other in others)}],"
    yield f" lines: {groovy_text(arguments)}],"


def _label(tags: tuple[str, ...]) -> str:
    """A label expression: the agent has all of them; empty: any agent."""
    return " && ".join(f'"{tag}"' for tag in tags)


def _merge_script(plan: Plan) -> Iterator[str]:
    yield "@NonCPS"
    yield "def mergeScript() {"
    yield "    return ["
    yield from (f"        {groovy_text(line)}," for line in plan.merge_script())
    yield "    ].join('\\n')"
    yield "}"


def _secrets(names: Sequence[str]) -> Iterator[str]:
    yield "def secrets() {"
    yield "    return ["
    for name in names:
        yield f"        string(credentialsId: {groovy_text(name)}, variable: {groovy_text(name)}),"
    yield "    ]"
    yield "}"


def _test(plan: Plan, secrets: bool) -> Iterator[str]:
    start = groovy_text(shell(plan.run_start()) + " ")
    yield "// A fresh checkout and the set-up, then what is to be done there."
    yield "def onAgent(String agent, Closure body) {"
    yield "    node(agent) {"
    yield "        checkout scm"
    yield f"        sh 'rm -rf {PARTS} {NIGHTS}'"
    yield from _inside(plan, secrets)
    yield "    }"
    yield "}"
    yield ""
    yield "def testLine(Map line) {"
    yield "    lock(resource: line.lock, extra: line.locks) {"
    yield "        onAgent(line.agent) {"
    yield "            try {"
    yield "                timeout(time: line.minutes, unit: 'MINUTES') {"
    yield f"                    sh {start} + line.lines + ' --out {PARTS}/' + line.slug"
    yield "                }"
    yield "            } finally {"
    yield f"                stash name: line.slug, includes: '{PARTS}/' + line.slug + '/**', allowEmpty: true"
    yield "            }"
    yield "        }"
    yield "    }"
    yield "}"


def _inside(plan: Plan, secrets: bool) -> Iterator[str]:
    margin = "        "
    if plan.image is not None:
        yield f"{margin}docker.image({groovy_text(plan.image)}).inside {{"
        margin += "    "
    if secrets:
        yield f"{margin}withCredentials(secrets()) {{"
        margin += "    "
    yield from (f"{margin}sh {groovy_text(command)}" for command in plan.setup)
    yield f"{margin}body()"
    while len(margin) > 8:
        margin = margin[4:]
        yield f"{margin}}}"


def _pipeline(plan: Plan) -> Iterator[str]:
    """Whatever becomes of a line, the others go on, and the merge is made: what brought nothing is rows of it."""
    yield f"""\
pipeline {{
    agent none
    options {{
        skipDefaultCheckout()
    }}
    triggers {{
        cron({groovy_text(plan.cron)})
    }}
    stages {{
        stage('Lines') {{
            steps {{
                script {{
                    def stages = [:]
                    for (entry in labLines()) {{
                        def line = entry
                        stages[line.name] = {{
                            catchError(buildResult: 'FAILURE', stageResult: 'FAILURE') {{
                                testLine(line)
                            }}
                        }}
                    }}
                    parallel stages
                }}
            }}
        }}
        stage('Merge') {{
            steps {{
                script {{
                    onAgent({groovy_text(_label(plan.merge_tags))}) {{
                        for (line in labLines()) {{
                            catchError(message: 'brought nothing') {{
                                unstash line.slug
                            }}
                        }}
                        try {{
                            sh mergeScript()
                        }} finally {{
                            junit testResults: '{NIGHTS}/*/junit.xml', allowEmptyResults: true
                            archiveArtifacts artifacts: '{NIGHTS}/**', allowEmptyArchive: true
                        }}
                    }}
                }}
            }}
        }}
    }}
}}"""
