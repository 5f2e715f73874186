"""Rules that hold between the tables of a device config: addresses, names, references from one to another."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.device.association_checks import conflicts
from conformance.device.companion_choice import companion_problems
from conformance.device.device_toml import HdlcToml
from conformance.device.document import Document
from conformance.device.problems import Problem, nearest
from conformance.device.push_checks import push_problems
from conformance.device.toml_lines import Path
from conformance.device.validation import Draft, DraftAssociation
from conformance.link.url import LinkUrlError, parse_url, unreachable

_LARGEST_UPPER = {1: 0x7F, 2: 0x7F, 4: 0x3FFF}
_ALL_STATION_CLIENT = 0x7F


def check(document: Document, draft: Draft) -> list[Problem]:
    """Return every broken rule; nothing is concluded from what is itself in doubt."""
    return [
        *_link(document),
        *_hdlc(document, draft),
        *_timing(document, draft),
        *_logical_devices(document, draft),
        *_associations(document, draft),
        *_expected_deviations(document, draft),
        *_push(document, draft),
        *companion_problems(document),
    ]


def _link(document: Document) -> Iterator[Problem]:
    url = document.value(("link", "url"))
    if not isinstance(url, str) or not url:
        return
    try:
        parsed = parse_url(url)
    except LinkUrlError as error:
        yield document.problem(("link", "url"), str(error))
        return
    profile = document.value(("link", "profile"))
    if (why := unreachable(parsed, profile if isinstance(profile, str) else "")) is not None:
        yield document.problem(("link", "url"), why)
        return
    loopback = parsed.scheme == "loopback"
    if "embedded" in document.values and not loopback:
        message = 'the embedded meter is reached by "loopback:" only; remove [embedded] to test a meter at this link'
        yield document.problem(("embedded",), message)
    if loopback and "embedded" not in document.values:
        yield document.problem(("link", "url"), "is the embedded meter; add an [embedded] table, empty if it is sound")


def _hdlc(document: Document, draft: Draft) -> Iterator[Problem]:
    hdlc = draft.hdlc
    if hdlc is None or draft.link is None or draft.link.profile != "hdlc":
        return
    longest = max((hdlc.address_length, *(hdlc.addressing or ())))
    if longest == 1 and hdlc.server_lower is not None:
        message = "an address of one octet has no lower part; remove it, or add 2 or 4 to addressing"
        yield document.problem(("hdlc", "server_lower"), message)
    if hdlc.address_length > 1 and hdlc.server_lower is None:
        message = f"is missing: an address of {hdlc.address_length} octets has a lower part, the physical device"
        yield document.problem(("hdlc", "server_lower"), message)
    if hdlc.address_length == 2 and hdlc.server_lower is not None and hdlc.server_lower > 0x7F:
        message = "must be 127 or less in an address of 2 octets; set address_length to 4"
        yield document.problem(("hdlc", "server_lower"), message)
    if hdlc.addressing is not None and hdlc.address_length not in hdlc.addressing:
        message = f"lacks {hdlc.address_length}, the address_length that is used; add it"
        yield document.problem(("hdlc", "addressing"), message)
    yield from _hdlc_addresses(document, draft, hdlc)


def _hdlc_addresses(document: Document, draft: Draft, hdlc: HdlcToml) -> Iterator[Problem]:
    largest = _LARGEST_UPPER[hdlc.address_length]
    for index, logical_device in draft.logical_devices:
        if not 0 < logical_device.sap < largest:
            message = f"as upper HDLC address of {hdlc.address_length} octets must be 1 to {largest - 1}"
            yield document.problem(("logical_device", index, "sap"), message)
    for association in draft.associations:
        if "client_sap" not in association.doubtful and not 0 < association.toml.client_sap < _ALL_STATION_CLIENT:
            message = "as HDLC client address must be 1 to 126"
            yield document.problem(("association", association.index, "client_sap"), message)


def _push(document: Document, draft: Draft) -> Iterator[Problem]:
    doubtful = {"name", "notification_key", "context", "conformance"}
    if not any(doubtful & association.doubtful for association in draft.associations):
        yield from push_problems(document, draft.push, [association.toml for association in draft.associations])


def _timing(document: Document, draft: Draft) -> Iterator[Problem]:
    timing = draft.timing
    if timing is None or timing.max_response_time_s is None:
        return
    if timing.max_response_time_s > timing.response_timeout_s:
        message = (
            f"is above response_timeout_s, {timing.response_timeout_s:g}: an answer that late has been taken for "
            "silence already; lower it, or raise response_timeout_s"
        )
        yield document.problem(("timing", "max_response_time_s"), message)


def _logical_devices(document: Document, draft: Draft) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, logical_device in draft.logical_devices:
        for key, value in (("sap", f"sap {logical_device.sap}"), ("name", logical_device.name)):
            if value is None:
                continue
            if value in seen:
                message = f"another logical device, entry {seen[value] + 1}, has it already; make it unique"
                yield document.problem(("logical_device", index, key), message)
            seen.setdefault(value, index)


def _associations(document: Document, draft: Draft) -> Iterator[Problem]:
    names: set[str] = set()
    callers: dict[tuple[int, int], str] = {}
    for association in draft.associations:
        toml, doubtful = association.toml, association.doubtful
        place: Path = ("association", association.index)
        for conflict in conflicts(toml):
            if not doubtful.intersection(conflict.keys):
                yield document.problem((*place, conflict.at), conflict.message, allowed=conflict.allowed)
        if "name" not in doubtful and toml.name in names:
            yield document.problem((*place, "name"), "another association has this name already; make it unique")
        names.add(toml.name)
        if not doubtful & {"logical_device", "client_sap"}:
            caller = (toml.logical_device, toml.client_sap)
            if caller in callers:
                message = (
                    f'association "{callers[caller]}" has this client_sap at logical device {caller[0]} already; '
                    "a server tells associations apart by client SAP"
                )
                yield document.problem((*place, "client_sap"), message)
            callers.setdefault(caller, toml.name)
        yield from _references(document, draft, association)


def _references(document: Document, draft: Draft, association: DraftAssociation) -> Iterator[Problem]:
    """Check that the logical device and the counter's association exist."""
    toml, place = association.toml, ("association", association.index)
    saps = [str(logical_device.sap) for _, logical_device in draft.logical_devices]
    if (
        draft.all_logical_devices
        and "logical_device" not in association.doubtful
        and str(toml.logical_device) not in saps
    ):
        message = "no [[logical_device]] has this SAP; declare it or name another"
        yield document.problem((*place, "logical_device"), message, allowed=saps)
    source = toml.invocation_counter.association
    if source is None or "invocation_counter" in association.doubtful:
        return
    path: Path = (*place, "invocation_counter", "association")
    others = [other for other in draft.associations if other.toml.name == source]
    if source == toml.name:
        yield document.problem(path, "an association cannot be opened to read its own first counter; name another")
    elif not others:
        names = [other.toml.name for other in draft.associations if other is not association]
        yield document.problem(path, "no [[association]] has this name", allowed=names, meant=nearest(source, names))
    elif others[0].toml.logical_device != toml.logical_device and not {"logical_device"} & (
        others[0].doubtful | association.doubtful
    ):
        yield document.problem(path, "is of another logical device, which has counters of its own; name one of this")


def _expected_deviations(document: Document, draft: Draft) -> Iterator[Problem]:
    names = [association.toml.name for association in draft.associations]
    for index, deviation in draft.expected_deviations:
        if deviation.association is not None and deviation.association not in names:
            path: Path = ("expected_deviation", index, "association")
            yield document.problem(path, "no [[association]] has this name", allowed=names)
