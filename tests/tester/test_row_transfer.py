"""Reading rows as they come: every mechanism gives the same rows, and no meter can make it go on for ever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Literal

import pytest

from conformance.cosem.names import LOAD_PROFILE
from conformance.device.load import load
from conformance.dlms import apdu as apdus
from conformance.dlms.data.codec import encode
from conformance.dlms.data.types import Data
from conformance.dlms.data.values import array, structure, unsigned
from conformance.dlms.xdlms.attribute import AttributeDescriptor
from conformance.dlms.xdlms.get import GetRequestNext, GetResponseNormal, GetResponseWithDatablock
from conformance.harness.bench import Bench
from conformance.tester.association import Association
from conformance.tester.row_transfer import latest_rows, read_rows
from conformance.tester.tape import Tape
from conformance.tester.transfer import TransferFailed, get
from tests.tester.test_transfer import meter

SIMULATOR = load(Path(__file__).parents[2] / "device_configs" / "simulator.toml")
BUFFER = AttributeDescriptor(7, LOAD_PROFILE, 2)
ROW = encode(structure(unsigned(1), unsigned(2)))


def embedded(first: Literal["general", "service-specific"], association: str, rows: int = 600) -> Association:
    assert SIMULATOR.embedded is not None
    device = replace(SIMULATOR, embedded=replace(SIMULATOR.embedded, profile_rows=rows, first_block_transfer=first))
    settings = device.association(association)
    bench = Bench(device, seed=1, keep_secret=lambda _: None)
    made = bench.association(settings, settings.protections[0], Tape(), Random(1))
    made.establish()
    return made


@pytest.mark.parametrize("association", ["reading", "management"])
@pytest.mark.parametrize("first", ["general", "service-specific"])
def test_rows_read_one_by_one_are_those_of_the_whole_value(
    first: Literal["general", "service-specific"], association: str
) -> None:
    """In general blocks and by get-next, in clear and ciphered."""
    used = embedded(first, association)
    rows: list[Data] = []
    found = read_rows(used, BUFFER, rows.extend)
    whole = get(used, BUFFER)

    assert isinstance(whole, Data)
    assert tuple(rows) == whole.value
    assert (found.rows, found.octets, found.refused) == (600, len(encode(whole)), None)
    assert latest_rows(used, BUFFER, 5)[1] == whole.value[-5:]
    assert latest_rows(used, BUFFER, 5, last=False)[1] == whole.value[:5]


def test_a_short_buffer_and_a_refusal_come_at_once() -> None:
    """As results, not as faults."""
    short, _ = meter("public", lambda _: GetResponseNormal(0xC1, array(unsigned(7))).encode())
    refused, _ = meter("public", lambda _: GetResponseNormal(0xC1, 3).encode())
    assert latest_rows(short, BUFFER, 9)[1] == (unsigned(7),)
    assert latest_rows(refused, BUFFER, 9)[0].refused == 3


def endless(block: bytes) -> Callable[[object], bytes]:
    """A meter whose value never ends: an array of 2,147,483,647 rows, then rows for ever."""

    def serve(request: object) -> bytes:
        number = request.block_number + 1 if isinstance(request, GetRequestNext) else 1
        content = b"\x01\x84\x7f\xff\xff\xff" + block if number == 1 else block
        return GetResponseWithDatablock(0xC1, False, number, content).encode()

    assert apdus.decode(serve(None))
    return serve


def test_a_meter_that_never_ends_is_cut_off_with_a_clear_message() -> None:
    """Its octets are bounded, and the message says how many came."""
    client, _ = meter("public", endless(ROW * 150))
    kept = 0

    def count(rows: list[Data]) -> None:
        nonlocal kept
        kept += len(rows)

    with pytest.raises(TransferFailed, match=r"100\d\d\d octets in \d+ blocks and no last one"):
        read_rows(client, BUFFER, count, most_octets=100_000)
    assert 10_000 < kept < 20_000


def test_rows_that_do_not_decode_end_the_reading_at_once() -> None:
    """Not at the end of a value that may be huge."""
    client, far_side = meter("public", endless(ROW * 150 + b"\x63"))

    with pytest.raises(TransferFailed, match=r"rows do not decode: data\.element"):
        read_rows(client, BUFFER, lambda _: None)
    assert len(far_side.received) < 200


def test_what_is_no_array_is_no_buffer() -> None:
    """A register in place of a profile."""
    client, _ = meter("public", lambda _: GetResponseNormal(0xC1, unsigned(7)).encode())

    with pytest.raises(TransferFailed, match="unsigned in place of an array"):
        latest_rows(client, BUFFER, 9)
