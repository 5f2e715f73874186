"""What a night needs beside meters: directories that can be written, programs of hooks, the webhook's secrets."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath

from conformance.device.document import Document
from conformance.device.toml_lines import Path
from conformance.lab.findings import Finding, error, warning
from conformance.lab.inventory import Lab, SettingText
from conformance.lab.inventory_rules import is_web_url


def surroundings_findings(lab: Lab, document: Document, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Everything about this host; on the host where a night runs, it should be quiet."""
    yield from _directories(lab, document)
    yield from _hook_programs(lab, document, environ)
    yield from _labgrid_program(lab, document, environ)
    yield from _webhook(lab, document, environ)


def _directories(lab: Lab, document: Document) -> Iterator[Finding]:
    places = {"nights": lab.nights, "state": lab.state}
    if lab.history is not None:
        places["history"] = lab.history.parent
        if lab.history.is_dir():
            yield error(document.problem(("lab", "history"), "is a directory; name the file of the store"))
    for key, place in places.items():
        why = _unwritable(place)
        if why is not None:
            yield error(document.problem(("lab", key), why))


def _unwritable(directory: FilePath) -> str | None:
    """Why nothing can be written below a directory, which need not be there yet."""
    nearest = directory
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir():
        return f"{nearest} is no directory; name another place"
    if not os.access(nearest, os.W_OK | os.X_OK):
        return f"{nearest} cannot be written; change its rights, or name another place"
    return None


def _hook_programs(lab: Lab, document: Document, environ: Mapping[str, str]) -> Iterator[Finding]:
    told: set[str] = set()
    for path, hooks in _hook_tables(document):
        for key in ("before", "after", "dead"):
            command = hooks.get(key)
            if not isinstance(command, list) or not command or command[0] in told:
                continue
            program = str(command[0])
            if "{" not in program and not _found(program, lab.path.parent, environ):
                told.add(program)
                message = f"program {program} is not found here; install it where the night runs, or give its path"
                yield warning(document.problem((*path, key), message))


def _hook_tables(document: Document) -> Iterator[tuple[Path, Mapping[str, object]]]:
    places: list[Path] = [("hooks",)]
    for table in ("line", "device"):
        entries = document.value((table,))
        places += [(table, index, "hooks") for index in range(len(entries or ()))]
    for path in places:
        hooks = document.value(path)
        if isinstance(hooks, dict):
            yield path, hooks


def _found(program: str, directory: FilePath, environ: Mapping[str, str]) -> bool:
    """Whether a program can be started from the folder of the lab file."""
    if FilePath(program).name != program:
        return (directory / program).is_file()
    return shutil.which(program, path=environ.get("PATH", os.defpath)) is not None


def _labgrid_program(lab: Lab, document: Document, environ: Mapping[str, str]) -> Iterator[Finding]:
    line = next((index for index, line in enumerate(lab.lines) if line.labgrid_place), None)
    if line is None or lab.labgrid is None or _found(lab.labgrid.client[0], lab.path.parent, environ):
        return
    path: Path = (
        ("line", line, "labgrid_place") if document.value(("labgrid", "client")) is None else ("labgrid", "client")
    )
    message = (
        f"program {lab.labgrid.client[0]} is not found here; install labgrid where the night runs, in an environment "
        "of its own, and name its labgrid-client in [labgrid] client"
    )
    yield warning(document.problem(path, message))


def _webhook(lab: Lab, document: Document, environ: Mapping[str, str]) -> Iterator[Finding]:
    if lab.webhook is None:
        return
    texts: list[tuple[Path, SettingText]] = [(("webhook", "url"), lab.webhook.url)]
    texts += [(("webhook", "headers", name), text) for name, text in lab.webhook.headers]
    for path, text in texts:
        if text.env is None:
            continue
        value = text.resolve(environ)
        if value is None:
            message = f"environment variable {text.env} is not set here; set it where the night ends"
            yield warning(document.problem(path, message, hide_value=True))
        elif path[1] == "url" and not is_web_url(value):
            message = f"environment variable {text.env} holds no URL that begins with https:// or http://"
            yield error(document.problem(path, message, hide_value=True))
