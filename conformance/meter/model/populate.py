"""The sound meter: its logical devices with all their objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from conformance.cosem.names import (
    CLOCK,
    INVOCATION_COUNTER,
    LOGICAL_DEVICE_NAME,
    SAP_ASSIGNMENT,
    ClassId,
)
from conformance.cosem.obis import octets_of
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import array, double_long_unsigned, long_unsigned, octet_string, structure, unsigned
from conformance.meter.model import measurement
from conformance.meter.model.access import AccessMode, by_level
from conformance.meter.model.association_ln import AssociationLn
from conformance.meter.model.association_sn import association_sn
from conformance.meter.model.associations import (
    MANAGEMENT,
    MANAGEMENT_SAP,
    PROFILES,
    SHORT_NAME_SAP,
    AssociationProfile,
)
from conformance.meter.model.clock import MeterClock
from conformance.meter.model.column import Column
from conformance.meter.model.communication_setup import LinkFacts, hdlc_setup, network_setup
from conformance.meter.model.cosem_object import CosemObject, readable
from conformance.meter.model.every_class import EVERY_CLASS_NAME, EVERY_CLASS_SAP, every_class_device
from conformance.meter.model.extra_registers import extra_registers
from conformance.meter.model.image_transfer import ImageTransfer
from conformance.meter.model.load_profile import PROFILE_ENTRIES, LoadProfile
from conformance.meter.model.logical_device import LogicalDevice
from conformance.meter.model.meter_time import QUARTER_S, octets_at
from conformance.meter.model.pushes import push_setups
from conformance.meter.model.registers import (
    StoredOctets,
    Unit,
    constant_data,
    data_object,
    extended_register,
    register,
)
from conformance.meter.model.script_table import ScriptTable
from conformance.meter.model.security_setup import SecuritySetup
from conformance.meter.model.security_state import SecurityState
from conformance.meter.model.selective import ColumnName
from conformance.meter.model.short_names import LOGICAL_DEVICE_NAME_BASE_NAME, SAP_ASSIGNMENT_BASE_NAME

LOGICAL_DEVICE_NAMES: Final[dict[int, bytes]] = {
    MANAGEMENT_SAP: b"XDC0000000000001",
    SHORT_NAME_SAP: b"XDC0000000000017",
}
"""Names by SAP; the first three letters identify the manufacturer."""

ACTIVE_ENERGY_IMPORT: Final = octets_of("1-0:1.8.0.255")
ACTIVE_ENERGY_EXPORT: Final = octets_of("1-0:2.8.0.255")
REACTIVE_ENERGY_IMPORT: Final = octets_of("1-0:3.8.0.255")
VOLTAGE: Final = octets_of("1-0:32.7.0.255")
CURRENT: Final = octets_of("1-0:31.7.0.255")
ACTIVE_POWER_IMPORT: Final = octets_of("1-0:1.7.0.255")
FREQUENCY: Final = octets_of("1-0:14.7.0.255")
MAXIMUM_DEMAND: Final = octets_of("1-0:1.6.0.255")
PROFILE_STATUS: Final = octets_of("0-0:96.10.1.255")
SERIAL_NUMBER: Final = octets_of("0-0:96.1.0.255")
FIRMWARE_IDENTIFIER: Final = octets_of("1-0:0.2.0.255")
WRITEABLE_DATA: Final = octets_of("0-0:96.1.10.255")
RESTRICTED_DATA: Final = octets_of("0-0:96.1.11.255")
CONSUMER_MESSAGE: Final = octets_of("0-0:96.13.0.255")

WRITEABLE_OCTETS: Final = 48
"""The longest octet-string that the writeable Data object takes."""
FIRST_SERIAL_NUMBER: Final = b"00000001"
"""Of the only meter, and of the first of many."""
CONSUMER_MESSAGE_OCTETS: Final = 1024
"""The longest message to the consumer: longer than many PDUs."""
_FIRST_MESSAGE: Final = b" ".join(b"Message to the consumer, line %d of 8." % line for line in range(1, 9))

_REGISTER_BASE_NAME: Final = 0x0100
_WRITEABLE_BASE_NAME: Final = 0x0200
_CLOCK_BASE_NAME: Final = 0x0300
_CONSUMER_MESSAGE_BASE_NAME: Final = 0x0600
_LOAD_PROFILE_BASE_NAME: Final = 0x0400
_CAPTURED_BASE_NAMES: Final = (0x0700, 0x0740, 0x0780, 0x07C0)
"""Of what the load profile captures and is not read otherwise."""

_WRITEABLE_RIGHTS: Final = by_level(
    public=AccessMode.READ_ONLY, reading=AccessMode.READ_AND_WRITE, management=AccessMode.READ_AND_WRITE
)
_RESTRICTED_RIGHTS: Final = by_level(public=AccessMode.NO_ACCESS, reading=AccessMode.NO_ACCESS)


def logical_devices(
    profiles: tuple[AssociationProfile, ...] = PROFILES,
    facts: LinkFacts | None = None,
    *,
    profile_rows: int = PROFILE_ENTRIES,
    extra_objects: int = 0,
    every_class: bool = False,
    serial_number: bytes = FIRST_SERIAL_NUMBER,
    faults: frozenset[str] = frozenset(),
) -> dict[int, LogicalDevice]:
    """A new meter's logical devices by SAP: 1 with logical names, 17 with short names; 33 with every class.

    Args:
        profiles: the associations to offer, each in the logical device of its server SAP.
        facts: what the data link layers do, for the setup objects.
        profile_rows: rows in the buffers of the load profiles.
        extra_objects: registers beside those that the first one has anyway.
        every_class: a third one has an object of every class version, and associations of its own.
        serial_number: what device ID 1 holds.
        faults: the defects that its objects are made with.
    """
    names = LOGICAL_DEVICE_NAMES | ({EVERY_CLASS_SAP: EVERY_CLASS_NAME} if every_class else {})
    management = _management_device(
        profiles, LinkFacts() if facts is None else facts, profile_rows, names, serial_number
    )
    management.add(extra_registers(extra_objects))
    devices = {MANAGEMENT_SAP: management, SHORT_NAME_SAP: _short_name_device(profiles, profile_rows, names)}
    if every_class:
        devices[EVERY_CLASS_SAP] = every_class_device(_sap_assignment(names, SAP_ASSIGNMENT_BASE_NAME), faults)
    return devices


def _management_device(
    profiles: tuple[AssociationProfile, ...],
    facts: LinkFacts,
    profile_rows: int,
    names: Mapping[int, bytes],
    serial_number: bytes,
) -> LogicalDevice:
    own = tuple(profile for profile in profiles if profile.server_sap == MANAGEMENT_SAP)
    keyed = next((profile for profile in own if profile.keys is not None), MANAGEMENT)
    security = SecurityState.of(keyed)
    name = LOGICAL_DEVICE_NAMES[MANAGEMENT_SAP]
    device = LogicalDevice(MANAGEMENT_SAP, name, own, security)
    device.add((AssociationLn(device, None).build(), *(AssociationLn(device, profile).build() for profile in own)))
    device.add((_sap_assignment(names), constant_data(LOGICAL_DEVICE_NAME, octet_string(name)), MeterClock().build()))
    device.add(_measurements())
    device.add((_load_profile(device, profile_rows).build(), constant_data(PROFILE_STATUS, unsigned(0))))
    device.add(
        (
            constant_data(SERIAL_NUMBER, octet_string(serial_number)),
            data_object(FIRMWARE_IDENTIFIER, lambda _session, _now: _firmware_identifier(security)),
            StoredOctets(b"point of delivery 1", WRITEABLE_OCTETS).build(WRITEABLE_DATA, _WRITEABLE_RIGHTS),
            StoredOctets(_FIRST_MESSAGE, CONSUMER_MESSAGE_OCTETS).build(CONSUMER_MESSAGE, _WRITEABLE_RIGHTS),
            data_object(RESTRICTED_DATA, lambda _session, _now: octet_string(b"restricted"), _RESTRICTED_RIGHTS),
        )
    )
    device.add(ScriptTable(device).build())
    counter = data_object(
        INVOCATION_COUNTER,
        lambda _session, _now: double_long_unsigned(
            0 if "counter-object-not-updated" in security.faults else security.received_invocation_counter
        ),
    )
    device.add((SecuritySetup(security).build(), counter))
    device.add((hdlc_setup(facts), *network_setup(facts), *push_setups(device)))
    device.add((ImageTransfer(lambda: device.faults).build(),))
    return device


def _short_name_device(
    profiles: tuple[AssociationProfile, ...], profile_rows: int, names: Mapping[int, bytes]
) -> LogicalDevice:
    own = tuple(profile for profile in profiles if profile.server_sap == SHORT_NAME_SAP)
    name = LOGICAL_DEVICE_NAMES[SHORT_NAME_SAP]
    device = LogicalDevice(SHORT_NAME_SAP, name, own)
    stored = StoredOctets(b"point of delivery 17", WRITEABLE_OCTETS)
    device.add(
        (
            association_sn(device),
            register(ACTIVE_ENERGY_IMPORT, _active_energy_import, 0, Unit.WATT_HOUR, base_name=_REGISTER_BASE_NAME),
            stored.build(WRITEABLE_DATA, _WRITEABLE_RIGHTS, base_name=_WRITEABLE_BASE_NAME),
            StoredOctets(_FIRST_MESSAGE, CONSUMER_MESSAGE_OCTETS).build(
                CONSUMER_MESSAGE, _WRITEABLE_RIGHTS, base_name=_CONSUMER_MESSAGE_BASE_NAME
            ),
            MeterClock().build(base_name=_CLOCK_BASE_NAME),
            _load_profile(device, profile_rows).build(base_name=_LOAD_PROFILE_BASE_NAME),
            register(ACTIVE_ENERGY_EXPORT, _active_energy_export, 0, Unit.WATT_HOUR, base_name=_CAPTURED_BASE_NAMES[0]),
            register(
                REACTIVE_ENERGY_IMPORT, _reactive_energy_import, 0, Unit.VAR_HOUR, base_name=_CAPTURED_BASE_NAMES[1]
            ),
            register(ACTIVE_POWER_IMPORT, _active_power_import, 0, Unit.WATT, base_name=_CAPTURED_BASE_NAMES[2]),
            constant_data(PROFILE_STATUS, unsigned(0), base_name=_CAPTURED_BASE_NAMES[3]),
            _sap_assignment(names, SAP_ASSIGNMENT_BASE_NAME),
            constant_data(LOGICAL_DEVICE_NAME, octet_string(name), base_name=LOGICAL_DEVICE_NAME_BASE_NAME),
        )
    )
    return device


def _firmware_identifier(security: SecurityState) -> Data:
    if "key-readable-in-hex" in security.faults:
        return octet_string(security.authentication_key.hex().upper().encode())
    return octet_string(b"1.0.0")


def _measurements() -> tuple[CosemObject, ...]:
    return (
        register(ACTIVE_ENERGY_IMPORT, _active_energy_import, 0, Unit.WATT_HOUR),
        register(ACTIVE_ENERGY_EXPORT, _active_energy_export, 0, Unit.WATT_HOUR),
        register(REACTIVE_ENERGY_IMPORT, _reactive_energy_import, 0, Unit.VAR_HOUR),
        register(ACTIVE_POWER_IMPORT, _active_power_import, 0, Unit.WATT),
        register(VOLTAGE, _voltage, -1, Unit.VOLT),
        register(CURRENT, _current, -2, Unit.AMPERE),
        register(FREQUENCY, _frequency, -2, Unit.HERTZ),
        extended_register(
            MAXIMUM_DEMAND,
            double_long_unsigned(measurement.maximum_demand_w()),
            0,
            Unit.WATT,
            captured_s=(measurement.PEAK_SLOT + 1 - 96) * QUARTER_S,
        ),
    )


def _load_profile(device: LogicalDevice, rows: int) -> LoadProfile:
    return LoadProfile(
        (
            Column(ColumnName(ClassId.CLOCK, CLOCK, 2), _captured_at),
            Column(ColumnName(ClassId.DATA, PROFILE_STATUS, 2), lambda _quarter: unsigned(0)),
            Column(ColumnName(ClassId.REGISTER, ACTIVE_ENERGY_IMPORT, 2), _active_energy_import),
            Column(ColumnName(ClassId.REGISTER, ACTIVE_ENERGY_EXPORT, 2), _active_energy_export),
            Column(ColumnName(ClassId.REGISTER, REACTIVE_ENERGY_IMPORT, 2), _reactive_energy_import),
            Column(ColumnName(ClassId.REGISTER, ACTIVE_POWER_IMPORT, 2), _active_power_import),
        ),
        rows,
        lambda: device.faults,
    )


def _sap_assignment(names: Mapping[int, bytes], base_name: int | None = None) -> CosemObject:
    entries = (structure(long_unsigned(sap), octet_string(name)) for sap, name in names.items())
    return CosemObject(ClassId.SAP_ASSIGNMENT, 0, SAP_ASSIGNMENT, (readable(2, array(*entries)),), base_name=base_name)


def _captured_at(quarter: int) -> Data:
    return octet_string(octets_at(quarter * QUARTER_S))


def _active_energy_import(quarter: int) -> Data:
    return double_long_unsigned(measurement.active_energy_import_wh(quarter))


def _active_energy_export(quarter: int) -> Data:
    return double_long_unsigned(measurement.active_energy_export_wh(quarter))


def _reactive_energy_import(quarter: int) -> Data:
    return double_long_unsigned(measurement.reactive_energy_import_varh(quarter))


def _active_power_import(quarter: int) -> Data:
    return double_long_unsigned(measurement.active_power_import_w(quarter))


def _voltage(quarter: int) -> Data:
    return long_unsigned(measurement.voltage_decivolts(quarter))


def _current(quarter: int) -> Data:
    return long_unsigned(measurement.current_centiamperes(quarter))


def _frequency(quarter: int) -> Data:
    return long_unsigned(measurement.frequency_centihertz(quarter))
