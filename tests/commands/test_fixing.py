"""`diagnose --fix`: a patch that a program applies, after which the meter takes the association."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from conformance import cli
from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.diagnose.intake.reading import read
from conformance.diagnose.reasoning.diagnosis import diagnose
from conformance.diagnose.reasoning.patch import patch
from conformance.diagnose.reasoning.statement import Change, Evidence, Sign, Statement
from conformance.harness.bench import Bench
from conformance.tester.association import PreambleFailed
from conformance.tester.tape import Tape

SOURCE = find_device_config("simulator").read_text(encoding="utf-8")
COUNTER = ('{ association = "public", instance_id = "0-0:43.1.0.255" }', "{ start = 1 }")
KEYS = (
    'secret = { text = "Conform1" }',
    'secret = { text = "Conform1" }\nclient_system_title = "5844434C49454E54"\nnotification_key = "none"\n'
    'encryption_key = { hex = "000102030405060708090A0B0C0D0E0F" }\n'
    'authentication_key = { hex = "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF" }',
)


@dataclass(frozen=True)
class Fault:
    """A line of the config that is wrong; `around` is changed in the right config too, so that both can be loaded."""

    association: str
    right: str
    wrong: str
    profile: str = "wrapper"
    around: tuple[tuple[str, str], ...] = ()
    compared: bool = True
    """An exchange that works is given beside it; without, the refused one tells enough."""


FAULTS = {
    "wPort": Fault("management", "logical_device = 1\n", "logical_device = 17\n", around=(COUNTER,), compared=False),
    "application context": Fault(
        "reading", 'context = "ln"\n', 'context = "ln-ciphered"\n', around=(KEYS,), compared=False
    ),
    "security control": Fault("management", "security_control = 0x30", "security_control = 0x20"),
    "clear InitiateRequest": Fault(
        "management", 'initiate_protection = "glo"\n', 'initiate_protection = "none"\n',
        around=(('pass3_key = "global"', 'initiate_protection = "glo"\npass3_key = "global"'),), compared=False,
    ),
    "mechanism": Fault("reading", 'mechanism = "lls"', 'mechanism = "hls-md5"'),
    "client user": Fault(
        "reading", "client_user_id = 1 ", "client_user_id = 7 ", around=(("[1, 100]", "[1, 7, 100]"),)
    ),
    "HDLC address": Fault(
        "reading", "server_lower = 16", "server_lower = 18", "hdlc", (("address_length = 1\n", "address_length = 4\n"),)
    ),
    "LLC": Fault("reading", "llc = true\n", "llc = false\n", "hdlc", (("[hdlc]\n", "[hdlc]\nllc = true\n"),), False),
}  # fmt: skip


def config(fault: Fault, *, right: bool) -> str:
    """The simulator's config, right or with the fault in it."""
    text = SOURCE.replace('profile = "hdlc"', f'profile = "{fault.profile}"')
    for before, after in (*fault.around, *(() if right else ((fault.right, fault.wrong),))):
        at = text.index(f'name = "{fault.association}"')
        start = at if before in text[at:] else 0
        place = text.index(before, start)
        text = text[:place] + after + text[place + len(before) :]
    return text


def attempt(path: Path, fault: Fault, log: Path) -> bool:
    """Whether the embedded meter takes the association as `path` declares it; the exchange goes to `log`."""
    device = load(path)
    settings, tape = device.association(fault.association), Tape()
    bench = Bench(device, seed=1, keep_secret=lambda _: None)
    association = bench.association(settings, settings.protections[0], tape, Random(1))
    try:
        association.connect()
        association.establish()
        taken = True
    except PreambleFailed:
        taken = False
    frames = [{"dir": frame.direction, "hex": frame.octets.hex()} for frame in tape.frames]
    log.write_text(json.dumps({"transport": fault.profile, "frames": frames}), encoding="utf-8")
    return taken


