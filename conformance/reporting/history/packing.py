"""Columns of a night as octets: numbers of 32 bits, little-endian, and letters, all compressed."""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable

from conformance.reporting.history.codes import ANNOUNCED, LETTERS
from conformance.reporting.history.errors import DamagedError

_LEVEL = 6
_LARGEST = 0xFFFF_FFFF
_LETTERS = frozenset({*LETTERS.values(), ANNOUNCED})
_CODE = next(code for code in "IL" if array(code).itemsize == 4)


def packed_numbers(numbers: Iterable[int]) -> bytes:
    """`numbers` of 0 to 2³² - 1; larger ones are cut to that."""
    column = array(_CODE, (min(number, _LARGEST) for number in numbers))
    if sys.byteorder == "big":
        column.byteswap()
    return zlib.compress(column.tobytes(), _LEVEL)


def numbers_of(octets: bytes) -> list[int]:
    """What `packed_numbers` packed.

    Raises:
        DamagedError: they cannot have been.
    """
    column = array(_CODE)
    plain = _plain(octets)
    if len(plain) % column.itemsize:
        raise DamagedError("a column of numbers is cut short")
    column.frombytes(plain)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tolist()


def packed_letters(letters: Iterable[str]) -> bytes:
    """Letters of verdicts."""
    return zlib.compress("".join(letters).encode("ascii"), _LEVEL)


def letters_of(octets: bytes) -> str:
    """What `packed_letters` packed.

    Raises:
        DamagedError: they cannot have been.
    """
    letters = _plain(octets).decode("latin-1")
    if not set(letters) <= _LETTERS:
        raise DamagedError("a column of verdicts holds other letters")
    return letters


def _plain(octets: bytes) -> bytes:
    try:
        return zlib.decompress(octets)
    except (TypeError, zlib.error) as error:
        raise DamagedError(f"a column cannot be unpacked: {error}") from None
