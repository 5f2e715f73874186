"""What the embedded meter measures: made up, but the same in every run, and as plausible as a household.

Everything follows from the number of the quarter of an hour, so that any row of any past day costs no memory, and
values stay the same while one quarter lasts.
"""

from __future__ import annotations

from typing import Final

_SLOTS: Final = 96
"""Quarters in a day."""


def _import_wh(slot: int) -> int:
    """Active energy imported in one quarter of a day, in Wh: a base load, a morning, an evening."""
    base = 40 + slot * 37 % 23
    if 26 <= slot < 36:
        return base + 110
    return base + 190 if 68 <= slot < 90 else base


def _export_wh(slot: int) -> int:
    """Active energy exported in one quarter of a day, in Wh: a parabola around noon."""
    return max(0, 400 - (slot - 48) ** 2) // 4


def _running(increments: tuple[int, ...]) -> tuple[int, ...]:
    totals = [0]
    for increment in increments:
        totals.append(totals[-1] + increment)
    return tuple(totals)


_IMPORT: Final = tuple(_import_wh(slot) for slot in range(_SLOTS))
_EXPORT: Final = tuple(_export_wh(slot) for slot in range(_SLOTS))
_REACTIVE: Final = tuple(wh * 3 // 10 for wh in _IMPORT)
_IMPORT_TOTALS: Final = _running(_IMPORT)
_EXPORT_TOTALS: Final = _running(_EXPORT)
_REACTIVE_TOTALS: Final = _running(_REACTIVE)


def _counted(totals: tuple[int, ...], at_epoch: int, quarter: int) -> int:
    day, slot = divmod(quarter, _SLOTS)
    # The registers are 32 bits wide and roll over, as a real one does.
    return (at_epoch + day * totals[-1] + totals[slot]) & 0xFFFF_FFFF


def active_energy_import_wh(quarter: int) -> int:
    """Register reading of 1-0:1.8.0 at the beginning of a quarter, in Wh."""
    return _counted(_IMPORT_TOTALS, 12_345_678, quarter)


def active_energy_export_wh(quarter: int) -> int:
    """Register reading of 1-0:2.8.0, in Wh."""
    return _counted(_EXPORT_TOTALS, 2_345_678, quarter)


def reactive_energy_import_varh(quarter: int) -> int:
    """Register reading of 1-0:3.8.0, in varh."""
    return _counted(_REACTIVE_TOTALS, 3_456_789, quarter)


def active_power_import_w(quarter: int) -> int:
    """Mean power of the last quarter, 1-0:1.7.0, in W."""
    return 4 * _IMPORT[(quarter - 1) % _SLOTS]


PEAK_SLOT: Final = max(range(_SLOTS), key=_IMPORT.__getitem__)
"""The quarter of a day in which most is imported."""


def maximum_demand_w() -> int:
    """The highest mean power over a quarter, 1-0:1.6.0, in W; every day has the same."""
    return 4 * _IMPORT[PEAK_SLOT]


def voltage_decivolts(quarter: int) -> int:
    """1-0:32.7.0, in 0.1 V: 230 V give or take 2 V."""
    return 2300 + quarter * 7919 % 41 - 20


def current_centiamperes(quarter: int) -> int:
    """1-0:31.7.0, in 0.01 A."""
    return active_power_import_w(quarter) * 1000 // voltage_decivolts(quarter)


def frequency_centihertz(quarter: int) -> int:
    """1-0:14.7.0, in 0.01 Hz: 50 Hz give or take 0.03 Hz."""
    return 5000 + quarter * 104_729 % 7 - 3
