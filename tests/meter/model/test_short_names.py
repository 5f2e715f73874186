"""The logical device with short names answers at the names that its object_list gives."""

import pytest

from conformance.dlms.data.codec import decode, encode
from conformance.dlms.data.types import DataType
from conformance.dlms.data.values import double_long_unsigned, integer, null, octet_string
from conformance.dlms.xdlms.enumerations import DataAccessResult
from conformance.meter.model.access import AccessMode
from conformance.meter.model.associations import SN_PUBLIC, SN_READING
from conformance.meter.model.populate import logical_devices
from conformance.meter.model.session import Session
from conformance.meter.model.short_names import attribute_name, method_name


@pytest.fixture
def device():
    return logical_devices()[17]


def read(device, name, profile=SN_READING, selector=None, parameter=None):
    return device.read_short_name(name, selector, parameter, Session(profile), 0.0)


def test_object_list_gives_signed_base_names(device):
    listed = read(device, 0xFA02 - 2 + 8, SN_PUBLIC)
    assert decode(encode(listed)) == listed
    bases = [element.value[0].value & 0xFFFF for element in listed.value]
    assert bases == [0xFA00, 0x0100, 0x0200, 0x0600, 0x0300, 0x0400, 0x0700, 0x0740, 0x0780, 0x07C0, 0xFC00, 0xFD00]
    for element in listed.value:
        base, _class_id, _version, name = element.value
        assert read(device, base.value & 0xFFFF, SN_PUBLIC) == name


@pytest.mark.parametrize("profile", [SN_PUBLIC, SN_READING], ids=lambda profile: profile.name)
def test_every_attribute_behaves_as_access_rights_list_says(device, profile):
    for element in read(device, 0xFA10, profile).value:
        base, attributes, methods = element.value
        for item in attributes.value:
            number, mode = item.value[0].value, AccessMode(item.value[1].value)
            name = attribute_name(base.value & 0xFFFF, number)
            assert mode.readable
            assert read(device, name, profile).type in DataType
            result = device.write_short_name(name, null(), Session(profile), 0.0)
            denied = DataAccessResult.TYPE_UNMATCHED if mode.writeable else DataAccessResult.READ_WRITE_DENIED
            assert result is denied
        assert all(item.value[1].value == 0 for item in methods.value)


def test_a_written_value_is_read_back(device):
    assert device.write_short_name(0x0208, octet_string(b"new"), Session(SN_READING), 0.0) is DataAccessResult.SUCCESS
    assert read(device, 0x0208, SN_PUBLIC) == octet_string(b"new")


@pytest.mark.parametrize("name", [0, 0x0101, 0x0118, 0xFFFF, 0xFA20])
def test_a_name_that_stands_for_nothing_is_undefined(device, name):
    assert read(device, name) is DataAccessResult.OBJECT_UNDEFINED
    assert device.write_short_name(name, null(), Session(SN_READING), 0.0) is DataAccessResult.OBJECT_UNDEFINED


def test_methods_are_written_or_read_with_parameters(device):
    reset = method_name(0x0100, 3, 0, 1)
    assert reset == 0x0128
    assert device.write_short_name(reset, integer(0), Session(SN_READING), 0.0) is DataAccessResult.READ_WRITE_DENIED
    assert read(device, reset) is DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
    assert read(device, reset, selector=0, parameter=integer(0)) is DataAccessResult.READ_WRITE_DENIED


def test_parameterised_access_where_it_is_not_offered_is_refused(device):
    assert read(device, 0x0108, selector=1, parameter=null()) is DataAccessResult.SCOPE_OF_ACCESS_VIOLATED


def test_the_register_has_the_same_reading_by_both_references(device):
    value = read(device, 0x0108)
    assert value == double_long_unsigned(value.value)


@pytest.mark.parametrize(
    ("class_id", "version", "method", "offset"), [(7, 1, 1, 0x58), (7, 1, 2, 0x60), (8, 0, 6, 0x88), (12, 2, 8, 0x58)]
)
def test_methods_lie_where_the_class_says(class_id, version, method, offset):
    assert method_name(0x1000, class_id, version, method) == 0x1000 + offset
