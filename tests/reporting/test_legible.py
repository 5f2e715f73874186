"""Text from a meter cannot hide, reorder or flood."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reporting.legible import legible, line, moment, seconds


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\x00", "\x1b", "\ud800", "\ufeff", "\x9b", "\u2066"])
def test_what_hides_or_reorders_is_spelt_out(character: str) -> None:
    assert legible(f"a{character}b") == f"a‹U+{ord(character):04X}›b"


def test_letters_of_every_script_stay() -> None:
    assert legible("Zähler № 5, счётчик, 電力計") == "Zähler № 5, счётчик, 電力計"


def test_lines_stay_in_a_text_and_go_in_a_line() -> None:
    assert legible("a\n\tb") == "a\n\tb"
    assert line("a\n\tb") == "a b"


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    assert legible("x" * 50, 10) == "xxxxxxxxxx … (40 more characters)"


@given(st.text())
def test_any_text_can_be_written_as_utf_8(text: str) -> None:
    legible(text).encode("utf-8")


def test_times_have_their_unit_and_their_zone() -> None:
    assert [seconds(value) for value in (0.0456, 1.25, 200)] == ["46 ms", "1.2 s", "3 min 20 s"]
    assert moment(datetime(2026, 11, 21, 12, tzinfo=UTC)) == "2026-11-21 12:00:00 UTC"
    assert moment(None) == "–"
