"""A logical name reads and prints as engineers write it, and says what is wrong when it cannot."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cosem.names import ClassId, class_label
from conformance.cosem.obis import LogicalName, ObisError, octets_of, text_of


@pytest.mark.parametrize("text", ["1-0:1.8.0.255", "1-0:1.8.0*255", "1.0.1.8.0.255", "0100010800FF", " 1-0:1.8.0.255 "])
def test_all_usual_spellings_give_the_same_octets(text):
    assert LogicalName.parse(text).octets == bytes.fromhex("0100010800FF")


@given(st.binary(min_size=6, max_size=6))
def test_every_name_survives_text(octets):
    assert octets_of(text_of(octets)) == octets


@given(st.text(max_size=30))
def test_any_text_is_a_name_or_an_obis_error(text):
    with suppress(ObisError):
        assert octets_of(str(LogicalName.parse(text))) == LogicalName.parse(text).octets


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1-0:1.8.0", "write 1-0:1.8.0.255"),
        ("1-0:256.8.0.255", "value group C is 256"),
        ("clock", "for example 1-0:1.8.0.255"),
    ],
)
def test_the_error_says_what_to_write(text, said):
    with pytest.raises(ObisError, match=said):
        LogicalName.parse(text)


def test_five_octets_are_no_name_but_can_be_shown():
    with pytest.raises(ObisError, match="6 octets, not 5"):
        LogicalName(bytes(5))
    assert text_of(b"\x01\x02") == "0102"


def test_classes_have_the_standards_names():
    assert class_label(7) == "Profile generic"
    assert class_label(8193) == "class 8193"
    assert all(member.label for member in ClassId)
