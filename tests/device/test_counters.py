"""Invocation counters never go back and never repeat, whatever happens to the process."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.device.counters import (
    LAST_COUNTER,
    CounterError,
    CounterKey,
    Counters,
    MemoryCounters,
    StateCounters,
    default_state_directory,
)
from conformance.dlms.security.secret import Secret

KEY = CounterKey.of("acme-1", b"XDCLIENT", Secret(bytes(16)))


@pytest.fixture(params=["memory", "state"])
def counters(request: pytest.FixtureRequest, tmp_path: Path) -> Counters:
    return MemoryCounters() if request.param == "memory" else StateCounters(tmp_path)


def test_a_new_counter_begins_at_its_start(counters: Counters) -> None:
    counter = counters.counter(KEY, start=7)

    assert [counter.next() for _ in range(3)] == [7, 8, 9]


def test_a_counter_opened_again_never_repeats_a_value(counters: Counters) -> None:
    used = [counters.counter(KEY, start=7).next() for _ in range(5)]

    assert used == sorted(set(used))


def test_what_the_meter_expects_raises_the_counter_and_never_lowers_it(counters: Counters) -> None:
    counter = counters.counter(KEY)
    counter.raise_to(1000)
    assert counter.next() == 1000
    counter.raise_to(3)
    assert counter.next() == 1001
    assert counters.counter(KEY).next() > 1001


def test_keys_titles_and_devices_have_counters_of_their_own(counters: Counters) -> None:
    others = [
        KEY,
        CounterKey.of("acme-2", b"XDCLIENT", Secret(bytes(16))),
        CounterKey.of("acme-1", b"XDCLIENU", Secret(bytes(16))),
        CounterKey.of("acme-1", b"XDCLIENT", Secret(bytes(15) + b"\1")),
    ]

    assert [counters.counter(key, start=5).next() for key in others] == [5, 5, 5, 5]


def test_the_last_value_is_used_and_then_the_key_is_at_its_end(counters: Counters) -> None:
    counter = counters.counter(KEY, start=LAST_COUNTER - 1)

    assert [counter.next(), counter.next()] == [LAST_COUNTER - 1, LAST_COUNTER]
    with pytest.raises(CounterError, match="change the key"):
        counter.next()
    with pytest.raises(CounterError, match="change the key"):
        counters.counter(KEY).next()


def test_threads_never_get_the_same_value(counters: Counters) -> None:
    with ThreadPoolExecutor(8) as pool:
        batches = pool.map(
            lambda _: [counter.next() for counter in [counters.counter(KEY)] for _ in range(50)], range(8)
        )
        values = [value for batch in batches for value in batch]

    assert len(set(values)) == len(values)


def test_a_value_is_on_disk_before_it_is_used(tmp_path: Path) -> None:
    counters = StateCounters(tmp_path)
    used = counters.counter(KEY).next()

    assert json.loads(counters.path(KEY).read_text())["next"] > used


def test_the_file_holds_no_key(tmp_path: Path) -> None:
    counters = StateCounters(tmp_path)
    secret = Secret(b"0123456789abcdef")
    key = CounterKey.of("acme-1", b"XDCLIENT", secret)
    counters.counter(key).next()

    content = counters.path(key).read_bytes()
    assert secret.reveal() not in content
    assert secret.reveal().hex().encode() not in content


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"next": -1}', '{"next": "5"}', '{"next": true}', '{"next": 4294967297}']
)
def test_a_damaged_file_is_never_taken_for_a_new_counter(tmp_path: Path, damage: str) -> None:
    counters = StateCounters(tmp_path)
    counters.counter(KEY).next()
    counters.path(KEY).write_text(damage)

    with pytest.raises(CounterError, match="damaged"):
        counters.counter(KEY).next()


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CounterError, match="--dlms-state"):
        StateCounters(tmp_path / "file").counter(KEY).next()


@settings(deadline=None)
@given(st.lists(st.one_of(st.just("next"), st.just("again"), st.integers(0, 500)), max_size=30))
def test_values_only_ever_increase(steps: list[str | int]) -> None:
    counters = MemoryCounters()
    counter = counters.counter(KEY)
    used: list[int] = []
    for step in steps:
        if step == "next":
            used.append(counter.next())
        elif step == "again":
            counter = counters.counter(KEY)
        elif isinstance(step, int):
            counter.raise_to(step)

    assert used == sorted(set(used))


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {}, "home/.local/state/dlms-conformance"),
        ("linux", {"XDG_STATE_HOME": "state"}, "state/dlms-conformance"),
        ("darwin", {}, "home/Library/Application Support/dlms-conformance"),
        ("win32", {"LOCALAPPDATA": "local"}, "local/dlms-conformance"),
    ],
)
def test_state_is_kept_where_the_platform_keeps_it(platform: str, environ: dict[str, str], expected: str) -> None:
    found = default_state_directory(environ, platform=platform, home=Path("home"))

    assert found.as_posix() == expected
