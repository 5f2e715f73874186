"""The lab file: what it says becomes frozen values, and what is wrong with it is told all at once."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.device.content import content_directory
from conformance.device.model import Acceptance, Permission
from conformance.device.schema import schema_text
from conformance.lab.inventory import Lab
from conformance.lab.inventory_loading import LabError, load_lab
from conformance.lab.schema import LAB_SCHEMA_FILE, lab_schema
from tests.lab.written_labs import device, line, profile, write_lab

CONFIGS = content_directory("device_configs")
SAMPLE = CONFIGS / "labs" / "sample-lab.toml"

WHOLE = """
[hooks]
before = ["relay", "on", "{device}"]
dead = ["pdu", "cycle", "{bench}"]
timeout = "1m30s"
[webhook]
url = { env = "LAB_WEBHOOK" }
headers = { Authorization = "Bearer 1234567890" }
[[bench]]
name = "hall-1"
host = "bench-pc-1"
tags = ["meters"]
[[line]]
name = "rs485-a"
bench = "hall-1"
labgrid_place = "place-a"
hooks = { before = ["switch", "on"] }
[[device]]
config = "simulator"
line = "rs485-a"
profile = "core"
link = "tcp://192.0.2.17:4059"
hooks = { dead = [] }
[profile.core]
cases = ["T_APPL_*"]
permit = ["writes"]
acceptance = "strict"
budget = "1h30m"
"""


def problems(directory: Path, *tables: str, head: str = 'name = "Night lab"') -> list[str]:
    path = write_lab(directory, *tables, head=head)
    with pytest.raises(LabError) as caught:
        load_lab(path)
    return [str(problem).replace(str(path), "lab.toml") for problem in caught.value.problems]


def test_a_lab_file_becomes_values_with_paths_from_its_folder(tmp_path: Path) -> None:
    lab = load_lab(write_lab(tmp_path, WHOLE, head='name = "Acme"\nhistory = "history.sqlite"\nworkers = 3'))

    assert (lab.name, lab.nights, lab.state) == ("Acme", tmp_path / "nights", tmp_path / "state")
    assert (lab.history, lab.workers) == (tmp_path / "history.sqlite", 3)
    assert [(bench.name, bench.host, bench.tags) for bench in lab.benches] == [("hall-1", "bench-pc-1", ("meters",))]
    core = lab.profile("core")
    assert (core.cases, core.permit, core.acceptance) == (("T_APPL_*",), (Permission.WRITES,), Acceptance.STRICT)
    assert core.budget_s == 5400.0
    meter = lab.device("simulator")
    assert (meter.config, meter.link) == (CONFIGS / "simulator.toml", "tcp://192.0.2.17:4059")
    assert lab.devices_on("rs485-a") == (meter,)


def test_a_hook_of_a_line_or_device_replaces_the_one_around_it_and_leaves_the_others(tmp_path: Path) -> None:
    lab = load_lab(write_lab(tmp_path, WHOLE))
    on_line, on_device = lab.line("rs485-a").hooks, lab.device("simulator").hooks

    assert (on_line.before, on_line.dead) == (("switch", "on"), ("pdu", "cycle", "{bench}"))
    assert (on_device.before, on_device.dead, on_device.timeout_s) == (("switch", "on"), (), 90.0)


def test_a_device_without_a_name_has_that_of_its_config(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_bytes((CONFIGS / "hexing.toml").read_bytes())
    entry = '[[device]]\nconfig = "acme.toml"\nline = "rs485-a"\nprofile = "core"\n'
    lab = load_lab(write_lab(tmp_path, line(), entry, profile()))

    assert (lab.devices[0].name, lab.devices[0].config) == ("hexing", tmp_path / "acme.toml")


def test_what_may_be_secret_is_not_in_the_representation(tmp_path: Path) -> None:
    lab = load_lab(write_lab(tmp_path, WHOLE))

    assert lab.webhook is not None
    assert lab.webhook.headers[0][1].resolve({}) == "Bearer 1234567890"
    assert "1234567890" not in repr(lab)
    assert lab.webhook.url.resolve({}) is None
    assert lab.webhook.url.resolve({"LAB_WEBHOOK": "https://example.org/x"}) == "https://example.org/x"


def test_all_problems_come_at_once_with_file_line_key_and_nearest_name(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        line("rs485-a", 'bench = "hall-2"\n'),
        line("RS485-A"),
        '[[bench]]\nname = "hall-1"\n',
        device("m-1", "rs485-aa"),
        device("M-1"),
        device("m-3", more='link = "tcp://nowhere"\n'),
        device("m-4", config="simulatr"),
        profile(),
    )

    assert len(found) == 6
    whole = "\n".join(found)
    assert 'lab.toml:5:1: line[rs485-a].bench = "hall-2": there is no [[bench]] of this name' in whole
    assert "did you mean: hall-1" in whole
    assert "line 1 is named rs485-a already; names are unique, upper and lower case alike" in whole
    assert 'device[m-1].line = "rs485-aa"' in whole
    assert "device 1 is named m-1 already" in whole
    assert "link 'tcp://nowhere'" in whole
    assert "did you mean: simulator" in whole


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('[profile.core]\nbudget = "45 minutes"\n', "no span of time; write 90s, 45m, 2h or 1h30m"),
        ('[profile.core]\nbudget = "300h"\n', "longer than 7 days"),
        ("[profile.core]\nbudget = 45\n", "must be a string in quotes"),
        ('[profile.core]\npermit = ["write"]\n', "did you mean: writes"),
        ('[profile.core]\ncase = ["T_*"]\n', "did you mean: cases"),
        ('[profile.core]\n[hooks]\nbefore = "relay on"\n', "hooks.before"),
        ('[profile.core]\n[hooks]\nbefore = ["", "on"]\n', "begins with an empty program"),
        ('[profile.core]\n[webhook]\nurl = "ftp://example.org/secret-token"\n', "must begin with https:// or http://"),
        ('[profile.core]\n[[bench]]\nname = "hall"\ntags = ["a b"]\n', "bench[hall].tags[1]"),
        ('[profile.core]\n[[line]]\nname = " x"\n', "no space at its beginning or end"),
        ('[profile.core]\n[[line]]\nname = "a\\u0007"\n', "printable characters"),
    ],
)
def test_a_wrong_value_is_told_with_what_would_be_right(tmp_path: Path, wrong: str, told: str) -> None:
    found = "\n".join(problems(tmp_path, line(), device(), wrong))

    assert told in found
    assert "secret-token" not in found


@pytest.mark.parametrize("name", ["con", "COM1.x", "m.", "a/b", "..", "a\nb", "m:1"])
def test_a_device_name_that_cannot_be_a_directory_everywhere_is_refused(tmp_path: Path, name: str) -> None:
    assert "device[" in problems(tmp_path, line(), device(name), profile())[0]


def test_an_empty_lab_says_what_is_missing(tmp_path: Path) -> None:
    found = "\n".join(problems(tmp_path))

    assert all(f"{key}: is missing" in found for key in ("line", "device", "profile"))


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[lab", b"a = 1\n" * 200_000, b"a = " + b"[" * 20_000])
def test_a_file_that_is_no_lab_is_told_in_one_message(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lab.toml"
    path.write_bytes(content)

    with pytest.raises(LabError, match=r"1 problem in the lab"):
        load_lab(path)


def test_a_file_that_is_not_there_names_its_neighbours(tmp_path: Path) -> None:
    write_lab(tmp_path, WHOLE)

    with pytest.raises(LabError, match=r"there is no such file; name a lab, a TOML file\n +did you mean: lab.toml"):
        load_lab(tmp_path / "lb.toml")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
TABLES = ("lab", "hooks", "webhook", "labgrid", "bench", "line", "device", "profile")


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps("" if value is None else value)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.dictionaries(st.sampled_from(TABLES), values, max_size=8))
def test_whatever_stands_in_the_file_it_is_a_lab_or_a_lab_error(tmp_path: Path, document: dict[str, object]) -> None:
    path = tmp_path / "lab.toml"
    text = "".join(f"{key} = {_toml(value)}\n" for key, value in document.items())
    path.write_text(text.encode("utf-8", "replace").decode(), encoding="utf-8", newline="\n")

    problems = 0
    try:
        lab = load_lab(path)
    except LabError as error:
        problems = len(error.problems)
    assert problems or isinstance(lab, Lab)


def test_the_sample_lab_loads_and_is_valid_under_the_schema_that_it_names() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    lab = load_lab(SAMPLE)

    assert text.startswith(f"#:schema ../{LAB_SCHEMA_FILE}\n")
    jsonschema.Draft202012Validator(lab_schema()).validate(tomllib.loads(text))
    assert len(lab.lines) > 1
    assert all(lab.profile(device.profile).budget_s for device in lab.devices)


def test_the_schema_beside_the_configs_is_the_current_one() -> None:
    shipped = (CONFIGS / LAB_SCHEMA_FILE).read_text(encoding="utf-8")

    assert shipped == schema_text(lab_schema()), "write conformance.lab.schema.lab_schema() to it again"


def test_the_schema_is_itself_valid_and_explains_every_key() -> None:
    schema = lab_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    tables = {"lab file": schema, **schema["$defs"]}

    assert not [
        f"{table}.{key}"
        for table, definition in tables.items()
        for key, value in definition.get("properties", {}).items()
        if not value.get("description")
    ]


def test_the_schema_takes_the_whole_example_and_refuses_a_misspelt_key() -> None:
    document = tomllib.loads('[lab]\nname = "Acme"\n' + WHOLE)
    validator = jsonschema.Draft202012Validator(lab_schema())

    validator.validate(document)
    document["device"][0]["lnik"] = "tcp://192.0.2.17:4059"
    assert not validator.is_valid(document)
