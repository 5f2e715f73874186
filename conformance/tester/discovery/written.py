"""From findings to a device config that runs as it is: a guess says that it is one, what is wanting what to fill in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from conformance.device.config_text import ConfigText, Entry, one_line
from conformance.device.model import EmbeddedMeter, Profile
from conformance.tester.discovery.findings import Findings, ServerAddress
from conformance.tester.discovery.names import UNKNOWN_MAKER, as_text, association_names, device_name, maker
from conformance.tester.discovery.plan import Plan
from conformance.tester.discovery.written_association import Written, association, is_ready

_SMALLEST_FIELD: Final = 32
_LARGEST_FIELD: Final = 2030
_LARGEST_WINDOW: Final = 7


class NothingToWriteError(Exception):
    """No association was found of which a config could be made that runs; the message says why, and what to do."""


def config_of(findings: Findings, plan: Plan, embedded: EmbeddedMeter | None = None) -> str:
    """The device config.

    Args:
        findings: what was found.
        plan: what was tried, and what the user gave.
        embedded: the embedded meter that was asked; None: a meter behind a link.

    Raises:
        NothingToWriteError: there is nothing that could be run.
    """
    ready = [item for item in findings.associations if is_ready(item)]
    active = ready or [item for item in findings.associations if is_ready(item, secrets_set=True)]
    if findings.profile is None or not active:
        raise NothingToWriteError(_why_nothing(findings))
    name, names = device_name(plan.name), association_names(findings.associations)
    text = ConfigText()
    text.add("", _device(findings, name), remarks=_head(findings, active=bool(ready)))
    text.add("[link]", (Entry("url", findings.link), Entry("profile", findings.profile.value)))
    text.add("[timing]", (Entry("response_timeout_s", 5.0, "a guess: nothing for so long is silence"),))
    if findings.profile is Profile.HDLC:
        text.add("[hdlc]", _hdlc(findings))
    if embedded is not None:
        text.add("[embedded]", _embedded(embedded))
    for entries, remarks, asked in _logical_devices(findings):
        text.add("[[logical_device]]", entries, remarks=remarks, off=not asked)
    for item in findings.associations:
        _add(text, Written(item, findings, plan, name, names), off=item not in active)
    return str(text)


def _add(text: ConfigText, written: Written, *, off: bool) -> None:
    made = association(written)
    remarks = made.remarks
    if off:
        remarks = (*remarks, "Fill in what is wanting, then remove the # before each key of these tables.")
    text.add("[[association]]", made.entries, remarks=remarks, off=off)
    if made.targets:
        text.add("[association.targets]", made.targets, off=off)
    if made.base_names:
        text.add("[association.base_names]", made.base_names, off=off)


def _why_nothing(findings: Findings) -> str:
    if findings.profile is None:
        return "nothing answered"
    if not findings.associations:
        return "the data link answers, and no client was answered: name others with --client, or a longer --timeout"
    wanting = "; ".join(f"client {item.client}: {item.why_closed}" for item in findings.associations[:4])
    return one_line(f"no association could be opened ({wanting}); give what is wanting with --user, --secret and --key")


def _head(findings: Findings, *, active: bool) -> Iterator[str]:
    yield f"Written by dlms-conformance discover, from what the meter at {findings.link} answered."
    yield "What could not be known says so beside it; secrets are never written here, only where they are."
    closed = sum(item.opened is None for item in findings.associations)
    if not active:
        yield "No association could be opened: set the variables that are named below before the first run."
    elif closed:
        yield f"{closed} of {len(findings.associations)} associations could not be opened and stand as comments below."
    yield from (f"Note: {note}" for note in findings.notes)


def _device(findings: Findings, name: str) -> Iterator[Entry]:
    names = [item.opened.logical_device_name for item in findings.opened if item.opened is not None]
    made_by = next((maker(item) for item in names if item), UNKNOWN_MAKER)
    yield Entry("name", name)
    yield Entry(
        "manufacturer",
        made_by,
        "fill in" if made_by == UNKNOWN_MAKER else "the first three letters of the logical device name",
    )
    yield Entry("acceptance", "tolerant", '"strict": only the reactions of the standard pass')
    yield Entry("permissions", ["reads"], 'the owner of the meter may allow more: "writes", "may_lock_out", …')


def _hdlc(findings: Findings) -> Iterator[Entry]:
    hdlc = findings.hdlc
    used = hdlc.addresses[0]
    lower = next((item.lower for item in hdlc.addresses if item.lower is not None), None)
    lengths = [item.length for item in hdlc.addresses if item.lower in (None, lower)]
    yield Entry("address_length", used.length)
    yield Entry("addressing", lengths, "lengths that answered; others that were tried were met with silence")
    if lower is not None:
        yield Entry("server_lower", lower, _lower_remark(hdlc.addresses, lower))
    if hdlc.parameters is None:
        yield Entry("max_information_field_length_transmit", 128, "an SNRM that proposed more was met with silence")
        yield Entry("max_information_field_length_receive", 128)
    else:
        # The UA speaks from the side of the meter.
        sizes = (hdlc.parameters.max_information_receive, hdlc.parameters.max_information_transmit)
        windows = (hdlc.parameters.window_receive, hdlc.parameters.window_transmit)
        for direction, size in zip(("transmit", "receive"), sizes, strict=True):
            bounded = min(max(size, _SMALLEST_FIELD), _LARGEST_FIELD)
            yield Entry(f"max_information_field_length_{direction}", bounded, "negotiated")
        for direction, size in zip(("transmit", "receive"), windows, strict=True):
            yield Entry(f"window_size_{direction}", min(max(size, 1), _LARGEST_WINDOW), "negotiated")
    inside = [item.opened for item in findings.opened if item.opened is not None]
    gap = next((item.inter_octet_timeout_s for item in inside if item.inter_octet_timeout_s is not None), None)
    idle = next((item.inactivity_timeout_s for item in inside if item.inactivity_timeout_s is not None), None)
    told = "from IEC HDLC setup"
    legal = gap is not None and 0.02 <= gap <= 6.0
    yield Entry("inter_octet_timeout_s", gap if gap is not None and legal else 0.025, told if legal else "a guess")
    yield Entry("inactivity_timeout_s", 120.0 if idle is None else idle, "a guess" if idle is None else told)


def _lower_remark(addresses: tuple[ServerAddress, ...], lower: int) -> str:
    others = [str(item) for item in addresses if item.lower not in (None, lower)]
    return one_line(f"also answered: {', '.join(others)}", 200) if others else "the physical device"


def _embedded(embedded: EmbeddedMeter) -> Iterator[Entry]:
    yield Entry("defects", sorted(embedded.defects))
    yield Entry("security_suite", embedded.security_suite)
    if embedded.security_policy is not None:
        yield Entry("security_policy", embedded.security_policy)
    yield Entry("first_block_transfer", embedded.first_block_transfer)
    yield Entry("profile_rows", embedded.profile_rows)


def _logical_devices(findings: Findings) -> Iterator[tuple[list[Entry], list[str], bool]]:
    """A table for each server that answered, with its name where it was read; and for those only named, as comments."""
    assigned: dict[int, bytes] = {}
    for item in findings.opened:
        if item.opened is not None:
            assigned |= dict(item.opened.sap_assignment)
            if item.opened.logical_device_name:
                assigned[item.server] = item.opened.logical_device_name
    taken: set[str] = set()
    for sap in sorted(findings.servers):
        entries, remarks, raw = [Entry("sap", sap)], [], assigned.get(sap)
        name = as_text(raw)
        if name is not None and name not in taken:
            taken.add(name)
            entries.append(Entry("name", name))
        elif raw:
            why = "another logical device has it too" if name else "it is no printable text"
            remarks.append(f"Its name, {raw.hex().upper()}, is left out: {why}.")
        yield entries, remarks, True
    for sap in sorted(assigned.keys() - set(findings.servers)):
        yield [Entry("sap", sap)], ["SAP assignment names this one too; it was not asked, or did not answer."], False
