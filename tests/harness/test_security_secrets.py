"""No key of any kind leaves the process but to the meter: the security suite over all outputs, logs and tracebacks.

Every kind is looked for: encryption, authentication and master key, HLS secret and password, private signing and key
agreement keys, dedicated keys, content keys that were wrapped or agreed, ephemeral private keys; raw, in hexadecimal
digits of both cases with and without separators, in base64, inside the streams of the PDF and in pcapng.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.tester.association import Association
from conformance.tester.content_key import ContentKeys

ROOT = Path(__file__).parents[2]
CASES = (
    "X_SEC_GENERAL_CIPHERING",
    "X_SEC_SUITE_1_SIGNATURE",
    "X_SEC_SUITE_1_HLS",
    "X_SEC_SUITE_1_KEY_AGREEMENT",
    "X_SEC_TITLE",
    "X_SEC_HYGIENE",
    "T_SYMSEC_0_DedKey_N1",
    "T_APPL_OPEN_7",
)
DEFECTS = ("key-readable-through-attribute", "key-readable-in-hex", "secret-readable-through-attribute")
CARELESS = "X_SEC_TITLE"
"""The case that is made to fail as a tester fails: with keys in the exception, in its locals, and in what it prints."""

SCRIPT = """
import logging
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from conformance.harness.trial import Trial
from conformance.tester import agreed_keys, content_key
from conformance.tester.association import Association
from conformance.tester.content_key import ContentKeys

made = open(sys.argv[1], "w", encoding="ascii")


def tell(octets):
    made.write(octets.hex() + "\\n")
    made.flush()


def told(method):
    def wrapped(*arguments, **more):
        key = method(*arguments, **more)
        if key is not None:
            tell(key)
        return key

    return wrapped


Association._dedicated_key = told(Association._dedicated_key)
ContentKeys._kept = told(ContentKeys._kept)
agreed_keys.derive = told(agreed_keys.derive)
content_key.derive = told(content_key.derive)
generate = ec.generate_private_key


def generated(curve, *arguments):
    key = generate(curve, *arguments)
    tell(key.private_numbers().private_value.to_bytes((curve.key_size + 7) // 8, "big"))
    return key


ec.generate_private_key = generated
another = Trial.another


def careless(self, *arguments, **more):
    association = another(self, *arguments, **more)
    if self.case.id == "CARELESS_CASE" and self.number == 1:
        settings = association.settings
        keys = [secret.reveal() for _, secret in settings.secrets()]
        made_up = ContentKeys(settings, association.security.draw, association.keep_secret)._kept(bytes(range(7, 39)))
        print("keys", keys, [key.hex() for key in keys], made_up)
        logging.getLogger("suite").error("keys %s", [key.hex(" ").upper() for key in keys])
        raise RuntimeError(f"{keys!r} {[key.hex() for key in keys]} {made_up.hex(':')}", keys)
    return association


Trial.another = careless
sys.exit(pytest.main(sys.argv[2:]))
"""


def near_secrets():
    """What the neighbouring test knows of spellings and of the insides of files."""
    path = Path(__file__).with_name("test_secrets_stay_inside.py")
    spec = importlib.util.spec_from_file_location("secrets_stay_inside", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("device", ["simulator-suite1"])
def test_no_key_of_any_kind_is_in_any_output_of_the_security_suite(tmp_path, device):
    """With FAILED and ERROR items, locals shown, long tracebacks, captured output and logs."""
    assert hasattr(Association, "_dedicated_key")
    assert hasattr(ContentKeys, "_kept")
    script, made, out = tmp_path / "script.py", tmp_path / "made", tmp_path / "out"
    script.write_text(SCRIPT.replace("CARELESS_CASE", CARELESS))
    words = [str(ROOT / "suites"), f"--dlms-device={device}", f"--dlms-out={out}", "-p", "no:cacheprovider"]
    words += ["-vv", "-l", "--tb=long", "-rA", "--log-level=DEBUG", f"--log-file={out}.log", f"--junitxml={out}.xml"]
    words += [f"--alluredir={out}-allure", *(f"--dlms-case={case}" for case in CASES)]
    words += [f"--dlms-defect={defect}" for defect in DEFECTS]
    result = subprocess.run(
        [sys.executable, str(script), str(made), *words], capture_output=True, timeout=400, check=False, cwd=ROOT
    )
    assert result.returncode == 1, result.stdout.decode()[-4000:] + result.stderr.decode()[-4000:]
    report = subprocess.run(
        [sys.executable, "-m", "conformance.cli", "report", str(out)], capture_output=True, timeout=300, check=False
    )
    near = near_secrets()
    drawn = [bytes.fromhex(line) for line in made.read_text().split()]
    assert {len(secret) for secret in drawn} >= {16, 32}
    assert len(set(drawn)) > 20
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path not in (script, made)]
    assert {path.suffix for path in files} >= {".json", ".jsonl", ".xml", ".log", ".html", ".pdf", ".pcapng"}
    written = [(path.name, content) for path in files for content in near.contents(path)]
    said = result.stdout + result.stderr + report.stdout + report.stderr
    verdicts = said.decode(errors="replace")
    assert "FAILED: the meter gives" in verdicts
    assert "ERROR: the tester failed: RuntimeError" in verdicts
    written.append(("terminal", said))
    everything = b"\0".join(content for _, content in written)
    # Of the hundreds of keys that were made up, some from each end and some from between.
    some = [*drawn[:15], *drawn[-15:], *drawn[:: max(1, len(drawn) // 50)]]
    looked_for = dict.fromkeys((*near.declared(device), *some))
    found = [secret for secret in looked_for if any(form in everything for _, form in near.spellings(secret))]
    near.assert_none_of(found, written)
