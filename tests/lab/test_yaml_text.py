"""The YAML that plans are written in: every reader gets back what was put in, and a text is always a text."""

from __future__ import annotations

from io import StringIO

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from conformance.lab.yaml_text import Commented, Yaml, yaml_text

TRICKY = (
    *("", " ", "a ", " a", "yes", "No", "ON", "~", "null", "true", "1", "1.0", "1e3", "0x1F", "0o7", "1_000", "12:30"),
    *("2026-11-21", "2026-11-21 22:00:00", ".5", ".inf", ".NaN", "-", "- a", "? a", ": a", "a: b", "a:", "a #b", "#a"),
    *("a#b", "&a", "*a", "!a", "| a", "> a", "@a", "`a`", "%a", "[a]", "{a}", "a, b", '"a"', "'a'", "<<", "=", "---"),
    *(
        "...",
        "a\nb",
        "a\n",
        "\na",
        "a\n\nb",
        "a\n b",
        " a\nb",
        "a \nb",
        "a\tb",
        "a\tb\nc",
        "\u0085",
        "\u2028",
        "\ufeff",
    ),
    *(
        "\x00",
        "\x1b[0m",
        "é",
        "表😀",
        "$x",
        "${{ x }}",
        "/a",
        "_a",
        "1 week",
        "1h 30m",
        "a\\b",
        "a\r\nb",
        "# a\nb",
        "y",
    ),
)

texts = st.one_of(st.sampled_from(TRICKY), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
values = st.recursive(
    st.one_of(texts, st.booleans(), st.integers(-(10**6), 10**6)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


def read_back(text: str) -> tuple[object, object]:
    """As a reader of YAML 1.1 and one of YAML 1.2 take it."""
    return yaml.safe_load(text), YAML(typ="safe", pure=True).load(StringIO(text))


@settings(max_examples=120, deadline=None)
@given(document=st.dictionaries(texts, values, min_size=1, max_size=5))
def test_what_is_written_is_read_back_alike_by_yaml_1_1_and_1_2(document: dict[str, Yaml]) -> None:
    text = yaml_text(document, head=["head: [", "- x"])

    assert read_back(text) == (document, document)


@pytest.mark.parametrize("text", TRICKY)
def test_a_text_that_looks_like_something_else_stays_a_text_as_key_value_and_entry(text: str) -> None:
    document = {text: text, "list": [text, [text], {text: text}]}

    assert read_back(yaml_text(document)) == (document, document)


def test_plans_read_well_nothing_is_quoted_without_need_and_scripts_are_blocks() -> None:
    document: dict[str, Yaml] = {
        "on": True,
        "job one": Commented("Why it is there.\nIn two lines.", {"script": ["echo a", "set --\necho b"], "retry": 0}),
        "empty": {"a": [], "b": {}},
    }

    assert yaml_text(document, head=["Written by hand."]) == (
        "# Written by hand.\n\n"
        '"on": true\n\n'
        "# Why it is there.\n# In two lines.\njob one:\n"
        "  script:\n    - echo a\n    - |-\n      set --\n      echo b\n  retry: 0\n\n"
        "empty:\n  a: []\n  b: {}\n"
    )


@pytest.mark.parametrize("line", ["a\nkey: value", "a\rkey: value", "a\u2028key: value", "a\x85key: value"])
def test_a_comment_cannot_be_left(line: str) -> None:
    text = yaml_text({"a": Commented(line.replace("\n", "\u2028"), 1)}, head=[line])

    assert read_back(text) == ({"a": 1}, {"a": 1})


@pytest.mark.parametrize("document", [{"a": "\ud800"}, {"k" * 600: 1}, {"a": [{"b": Commented("x", 1)}]}])
def test_what_yaml_cannot_hold_is_refused(document: dict[str, Yaml]) -> None:
    with pytest.raises(ValueError, match=r"surrogate|characters|comment"):
        yaml_text(document)