def apply(text: str, directory: Path) -> None:
    """Apply a patch as a user would; in CI there is git."""
    git = shutil.which("git")
    if git is None and not os.environ.get("CI"):
        pytest.skip("no git here to apply the patch with")
    assert git is not None
    command = [git, "apply", "-p0", "--whitespace=nowarn", "-"]
    environ = {**os.environ, "GIT_CEILING_DIRECTORIES": str(directory.parent)}
    ended = subprocess.run(
        command, cwd=directory, input=text.encode(), capture_output=True, timeout=30, check=False, env=environ
    )
    assert ended.returncode == 0, ended.stderr.decode()


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Exit code and output of a command."""
    code = 0
    try:
        cli.main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    return code, capsys.readouterr().out


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_the_patched_config_associates_where_the_original_is_rejected(kind, tmp_path, monkeypatch, capsys):
    """The printed patch is applied as it is; diagnosing again suggests that change no more, and the meter agrees."""
    fault = FAULTS[kind]
    meter, sound = tmp_path / "my meter.toml", tmp_path / "sound.toml"
    failed, works = tmp_path / "failed.json", tmp_path / "works.json"
    meter.write_text(config(fault, right=False), encoding="utf-8")
    sound.write_text(config(fault, right=True), encoding="utf-8")
    assert attempt(sound, fault, works)
    assert not attempt(meter, fault, failed)
    monkeypatch.chdir(tmp_path)
    command = ["diagnose", "failed.json", "--device", "my meter.toml", "--association", fault.association, "--fix"]
    command += ["--against", "works.json"] if fault.compared else []
    code, out = run(capsys, *command)
    assert code == 1
    key = fault.right.split(" = ")[0]
    assert f"+{fault.right.strip()}" in out
    apply(out[out.index("--- ") :].split("\nto find out: ")[0] + "\n", tmp_path)
    assert load(meter).association(fault.association)
    assert attempt(meter, fault, failed)
    code, out = run(capsys, *command)
    assert code == 0
    assert f"\n+{key}" not in out


def test_a_config_elsewhere_is_patched_where_it_is(tmp_path, monkeypatch, capsys):
    """Programs that apply patches refuse absolute names: the directory is told."""
    fault = FAULTS["clear InitiateRequest"]
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    meter, failed = home / "m.toml", here / "failed.json"
    meter.write_text(config(fault, right=False), encoding="utf-8")
    assert not attempt(meter, fault, failed)
    monkeypatch.chdir(here)
    _, out = run(capsys, "diagnose", failed, "--device", meter, "--association", "management", "--fix")
    assert f"# to be applied in {home}" in out
    apply(out[out.index("# to be applied") :], home)
    assert attempt(meter, fault, failed)


def stated(*changes: Change) -> list[Statement]:
    """A finding that suggests changes."""
    sign = Sign("made-up", "made up", "made up")
    return [Statement(sign, "error", Evidence.READ, 1, "", b"", "It is wrong.", "Mend it.", changes)]


def made(source: str, *changes: Change, name: str = "management") -> tuple[str, tuple[str, ...]]:
    """Patch and words for a config of this text."""
    suggested = patch("m.toml", source, load(find_device_config("simulator")).association(name), stated(*changes))
    return suggested.text, suggested.open


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (Change("association", "encryption_key", '{ hex = "00" }'), "a secret is not written"),
        (Change("association", "dlms_version", "6"), "no device config"),
        (Change("association", "security_control", "0x40"), "no device config"),
        (Change("association", "invocation_counter", "{ start = 7 }"), "not to be lost"),
        (Change("association", "context", '"ln"'), "no device config"),
        (Change("association", "invocation_counter"), "Mend it."),
    ],
)
def test_what_cannot_be_patched_safely_is_told_in_words(change, word):
    """A secret, a key that there is none, an illegal value, a value that says more, a conflict, an unknown value."""
    text, words = made(SOURCE, change)
    assert text == ""
    assert len(words) == 1
    assert word in words[0]
    assert change.key in words[0]


def test_changes_that_are_legal_together_only_are_made_together(tmp_path):
    """Four octets of address need the physical device."""
    lines = [line for line in SOURCE.splitlines() if not line.startswith(("server_lower", "addressing"))]
    source = "\n".join(lines) + "\n"
    changes = Change("hdlc", "address_length", "4"), Change("hdlc", "server_lower", "16")
    text, words = made(source, *changes)
    assert not words
    (tmp_path / "m.toml").write_text(source, encoding="utf-8")
    apply(text, tmp_path)
    assert load(tmp_path / "m.toml").hdlc.address_length == 4
    assert load(tmp_path / "m.toml").hdlc.server_lower == 16


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "ending"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_of_the_file_are_kept(ending, last, mark, tmp_path):
    """Also where the table has to be added behind a last line without an end; a list over several lines is replaced."""
    table = SOURCE[SOURCE.index("[hdlc]") : SOURCE.index("# Only for the embedded meter")]
    source = mark + SOURCE.replace(table, "").rstrip("\n").replace("\n", ending) + (ending if last else "")
    text, words = made(
        source,
        Change("hdlc", "window_size_transmit", "2"),
        Change("association", "conformance", '["get", "general-protection"]'),
        name="public",
    )
    file = tmp_path / "m.toml"
    file.write_bytes(source.encode())
    apply(text, tmp_path)
    assert not words
    device = load(file)
    assert device.hdlc.window_size_transmit == 2
    assert len(device.association("public").conformance) == 2
    content = file.read_bytes().decode()
    assert content.startswith(mark)
    assert content.count("\n") == content.count(ending)


def test_a_healthy_exchange_suggests_nothing(tmp_path):
    """The patch is empty where the meter has accepted."""
    fault = FAULTS["security control"]
    sound, works = tmp_path / "sound.toml", tmp_path / "works.json"
    sound.write_text(config(fault, right=True), encoding="utf-8")
    assert attempt(sound, fault, works)
    device = load(sound)
    found = diagnose(read(works), None, device)
    suggested = patch("sound.toml", sound.read_text(encoding="utf-8"), device.associations[2], found.statements)
    assert (suggested.text, suggested.open) == ("", ())
