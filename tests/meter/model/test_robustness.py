"""Whatever value a client sends to whichever attribute or method, the object model answers with a result."""

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dlms.data.types import Data, DataType
from conformance.dlms.data.values import array, double_long, enum, integer, long, long_unsigned, octet_string, structure
from conformance.dlms.xdlms.attribute import AttributeDescriptor, MethodDescriptor, SelectiveAccess
from conformance.dlms.xdlms.enumerations import ActionResult, DataAccessResult
from conformance.meter.model.associations import MANAGEMENT, SN_READING
from conformance.meter.model.populate import logical_devices
from conformance.meter.model.session import Session

SIMPLE = st.one_of(
    st.builds(octet_string, st.binary(max_size=64)),
    st.builds(octet_string, st.binary(min_size=12, max_size=12)),
    st.builds(integer, st.integers(-128, 127)),
    st.builds(long, st.integers(-32768, 32767)),
    st.builds(long_unsigned, st.integers(0, 65535)),
    st.builds(double_long, st.integers(-(1 << 31), (1 << 31) - 1)),
    st.builds(enum, st.integers(0, 255)),
    st.just(Data(DataType.NULL_DATA, None)),
)
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=4).flatmap(
        lambda items: st.sampled_from((array(*items), structure(*items)))
    ),
    max_leaves=6,
)


@settings(max_examples=25, deadline=None)
@given(value=VALUES, selector=st.integers(0, 3))
def test_no_value_breaks_the_management_device(value, selector):
    device = logical_devices()[1]
    session = Session(MANAGEMENT)
    for item in device.objects(MANAGEMENT):
        for number in item.attributes:
            attribute = AttributeDescriptor(item.class_id, item.logical_name, number)
            result = device.read(attribute, SelectiveAccess(selector, value), session, 0.0)
            assert isinstance(result, Data | DataAccessResult)
            assert isinstance(device.write(attribute, None, value, session, 0.0), DataAccessResult)
        for number in item.methods:
            method = MethodDescriptor(item.class_id, item.logical_name, number)
            assert isinstance(device.invoke(method, value, session, 0.0).result, ActionResult)
            assert isinstance(device.invoke(method, None, session, 0.0).result, ActionResult)
        for number in item.attributes:
            attribute = AttributeDescriptor(item.class_id, item.logical_name, number)
            assert isinstance(device.read(attribute, None, session, 0.0), Data | DataAccessResult)


@settings(max_examples=200, deadline=None)
@given(name=st.integers(0, 0xFFFF), value=VALUES, selector=st.none() | st.integers(0, 3))
def test_no_short_name_breaks_the_device(name, value, selector):
    device = logical_devices()[17]
    session = Session(SN_READING)
    assert isinstance(device.read_short_name(name, selector, value, session, 0.0), Data | DataAccessResult)
    assert isinstance(device.write_short_name(name, value, session, 0.0), DataAccessResult)
