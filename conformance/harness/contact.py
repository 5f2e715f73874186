"""The first contact with a meter, before anything is run: whether it answers, and what it calls itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from conformance.cosem.names import LOGICAL_DEVICE_NAME
from conformance.cosem.obis import text_of
from conformance.device.counters import CounterError
from conformance.device.model import AssociationSettings, Device
from conformance.dlms.data.types import Data
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.harness.bench import Bench
from conformance.harness.line_check import check_line
from conformance.harness.lines import LineNotHeld
from conformance.link.link import LinkError
from conformance.tester.association import PreambleFailed
from conformance.tester.not_declared import NotDeclared
from conformance.tester.tape import Tape
from conformance.tester.transfer import TransferFailed, get, read

_NAME = AttributeDescriptor(1, LOGICAL_DEVICE_NAME, 2)
"""The COSEM logical device name, value of a Data object."""
_SHORT_NAME = 0xFD08
"""Of the same: attribute 2 of the object whose base name 0xFD00 is reserved for it."""
_MOST_OCTETS = 64


@dataclass(slots=True)
class Contact:
    """What the first contact has shown.

    Attributes:
        device: the meter.
        unreachable: why it does not answer, and what to do; None when it does.
        silent: whether that is so because of the meter or the way to it, and not because it could not be asked.
        identity: what it says of itself.
        notes: what could not be read.
        tape: every frame.
    """

    device: Device
    unreachable: str | None = None
    silent: bool = False
    identity: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    tape: Tape = field(default_factory=Tape)


def first_contact(device: Device, bench_of: Callable[[Device], Bench]) -> Contact:
    """Ask a meter for a sign of life and for the names of its logical devices."""
    contact = Contact(device)
    try:
        bench = bench_of(device)
        bench.prove_counters()
        silent = bench.why_dead(contact.tape)
        heard = any(frame.direction == "S>C" for frame in contact.tape.frames)
        if silent is not None and heard and (check := check_line(bench, contact.tape)) is not None:
            # Where some frames get through the meter is there, and badly heard.
            silent = None if check.disturbed and not check.mute else silent
    except (LinkError, CounterError) as error:
        contact.unreachable = f"{device.name}: {error}"
        contact.silent = isinstance(error, LinkError) and not isinstance(error, LineNotHeld)
        return contact
    if silent is not None:
        contact.silent = True
        contact.unreachable = (
            f"{device.name}: the meter at {device.link} does not answer ({silent}); check that it is powered and free, "
            f"that it speaks {device.profile.value}, and the addresses in {device.path or 'its device config'}"
        )
        return contact
    for settings in _clients(device):
        _read_name(bench, settings, contact)
    return contact


def _clients(device: Device) -> list[AssociationSettings]:
    """For each logical device, its least demanding association."""
    ordered = sorted(device.associations, key=lambda item: (item.ciphered, item.mechanism))
    chosen: dict[int, AssociationSettings] = {}
    for settings in ordered:
        chosen.setdefault(settings.logical_device, settings)
    return [chosen[sap] for sap in sorted(chosen)]


def _read_name(bench: Bench, settings: AssociationSettings, contact: Contact) -> None:
    name = f"logical device name, SAP {settings.logical_device}"
    random = Random(settings.name)  # noqa: S311 - must be repeatable
    association = bench.association(settings, settings.protections[0], contact.tape, random, recovers=True)
    try:
        association.establish()
        value = read(association, _SHORT_NAME) if settings.short_names else get(association, _NAME)
    except (PreambleFailed, TransferFailed, NotDeclared, LinkError, CounterError) as error:
        contact.notes.append(f"{bench.device.name}: {name} not read through {settings.name}: {error}")
        return
    finally:
        association.close()
    if not isinstance(value, Data) or not isinstance(value.value, bytes | str):
        what = f"{text_of(_NAME.instance_id)} gives {value}"
        contact.notes.append(f"{bench.device.name}: {name} not read through {settings.name}: {what}")
        return
    contact.identity[name] = _legible(value.value)
    declared = next((item.name for item in bench.device.logical_devices if item.sap == settings.logical_device), None)
    if declared is not None and declared != contact.identity[name]:
        contact.notes.append(
            f"{bench.device.name}: {name} is {contact.identity[name]}, the device config declares {declared}"
        )


def _legible(name: bytes | str) -> str:
    """A name as text where it is printable ASCII, else in hexadecimal digits."""
    octets = (name.encode("utf-8") if isinstance(name, str) else name)[:_MOST_OCTETS]
    text = octets.decode("ascii", "replace")
    return text if text.isprintable() and text.isascii() else octets.hex().upper()
