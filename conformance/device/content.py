"""Where shipped suites, device configs and reports are: in a checkout beside the package, in a wheel inside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from conformance.device.problems import ConfigError, Problem, nearest

Kind = Literal["suites", "device_configs", "reports"]

DEFAULT_DEVICE = "simulator"
_PACKAGE = Path(__file__).resolve().parent.parent


class ContentMissingError(Exception):
    """The installation is incomplete; the message says which directory was looked for, and where."""


def content_directory(kind: Kind, *, package: Path = _PACKAGE) -> Path:
    """Return the directory of one kind of content.

    Args:
        kind: which.
        package: directory of the `conformance` package.

    Raises:
        ContentMissingError: it is in neither place.
    """
    candidates = (package / "content" / kind, package.parent / kind)
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    places = " nor ".join(str(candidate) for candidate in candidates)
    raise ContentMissingError(f"{kind} are neither in {places}: install dlms-conformance again")


def shipped_device_configs() -> tuple[Path, ...]:
    """Return every shipped device config, by name."""
    return tuple(sorted(content_directory("device_configs").glob("*.toml")))


def find_device_config(name: str | os.PathLike[str] = DEFAULT_DEVICE) -> Path:
    """Find a device config by its path, or a shipped one by its name without ending.

    Raises:
        ConfigError: there is neither such a file nor such a name.
    """
    path = Path(name)
    if path.exists() or (path.suffix == ".toml" and path.parent != Path()):
        return path
    shipped = {config.stem: config for config in shipped_device_configs()}
    if path.stem in shipped and path.parent == Path() and path.suffix in ("", ".toml"):
        return shipped[path.stem]
    message = "there is neither a file of this path nor a shipped device config of this name"
    meant = nearest(path.stem, list(shipped))
    raise ConfigError([Problem(file=os.fspath(name), message=message, allowed=tuple(shipped), nearest=meant)])
