"""Whatever the value, it survives; whatever the octets, nothing but a DecodeError comes out."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.dlms.data import codec, values
from conformance.dlms.data.compact_array import CompactArray, TypeDescription
from conformance.dlms.data.datetime import ClockStatus, CosemDate, CosemDateTime, CosemTime
from conformance.dlms.data.scalars import INTEGERS
from conformance.dlms.data.text import describe
from conformance.dlms.data.types import Data, DataType
from conformance.dlms.errors import DecodeError
from conformance.dlms.fields import Deviation
from conformance.dlms.reader import Reader

OCTET = st.one_of(st.none(), st.integers(0, 254))
DATE = (st.one_of(st.none(), st.integers(0, 0xFFFE)), OCTET, OCTET, OCTET)
TIME = (OCTET, OCTET, OCTET, OCTET)
ZONE = (st.one_of(st.none(), st.integers(-0x7FFF, 0x7FFF)), st.integers(0, 255).map(ClockStatus))


def integers(type_: DataType) -> st.SearchStrategy[int]:
    size, signed = INTEGERS[type_]
    low = -(1 << 8 * size - 1) if signed else 0
    return st.integers(low, low + (1 << 8 * size) - 1)


VALUES = {
    DataType.NULL_DATA: st.none(),
    DataType.DONT_CARE: st.none(),
    DataType.BOOLEAN: st.booleans(),
    DataType.BIT_STRING: st.text("01", max_size=40),
    DataType.OCTET_STRING: st.binary(max_size=200),
    DataType.VISIBLE_STRING: st.text(st.characters(max_codepoint=255), max_size=150),
    DataType.UTF8_STRING: st.text(st.characters(exclude_categories=("Cs",)), max_size=60),
    DataType.FLOAT32: st.floats(width=32, allow_nan=False),
    DataType.FLOAT64: st.floats(allow_nan=False),
    DataType.DATE_TIME: st.builds(CosemDateTime, *DATE, *TIME, *ZONE),
    DataType.DATE: st.builds(CosemDate, *DATE),
    DataType.TIME: st.builds(CosemTime, *TIME),
    **{type_: integers(type_) for type_ in INTEGERS},
}
SCALARS = st.sampled_from(sorted(VALUES)).flatmap(lambda type_: st.builds(Data, st.just(type_), VALUES[type_]))


def of_type(description: TypeDescription) -> st.SearchStrategy[Data]:
    if description.type in VALUES:
        return st.builds(Data, st.just(description.type), VALUES[description.type])
    parts = description.elements * (description.count if description.type is DataType.ARRAY else 1)
    return st.builds(Data, st.just(description.type), st.tuples(*map(of_type, parts)))


DESCRIPTIONS = st.recursive(
    st.builds(TypeDescription, st.sampled_from(sorted(VALUES))),
    lambda part: st.one_of(
        st.builds(TypeDescription, st.just(DataType.STRUCTURE), st.lists(part, max_size=4).map(tuple)),
        st.builds(TypeDescription, st.just(DataType.ARRAY), part.map(lambda one: (one,)), st.integers(0, 3)),
    ),
    max_leaves=6,
)
COMPACT_ARRAYS = DESCRIPTIONS.flatmap(
    lambda description: st.builds(
        CompactArray,
        st.just(description),
        # Elements without octets cannot be told from none.
        st.lists(of_type(description), max_size=12 if description.least_octets else 0).map(tuple),
    )
)
DATA = st.recursive(
    st.one_of(SCALARS, st.builds(Data, st.just(DataType.COMPACT_ARRAY), COMPACT_ARRAYS)),
    lambda inner: st.builds(
        Data,
        st.sampled_from((DataType.ARRAY, DataType.STRUCTURE)),
        st.one_of(
            st.lists(inner, max_size=5).map(tuple),
            st.tuples(inner, st.integers(2, 30)).map(lambda pair: (pair[0],) * pair[1]),
        ),
    ),
    max_leaves=12,
)
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)


@SLOW
@given(DATA)
def test_every_value_survives_encoding_with_and_without_the_tree(data):
    octets = codec.encode(data)
    assert codec.decode(octets, deviations=[]) == data
    dissection = codec.dissect(octets)
    assert dissection.value == data
    assert codec.encode(dissection.value) == octets


@SLOW
@given(DATA, st.integers(0, 100))
def test_every_value_has_a_bounded_printable_text(data, limit):
    text = describe(data, limit)
    assert len(text) <= max(limit, 1)
    assert text.isprintable()


def reads_alike(octets: bytes) -> None:
    dissection = codec.dissect(octets)
    deviations: list[Deviation] = []
    reader = Reader(octets, deviations=deviations)
    try:
        value = codec.read(reader)
        reader.finish()
    except DecodeError:
        assert dissection.error is not None
        return
    assert dissection.error is None
    assert repr(value) == repr(dissection.value)
    assert [(found.code, found.offset) for found in deviations] == [
        (found.code, found.offset) for found in dissection.deviations
    ]
    assert codec.decode(octets, deviations=[]) is not None
    describe(value)


@given(st.binary(max_size=200))
def test_garbage_is_a_value_or_a_decode_error(octets):
    reads_alike(octets)


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from(sorted(DataType)).map(int), st.integers(0, 3), st.integers(0, 255)), max_size=120
    ).map(bytes)
)
def test_garbage_made_of_tags_and_small_counts_is_a_value_or_a_decode_error(octets):
    reads_alike(octets)


@SLOW
@given(DATA, st.data())
def test_a_value_with_one_octet_changed_or_cut_is_a_value_or_a_decode_error(data, draw):
    octets = bytearray(codec.encode(data))
    at = draw.draw(st.integers(0, len(octets) - 1))
    if draw.draw(st.booleans()):
        octets[at] = draw.draw(st.integers(0, 255))
    else:
        del octets[at:]
    reads_alike(bytes(octets))


@SLOW
@given(SCALARS.flatmap(lambda item: st.lists(st.one_of(st.just(item), SCALARS), min_size=8, max_size=60)))
def test_arrays_read_the_same_by_rows_and_one_by_one(items):
    octets = codec.encode(values.array(*items))
    by_rows = codec.read(Reader(octets, deviations=[]))
    assert by_rows == values.array(*items)
    assert by_rows == codec.dissect(octets).value
