"""A line that is set wrong is told as that, before anything is judged."""

import subprocess
import sys

import pytest

from tests.harness.test_pulled_line import BOUND_S, TOML
from tests.link.ports import Device, Wire

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")


@pytest.mark.parametrize(
    ("options", "answer", "words"),
    [
        ("", lambda heard: heard, "the line echoes"),
        ("", lambda heard: bytes.fromhex("00070223007380A101800000"), "every octet received has odd weight: parity"),
        ("", lambda heard: b"/XDC5\\2METER\r\n", "the meter speaks IEC 62056-21? Set opening=mode-e"),
        ("?echo=true", lambda heard: b"", "did not come back: the head is not connected, or gives no echo"),
        ("?echo=true", lambda heard: bytes(octet ^ 4 for octet in heard), "the echo of what was sent is damaged"),
        ("?opening=mode-e", lambda heard: heard, "the head echoes; set echo=true"),
        ("?opening=mode-e", lambda heard: b"", "no identification: nothing came upon /?! at 300 baud"),
    ],
)
def test_what_is_wrong_with_the_line_is_told_with_what_to_do(tmp_path, options, answer, words):
    wire = Wire()
    config = tmp_path / "acme.toml"
    config.write_text(TOML.format(url=f"serial:{wire.path}{options}"), encoding="utf-8")
    command = [sys.executable, "-m", "conformance.cli", "run", "--plain", "--no-pdf", "--case=T_APPL_OPEN_1"]
    with Device(wire, answer):
        result = subprocess.run(
            [*command, str(config), "--out", str(tmp_path / "run")],
            capture_output=True,
            text=True,
            timeout=BOUND_S,
            check=False,
        )
    wire.pull()
    said = " ".join(result.stderr.split())
    assert result.returncode == 2, said
    assert words.lower() in said.lower()
    assert not (tmp_path / "run").exists()
