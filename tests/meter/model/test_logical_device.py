"""Services on the sound meter's objects do what the access rights of the association allow, and say why they refuse."""

from dataclasses import replace

import pytest

from conformance.cosem.names import CLOCK, CURRENT_ASSOCIATION, LOGICAL_DEVICE_NAME, SAP_ASSIGNMENT
from conformance.cosem.obis import octets_of
from conformance.dlms.data.codec import decode, encode
from conformance.dlms.data.types import DataType
from conformance.dlms.data.values import (
    double_long_unsigned,
    enum,
    integer,
    long,
    long_unsigned,
    null,
    octet_string,
    structure,
    visible_string,
)
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.access import AccessMode
from conformance.meter.model.associations import MANAGEMENT, PROFILES, PUBLIC, READING, profile_for
from conformance.meter.model.populate import (
    ACTIVE_ENERGY_IMPORT,
    RESTRICTED_DATA,
    WRITEABLE_DATA,
    logical_devices,
)
from conformance.meter.model.script_table import SCRIPT_MARKER, SCRIPT_TABLE
from conformance.meter.model.session import Session

LN_PROFILES = [profile for profile in PROFILES if profile.server_sap == 1]


@pytest.fixture
def device():
    return logical_devices()[1]


def get(device, profile, class_id, name, attribute, access=None, now=0.0):
    return device.read(AttributeDescriptor(class_id, name, attribute), access, Session(profile), now)


def put(device, profile, class_id, name, attribute, value, access=None):
    return device.write(AttributeDescriptor(class_id, name, attribute), access, value, Session(profile), 0.0)


def act(device, profile, class_id, name, method, parameters):
    return device.invoke(MethodDescriptor(class_id, name, method), parameters, Session(profile), 0.0).result


@pytest.mark.parametrize("profile", LN_PROFILES, ids=lambda profile: profile.name)
def test_every_attribute_behaves_as_object_list_says(device, profile):
    listed = get(device, profile, 15, CURRENT_ASSOCIATION, 2)
    seen = set()
    for element in listed.value:
        class_id, _version, name, rights = (part.value for part in element.value)
        assert (class_id, name) not in seen
        seen.add((class_id, name))
        for item in rights[0].value:
            attribute, mode, selectors = (part.value for part in item.value)
            result = get(device, profile, class_id, name, attribute)
            if AccessMode(mode).readable:
                assert decode(encode(result)) == result
            else:
                assert result is DataAccessResult.READ_WRITE_DENIED
            if not AccessMode(mode).writeable:
                assert put(device, profile, class_id, name, attribute, null()) is DataAccessResult.READ_WRITE_DENIED
            assert selectors is None or [part.value for part in selectors] == [1, 2]
        for item in rights[1].value:
            method, mode = (part.value for part in item.value)
            if mode == 0:
                assert act(device, profile, class_id, name, method, null()) is ActionResult.READ_WRITE_DENIED
    assert (15, CURRENT_ASSOCIATION) in seen


@pytest.mark.parametrize("profile", LN_PROFILES, ids=lambda profile: profile.name)
def test_attribute_1_is_the_logical_name(device, profile):
    for item in device.objects(profile):
        value = get(device, profile, item.class_id, item.logical_name, 1)
        assert value == octet_string(item.logical_name)


def test_object_list_is_longer_than_a_pdu(device):
    assert len(encode(get(device, PUBLIC, 15, CURRENT_ASSOCIATION, 2))) > PUBLIC.server_max_receive_pdu_size


def test_logical_device_names_agree(device):
    listed = get(device, PUBLIC, 17, SAP_ASSIGNMENT, 2)
    names = {entry.value[0].value: entry.value[1].value for entry in listed.value}
    assert names == {1: b"XDC0000000000001", 17: b"XDC0000000000017"}
    assert get(device, PUBLIC, 1, LOGICAL_DEVICE_NAME, 2).value == names[1] == device.name


