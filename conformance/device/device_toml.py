"""The device config as it is written: the tables around the associations, every key with its meaning."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from conformance.device.association_toml import AssociationToml
from conformance.device.push_toml import PushToml
from conformance.device.toml_types import Name, Sap, Table

AddressLength = Literal[1, 2, 4]
Seconds = Annotated[float, Field(gt=0, le=86400)]
PermissionName = Literal[
    "reads",
    "writes",
    "changes_keys",
    "changes_policy",
    "leaves_policy",
    "may_lock_out",
    "disconnects",
    "updates_firmware",
]


class LinkToml(Table):
    """The way to the meter."""

    url: Annotated[str, Field(min_length=1)]
    """The embedded meter: "loopback:". A meter or gateway on a network: "tcp://HOST:PORT", "udp://HOST:PORT".
    A serial line of this host: "serial:/dev/ttyUSB0?baud=9600" or "serial:COM3?baud=9600"; behind a serial server:
    "rfc2217://HOST:PORT?baud=9600", or raw as "socket://HOST:PORT". Options of serial lines: baud, data_bits=8,
    parity=none|even|odd, stop_bits=1|2, echo=true for a head that gives back what is sent, opening=mode-e for
    IEC 62056-21 mode E; and ign_set_control=true for an RFC 2217 server without control signals."""
    profile: Literal["hdlc", "wrapper"]
    """Communication profile: HDLC, or the wrapper of the TCP-UDP/IP profile."""


class TimingToml(Table):
    """How long the meter may take."""

    response_timeout_s: Seconds = 5.0
    """Without an octet of an answer for so long, a request has been met with silence; seconds."""
    recovery_time_s: Annotated[float, Field(ge=0, le=86400)] = 30.0
    """Within so long after a refused or malformed request the meter serves a fresh link again; seconds."""
    max_response_time_s: Seconds | None = None
    """From the last octet of a request to the first of its answer the meter takes so long at most; seconds; left out:
    measured, not judged."""
    max_inter_octet_gap_s: Annotated[float, Field(gt=0, le=6.0)] | None = None
    """Between two octets of one frame the meter pauses for so long at most; seconds; left out: measured, not judged."""


class ClockToml(Table):
    """The meter's clock."""

    max_deviation_s: Annotated[float, Field(ge=0, le=86400)] | None = None
    """So far its clock may be from that of this host; seconds; left out: measured, not judged."""


class HdlcToml(Table):
    """The HDLC data link. The upper server address is the SAP of the logical device."""

    server_lower: Annotated[int, Field(ge=0, le=0x3FFF)] | None = None
    """Lower HDLC address, the physical device; left out with an address of one octet."""
    address_length: AddressLength = 1
    """Octets of the server address that is used: 1, 2 or 4."""
    addressing: Annotated[list[AddressLength], Field(min_length=1)] | None = None
    """Every server address length that the meter claims to take; left out: the one that is used."""
    max_information_field_length_transmit: Annotated[int, Field(ge=32, le=2030)] = 128
    """Proposed in the SNRM: octets of information the client sends in one frame."""
    max_information_field_length_receive: Annotated[int, Field(ge=32, le=2030)] = 128
    """Proposed in the SNRM: octets of information the client takes in one frame."""
    window_size_transmit: Annotated[int, Field(ge=1, le=7)] = 1
    """Proposed in the SNRM: frames the client sends without waiting."""
    window_size_receive: Annotated[int, Field(ge=1, le=7)] = 1
    """Proposed in the SNRM: frames the client takes without acknowledging."""
    inter_octet_timeout_s: Annotated[float, Field(ge=0.02, le=6.0)] = 0.025
    """A longer gap between two octets ends the frame; seconds."""
    inactivity_timeout_s: Annotated[float, Field(ge=0, le=86400)] = 120.0
    """The link is disconnected after so long without a frame; seconds; 0: never."""
    llc: bool = True
    """Information fields begin with the LLC header (E6 E6 00, E6 E7 00)."""


class LogicalDeviceToml(Table):
    """A logical device of the meter."""

    sap: Sap
    """Its SAP: wrapper port, or upper HDLC address."""
    name: Annotated[str, Field(min_length=1, max_length=16)] | None = None
    """Its logical device name, at most 16 octets, the first three the FLAG identifier; left out: not checked."""


