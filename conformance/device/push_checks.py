"""Rules that `[push]` must keep beside those of each key: addresses, associations, keys, permissions."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.device.association_toml import AssociationToml
from conformance.device.document import Document
from conformance.device.problems import Problem, nearest
from conformance.device.push_toml import PushSetupToml, PushToml
from conformance.device.toml_lines import Path
from conformance.link.url import LinkUrl, LinkUrlError, parse_url

_LISTENS = ("tcp", "udp")


def push_problems(document: Document, push: PushToml | None, associations: list[AssociationToml]) -> Iterator[Problem]:
    """Every broken rule of `[push]`."""
    if push is None:
        return
    listened = list(_listened(document, push))
    yield from (found for found in listened if isinstance(found, Problem))
    schemes = {found.scheme for found in listened if isinstance(found, LinkUrl)}
    seen: dict[tuple[str, str], int] = {}
    for index, setup in enumerate(push.setup):
        place: Path = ("push", "setup", index)
        key = (setup.association, setup.instance_id)
        if key in seen:
            message = f"entry {seen[key] + 1} is of this object and association already; leave one out"
            yield document.problem((*place, "instance_id"), message)
        seen.setdefault(key, index)
        if setup.transport != "own-line" and setup.transport not in schemes:
            message = f'needs a place to listen: add "{setup.transport}://HOST:PORT" to [push] listen'
            yield document.problem((*place, "transport"), message)
        yield from _setup(document, setup, place, associations)
    names = [item.name for item in associations]
    for index, event in enumerate(push.event):
        where: Path = ("push", "event", index, "association")
        yield from _unknown(document, where, event.association, names)
        found = _named(event.association, associations)
        if found is not None and "event-notification" not in found.conformance:
            yield document.problem(where, 'has no "event-notification" in its conformance; add it, or leave this out')


def _listened(document: Document, push: PushToml) -> Iterator[LinkUrl | Problem]:
    seen: set[LinkUrl] = set()
    for index, text in enumerate(push.listen):
        place: Path = ("push", "listen", index)
        try:
            url = parse_url(text)
        except LinkUrlError as error:
            yield document.problem(place, str(error))
            continue
        if url.scheme not in _LISTENS:
            yield document.problem(place, 'expected "tcp://HOST:PORT" or "udp://HOST:PORT"')
        elif not url.port > 0:
            yield document.problem(place, "the meter must know the port: 1 to 65535")
        elif url in seen:
            yield document.problem(place, "stands here twice; leave one out")
        else:
            seen.add(url)
            yield url


def _setup(
    document: Document, setup: PushSetupToml, place: Path, associations: list[AssociationToml]
) -> Iterator[Problem]:
    names = [item.name for item in associations]
    yield from _unknown(document, (*place, "association"), setup.association, names)
    for number, name in enumerate(setup.refused):
        yield from _unknown(document, (*place, "refused", number), name, names)
        if name == setup.association:
            yield document.problem((*place, "refused", number), "is the association that invokes push() itself")
    if setup.confirmed and setup.transport == "own-line":
        message = 'is for transport "tcp" and "udp": on the line of an association nothing is confirmed here'
        yield document.problem((*place, "confirmed"), message)
    if setup.destination is not None:
        yield from _destination(document, setup, place)
    association = _named(setup.association, associations)
    if association is not None:
        yield from _keys(document, setup, place, association)


def _destination(document: Document, setup: PushSetupToml, place: Path) -> Iterator[Problem]:
    if setup.transport == "own-line":
        yield document.problem((*place, "destination"), 'is for transport "tcp" and "udp"; leave it out')
    permissions = document.value(("permissions",))
    if not isinstance(permissions, list) or "writes" not in permissions:
        message = 'is written into the meter and put back: add "writes" to permissions, or leave it out'
        yield document.problem((*place, "destination"), message)


def _keys(document: Document, setup: PushSetupToml, place: Path, association: AssociationToml) -> Iterator[Problem]:
    """What protects pushes must be what the association declares of notifications."""
    key = {"none": "none", "general-ded": "dedicated"}.get(setup.protection, "global")
    declared = association.notification_form
    if key != declared:
        message = (
            f'is under the key "{key}", and notification_key of association "{association.name}" is "{declared}"; '
            "make them agree"
        )
        yield document.problem((*place, "protection"), message)
    if association.context.startswith("sn"):
        yield document.problem((*place, "association"), "references by short names; push() is invoked by ACTION")


def _unknown(document: Document, place: Path, name: str, names: list[str]) -> Iterator[Problem]:
    if name not in names:
        yield document.problem(place, "no [[association]] has this name", allowed=names, meant=nearest(name, names))


def _named(name: str, associations: list[AssociationToml]) -> AssociationToml | None:
    return next((item for item in associations if item.name == name), None)
