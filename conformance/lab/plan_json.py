"""A night as JSON, for any engine that has no format of its own: jobs with lines, devices, locks and commands."""

from __future__ import annotations

import json
from typing import Any

from conformance.lab.inventory import Line
from conformance.lab.night_journal import NIGHT_JOURNAL
from conformance.lab.plan import NIGHTS, Plan, PlanJob, lock_of

SCHEMA = 1


def json_text(plan: Plan) -> str:
    """The plan; spans of time in seconds, null where there is no end; commands as lists, no shell."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "tool": plan.version,
        "written_by": plan.again,
        "lab": plan.lab.name,
        "file": plan.file,
        "fingerprint": plan.lab.fingerprint,
        "image": plan.image,
        "setup": list(plan.setup),
        "secrets": list(plan.secrets),
        "jobs": [_job(plan, job) for job in plan.jobs],
        "merge": {
            # A part without this file is left out of the command: nothing was begun there.
            "marker": NIGHT_JOURNAL,
            "command": plan.merge_command([job.out for job in plan.jobs]),
            "out": f"{NIGHTS}/night",
            "tags": list(plan.merge_tags),
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _job(plan: Plan, job: PlanJob) -> dict[str, Any]:
    return {
        "name": job.title,
        "slug": job.slug,
        "tags": list(job.tags),
        "limit_s": job.limit_s,
        "locks": [lock_of(line) for line in job.lines],
        "command": plan.run_command(job),
        "out": job.out,
        "lines": [_line(plan, line) for line in job.lines],
    }


def _line(plan: Plan, line: Line) -> dict[str, Any]:
    bench = plan.lab.bench(line.bench) if line.bench else None
    return {
        "name": line.name,
        "bench": line.bench or None,
        "host": bench.host or None if bench is not None else None,
        "labgrid_place": line.labgrid_place,
        "devices": [
            {
                "name": device.name,
                "profile": device.profile,
                "budget_s": plan.lab.profile(device.profile).budget_s,
                "link": device.link,
            }
            for device in plan.lab.devices_on(line.name)
        ],
    }