@pytest.mark.parametrize(
    ("class_id", "name", "attribute", "expected"),
    [
        (3, bytes([255] * 6), 2, DataAccessResult.OBJECT_UNDEFINED),
        (4, ACTIVE_ENERGY_IMPORT, 2, DataAccessResult.OBJECT_CLASS_INCONSISTENT),
        (8193, ACTIVE_ENERGY_IMPORT, 2, DataAccessResult.OBJECT_CLASS_INCONSISTENT),
        (3, ACTIVE_ENERGY_IMPORT, 127, DataAccessResult.OBJECT_UNDEFINED),
        (3, ACTIVE_ENERGY_IMPORT, 0, DataAccessResult.OBJECT_UNDEFINED),
        (1, RESTRICTED_DATA, 2, DataAccessResult.READ_WRITE_DENIED),
    ],
)
def test_what_is_not_there_or_not_allowed_is_refused(device, class_id, name, attribute, expected):
    assert get(device, PUBLIC, class_id, name, attribute) is expected


def test_selective_access_where_it_is_not_offered_is_refused(device):
    access = SelectiveAccess(1, null())
    assert get(device, PUBLIC, 3, ACTIVE_ENERGY_IMPORT, 2, access) is DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
    assert put(device, READING, 1, WRITEABLE_DATA, 2, octet_string(b"a"), access) is (
        DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
    )


def test_the_restricted_object_opens_to_management_only(device):
    assert get(device, READING, 1, RESTRICTED_DATA, 2) is DataAccessResult.READ_WRITE_DENIED
    assert get(device, MANAGEMENT, 1, RESTRICTED_DATA, 2) == octet_string(b"restricted")


def test_a_value_written_is_read_back_and_refusals_leave_it(device):
    before = get(device, PUBLIC, 1, WRITEABLE_DATA, 2)
    assert put(device, PUBLIC, 1, WRITEABLE_DATA, 2, octet_string(b"x")) is DataAccessResult.READ_WRITE_DENIED
    assert put(device, READING, 1, WRITEABLE_DATA, 2, visible_string("x")) is DataAccessResult.TYPE_UNMATCHED
    assert put(device, READING, 1, WRITEABLE_DATA, 2, octet_string(bytes(49))) is DataAccessResult.OTHER_REASON
    assert get(device, PUBLIC, 1, WRITEABLE_DATA, 2) == before
    assert put(device, READING, 1, WRITEABLE_DATA, 2, octet_string(bytes(48))) is DataAccessResult.SUCCESS
    assert get(device, MANAGEMENT, 1, WRITEABLE_DATA, 2) == octet_string(bytes(48))


def test_script_1_leaves_its_mark_and_script_2_does_not_exist(device):
    assert act(device, PUBLIC, 9, SCRIPT_TABLE, 1, long_unsigned(1)) is ActionResult.READ_WRITE_DENIED
    assert act(device, READING, 9, SCRIPT_TABLE, 1, long_unsigned(2)) is ActionResult.OTHER_REASON
    assert act(device, READING, 9, SCRIPT_TABLE, 1, None) is ActionResult.TYPE_UNMATCHED
    assert get(device, READING, 1, SCRIPT_MARKER, 2) == long_unsigned(0)
    assert act(device, READING, 9, SCRIPT_TABLE, 1, long_unsigned(1)) is ActionResult.SUCCESS
    assert get(device, READING, 1, SCRIPT_MARKER, 2) == long_unsigned(1)


@pytest.mark.parametrize(
    ("class_id", "name", "method", "expected"),
    [
        (9, SCRIPT_TABLE, 2, ActionResult.OBJECT_UNDEFINED),
        (9, bytes(6), 1, ActionResult.OBJECT_UNDEFINED),
        (3, SCRIPT_TABLE, 1, ActionResult.OBJECT_CLASS_INCONSISTENT),
    ],
)
def test_methods_that_are_not_there_are_refused(device, class_id, name, method, expected):
    assert act(device, MANAGEMENT, class_id, name, method, long_unsigned(1)) is expected