class ExpectedDeviationToml(Table):
    """A known fault that is accepted for a reason."""

    case: Annotated[str, Field(min_length=1)]
    """Identifier of the case."""
    reason: Annotated[str, Field(min_length=1)]
    """Why it is accepted."""
    owner: Annotated[str, Field(min_length=1)]
    """Who answers for it."""
    subtest: Annotated[int, Field(ge=1)] | None = None
    """Number of the subtest; left out: the whole case."""
    association: Name | None = None
    """Name of the association; left out: all."""
    variant: str | None = None
    """Variant, as reports name it; left out: all."""
    expires: date | None = None
    """Last day on which it is accepted; left out: no end."""


class EmbeddedToml(Table):
    """The device is the meter inside this tool."""

    defects: list[str] = Field(default=[])
    """Faults to switch on, by name."""
    security_suite: Annotated[int, Field(ge=0, le=2)] = 0
    """Security suite of its keys: 0, 1 or 2."""
    security_policy: Annotated[int, Field(ge=0, le=3)] | None = None
    """What it demands of all messages at first: 0 nothing, 1 authenticated, 2 encrypted, 3 both; left out: 3 in suite
    0, and 0 in suites 1 and 2, where a request may be protected by a signature alone."""
    first_block_transfer: Literal["general", "service-specific"] = "service-specific"
    """The blocks that its long replies begin with, where the client has negotiated both mechanisms."""
    profile_rows: Annotated[int, Field(ge=0, le=1_000_000)] = 2880
    """Rows in the buffer of its load profile, one for each quarter of an hour."""
    extra_objects: Annotated[int, Field(ge=0, le=9000)] = 0
    """Registers in its management logical device, beside those that it has anyway."""
    classes: Literal["own", "every"] = "own"
    """own: the classes that a meter needs; every: an object of each class version too, in a logical device of its own
    at SAP 33, with the associations that simulator-objects.toml declares."""


class DeviceToml(Table):
    """A device config: what a meter claims to be, how it is reached, where its secrets are."""

    name: Name
    """Unique in a lab; in reports and file names."""
    manufacturer: Annotated[str, Field(min_length=1)]
    """FLAG identifier or name of the maker."""
    model: str = ""
    """Type of the meter."""
    description: str = ""
    """What a reader of the report should know of this device."""
    acceptance: Literal["strict", "tolerant"] = "tolerant"
    """strict: the standard's own reaction only; tolerant: also what certified meters are known to do."""
    permissions: list[PermissionName] = Field(default=["reads"])
    """How intrusive cases may be with this meter."""
    companion: Annotated[str, Field(min_length=1)] | None = None
    """The companion profile that the meter is made to: "generic", "is-15959", "idis-package-2", or the path of a file
    of your own, from this file's folder and ending in .toml; left out: cases of companion profiles are not
    applicable."""
    companion_options: list[str] = Field(default=[])
    """Which of the profile's options the meter has, such as "three-phase"; `profile show` lists them."""
    published_keys: Annotated[str, Field(min_length=1)] | None = None
    """Why keys may stand in this file, for example that they are published test keys; left out: they may not."""
    link: LinkToml
    """How the meter is reached."""
    timing: TimingToml = TimingToml()
    """How long the meter may take to answer and to recover."""
    clock: ClockToml = ClockToml()
    """How exact the meter's clock is."""
    hdlc: HdlcToml = HdlcToml()
    """The HDLC data link; not used with profile wrapper."""
    logical_device: Annotated[list[LogicalDeviceToml], Field(min_length=1)]
    """The logical devices."""
    association: Annotated[list[AssociationToml], Field(min_length=1)]
    """The associations that the meter claims to offer."""
    expected_deviation: list[ExpectedDeviationToml] = Field(default=[])
    """Known faults that are accepted for a reason."""
    push: PushToml | None = None
    """What the meter pushes, and where the tester listens for it; left out: cases of pushes are not applicable."""
    embedded: EmbeddedToml | None = None
    """Only with the link "loopback:"."""
