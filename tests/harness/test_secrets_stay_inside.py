"""No key, password or dedicated key in any file or on the terminal, in any spelling."""

import base64
import subprocess
import sys
import zlib

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
from conformance.cli import main

main(sys.argv[2:])
"""


def spellings(secret):
    yield "raw", secret
    yield "hex", secret.hex().encode()
    yield "HEX", secret.hex().upper().encode()
    yield "hex with spaces", secret.hex(" ").encode()
    yield "HEX with spaces", secret.hex(" ").upper().encode()
    for shift in range(3):
        digits = base64.b64encode(b"\0" * shift + secret).rstrip(b"=")
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


@pytest.mark.parametrize("device", ["simulator", "simulator-mechanisms"])
def test_no_secret_leaves_the_process_but_to_the_meter(tmp_path, device):
    assert hasattr(Association, "_dedicated_key")
    script, drawn, out = tmp_path / "script.py", tmp_path / "drawn", tmp_path / "out"
    script.write_text(SCRIPT)
    arguments = ["run", device, "--plain", "--case", "T_APPL_OPEN_*", "--case", "X_APPL_[LH]LS", "--out", str(out)]
    arguments += ["--defect", "lls-password-not-checked", "--defect", "dedicated-key-ignored"]
    result = subprocess.run(
        [sys.executable, str(script), str(drawn), *arguments], capture_output=True, timeout=300, check=False
    )
    assert result.returncode in (0, 1), result.stderr.decode()
    secrets = [secret.reveal() for _, secret in load(find_device_config(device)).secrets()]
    secrets += [bytes.fromhex(line) for line in drawn.read_text().split()]
    assert len(secrets) >= 4
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".json", ".jsonl", ".html", ".pdf", ".xml", ".pcapng"}
    written = [(path.name, content) for path in files for content in contents(path)]
    written += [("stdout", result.stdout), ("stderr", result.stderr)]
    for secret in dict.fromkeys(secrets):
        for spelling, octets in spellings(secret):
            for name, content in written:
                assert octets not in content, f"{name} holds a secret of {len(secret)} octets, {spelling}"