def test_an_authenticated_mode_wants_an_authenticated_request(device):
    item = device.object(1, WRITEABLE_DATA)
    item.attributes[2] = replace(item.attributes[2], rights=lambda _profile: AccessMode.AUTHENTICATED_READ_ONLY)
    descriptor = AttributeDescriptor(1, WRITEABLE_DATA, 2)
    assert device.read(descriptor, None, Session(MANAGEMENT), 0.0) is DataAccessResult.READ_WRITE_DENIED
    opened = Session(MANAGEMENT, request_authenticated=True)
    assert device.read(descriptor, None, opened, 0.0).type is DataType.OCTET_STRING


def test_the_clock_runs_with_time_and_can_be_set_by_management(device):
    assert get(device, PUBLIC, 8, CLOCK, 2, now=3661.5).value.hex() == "07ea0101040101013200" + "0000"
    noon = octet_string(bytes.fromhex("07EA0101040C00000000000000"[:24]))
    assert put(device, READING, 8, CLOCK, 2, noon) is DataAccessResult.READ_WRITE_DENIED
    assert put(device, MANAGEMENT, 8, CLOCK, 2, octet_string(b"noon")) is DataAccessResult.TYPE_UNMATCHED
    assert put(device, MANAGEMENT, 8, CLOCK, 2, octet_string(bytes([255] * 12))) is DataAccessResult.OTHER_REASON
    assert put(device, MANAGEMENT, 8, CLOCK, 2, noon) is DataAccessResult.SUCCESS
    assert get(device, PUBLIC, 8, CLOCK, 2, now=60.0).value.hex() == "07ea0101040c010000000000"
    assert act(device, MANAGEMENT, 8, CLOCK, 6, long(100)) is ActionResult.SUCCESS
    assert act(device, MANAGEMENT, 8, CLOCK, 3, integer(0)) is ActionResult.SUCCESS
    assert get(device, PUBLIC, 8, CLOCK, 2).value.hex() == "07ea0101040c020000000000"
    assert act(device, MANAGEMENT, 8, CLOCK, 6, long(901)) is ActionResult.OTHER_REASON


def test_registers_count_up_and_hold_still_within_a_quarter(device):
    readings = [get(device, PUBLIC, 3, ACTIVE_ENERGY_IMPORT, 2, now=now).value for now in (0.0, 899.0, 900.0, 86400.0)]
    assert readings[0] == readings[1] < readings[2] < readings[3]
    assert get(device, PUBLIC, 3, ACTIVE_ENERGY_IMPORT, 3) == structure(integer(0), enum(30))


def test_two_meters_share_nothing():
    first, second = logical_devices()[1], logical_devices()[1]
    put(first, READING, 1, WRITEABLE_DATA, 2, octet_string(b"changed"))
    assert get(second, READING, 1, WRITEABLE_DATA, 2) == octet_string(b"point of delivery 1")


def test_an_object_cannot_be_added_twice(device):
    with pytest.raises(ValueError, match="twice"):
        device.add([device.object(8, CLOCK)])


def test_no_object_shows_a_key_or_a_secret(device):
    hidden = [profile.secret for profile in LN_PROFILES if profile.secret]
    hidden += [MANAGEMENT.keys.global_unicast, MANAGEMENT.keys.authentication, MANAGEMENT.keys.master]
    shown = b""
    for item in device.objects(MANAGEMENT):
        for number in item.attributes:
            value = get(device, MANAGEMENT, item.class_id, item.logical_name, number)
            shown += b"" if isinstance(value, DataAccessResult) else encode(value)
    assert not [secret for secret in hidden if secret in shown]


def test_profiles_are_found_by_their_saps():
    assert profile_for(2, 1) is READING
    assert profile_for(99, 1) is None
    assert len({(profile.client_sap, profile.server_sap) for profile in PROFILES}) == len(PROFILES)


def test_the_invocation_counter_is_public(device):
    device.security.received_invocation_counter = 7
    assert get(device, PUBLIC, 1, octets_of("0-0:43.1.0.255"), 2) == double_long_unsigned(7)
