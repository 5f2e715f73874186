"""A line that is set wrong is told as that, before anything is judged."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.harness.test_pulled_line import BOUND_S, TOML
from tests.link.ports import Device, Wire

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")


WRONG = [
    ("", lambda heard: heard, "the line echoes"),
    ("", lambda heard: bytes.fromhex("00070223007380A101800000"), "every octet received has odd weight: parity"),
    ("", lambda heard: b"/XDC5\\2METER\r\n", "the meter speaks IEC 62056-21? Set opening=mode-e"),
    ("?echo=true", lambda heard: b"", "did not come back: the head is not connected, or gives no echo"),
    ("?echo=true", lambda heard: bytes(octet ^ 4 for octet in heard), "the echo of what was sent is damaged"),
    ("?opening=mode-e", lambda heard: heard, "the head echoes; set echo=true"),
    ("?opening=mode-e", lambda heard: b"", "no identification: nothing came upon /?! at 300 baud"),
]
"""Options of the line, what answers at its other end, and what is told."""
AT_ONCE = 4
"""Commands side by side: nearly all of their time is spent in waiting for answers."""


def told(directory, options, answer):
    """What a run says of a line that answers so."""
    wire = Wire()
    config, out = directory / "acme.toml", directory / "run"
    config.write_text(TOML.format(url=f"serial:{wire.path}{options}"), encoding="utf-8")
    command = [sys.executable, "-m", "conformance.cli", "run", "--plain", "--no-pdf", "--case=T_APPL_OPEN_1"]
    with Device(wire, answer):
        result = subprocess.run(
            [*command, str(config), "--out", str(out)], capture_output=True, text=True, timeout=BOUND_S, check=False
        )
    wire.pull()
    return result, out


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Every command, on its way or done, in the order of `WRONG`."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield [pool.submit(told, tmp_path_factory.mktemp("line"), options, answer) for options, answer, _ in WRONG]
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("number", range(len(WRONG)), ids=[words for _, _, words in WRONG])
def test_what_is_wrong_with_the_line_is_told_with_what_to_do(runs, number):
    result, out = runs[number].result()
    said = " ".join(result.stderr.split())
    assert result.returncode == 2, said
    assert WRONG[number][2].lower() in said.lower()
    assert not out.exists()
