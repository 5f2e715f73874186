"""Rules that hold between the tables of a lab file: names are unique, what is referred to is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.device.document import Document
from conformance.device.problems import Problem
from conformance.device.toml_lines import Path
from conformance.lab.broker import is_lent
from conformance.lab.device_entries import DeviceEntry
from conformance.lab.lab_toml import EnvToml, HooksToml, LabToml
from conformance.link.url import LinkUrlError, parse_url

_MOST_DEVICES = 10_000


def broken_rules(document: Document, toml: LabToml, entries: tuple[DeviceEntry, ...]) -> list[Problem]:
    """Every broken rule, each at the key that breaks it."""
    return [
        *_unique(document, ((("bench", index, "name"), bench.name) for index, bench in enumerate(toml.bench))),
        *_unique(document, ((("line", index, "name"), line.name) for index, line in enumerate(toml.line))),
        *_unique(document, ((_name_key(entry), entry.name) for entry in entries)),
        *_references(document, toml),
        *_links(document, toml),
        *_places(document, toml),
        *_programs(document, toml),
        *_webhook(document, toml),
    ]


def _name_key(entry: DeviceEntry) -> Path:
    return ("device", entry.index, "config" if entry.toml.name is None else "name")


def _unique(document: Document, named: Iterable[tuple[Path, str]]) -> Iterator[Problem]:
    """Upper and lower case alike: names become directories, and on some systems those are the same then."""
    seen: dict[str, tuple[int, str]] = {}
    for number, (path, name) in enumerate(named):
        what = path[0]
        if name.casefold() in seen:
            first, spelt = seen[name.casefold()]
            same = "has this name already" if spelt == name else f"is named {spelt} already"
            message = f"{what} {first + 1} {same}; names are unique, upper and lower case alike"
            if path[-1] == "config":
                message = f"its name, {name}, is taken: {message}; give this one a name"
            yield document.problem(path, message)
        else:
            seen[name.casefold()] = (number, name)


def _references(document: Document, toml: LabToml) -> Iterator[Problem]:
    lines = [line.name for line in toml.line]
    benches = [bench.name for bench in toml.bench]
    for index, line in enumerate(toml.line):
        if line.bench is not None and line.bench not in benches:
            yield document.problem(("line", index, "bench"), "there is no [[bench]] of this name", allowed=benches)
    for index, device in enumerate(toml.device):
        if device.line not in lines:
            yield document.problem(("device", index, "line"), "there is no [[line]] of this name", allowed=lines)
        if device.profile not in toml.profile:
            message = "there is no [profile.NAME] of this name"
            yield document.problem(("device", index, "profile"), message, allowed=toml.profile)
    if len(toml.device) > _MOST_DEVICES:
        yield document.problem(("device",), f"has over {_MOST_DEVICES} entries; make two labs of it")


def _links(document: Document, toml: LabToml) -> Iterator[Problem]:
    lent = {line.name for line in toml.line if line.labgrid_place is not None}
    for index, device in enumerate(toml.device):
        if device.link is None:
            continue
        path = ("device", index, "link")
        stands_for = device.link
        if is_lent(device.link):
            if device.line not in lent and any(line.name == device.line for line in toml.line):
                yield document.problem(path, f"takes the port of a place, and line {device.line} has no labgrid_place")
            stands_for = _any_port(device.link)
        try:
            parse_url(stands_for)
        except LinkUrlError as error:
            yield document.problem(path, str(error))


def _any_port(link: str) -> str:
    """A link as labgrid may give it, with the options that are asked for."""
    _, mark, options = link.partition("?")
    return f"rfc2217://192.0.2.1:1{mark}{options}"


def _places(document: Document, toml: LabToml) -> Iterator[Problem]:
    """A place is acquired for a line: two lines that share one would have its meters tested side by side."""
    seen: dict[str, str] = {}
    for index, line in enumerate(toml.line):
        if line.labgrid_place is None:
            continue
        other = seen.setdefault(line.labgrid_place, line.name)
        if other != line.name:
            message = f"line {other} has this place already; make one line of them"
            yield document.problem(("line", index, "labgrid_place"), message)


def _programs(document: Document, toml: LabToml) -> Iterator[Problem]:
    """An empty list is no command, which is fine; an empty program is none that can be run."""
    places: list[tuple[Path, HooksToml | None]] = [(("hooks",), toml.hooks)]
    places += [(("line", index, "hooks"), line.hooks) for index, line in enumerate(toml.line)]
    places += [(("device", index, "hooks"), device.hooks) for index, device in enumerate(toml.device)]
    for path, hooks in places:
        for key in ("before", "after", "dead"):
            command = None if hooks is None else getattr(hooks, key)
            if command and not command[0].strip():
                yield document.problem((*path, key), "begins with an empty program; write [] for no command")


def _webhook(document: Document, toml: LabToml) -> Iterator[Problem]:
    if toml.webhook is None:
        return
    url = toml.webhook.url
    if not isinstance(url, EnvToml) and not is_web_url(url):
        yield document.problem(("webhook", "url"), "must begin with https:// or http:// and a host", hide_value=True)
    for name, value in toml.webhook.headers.items():
        if not isinstance(value, EnvToml) and not value.isprintable():
            message = "may hold printable characters only"
            yield document.problem(("webhook", "headers", name), message, hide_value=True)


def is_web_url(text: str) -> bool:
    """Whether a text is a URL that a webhook can have."""
    scheme, mark, rest = text.partition("://")
    host = rest.partition("/")[0]
    return bool(mark and host) and scheme.lower() in ("http", "https") and text.isprintable() and " " not in text
