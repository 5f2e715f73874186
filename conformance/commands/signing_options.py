"""The options of `report` that sign: which key, which password, which time-stamp server."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance.commands.problems import UsageProblem
from conformance.reporting.signing import Seal, SigningError
from conformance.reporting.signing_keys import from_pkcs11, from_pkcs12

_FORMS = "env:NAME or file:PATH"
_MOST_OCTETS = 4096


@contextmanager
def sealing(
    p12: Path | None,
    module: Path | None,
    token: str | None,
    label: str | None,
    password: str | None,
    timestamp_url: str | None,
) -> Iterator[Seal | None]:
    """What signs, for as long as it is needed; None where nothing is to be signed.

    Raises:
        UsageProblem: options that do not go together, or a key that cannot be used.
    """
    if p12 is None and module is None:
        for name, value in (
            ("--sign-token", token),
            ("--sign-label", label),
            ("--sign-password", password),
            ("--timestamp-url", timestamp_url),
        ):
            if value is not None:
                raise UsageProblem(f"report: {name} goes with --sign or --sign-pkcs11, which name the key")
        yield None
        return
    if p12 is not None and module is not None:
        raise UsageProblem("report: --sign and --sign-pkcs11 both name a key; give one of them")
    if p12 is not None and (token is not None or label is not None):
        raise UsageProblem("report: --sign-token and --sign-label go with --sign-pkcs11")
    if timestamp_url is not None and not timestamp_url.startswith(("http://", "https://")):
        raise UsageProblem(f"report: --timestamp-url {timestamp_url[:80]} is no http:// or https:// address")
    try:
        if p12 is not None:
            yield _of_file(p12, password, timestamp_url)
        elif module is not None:
            if token is None:
                raise UsageProblem("report: --sign-pkcs11 needs --sign-token, the label of the token")
            secret = password_from(password)
            pin = secret.decode("utf-8", "replace") if secret is not None else None
            with from_pkcs11(module, token, pin, label=label, timestamp_url=timestamp_url) as seal:
                yield seal
    except SigningError as error:
        raise UsageProblem(f"report: {error}") from None


def password_from(source: str | None) -> bytes | None:
    """The password that `--sign-password` points to; None where it is not given.

    Raises:
        UsageProblem: it points to nothing, or is the password itself.
    """
    if source is None:
        return None
    kind, _, where = source.partition(":")
    if kind == "env" and where:
        found = os.environ.get(where)
        if found is None:
            raise UsageProblem(f"report: --sign-password env:{where}: there is no such environment variable")
        return found.encode()
    if kind == "file" and where:
        try:
            with Path(where).open("rb") as file:
                return file.read(_MOST_OCTETS).rstrip(b"\r\n")
        except OSError as error:
            raise UsageProblem(f"report: --sign-password file:{where}: cannot be read ({error.strerror})") from None
    raise UsageProblem(f"report: --sign-password takes {_FORMS}, never the password itself: others could read it")


def _of_file(path: Path, source: str | None, timestamp_url: str | None) -> Seal:
    """The signer in a PKCS#12 file; a password that is needed and not given is asked for on a terminal."""
    password = password_from(source)
    try:
        return from_pkcs12(path, password, timestamp_url=timestamp_url)
    except SigningError as error:
        if password is not None or "a password is needed" not in str(error) or not sys.stdin.isatty():
            raise
    return from_pkcs12(path, getpass.getpass(f"Password of {path}: ").encode(), timestamp_url=timestamp_url)
