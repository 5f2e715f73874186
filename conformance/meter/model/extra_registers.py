"""As many registers as somebody wants: for a meter as full of objects as some are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from conformance.dlms.data.types import Data
from conformance.dlms.data.values import double_long_unsigned
from conformance.meter.model import measurement
from conformance.meter.model.cosem_object import CosemObject
from conformance.meter.model.registers import Unit, register

_QUANTITIES: Final = ((1, Unit.WATT_HOUR), (2, Unit.WATT_HOUR), (3, Unit.VAR_HOUR), (4, Unit.VAR_HOUR))
"""Value group C, and the unit of its energy (IEC 62056-6-1)."""
_RATES: Final = 64
"""Value group E 0 to 63: the tariff rates that a register may be of; 0 is the total."""
_TIME_INTEGRAL: Final = 8
"""Value group D: from the first measurement until now."""


def extra_registers(count: int) -> Iterator[CosemObject]:
    """Energy registers of the channels 1 and on, `count` of them, each by a name of its own."""
    for number in range(count):
        channel, within = divmod(number, len(_QUANTITIES) * _RATES)
        quantity, rate = divmod(within, _RATES)
        group_c, unit = _QUANTITIES[quantity]
        name = bytes((1, channel + 1, group_c, _TIME_INTEGRAL, rate, 255))
        yield register(name, _share(number), 0, unit)


def _share(number: int) -> Callable[[int], Data]:
    """A share of the energy imported, another in each register."""
    return lambda quarter: double_long_unsigned(measurement.active_energy_import_wh(quarter) // (number + 2))
