"""No key, password or dedicated key in any file or on the terminal, in any spelling."""

import base64
import subprocess
import sys
import zlib
from itertools import chain
from pathlib import Path

import pypdf
import pytest

from conformance.device.content import find_device_config
from conformance.device.load import load
from conformance.tester.association import Association

SCRIPT = """
import sys
from conformance.tester import association

drawn = open(sys.argv[1], "w", encoding="ascii")
take = association.Association._dedicated_key


def told(self, stimulus):
    key = take(self, stimulus)
    if key is not None:
        print(key.hex(), file=drawn, flush=True)
    return key


association.Association._dedicated_key = told
from conformance.harness import key_transfer

make, wrap = key_transfer.new_keys, key_transfer.keep_wrapped


def made(*arguments):
    keys = make(*arguments)
    for key in keys.values():
        print(key.reveal().hex(), file=drawn, flush=True)
    return keys


def wrapped(*arguments):
    pairs = wrap(*arguments)
    for _, octets in pairs:
        print(octets.hex(), file=drawn, flush=True)
    return pairs


key_transfer.new_keys, key_transfer.keep_wrapped = made, wrapped
from conformance.cli import main

main(sys.argv[2:])
"""
LEAKY_SUITE = '''
import logging
import warnings

import pytest

from conformance.harness.case import Subtest, case, subtests
from conformance.tester.accepted_openings import accepted
from conformance.tester.stimulus import aarq


@pytest.fixture
def careless(subtest):
    key = subtest.another("management").settings.encryption_key.reveal()
    print("fixture", key.hex())
    yield key
    raise KeyError(key)


@case("X_SMALL_LEAK", title="leak", clause="IEC 62056-5-3, AARQ")
@subtests(Subtest(1, "fails", aarq(), accepted()), Subtest(2, "errs", aarq(), accepted()))
def test_leak(subtest, careless):
    """A suite that is careless with a key shows it to nobody."""
    own = careless
    password = subtest.bench.device.association("reading").settings if False else b"Conform1"
    print(own, own.hex().upper(), password.decode())
    logging.getLogger("suite").warning("key %s", own.hex(" "))
    if subtest.number == 1:
        subtest.fail(f"the meter gave {own.hex()} and {password}")
    raise ValueError(f"{own!r} {own.hex()}", password)


@pytest.fixture
def broken(subtest):
    key = subtest.another("management").settings.authentication_key.reveal()
    raise RuntimeError(key.hex(":"))


@case("X_SMALL_BROKEN", title="broken", clause="IEC 62056-5-3, AARQ")
@subtests(Subtest(1, "never begins", aarq(), accepted()))
def test_broken(subtest, broken):
    """A suite whose fixture fails shows no key either."""
'''


def spellings(secret):
    yield "raw", secret
    yield "repr", repr(secret)[2:-1].encode()
    yield "json", repr(secret.decode("latin-1"))[1:-1].replace("\\x", "\\u00").encode()
    for separator in ("", " ", ":", "-"):
        digits = secret.hex(separator) if separator else secret.hex()
        yield f"hex with {separator!r}", digits.encode()
        yield f"HEX with {separator!r}", digits.upper().encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            digits = encode(b"\0" * shift + secret).rstrip(b"=")
            yield f"base64 at {shift}", digits[(0, 2, 3)[shift] : len(digits) - 2]


def contents(path):
    octets = path.read_bytes()
    yield octets
    if path.suffix == ".pdf":
        for part in octets.split(b"stream\n")[1:]:
            try:
                yield zlib.decompressobj().decompress(part)
            except zlib.error:
                continue
        reader = pypdf.PdfReader(path)
        yield "".join(page.extract_text() for page in reader.pages).encode()
        yield from chain.from_iterable(reader.attachments.values())


def assert_none_of(secrets, written):
    # The log of the only process and the whole log are the same octets: what is the same is looked through once.
    first = {content: name for name, content in reversed(written)}
    written = [(name, content) for content, name in first.items()]
    for secret in dict.fromkeys(secrets):
        for spelling, octets in spellings(secret):
            for name, content in written:
                assert octets not in content, f"{name} holds a secret of {len(secret)} octets, {spelling}"


def declared(device):
    return [secret.reveal() for _, secret in load(find_device_config(device)).secrets()]


@pytest.mark.parametrize("device", ["simulator", "simulator-mechanisms"])
def test_no_secret_leaves_the_process_but_to_the_meter(tmp_path, device):
    """Also when cases fail: their findings, exchanges and octets are in every report."""
    assert hasattr(Association, "_dedicated_key")
    script, drawn, out = tmp_path / "script.py", tmp_path / "drawn", tmp_path / "out"
    script.write_text(SCRIPT)
    arguments = ["run", device, "--plain", "--out", str(out)]
    arguments += ["--defect", "lls-password-not-checked", "--defect", "dedicated-key-ignored"]
    arguments += ["--defect", "key-transfer-without-unwrap-check", "--defect", "only-first-key-transferred"]
    for case in ("T_APPL_OPEN_*", "X_APPL_[LH]LS", "X_APPL_ROBUST", "X_APPL_CONCURRENT", "T_SYMSEC_0_Key_Tx_*"):
        arguments += ["--case", case]
    result = subprocess.run(
        [sys.executable, str(script), str(drawn), *arguments], capture_output=True, timeout=300, check=False
    )
    assert result.returncode == (1 if device == "simulator" else 0), result.stderr.decode()
    secrets = declared(device) + [bytes.fromhex(line) for line in drawn.read_text().split()]
    assert len(secrets) >= (40 if device == "simulator" else 4)
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".json", ".jsonl", ".html", ".pdf", ".xml", ".pcapng"}
    written = [(path.name, content) for path in files for content in contents(path)]
    assert_none_of(secrets, [*written, ("stdout", result.stdout), ("stderr", result.stderr)])


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_a_careless_suite_leaks_neither_by_its_output_nor_by_tracebacks_with_locals(run_suite, pytester, workers):
    loud = ("--showlocals", "-rA", "-vv", "--log-level=DEBUG", "--junitxml=junit.xml", "--alluredir=allure")
    run = run_suite(*loud, *workers, suite=LEAKY_SUITE)
    assert run.record.subtest_totals["FAILED"] > 0
    assert run.record.subtest_totals["ERROR"] > 0
    files = [path for path in Path(pytester.path).rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    assert {"junit.xml", "journal.jsonl"} <= {path.name for path in files}
    written = [(path.name, content) for path in files for content in contents(path)]
    assert "sha256:" in run.said
    assert_none_of(declared("simulator"), [*written, ("output", run.said.encode())])
