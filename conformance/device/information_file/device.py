"""From an information file to a device config: what maps is written, what does not is told with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from conformance.device.config_text import ConfigText, Entry
from conformance.device.information_file.associations import Association, association
from conformance.device.information_file.reading import Members, Unmapped, blocks_of, plain, text_of
from conformance.device.information_file.syntax import Block, Member, parse

_SECTIONS: Final = ("DeviceIdentification", "Identification", "IUT", "Device", "General", "Manufacturer_Information")
_PROFILES: Final = ("CommunicationProfile", "Communication", "Communication_Profile", "Profile")
_LOGICAL_DEVICES: Final = ("LogicalDevices", "LogicalDevice", "Logical_Device", "Logical_Devices", "LD")
_ASSOCIATIONS: Final = (
    "ApplicationAssociations",
    "ApplicationAssociation",
    "Application_Associations",
    "Associations",
    "Association",
    "AA",
)
_WRAPPER_WORDS: Final = ("wrapper", "tcp", "udp", "ip", "cosemwrapper", "tcpudpip", "tcpip", "tcpudpipv4")
_LARGEST_HDLC_SAP: Final = 126


@dataclass(slots=True)
class _Found:
    """What was read so far."""

    name: str | None = None
    manufacturer: str | None = None
    flag: str | None = None
    model: str | None = None
    serial: str | None = None
    ldn: str | None = None
    wrapper: bool = False
    hdlc: dict[str, int | float] = field(default_factory=dict)
    devices: dict[int, str | None] = field(default_factory=dict)
    associations: list[Association] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def imported(text: str, source: str) -> tuple[str, tuple[Unmapped, ...]]:
    """The device config that a file comes to, and what of the file it does not hold.

    Args:
        text: of the file.
        source: its name, for a comment.

    Raises:
        SyntaxFault: the file cannot be read.
    """
    members = Members("", list(parse(text)))
    found = _Found()
    _identity(members, found)
    for member in members.take_all(*_SECTIONS):
        if isinstance(member.value, Block):
            inside = members.inside(member, member.value)
            _identity(inside, found)
            inside.give_up()
        elif found.model is None and text_of(member.value):
            found.model = text_of(member.value)
        else:
            members.refuse(member, "")
    _profile(members, found)
    for member in members.take_all(*_LOGICAL_DEVICES):
        _logical_devices(members, member, found)
    _associations(members, found, 1)
    members.give_up()
    return str(_text(found, source)), tuple(members.unmapped)


def _identity(members: Members, found: _Found) -> None:
    found.manufacturer = found.manufacturer or members.text(64, "Manufacturer", "ManufacturerName")
    found.flag = found.flag or members.text(3, "FlagId", "Flag_Id", "FLAG", "ManufacturerId")
    found.model = found.model or members.text(64, "Type", "IUT_Type", "MeterType", "Model")
    found.serial = found.serial or members.text(64, "SerialNumber", "Serial_Number")
    names = ("ManagementLogicalDeviceName", "Management_Logical_Device_Name", "LogicalDeviceName")
    found.ldn = found.ldn or members.text(16, *names)
    found.name = found.name or members.text(64, "DeviceName")


def _profile(members: Members, found: _Found) -> None:
    for member in members.take_all(*_PROFILES):
        if isinstance(member.value, Block):
            inside = members.inside(member, member.value)
            _profile(inside, found)
            _hdlc(inside, found)
            inside.give_up()
        elif plain(text_of(member.value) or "") in _WRAPPER_WORDS:
            found.wrapper = True
        elif "hdlc" not in plain(text_of(member.value) or ""):
            members.refuse(member, "expected HDLC or the wrapper of TCP-UDP/IP")
    for member in members.take_all("HDLC", "HDLC_Parameters", "HdlcSetup"):
        if isinstance(member.value, Block):
            inside = members.inside(member, member.value)
            _hdlc(inside, found)
            inside.give_up()
    _hdlc(members, found)


def _hdlc(members: Members, found: _Found) -> None:
    for direction in ("transmit", "receive"):
        for names, key, low, high in (
            (("MaxInfoFieldLength", "MaxInformationFieldLength"), "max_information_field_length", 32, 2030),
            (("WindowSize",), "window_size", 1, 7),
        ):
            value = members.number(low, high, *(f"{name}_{direction}" for name in names))
            if value is not None:
                found.hdlc[f"{key}_{direction}"] = value
    gap = members.number(20, 6000, "InterOctetTimeout", "Inter_Octet_Time_Out")
    if gap is not None:
        found.hdlc["inter_octet_timeout_s"] = gap / 1000
    idle = members.number(0, 86400, "InactivityTimeout", "Inactivity_Time_Out")
    if idle is not None:
        found.hdlc["inactivity_timeout_s"] = float(idle)


def _logical_devices(members: Members, member: Member, found: _Found) -> None:
    blocks = list(blocks_of(member))
    if not blocks:
        members.refuse(member, "expected a block for each logical device")
    for block in blocks:
        assert isinstance(block.value, Block)  # noqa: S101 - blocks_of gives nothing else
        inside = members.inside(block, block.value)
        sap = inside.number(1, _LARGEST_HDLC_SAP, "SAP", "ServerSAP", "Server_SAP", "ServerAddress", "LogicalDeviceSAP")
        if sap is None:
            sap = next(number for number in range(1, len(found.devices) + 2) if number not in found.devices)
        name = inside.text(16, "LogicalDeviceName", "Logical_Device_Name", "Name", "LDN")
        if sap in found.devices and found.devices[sap] is not None and name is not None:
            inside.refuse(block, f"another logical device has SAP {sap} too; its name is not taken")
        else:
            found.devices[sap] = found.devices.get(sap) or name
        _associations(inside, found, sap)
        inside.give_up()


def _associations(members: Members, found: _Found, server: int) -> None:
    for member in members.take_all(*_ASSOCIATIONS):
        blocks = list(blocks_of(member))
        if not blocks:
            members.refuse(member, "expected a block for each association")
        for block in blocks:
            assert isinstance(block.value, Block)  # noqa: S101 - blocks_of gives nothing else
            inside = members.inside(block, block.value)
            own = inside.number(1, _LARGEST_HDLC_SAP, "ServerSAP", "Server_SAP", "LogicalDeviceSAP")
            made = association(inside, server if own is None else own, found.names)
            if made is None:
                inside.refuse(block, "no association without a client SAP, 1 to 126")
                continue
            if any((item.server, item.client) == (made.server, made.client) for item in found.associations):
                inside.refuse(block, f"client {made.client} of server {made.server} has another association already")
                continue
            found.devices.setdefault(made.server, None)
            found.associations.append(made)
            inside.give_up()


def _text(found: _Found, source: str) -> ConfigText:
    text = ConfigText()
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", found.name or found.model or "imported").strip("-._")[:64]
    entries = [
        Entry("name", kept or "imported"),
        Entry(
            "manufacturer",
            found.flag or found.manufacturer or "unknown",
            "" if found.flag or found.manufacturer else "fill in",
        ),
        Entry("model", found.model or ""),
        Entry("description", " ".join(filter(None, (found.manufacturer, found.serial)))),
    ]
    head = (
        f"Made by dlms-conformance device import from {source}.",
        "Fill in what says so; what of the file found no place here was told when this was made.",
    )
    text.add("", entries, remarks=head)
    profile = "wrapper" if found.wrapper else "hdlc"
    link = Entry("url", "tcp://192.0.2.1:4059", "fill in: where the meter is reached")
    text.add("[link]", (link, Entry("profile", profile)))
    if found.hdlc:
        text.add("[hdlc]", (Entry(key, value) for key, value in found.hdlc.items()))
    associations = found.associations
    active = [item for item in associations if not item.off]
    devices = dict(found.devices) or {1: None}
    if found.ldn is not None and found.ldn not in devices.values() and devices.get(min(devices)) is None:
        devices[min(devices)] = found.ldn
    taken: set[str] = set()
    for sap, name in sorted(devices.items()):
        named = [Entry("name", name)] if name is not None and name not in taken else []
        taken.update(() if name is None else (name,))
        text.add("[[logical_device]]", [Entry("sap", sap), *named])
    if not active:
        text.add("[[association]]", _public(min(devices), found.names), remarks=("A guess: the file tells of none.",))
    for item in associations:
        text.add("[[association]]", item.entries, remarks=item.remarks, off=item.off)
    return text


def _public(server: int, taken: set[str]) -> list[Entry]:
    name = next(name for name in ("public", *(f"public-{n}" for n in range(2, len(taken) + 3))) if name not in taken)
    return [
        Entry("name", name),
        Entry("logical_device", server),
        Entry("client_sap", 16),
        Entry("context", "ln"),
        Entry("mechanism", "none"),
        Entry("conformance", ["get", "block-transfer-with-get-or-read"]),
    ]
