"""The wildcards of daylight saving: which moment of a year they mean, and whether it is in force."""

from __future__ import annotations

from datetime import datetime

import pytest

from conformance.cosem.daylight_saving import in_force, moment_in
from conformance.dlms.data.datetime import CosemDateTime

LAST_SUNDAY_OF_MARCH = "FFFF03FE0702000000000000"
LAST_SUNDAY_OF_OCTOBER = "FFFF0AFE0703000000000000"


def rule(octets: str) -> CosemDateTime:
    return CosemDateTime.from_octets(bytes.fromhex(octets), deviations=[])


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (LAST_SUNDAY_OF_MARCH, datetime(2026, 3, 29, 2)),
        ("FFFF03FD0702000000000000", datetime(2026, 3, 22, 2)),
        ("FFFF03080702000000000000", datetime(2026, 3, 8, 2)),
        ("FFFF0202FF03000000000000", datetime(2026, 2, 2, 3)),
        ("FFFF02FEFF03000000000000", datetime(2026, 2, 28, 3)),
        ("07EA0202FF03000000000000", datetime(2026, 2, 2, 3)),
        ("07E90202FF03000000000000", None),
        ("FFFFFFFFFF00000000000000", None),
        ("FFFFFEFEFF02000000000000", None),
        ("FFFF021FFF02000000000000", None),
        ("FFFF0D01FF02000000000000", None),
    ],
)
def test_a_rule_means_one_moment_of_a_year_or_none(octets: str, expected: datetime | None) -> None:
    assert moment_in(rule(octets), 2026) == expected


@pytest.mark.parametrize(
    ("when", "north", "south"),
    [
        (datetime(2026, 1, 10), False, True),
        (datetime(2026, 7, 10), True, False),
        (datetime(2026, 3, 29, 1), None, None),
        (datetime(2026, 12, 10), False, True),
    ],
)
def test_daylight_saving_is_in_force_between_begin_and_end_on_either_half_of_the_globe(
    when: datetime, north: bool | None, south: bool | None
) -> None:
    begin, end = rule(LAST_SUNDAY_OF_MARCH), rule(LAST_SUNDAY_OF_OCTOBER)
    assert in_force(begin, end, when) is north
    assert in_force(end, begin, when) is south
