"""A device config from its file: read, validated with every problem at once, secrets fetched, frozen."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Literal

from conformance.device.build import build
from conformance.device.checks import check
from conformance.device.document import SECRET_KEYS
from conformance.device.model import Device, MissingSecret
from conformance.device.problems import ConfigError, Problem
from conformance.device.public_keys import resolve_public_keys
from conformance.device.secrets import COMMAND_TIMEOUT_S, SecretMode, SecretResolver
from conformance.device.toml_file import parse, read
from conformance.device.validation import Draft, validate
from conformance.dlms.security.secret import Secret

_PRIVATE_KEYS = ("signing_key", "key_agreement_key")

Secrets = Mapping[tuple[int, str], Secret]
"""Resolved secrets by number of the association and key."""


def load(
    path: str | os.PathLike[str],
    *,
    environ: Mapping[str, str] | None = None,
    secrets: Literal["resolve", "placeholder", "available"] = "resolve",
    commands_of: Container[str] | None = None,
    command_timeout_s: float = COMMAND_TIMEOUT_S,
) -> Device:
    """Load a device config.

    Args:
        path: the TOML file.
        environ: where `{ env = … }` looks; None: the environment of this process.
        secrets: "placeholder" fetches none: stand-ins serve for listing, checking and printing, and
            `Device.placeholders` says that they are there. "available" leaves out those that cannot be had, and
            `Device.missing` says which: for looking at what was recorded, never for a run.
        commands_of: with "available", the associations for whose secrets a `{ command = … }` may be run; None: all.
        command_timeout_s: bound for every `{ command = … }`.

    Raises:
        ConfigError: with all problems at once.
    """
    file = os.fspath(path)
    octets = read(file)
    mode = SecretMode(secrets)
    try:
        names = os.environ if environ is None else environ
        return _loaded(file, octets, names, mode, command_timeout_s, commands_of)
    except RecursionError:
        raise ConfigError([Problem(file=file, message="nests tables or lists too deeply")]) from None


def problems_in(path: str, source: str) -> tuple[Problem, ...]:
    """What would be wrong with a device config at `path` that had this text; secrets are not fetched."""
    try:
        _loaded(path, source.encode("utf-8"), {}, SecretMode.PLACEHOLDER, COMMAND_TIMEOUT_S, None)
    except ConfigError as error:
        return tuple(error.problems)
    return ()


def _loaded(
    file: str,
    octets: bytes,
    environ: Mapping[str, str],
    mode: SecretMode,
    command_timeout_s: float,
    commands_of: Container[str] | None,
) -> Device:
    document = parse(file, octets)
    model, problems, draft = validate(document)
    problems += check(document, draft)
    resolver = SecretResolver(
        document,
        environ=environ,
        mode=mode,
        inline_allowed="embedded" in document.values or "published_keys" in document.values,
        command_timeout_s=command_timeout_s,
    )
    resolved = _resolve(resolver, draft, commands_of)
    public_keys, unreadable = resolve_public_keys(document, draft, placeholders=mode is SecretMode.PLACEHOLDER)
    problems += [*resolver.problems, *unreadable]
    if problems or model is None:
        raise ConfigError(problems)
    device = build(
        model,
        resolved,
        public_keys,
        path=file,
        fingerprint=hashlib.sha256(octets).hexdigest(),
        placeholders=resolver.placeholders,
    )
    return replace(device, missing=_missing(resolver, draft)) if resolver.missing else device


def _missing(resolver: SecretResolver, draft: Draft) -> tuple[MissingSecret, ...]:
    names = {association.index: association.toml.name for association in draft.associations}
    return tuple(
        MissingSecret(association=names[int(path[1])], key=str(path[2]), source=source, reason=reason)
        for path, source, reason in resolver.missing
    )


def _resolve(resolver: SecretResolver, draft: Draft, commands_of: Container[str] | None) -> Secrets:
    resolved: dict[tuple[int, str], Secret] = {}
    for association in draft.associations:
        toml = association.toml
        symmetric, private = (32, 48) if toml.security_suite == 2 else (16, 32)
        # Without a suite no length of a key can be judged.
        known = {"secret"} if "security_suite" in association.doubtful else SECRET_KEYS
        for key in sorted(known - association.doubtful):
            reference = getattr(toml, key)
            if reference is None or reference == "random":
                continue
            path = ("association", association.index, key)
            octets = private if key in _PRIVATE_KEYS else symmetric
            commands = commands_of is None or toml.name in commands_of
            secret = resolver.resolve(path, reference, octets=None if key == "secret" else octets, commands=commands)
            if secret is not None:
                resolved[association.index, key] = secret
    return resolved
