"""The environment variables that the jobs of a lab need: those that its device configs and its webhook name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.device.toml_file import parse, read
from conformance.lab.inventory import Lab


def named_variables(lab: Lab) -> tuple[str, ...]:
    """Every variable that is named, sorted; nothing is looked up.

    Raises:
        ConfigError: a device config cannot be read.
    """
    found: set[str] = set()
    for config in {device.config for device in lab.devices}:
        found.update(_named(parse(str(config), read(str(config))).values))
    if lab.webhook is not None:
        texts = [lab.webhook.url, *(text for _, text in lab.webhook.headers)]
        found.update(text.env for text in texts if text.env is not None)
    return tuple(sorted(found))


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "env" and isinstance(inner, str):
                yield inner
            else:
                yield from _named(inner)
