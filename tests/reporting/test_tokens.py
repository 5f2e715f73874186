"""Signing with a key on a token (PKCS#11): SoftHSM stands for the token, the key never leaves it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from conformance.reporting.signature_check import check_detached
from conformance.reporting.signing import SigningError
from conformance.reporting.signing_keys import from_pkcs11
from tests.commands.signed_runs import command, run
from tests.reporting.authorities import Authority

_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
_PIN = "4711"
_LABEL = "lab"


def module() -> Path:
    """SoftHSM's library; in CI it must be there."""
    found = next((Path(name) for name in _MODULES if Path(name).exists()), None)
    tools = found is not None and shutil.which("softhsm2-util") and shutil.which("pkcs11-tool")
    if not tools or importlib.util.find_spec("pkcs11") is None:
        told = "softhsm2, opensc or python-pkcs11 is not installed"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    return found


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Authority]]:
    """A token with a key and its certificate; its module, and who has issued the certificate."""
    library = module()
    directory = tmp_path_factory.mktemp("token")
    (directory / "tokens").mkdir()
    config = directory / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {directory / 'tokens'}\nlog.level = ERROR\n")
    authority = Authority(directory)
    key, certificate = authority.issue("Meter Laboratory")
    private, public = directory / "key.pem", directory / "certificate.der"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(certificate.public_bytes(Encoding.DER))
    patch = pytest.MonkeyPatch()
    patch.setenv("SOFTHSM2_CONF", str(config))
    given = ("--module", str(library), "--token-label", _LABEL, "--login", "--pin", _PIN)
    for asked in (
        ("softhsm2-util", "--init-token", "--free", "--label", _LABEL, "--pin", _PIN, "--so-pin", "0815"),
        (
            "softhsm2-util",
            "--import",
            str(private),
            "--token",
            _LABEL,
            "--label",
            "signer",
            "--id",
            "01",
            "--pin",
            _PIN,
        ),
        ("pkcs11-tool", *given, "--write-object", str(public), "--type", "cert", "--label", "signer", "--id", "01"),
    ):
        ended = subprocess.run(asked, capture_output=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    private.unlink()
    yield library, authority
    patch.undo()


def test_a_key_on_a_token_signs_and_the_signature_holds(token):
    """With its label named, and without where it is the only one."""
    library, authority = token
    for label in ("signer", None):
        with from_pkcs11(library, _LABEL, _PIN, label=label) as seal:
            signature = seal.detached(b"a manifest")
        signed = check_detached(signature, b"a manifest", [authority.certificate])
        assert signed.signer == "Meter Laboratory"
        assert signed.trusted
        assert signed.faults == ()


def test_a_run_is_signed_by_a_token_and_verified(token, tmp_path, capsys, monkeypatch):
    """As a laboratory does it: the PIN comes from the environment, never from the command line."""
    library, authority = token
    monkeypatch.setenv("TOKEN_PIN", _PIN)
    directory = tmp_path / "out"
    run(directory)
    asked = ("--sign-pkcs11", library, "--sign-token", _LABEL, "--sign-label", "signer")
    code, out, err = command(capsys, "report", directory, *asked, "--sign-password", "env:TOKEN_PIN")
    assert (code, err) == (1, ""), out  # the run has FAILED
    code, out, _ = command(capsys, "verify", directory, "--trust", authority.pem)
    assert code == 0, out
    assert "report.pdf: signed by Meter Laboratory" in out
    assert "manifest.json.sig: signed by Meter Laboratory" in out


@pytest.mark.parametrize(
    ("label", "pin", "key", "told"),
    [
        ("elsewhere", _PIN, "signer", "cannot be used"),
        (_LABEL, "0000", "signer", "cannot be used"),
        (_LABEL, _PIN, "nobody", "no certificate can be read"),
    ],
)
def test_what_is_wrong_with_a_token_is_told_in_one_line(token, label, pin, key, told):
    """Its label, its PIN, the label of the key; the PIN is never told."""
    with pytest.raises(SigningError) as refused, from_pkcs11(token[0], label, pin, label=key):
        pass
    assert told in str(refused.value)
    assert pin not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_module_that_is_none_is_told(tmp_path):
    """A file that is no library of a token."""
    module()
    rubbish = tmp_path / "module.so"
    rubbish.write_bytes(b"rubbish")
    with pytest.raises(SigningError, match="cannot be used"), from_pkcs11(rubbish, _LABEL, _PIN):
        pass
