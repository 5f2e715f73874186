"""A meter with as many registers as somebody wants: each by a legal name of its own, shown in the object_list."""

from __future__ import annotations

import pytest

from conformance.meter.model.associations import MANAGEMENT_SAP, SHORT_NAME_SAP
from conformance.meter.model.extra_registers import extra_registers
from conformance.meter.model.populate import logical_devices


@pytest.mark.parametrize("count", [0, 1, 1000, 9000])
def test_each_register_has_a_name_of_its_own(count: int) -> None:
    names = [item.logical_name for item in extra_registers(count)]
    assert len(set(names)) == len(names) == count
    # Value group B counts channels up to 64, E tariff rates up to 63 (IEC 62056-6-1).
    assert all(1 <= name[1] <= 64 and name[4] <= 63 for name in names)


def test_they_stand_in_the_management_logical_device_only() -> None:
    plain, full = logical_devices(), logical_devices(extra_objects=100)
    for sap, more in ((MANAGEMENT_SAP, 100), (SHORT_NAME_SAP, 0)):
        profile = plain[sap].profiles[0]
        assert len(full[sap].objects(profile)) == len(plain[sap].objects(profile)) + more
