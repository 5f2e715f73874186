"""The security control octet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.dlms.errors import EncodeError
from conformance.dlms.security.control import SecurityControl


@given(st.integers(0, 255))
def test_every_octet_survives_the_way_through_its_meaning(octet):
    assert SecurityControl.from_octet(octet).octet == octet


@pytest.mark.parametrize(
    ("octet", "text"),
    [
        (0x30, "0x30 authenticated, encrypted, suite 0"),
        (0x10, "0x10 authenticated, suite 0"),
        (0x21, "0x21 encrypted, suite 1"),
        (0x00, "0x00 not protected, suite 0"),
        (0xF2, "0xF2 authenticated, encrypted, broadcast key, compressed, suite 2"),
        (0x3F, "0x3F authenticated, encrypted, suite 15 (reserved)"),
    ],
)
def test_a_reader_of_the_report_is_told_what_the_octet_means(octet, text):
    assert str(SecurityControl.from_octet(octet)) == text


def test_a_control_is_equal_to_the_one_read_back():
    control = SecurityControl(suite=2, authenticated=True, broadcast_key=True)
    assert SecurityControl.from_octet(control.octet) == control
    assert len({control, SecurityControl.from_octet(0x52)}) == 1


@pytest.mark.parametrize("suite", [-1, 16])
def test_a_suite_that_does_not_fit_its_four_bits_is_refused(suite):
    with pytest.raises(EncodeError, match="0 to 15"):
        SecurityControl(suite=suite)


@pytest.mark.parametrize("octet", [-1, 256])
def test_a_number_that_is_no_octet_is_refused(octet):
    with pytest.raises(EncodeError):
        SecurityControl.from_octet(octet)
