"""Columns of a night as octets: numbers of 32 bits, little-endian, and letters, all compressed."""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable

_LEVEL = 6
_LARGEST = 0xFFFF_FFFF
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
        ValueError: the octets are damaged.
    """
    column = array(_CODE)
    column.frombytes(_plain(octets))
    if sys.byteorder == "big":
        column.byteswap()
    return column.tolist()


def packed_letters(letters: Iterable[str]) -> bytes:
    """Letters of ASCII."""
    return zlib.compress("".join(letters).encode("ascii"), _LEVEL)


def letters_of(octets: bytes) -> str:
    """What `packed_letters` packed.

    Raises:
        ValueError: the octets are damaged.
    """
    return _plain(octets).decode("ascii")


def _plain(octets: bytes) -> bytes:
    try:
        return zlib.decompress(octets)
    except zlib.error as error:
        raise ValueError(str(error)) from None
