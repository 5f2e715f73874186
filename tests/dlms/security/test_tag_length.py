"""A tag that has not 12 octets is told from one that is wrong."""

import pytest

from conformance.dlms.security import gcm
from conformance.dlms.security.control import SecurityControl
from conformance.dlms.security.tag_length import other_tag_length
from conformance.meter import tag_faults

TITLE, AK = b"XDC\0\0\0\0\1", bytes(range(16, 32))
PLAIN = bytes.fromhex("C40100") + bytes(40)


@pytest.mark.parametrize("octet", [0x10, 0x30, 0x12, 0x32])
@pytest.mark.parametrize(("fault", "octets"), [("tag-of-8-octets-sent", 8), ("tag-of-16-octets-sent", 16)])
def test_the_length_of_a_right_tag_is_found(octet, fault, octets):
    control, key = SecurityControl.from_octet(octet), bytes(range(32 if octet & 0x0F == 2 else 16))
    content = tag_faults.protected(control, TITLE, 7, key, AK, PLAIN, frozenset((fault,)))
    assert other_tag_length(control, TITLE, 7, key, AK, content) == octets


@pytest.mark.parametrize("octet", [0x10, 0x30])
def test_a_tag_of_12_octets_a_wrong_one_and_none_are_no_other_length(octet):
    control, key = SecurityControl.from_octet(octet), bytes(16)
    content = gcm.protect(control, TITLE, 7, key, AK, PLAIN)
    for other in (content, content[:-1] + bytes((content[-1] ^ 1,)), content[:-12], content[:3], b""):
        assert other_tag_length(control, TITLE, 7, key, AK, other) is None
    assert other_tag_length(SecurityControl(encrypted=True), TITLE, 7, key, AK, content) is None
    assert other_tag_length(control, TITLE[:4], 7, key, AK, content) is None
    assert other_tag_length(control, TITLE, 7, b"", AK, content) is None


def test_additional_data_is_part_of_what_the_tag_covers():
    control, key = SecurityControl.from_octet(0x30), bytes(16)
    content = gcm.protect(control, TITLE, 7, key, AK, PLAIN, additional=b"more")[:-2]
    assert other_tag_length(control, TITLE, 7, key, AK, content, additional=b"more") == 10
    assert other_tag_length(control, TITLE, 7, key, AK, content) is None
